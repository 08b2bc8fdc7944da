"""The benchmark that shows how the rates of slices scatter in stored runs."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from harness.model import Bound, DrivenSlice, Load, LoadKind, Measurement, Slice, Subject
from harness.store import Store
from harness.units import Unit
from tests.fakes import driven
from tests.scripts import loaded
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

Ask = Callable[..., int]
LOAD = Load(LoadKind.CLOSED, 32)
USUAL = [100.0] * 10


@pytest.fixture
def scatter() -> ModuleType:
    return loaded("scatter")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("HARNESS_RESULTS", str(tmp_path))
    return Store(tmp_path)


@pytest.fixture
def ask(scatter: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Ask:
    def _ask(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["scatter.py", *words])
        status: int = scatter.main()
        return status

    return _ask


def slices(subject: Subject, rates_per_s: Sequence[float]) -> tuple[DrivenSlice, ...]:
    plans = [Slice(place, subject, "hello", LOAD, 1.0, 0.0, place) for place in range(len(rates_per_s))]
    return tuple(
        DrivenSlice(plan, driven(plan, rate_per_s=rate)) for plan, rate in zip(plans, rates_per_s, strict=True)
    )


def keep(store: Store, blocks: Sequence[tuple[Sequence[float], Sequence[float]]]) -> None:
    """Store the run `one`: for each block the rates of the slices of Flask and of Gin."""
    folder = store.create(a_run(a_plan(FLASK, GIN, blocks=len(blocks)), "one"))
    rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 100.0, "hello", Bound.TARGET)
    for block, rates in enumerate(blocks):
        for subject, of_subject in zip((FLASK, GIN), rates, strict=True):
            folder.append(replace(a_trial(block, subject, rate), slices=slices(subject, of_subject)))


def test_few_slow_slices_show_in_the_deviation_and_not_in_the_robust_one(
    results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(results, [([*USUAL[:-1], 50.0], USUAL), ([*USUAL[:-1], 200.0], USUAL)])
    assert ask("one", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    flask, gin = document["slices"]
    assert (document["schema"], flask["run"]) == ("benchmarks.scatter/1", "one")
    assert (flask["subject"], flask["slices"], flask["robust_deviation"]) == (str(FLASK), 20, 0.0)
    assert flask["deviation"] == pytest.approx(math.sqrt((0.5**2 + 1) / 20 - (0.5 / 20) ** 2))
    assert (flask["slow"], flask["fast"]) == (0.05, 0.05)
    assert (gin["deviation"], gin["slow"], gin["fast"]) == (0, 0, 0)


def test_the_deviation_between_blocks_of_each_estimator_is_that_of_its_ratios(
    results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second block is twice as fast, and one of its ten rounds is a thousandth as fast as that."""
    keep(results, [(USUAL, USUAL), ([*[200.0] * 9, 0.2], USUAL)])
    assert ask("one", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)["ratios"]
    factor = math.log(2) / math.sqrt(2)  # the standard deviation of 0 and log 2
    outlier = (math.log(2) - math.log(1000) / 10) / math.sqrt(2)
    expected = dict.fromkeys(row["deviations"], factor) | {"mean": outlier}
    assert row["pairs"] == 1
    assert row["deviations"] == pytest.approx(expected)


def test_pairs_without_two_comparable_blocks_are_left_out(
    results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(results, [(USUAL, USUAL), (USUAL[1:], USUAL), ([*USUAL[1:], 0.0], USUAL)])
    assert ask("one", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ratios"] == []


def test_both_tables_are_printed(results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    keep(results, [(USUAL, USUAL), ([110.0] * 10, USUAL)])
    assert ask("one") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == f"| {FLASK}, throughput.closed.c32, hello | 20 | 0.0 % | 0.0 % | 0.0 % | 0.0 % |"
    assert lines[-1] == f"| throughput.closed.c32, hello | 1 |{' 6.7 % |' * 6}"


@pytest.mark.parametrize("word", ["one", "other"])
def test_a_run_that_is_unknown_or_has_no_closed_load_is_refused(
    word: str, results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    results.create(a_run(name="one"))
    assert ask(word) == 2
    out, err = capsys.readouterr()
    assert (out, word in err, err.startswith("error: ")) == ("", True, True)
