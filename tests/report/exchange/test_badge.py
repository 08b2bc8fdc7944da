"""The badge for READMEs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.model import Difference
from harness.report.exchange.badge import badge
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK
from tests.report.odd_runs import invalid


def with_verdict(
    verdict: Difference, ratio: float, at_least: float | None = None, share: float = 1.04
) -> dict[str, object]:
    run = material()
    says = {"verdict": verdict, "ratio": ratio, "low": ratio / share, "high": ratio * share, "at_least": at_least}
    changed = tuple(replace(one, **says) for one in run.summary.comparisons)  # type: ignore[arg-type]
    document: dict[str, object] = json.loads(badge(replace(run, summary=replace(run.summary, comparisons=changed))))
    return document


@pytest.mark.parametrize("ratio", [12.04, 1 / 12.04])
def test_it_has_the_ratio_of_the_first_pair_and_the_day(ratio: float) -> None:
    verdict = Difference.HIGHER if ratio > 1 else Difference.LOWER
    document = with_verdict(verdict, ratio)
    assert document["schemaVersion"] == 1
    assert (document["label"], document["message"]) == ("Flask vs Gin", "12.0x, measured 2026-06-01")


def test_without_a_difference_it_says_so() -> None:
    message = with_verdict(Difference.NO_DIFFERENCE_SHOWN, 1.01)["message"]
    assert message == "no difference shown, measured 2026-06-01"


def test_a_ratio_whose_generator_was_the_limit_is_a_bound() -> None:
    message = with_verdict(Difference.HIGHER, 12.04, at_least=11.68)["message"]
    assert message == "at least 11.7x, measured 2026-06-01"


@pytest.mark.parametrize(("verdict", "ratio"), [(Difference.HIGHER, 12.04), (Difference.LOWER, 1 / 12.04)])
def test_of_a_wide_interval_it_has_the_end_nearest_to_1(verdict: Difference, ratio: float) -> None:
    assert with_verdict(verdict, ratio, share=3.0)["message"] == "at least 4.01x, measured 2026-06-01"


@pytest.mark.parametrize("run", [failed_material(), empty_material(), material(FLASK), invalid(material())])
def test_a_run_without_the_comparison_has_no_ratio(run: object) -> None:
    assert json.loads(badge(run))["message"].startswith("no result")  # type: ignore[arg-type]
