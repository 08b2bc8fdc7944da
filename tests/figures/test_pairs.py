"""The committed figures of each pair: real sources with dates, the right targets, and verdicts of the reference run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.judge import judge
from harness.figures.reading import read_pages
from harness.manifest import load_project, load_targets
from harness.model import Verdict
from tests import reference_run
from tests.checkout import ROOT

if TYPE_CHECKING:
    from harness.model import PublishedComparison, Summary

COMPARISONS = load_project(ROOT).comparisons
OF_SEVERAL_PAGES = [one for one in COMPARISONS if one.name != "flask_vs_gin"]
named = pytest.mark.parametrize("comparison", OF_SEVERAL_PAGES, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def reference() -> Summary:
    return reference_run.summary()


def test_each_related_pair_has_its_file() -> None:
    assert {one.name for one in COMPARISONS} >= {
        "flask_vs_gin",
        "django_vs_flask",
        "flask_vs_fastapi",
        "fastapi_vs_gin",
        "flask_vs_express",
        "flask_vs_sinatra",
        "flask_vs_starlette",
    }
    assert {ROOT / one.figures for one in COMPARISONS} == set((ROOT / "figures").glob("*.toml"))


@named
def test_each_page_has_its_address_and_date(comparison: PublishedComparison) -> None:
    pages = read_pages(ROOT / comparison.figures)
    assert len(pages) >= 3
    assert len({page.source for page in pages}) == len(pages)
    for page in pages:
        assert re.fullmatch(r"https://\S+", page.source)
        assert page.title
        assert page.date


@named
def test_the_figures_are_of_both_targets_and_of_no_other(comparison: PublishedComparison) -> None:
    pages = read_pages(ROOT / comparison.figures)
    targets = [{name for one in page.figures for name in (one.target, one.of) if name} for page in pages]
    assert set().union(*targets) == set(comparison.targets)
    assert sum(of_page == set(comparison.targets) for of_page in targets) >= 2


@named
def test_pages_do_not_contradict_themselves_or_each_other(comparison: PublishedComparison) -> None:
    assert [found for page in read_pages(ROOT / comparison.figures) for found in find_contradictions(page)] == []


@named
def test_the_reference_run_judges_them_and_accuses_no_machine(
    comparison: PublishedComparison, reference: Summary
) -> None:
    targets = load_targets(ROOT)
    judged = [judge(page, reference, targets) for page in read_pages(ROOT / comparison.figures)]
    verdicts = {one.verdict for page in judged for one in page.judgements}
    assert verdicts & {Verdict.CONFIRMED, Verdict.NOT_REPRODUCED, Verdict.NOT_COMPARABLE}
    assert Verdict.CONTRADICTED not in verdicts
    for page in judged:
        for one in page.judgements:
            if one.figure.target not in {subject.target for subject in reference.run.plan.subjects}:
                assert one.verdict in {Verdict.NOT_MEASURED, Verdict.NOT_COMPARABLE}, one
