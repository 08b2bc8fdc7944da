"""The row fails where a rate limited by the machine is reported as a target's or ranked."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.analysis import rulings
from harness.analysis import summary as under_test
from harness.errors import MachineError
from harness.experiment.environment import CpuPlan
from harness.measure.contract import first_question
from harness.measure.readiness import READY, UNANSWERED, asking
from harness.model import Bound, Difference
from harness.runtime.docker.containers import DockerRuntime
from harness.runtime.process.processes import ProcessRuntime
from harness.selftest.null_target import NullTarget, null_target
from harness.selftest.registry import run_rows
from harness.selftest.rig import Lab
from harness.selftest.rows import saturation
from harness.selftest.rows.saturation import CEILING, CONTESTANTS, ROW, judge
from tests.selftest.made import broken, result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Slice, SliceResult, Subject, Summary
    from harness.selftest.checks import Check

ROOT = Path(__file__).resolve().parents[3]
LAB = Lab(CpuPlan(frozenset({0}), frozenset({1})), ROOT)


class EvenGenerator:
    """Generator that returns the rate of each slice's subject; neither side is busy."""

    def __init__(self, rates_per_s: Mapping[Subject, int]) -> None:
        self._rates_per_s = rates_per_s

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        for order in slices:
            assert urls[order.subject] == "http://null"
            counted_s = order.duration_s - order.discard_s
            counted = round(self._rates_per_s[order.subject] * counted_s)
            yield result(counted, counted_s=counted_s, number=order.number, response=None, lateness=None)


@pytest.fixture
def rates_per_s(monkeypatch: pytest.MonkeyPatch) -> dict[Subject, int]:
    """Replace the rates that the row measures."""
    rates = dict.fromkeys((*CONTESTANTS, CEILING), 10_000)

    @contextmanager
    def generator(_lab: Lab, _scenario: str) -> Iterator[EvenGenerator]:
        yield EvenGenerator(rates)

    @contextmanager
    def null(_project: Path, _cpus: frozenset[int]) -> Iterator[NullTarget]:
        yield NullTarget("http://null", "made up", lambda: 0.0)

    monkeypatch.setattr(Lab, "generator", generator)
    monkeypatch.setattr(saturation, "null_target", null)
    return rates


def test_targets_as_fast_as_the_ceiling_have_the_bound_generator_and_are_not_ranked(
    rates_per_s: dict[Subject, int],
) -> None:
    rates_per_s[CONTESTANTS[0]] = 9_500
    findings = ROW.run(LAB)
    assert broken(findings.checks) == []
    assert "made up" in findings.detail
    assert "10,000 answers per second" in findings.detail


def test_targets_far_below_the_ceiling_fail(
    rates_per_s: dict[Subject, int],
) -> None:
    rates_per_s[CONTESTANTS[0]] = 5_000
    rates_per_s[CONTESTANTS[1]] = 6_000
    assert broken(ROW.run(LAB).checks) == ["throughputs labelled generator-bound", "comparisons that rank"]


@pytest.mark.usefixtures("rates_per_s")
def test_an_analysis_without_the_ceiling_gate_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "CEILING_TOO_NEAR", 2.0)
    assert broken(ROW.run(LAB).checks) == ["throughputs labelled generator-bound"]


@pytest.mark.usefixtures("rates_per_s")
def test_an_analysis_that_ranks_lower_bounds_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulings, "difference", lambda *_args, **_bounds: Difference.HIGHER)
    assert broken(ROW.run(LAB).checks) == ["comparisons that rank"]


@pytest.mark.usefixtures("rates_per_s")
def test_one_throughput_without_the_bound_generator_fails() -> None:
    kept: list[Summary] = []

    def keep(summary: Summary) -> tuple[Check, ...]:
        kept.append(summary)
        return ()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saturation, "judge", keep)
        ROW.run(LAB)
    (summary,) = kept
    place = next(n for n, one in enumerate(summary.results) if one.subject == CONTESTANTS[1] and one.bound)
    changed = list(summary.results)
    changed[place] = replace(changed[place], bound=Bound.TARGET)
    assert broken(judge(replace(summary, results=tuple(changed)))) == ["throughputs labelled generator-bound"]
    assert broken(judge(replace(summary, results=(), comparisons=()))) == [
        "every throughput was measured",
        "the contestants were compared at every level",
    ]


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_run_id: str) -> DockerRuntime:
        raise MachineError("no engine", where="here", cause="no answer", remedy="Start one.")

    monkeypatch.setattr(DockerRuntime, "open", refuse)


@pytest.mark.usefixtures("without_engine")
def test_without_any_runtime_the_row_is_not_run_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_run_id: str) -> ProcessRuntime:
        raise MachineError("no processes", where="here", cause="Go is not installed", remedy="Install it.")

    monkeypatch.setattr(ProcessRuntime, "open", refuse)
    (outcome,) = run_rows([ROW], LAB, lambda _text: None)
    assert not outcome.passed
    assert outcome.detail.startswith("not run: no null target")
    assert "no answer; and Go is not installed" in outcome.detail


def test_a_project_without_a_null_target_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    with pytest.raises(MachineError, match="no target in this folder has"), null_target(tmp_path, frozenset({0})):
        pass


@pytest.mark.program
@pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine")
@pytest.mark.usefixtures("without_engine")
def test_without_an_engine_the_null_target_runs_as_a_process_and_ends_with_its_context() -> None:
    with null_target(ROOT, frozenset({min(os.sched_getaffinity(0))})) as null:
        port = int(null.url.rpartition(":")[2])
        assert asking(first_question(["plain"]))("127.0.0.1", port) == READY
        assert null.cpu_s() > 0
    assert asking(first_question(["plain"]))("127.0.0.1", port) == UNANSWERED
