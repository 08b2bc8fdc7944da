"""The benchmark of `harness report`: the runs that it makes, with the costs of a fake."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from harness.store import RunFolder
from tests.checkout import ROOT
from tests.scripts import loaded

REFERENCE = ROOT / "results" / "reference"


@pytest.fixture
def benchmark() -> ModuleType:
    return loaded("report")


@pytest.mark.parametrize(("trials", "made"), [(0, 18), (40, 42)])
def test_the_runs_have_whole_blocks_of_two_targets_and_the_null_target(
    benchmark: ModuleType, trials: int, made: int, tmp_path: Path
) -> None:
    benchmark.make_run(REFERENCE, tmp_path / "run", trials)
    stored = RunFolder(tmp_path / "run").load()
    assert len(stored.trials) == made
    assert len(stored.run.plan.orders) == made // 3
    histograms = [of.histogram for trial in stored.trials for of in trial.distributions]
    assert len(set(histograms)) == len(histograms)


@pytest.mark.parametrize(("slowest_s", "code"), [(2.0, 0), (2.1, 1)])
def test_a_report_of_two_targets_above_two_seconds_fails(
    benchmark: ModuleType,
    slowest_s: float,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(benchmark, "measured", lambda *_: benchmark.Cost(slowest_s, 1.5, 2**27))
    assert benchmark.main(["--json", "--rounds", "2", "--trials", "30"]) == code
    expected = {"wall_s": slowest_s, "cpu_s": 1.5, "peak_bytes": 2**27}
    assert json.loads(capsys.readouterr().out) == {"two_targets": expected, "many_trials": expected}
    benchmark.main(["--rounds", "1", "--trials", "30"])
    line = capsys.readouterr().out.splitlines()[1]
    assert line == f"many_trials: {slowest_s:.2f} s (at most 8 s), 1.50 s of CPU time, 128 MiB"
