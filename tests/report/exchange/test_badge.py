"""The badge for READMEs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.model import Difference, Revision
from harness.report.exchange.badge import badge
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, GIN
from tests.report.odd_runs import invalid


def with_verdict(
    verdict: Difference, ratio: float, at_least: float | None = None, share: float = 1.04
) -> dict[str, object]:
    run = material()
    says = {"verdict": verdict, "ratio": ratio, "low": ratio / share, "high": ratio * share, "at_least": at_least}
    changed = tuple(replace(one, **says) for one in run.summary.comparisons)  # type: ignore[arg-type]
    document: dict[str, object] = json.loads(badge(replace(run, summary=replace(run.summary, comparisons=changed))))
    return document


@pytest.mark.parametrize(("ratio", "better"), [(12.04, "Gin"), (1 / 12.04, "Flask")])
def test_it_has_the_ratio_of_the_first_pair_with_the_better_one_and_the_metric_and_the_day(
    ratio: float, better: str
) -> None:
    verdict = Difference.HIGHER if ratio > 1 else Difference.LOWER
    document = with_verdict(verdict, ratio)
    assert document["schemaVersion"] == 1
    assert (document["label"], document["message"]) == ("Flask vs Gin", f"{better} 12.0x req/s, measured 2026-06-01")


def test_without_a_difference_it_says_so() -> None:
    message = with_verdict(Difference.NO_DIFFERENCE_SHOWN, 1.01)["message"]
    assert message == "no difference shown in req/s, measured 2026-06-01"


def test_a_ratio_whose_generator_was_the_limit_is_a_bound() -> None:
    message = with_verdict(Difference.HIGHER, 12.04, at_least=11.68)["message"]
    assert message == "Gin at least 11.7x req/s, measured 2026-06-01"


@pytest.mark.parametrize(("verdict", "ratio"), [(Difference.HIGHER, 12.04), (Difference.LOWER, 1 / 12.04)])
def test_of_a_wide_interval_it_has_the_end_nearest_to_1(verdict: Difference, ratio: float) -> None:
    better = "Gin" if ratio > 1 else "Flask"
    assert with_verdict(verdict, ratio, share=3.0)["message"] == f"{better} at least 4.01x req/s, measured 2026-06-01"


@pytest.mark.parametrize(
    ("verdict", "ratio", "said"),
    [(Difference.HIGHER, 4.0, "4.00x faster in req/s"), (Difference.LOWER, 0.25, "4.00x slower in req/s")],
)
def test_of_a_target_and_its_older_build_it_says_whether_it_became_slower(
    verdict: Difference, ratio: float, said: str
) -> None:
    document = against_a_revision(verdict, ratio)
    assert (document["label"], document["message"]) == ("Gin since 0123abc", f"{said}, measured 2026-06-01")
    assert (document["color"] == "orange") is (ratio < 1)
    assert against_a_revision(Difference.INCONCLUSIVE, ratio)["label"] == "Gin since 0123abc"


def against_a_revision(verdict: Difference, ratio: float) -> dict[str, object]:
    """Return the badge of a run of Gin alone against a revision; the numbers of its build are those of Flask."""
    revision = Revision("main", "0123abcdef", "the working tree")
    older = revision.of(GIN)
    run = material()
    results = tuple(replace(one, subject=older) if one.subject == FLASK else one for one in run.summary.results)
    says = {"verdict": verdict, "ratio": ratio, "low": ratio / 1.04, "high": ratio * 1.04}
    says |= {"at_least": None, "at_most": None}
    changed = (replace(one, reference=older, **says) for one in run.summary.comparisons)  # type: ignore[arg-type]
    plan = replace(run.plan, subjects=(GIN, older), against=revision)
    of_run = replace(run.summary.run, plan=plan)
    summary = replace(run.summary, run=of_run, results=results, comparisons=tuple(changed))
    document: dict[str, object] = json.loads(badge(replace(run, summary=summary)))
    return document


@pytest.mark.parametrize("run", [failed_material(), empty_material(), material(FLASK), invalid(material())])
def test_a_run_without_the_comparison_has_no_ratio(run: object) -> None:
    assert json.loads(badge(run))["message"].startswith("no result")  # type: ignore[arg-type]
