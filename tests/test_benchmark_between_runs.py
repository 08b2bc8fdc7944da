"""The benchmark that compares several stored runs."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from harness.analysis.summary import summarise
from harness.model import Bound, Measurement, Run, RunStatus
from harness.store import Store
from harness.units import Unit
from tests.scripts import loaded
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

Ask = Callable[..., int]


@pytest.fixture
def between() -> ModuleType:
    return loaded("between_runs")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("HARNESS_RESULTS", str(tmp_path))
    return Store(tmp_path)


def keep(store: Store, name: str, logs: Sequence[float], **changes: object) -> None:
    """Store a run; `logs` are the logarithms of the ratio of Gin's rate to Flask's in each block."""
    run: Run = replace(a_run(a_plan(FLASK, GIN, blocks=len(logs)), name), **changes)  # type: ignore[arg-type]
    folder = store.create(run)
    for block, log in enumerate(logs):
        for subject, rate_per_s in ((FLASK, 1000.0), (GIN, 1000.0 * math.exp(log))):
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, rate_per_s, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, rate))


@pytest.fixture
def ask(between: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Ask:
    def _ask(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["between_runs.py", *words])
        status: int = between.main()
        return status

    return _ask


def test_two_runs_have_these_statistics(results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    keep(results, "one", [0.9, 1.0, 1.1])
    keep(results, "two", [1.1, 1.2, 1.3])
    assert ask("one", "two", "--json") == 0
    [found] = (document := json.loads(capsys.readouterr().out))["comparisons"]
    assert (document["schema"], document["runs"]) == ("benchmarks.between_runs/1", ["one", "two"])
    assert (found["subject"], found["reference"], found["scenario"]) == (str(GIN), str(FLASK), "hello")
    assert (found["q"], found["freedom"]) == pytest.approx((6.0, 1))
    assert found["between"] == pytest.approx(math.sqrt(0.02 - 0.01 / 3))
    assert found["half_width"] == pytest.approx(math.expm1(4.3027 * math.sqrt(0.01 / 3)), rel=1e-4)
    assert (found["is_rejected"], found["widened_half_width"]) == (False, None)
    assert [ratio["estimate"] for ratio in found["ratios"]] == pytest.approx([math.exp(1.0), math.exp(1.2)])


def test_runs_that_differ_have_a_widened_half_width_and_the_exit_code_of_a_finding(
    results: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, center in (("one", 1.0), ("two", 1.1), ("three", 1.2)):
        keep(results, name, [center - 0.01, center, center, center, center + 0.01])
    assert ask("one", "two", "three") == 1
    out, err = capsys.readouterr()
    first, rule, row, _, *runs = out.splitlines()
    assert first.count("|") == rule.count("|") == row.count("|")
    assert row.startswith("| gin / flask, throughput.closed.c32, hello | 3.00 [2.34, 3.85] | 2.72 to 3.32 | ± 0.9 % | ")
    assert row.endswith(" | 10.0 % | ± 53.6 % |")
    assert runs[2:] == [
        "| one | 2.72 [2.69, 2.74] |",
        "| two | 3.00 [2.98, 3.03] |",
        "| three | 3.32 [3.29, 3.35] |",
    ]
    assert err == (
        "error: runs differ by more than their intervals allow (gin / flask, throughput.closed.c32, hello): "
        "Cochran's Q is rejected at 1 %. Use the widened intervals.\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["one"], "two different runs are needed"),
        (["one", "one"], "two different runs are needed"),
        (["one", "stopped"], "its status is interrupted"),
        (["one", "elsewhere"], "runtime: docker and process"),
        (["one", "two", "--metric", "throughput.close"], "not all runs have a comparison of this metric"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(
    results: Store, ask: Ask, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = [0.9, 1.0, 1.1]
    keep(results, "one", logs)
    keep(results, "two", logs)
    keep(results, "stopped", logs, status=RunStatus.INTERRUPTED)
    keep(results, "elsewhere", logs, plan=replace(a_plan(FLASK, GIN), runtime="process"))
    assert ask(*words) == 2
    assert message in capsys.readouterr().err


def test_a_comparison_that_one_run_does_not_have_is_left_out_and_named(
    between: ModuleType, capsys: pytest.CaptureFixture[str], results: Store
) -> None:
    keep(results, "one", [0.9, 1.0, 1.1])
    summary = summarise(results.load("one")[1])
    other = replace(summary.comparisons[0], scenario="json_body")
    result = replace(summary.results[-1], scenario="json_body")
    more = replace(summary, comparisons=(*summary.comparisons, other), results=(*summary.results, result))
    assert [name.scenario for name in between.compared([summary, more], "throughput")] == ["hello"]
    assert capsys.readouterr().err == ("left out: gin / flask, throughput.closed.c32, json_body: not in all runs\n")
