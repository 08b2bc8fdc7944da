"""A run confirms its own numbers when a page states their conditions, and never one and a half times as much."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.figures.evidence import is_limited
from harness.figures.judge import judge
from harness.figures.published import Judgement
from harness.figures.reading import read_figures
from harness.manifest import load_targets
from harness.metrics.catalogue import parse, unit_for_figures
from harness.metrics.names import is_within
from harness.model import Result, Summary, Verdict
from harness.units import Unit, significant
from tests import reference_run
from tests.checkout import ROOT

TARGETS = load_targets(ROOT)
UNITS = {Unit.PER_SECOND: ("req/s", 1.0), Unit.SECOND: ("µs", 1e-6), Unit.BYTE: ("KB", 1e3), Unit.ONE: ("words", 1.0)}
PAYLOADS = {"hello": "Plain Text", "json_body": "JSON", "path_value": "Dynamic Path", "post_json": "POST JSON"}


@pytest.fixture(scope="module")
def reference() -> Summary:
    return reference_run.summary()


def published(summary: Summary) -> list[Result]:
    """Return the results of a run that a page can print."""
    return [one for one in summary.results if one.estimate and unit_for_figures(one.metric)]


def conditions_of(result: Result) -> Iterator[str]:
    """Yield the load, payload and variant of a result in the words of a page."""
    named = parse(result.metric)
    assert named is not None
    if named.parameters.connections:
        yield f"concurrency {named.parameters.connections}"
    if named.parameters.rate_per_s:
        yield f"at {named.parameters.rate_per_s:g} req/s"
    if result.scenario:
        yield PAYLOADS.get(result.scenario, result.scenario)
    yield result.subject.variant


def page_of(results: list[Result], path: Path, factor: float, digits: int, *, is_exact: bool) -> Path:
    """Write the results as a figures file, each rounded and with its conditions.

    Args:
        results: The results.
        path: The file.
        factor: Multiplies each number.
        digits: The significant digits of the printed numbers.
        is_exact: Whether a figure names its own metric, or all metrics of its kind.
    """
    lines = ['title = "T"', 'source = "S"', 'date = "Jun 2026"', "quantities = {}"]
    for number, result in enumerate(results):
        assert result.estimate is not None
        name, scale = UNITS[result.unit]
        printed = significant(result.estimate / scale * factor, digits)
        value = float(printed.replace(",", ""))
        metric = result.metric if is_exact else _wildcard(result.metric)
        words = json.dumps(list(conditions_of(result)))
        figure = (
            f'id = "f", label = "{result.metric}", printed = "{printed} {name}", value = {value}, '
            f'unit = "{name}", metric = "{metric}", conditions = {words}'
        )
        lines += ["[[groups]]", f'id = "g{number}"', 'section = "Own"', f'target = "{result.subject.target}"']
        lines.append(f"figures = [{{ {figure} }}]")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _wildcard(metric: str) -> str:
    """Return the wildcard of all loads of a metric that has a load, else the metric."""
    return next((stem + ".*" for stem in ("throughput.closed", "cpu_per_request") if is_within(metric, stem)), metric)


def is_moved(result: Result) -> bool:
    """Return whether the disturbed trials move a number out of the interval of the undisturbed ones."""
    low, high = result.clean_low, result.clean_high
    return low is not None and high is not None and result.estimate is not None and not low <= result.estimate <= high


def judgements(summary: Summary, path: Path) -> tuple[Judgement, ...]:
    return judge(read_figures(path), summary, TARGETS).judgements


@pytest.mark.parametrize("is_exact", [True, False])
@pytest.mark.parametrize("digits", [2, 3])
def test_every_number_of_the_reference_is_confirmed(
    tmp_path: Path, reference: Summary, digits: int, *, is_exact: bool
) -> None:
    results = published(reference)
    assert len(results) > 100
    page = page_of(results, tmp_path / "own.toml", 1.0, digits, is_exact=is_exact)
    missed = [
        (one.figure.label, one.figure.printed, one.verdict.value, one.reason)
        for one, result in zip(judgements(reference, page), results, strict=True)
        if one.verdict is not Verdict.CONFIRMED
        and not (one.verdict is Verdict.INCONCLUSIVE and (is_limited(result) or is_moved(result)))
        and not one.reason.startswith("The measured interval is too wide")
    ]
    assert missed == []


@pytest.mark.parametrize("is_exact", [True, False])
@pytest.mark.parametrize("factor", [1.5, 1 / 1.5])
def test_no_number_of_the_reference_times_one_and_a_half_is_confirmed(
    tmp_path: Path, reference: Summary, factor: float, *, is_exact: bool
) -> None:
    page = page_of(published(reference), tmp_path / "own.toml", factor, 3, is_exact=is_exact)
    confirmed = [one for one in judgements(reference, page) if one.verdict is Verdict.CONFIRMED]
    assert [(one.figure.label, one.figure.printed, one.reason) for one in confirmed] == []
