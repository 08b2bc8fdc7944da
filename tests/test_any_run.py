"""Any stored run gives numbers or reasons: drawn runs go through summary, report, check, compare and the terminal.

An arithmetic error, a warning of a library, and a number that is not finite each fail a test.
"""

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness import console
from harness.analysis.between import compare_runs
from harness.analysis.conclusions import conclusions
from harness.analysis.headlines import headline_metrics
from harness.analysis.marks import why_not_shown
from harness.analysis.precision import imprecise
from harness.analysis.run_spread import MachineSpread, machine_spread
from harness.analysis.summary import summarise
from harness.analysis.thresholds import evidence_between, failed, read_thresholds
from harness.documents import DOCUMENTS, as_json, compare_document, run_document, schema_of
from harness.experiment.outcome import invalidity
from harness.figures.document import check_document
from harness.figures.judge import judge
from harness.figures.published import FigureSet
from harness.figures.reading import read_figures
from harness.model import Conclusion, Difference, Outcome, Result, StoredRun, Summary, environment_differences
from harness.report import Format, Material, render
from harness.store import Store
from tests.checkout import ROOT
from tests.drawn_figures import figure_sets
from tests.drawn_runs import stored_runs

VALIDATORS = {name: Draft202012Validator(schema_of(name)) for name in DOCUMENTS}
PAGES = tuple(read_figures(path) for path in sorted((ROOT / "figures").glob("*.toml")))
pages = st.tuples(figure_sets(), st.sampled_from(PAGES))  # a drawn one, and one of the project's own
THRESHOLDS = read_thresholds("throughput<-5%,latency>5%,memory>1%,cold_start>0.1%,nothing<-1%")
OPPOSITE = {one: one for one in Difference} | {
    Difference.HIGHER: Difference.LOWER,
    Difference.LOWER: Difference.HIGHER,
}
SENTENCE = re.compile(r"[a-z0-9].*[^\s.]")
NOT_FINITE = re.compile(r"(?<![\w.])[-+]?(?:nan|inf|infinity)(?!\w)", re.IGNORECASE)

UNSHRUNK = (Phase.explicit, Phase.generate)  # to make an example smaller takes minutes; the slow tests do it
few = settings(max_examples=10, phases=UNSHRUNK)
very_few = settings(max_examples=3, phases=UNSHRUNK)
# An example has two runs: 400 runs find a defect of one run in 100 with a probability of 0.98.
many = settings(max_examples=int(os.environ.get("DRAWN_RUNS", "200")), suppress_health_check=list(HealthCheck))
some = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@contextmanager
def strict() -> Iterator[None]:
    """Let numpy raise what it would warn of; an underflow to 0 is no error."""
    with np.errstate(all="raise", under="ignore"):
        yield


# Analysis.


def check_result(result: Result) -> None:
    if result.estimate is None:
        assert result.reason is not None
        assert SENTENCE.fullmatch(result.reason), result.reason
        assert not NOT_FINITE.search(result.reason), result.reason
    else:
        assert result.low is not None
        assert result.high is not None
        assert 0 < result.low <= result.estimate <= result.high < math.inf
        assert result.reason is None


def check_analysis(stored: StoredRun) -> Summary:
    with strict():
        summary = summarise(stored)
        imprecise(stored)
        invalidity(stored)
    for result in summary.results:
        check_result(result)
    for comparison in summary.comparisons:
        assert 0 < comparison.low <= comparison.ratio <= comparison.high < math.inf
        assert comparison.p is None or 0 <= comparison.p <= 1
        if comparison.verdict is Difference.NO_DIFFERENCE_SHOWN and not comparison.low <= 1 <= comparison.high:
            assert why_not_shown(comparison.warnings)
    check_document_of("run", as_json(run_document(summary)))
    return summary


def check_document_of(name: str, document: dict[str, object]) -> None:
    """Check a document against its schema; json refuses a number that is not finite."""
    VALIDATORS[name].validate(json.loads(json.dumps(document, allow_nan=False)))


@given(stored=stored_runs())
@few
def test_every_result_of_any_run_is_a_number_or_a_sentence(stored: StoredRun) -> None:
    check_analysis(stored)


def test_the_estimates_of_drawn_runs_are_often_numbers() -> None:
    """A strategy of which hardly a run has numbers would test only the reasons."""
    counts = {True: 0, False: 0}

    @given(stored=stored_runs())
    @few
    def count(stored: StoredRun) -> None:
        for result in summarise(stored).results:
            counts[result.estimate is not None] += 1

    count()
    assert 3 * counts[True] > counts[False] > 0


# The store.


@given(stored=stored_runs())
@very_few
def test_any_run_is_read_from_the_store_as_it_was_written(stored: StoredRun) -> None:
    with tempfile.TemporaryDirectory() as root:
        store = Store(Path(root))
        folder = store.create(stored.run)
        for trial in stored.trials:
            folder.append(trial)
        assert store.load(stored.run.id)[1] == StoredRun(stored.run, stored.trials)


# Reports.


def check_report(stored: StoredRun, of_pages: tuple[FigureSet, ...]) -> None:
    with strict(), tempfile.TemporaryDirectory() as folder:
        summary = summarise(stored)
        judged = tuple(judge(one, summary) for one in of_pages)
        material = Material(summary, stored, {}, as_json(run_document(summary)), judged)
        for path in render(material, Path(folder), frozenset(Format)):
            is_text = path.suffix != ".parquet"
            text = path.read_text(encoding="utf-8") if is_text else pd.read_parquet(path).to_csv()
            found = NOT_FINITE.search(text)
            assert found is None, f"{path.name}: {text[max(0, found.start() - 200) : found.end() + 50]}"


@given(stored=stored_runs(), page=figure_sets())
@very_few
def test_a_report_of_any_run_is_rendered_in_every_format(stored: StoredRun, page: FigureSet) -> None:
    check_report(stored, (page, *PAGES))


@pytest.mark.slow
@given(stored=stored_runs(), of_pages=pages)
@some
def test_a_report_of_very_many_runs_is_rendered_in_every_format(
    stored: StoredRun, of_pages: tuple[FigureSet, ...]
) -> None:
    check_report(stored, of_pages)


# Published figures.


def check_figures(summary: Summary, of_pages: tuple[FigureSet, ...]) -> None:
    with strict():
        judged = [judge(one, summary) for one in of_pages]
    document = check_document(judged, summary.run)
    check_document_of("check", as_json(document))
    for one in judged:
        assert [judgement.reason for judgement in one.judgements if NOT_FINITE.search(judgement.reason)] == []
    console.show_check(document)
    console.show_check(document, verbose=True)


@given(stored=stored_runs(), page=figure_sets())
@few
def test_any_figures_are_checked_against_any_run(stored: StoredRun, page: FigureSet) -> None:
    check_figures(summarise(stored), (page, *PAGES))


# Two runs, and the terminal.


def check_comparison(one: Summary, b: Summary) -> None:
    other = replace(b, run=replace(b.run, id="b"))
    with strict():
        known = machine_spread((one.run, other.run), [one, other] * 3)
        found = [compare_runs(one, other, spread) for spread in (MachineSpread(), known)]
        repeated = check_conclusions(one, other)
    differences = environment_differences(one.run.environment, other.run.environment)
    for compared in found:
        failures = failed(THRESHOLDS, evidence_between(one, other, compared))
        document = compare_document(compared, differences, [reason.text for reason in failures], repeated, differences)
        check_document_of("compare", as_json(document))
        for comparison in compared.comparisons:
            assert 0 < comparison.low <= comparison.ratio <= comparison.high < math.inf
        shown = console.Found(
            compared=compared,
            headlines=headline_metrics(other.run.plan),
            differences=differences,
            conclusions=repeated,
            unlike=differences,
            failures=failures,
        )
        for verbose in (False, True):
            console.show_compare(shown, verbose=verbose)
    _show(one)


def check_conclusions(one: Summary, other: Summary) -> tuple[Conclusion, ...]:
    """Check that a run's conclusions hold in itself, and are reversed in a copy of which each ratio is inverted."""
    assert {conclusion.outcome for conclusion in conclusions(one, one)} <= {Outcome.HOLDS}
    inverted = [
        replace(ratio, ratio=1 / ratio.ratio, low=1 / ratio.high, high=1 / ratio.low, verdict=OPPOSITE[ratio.verdict])
        for ratio in one.comparisons
    ]
    for conclusion in conclusions(one, replace(one, comparisons=tuple(inverted))):
        if conclusion.said.verdict in {"higher", "lower"}:
            assert conclusion.outcome is (Outcome.NOT_SHOWN if conclusion.reason else Outcome.REVERSED)
    return conclusions(one, other)


def _show(summary: Summary) -> None:
    for verbose in (False, True):
        console.show_summary(summary, verbose=verbose)


@given(a=stored_runs(), b=stored_runs())
@few
def test_any_two_runs_are_compared_and_shown(a: StoredRun, b: StoredRun) -> None:
    check_comparison(summarise(a), summarise(b))


@given(stored=stored_runs())
@few
def test_any_run_is_compared_with_its_later_half(stored: StoredRun) -> None:
    later = StoredRun(stored.run, stored.trials[len(stored.trials) // 2 :])
    check_comparison(summarise(stored), summarise(later))


# All of it together: what one run costs is shared by all checks.


@pytest.mark.slow
@given(a=stored_runs(), b=stored_runs(), of_pages=pages)
@many
def test_very_many_runs_are_analysed_compared_shown_and_checked_against_figures(
    a: StoredRun, b: StoredRun, of_pages: tuple[FigureSet, ...]
) -> None:
    one, other = check_analysis(a), check_analysis(b)
    check_figures(one, of_pages)
    check_comparison(one, other)


def test_nothing_that_is_not_finite_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    @given(stored=stored_runs())
    @few
    def show(stored: StoredRun) -> None:
        _show(summarise(stored))

    show()
    assert NOT_FINITE.findall(capsys.readouterr().out) == []


@given(text=st.sampled_from(("nan", "[inf, 3]", "-inf", "a ratio of inf.", "∞ or Infinity")))
def test_a_number_that_is_not_finite_is_found(text: str) -> None:
    assert NOT_FINITE.search(text)
    assert not NOT_FINITE.search("information, nano, infer, c.inf_x")
