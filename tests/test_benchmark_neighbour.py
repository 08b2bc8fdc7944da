"""The noisy neighbour of benchmarks: the lengths of its bursts, and its end."""

import random
import signal
import subprocess
import sys
from types import ModuleType

import pytest

from tests.checkout import ROOT
from tests.scripts import loaded


@pytest.fixture
def neighbour() -> ModuleType:
    return loaded("neighbour")


def test_it_computes_half_of_the_time_in_bursts_of_20_to_200_ms(neighbour: ModuleType) -> None:
    drawn = list(neighbour.bursts(random.Random(1), 300.0))  # noqa: S311 - lengths, no secret
    assert sum(burst_s + pause_s for burst_s, pause_s in drawn) == pytest.approx(300.0)
    assert sum(burst_s for burst_s, _ in drawn) == pytest.approx(150.0, rel=0.05)
    assert all(0.02 <= length_s <= 0.2 for pair in drawn[:-1] for length_s in pair)


def test_the_same_seed_gives_the_same_bursts_and_each_core_has_its_own(neighbour: ModuleType) -> None:
    first, again, other = (list(neighbour.bursts(random.Random(seed), 10.0)) for seed in ("0:0", "0:0", "0:1"))  # noqa: S311
    assert first == again != other


@pytest.mark.parametrize("options", [["--seconds", "0"], ["--seconds", "3601"], ["--seconds", "1", "--cpus", "4095"]])
def test_it_refuses_an_unbounded_time_and_unknown_cores(
    neighbour: ModuleType, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["neighbour.py", *options])
    with pytest.raises(SystemExit) as ended:
        neighbour.main()
    assert ended.value.code == 2


@pytest.mark.program
def test_a_signal_ends_it_with_all_its_processes() -> None:
    program = [sys.executable, str(ROOT / "benchmarks" / "neighbour.py"), "--seconds", "60"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
        assert process.stderr.read() == ""  # the pipe closes when the last of its processes has ended
    assert said.startswith("processes ")
