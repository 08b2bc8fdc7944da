"""The benchmark of `harness --help`, with the times of a fake."""

import json
from types import ModuleType

import pytest

from tests.scripts import loaded


@pytest.fixture
def benchmark() -> ModuleType:
    return loaded("help")


@pytest.mark.parametrize(("ours_s", "code"), [(0.2, 0), (0.21, 1)])
def test_more_than_twice_the_bare_time_fails(
    benchmark: ModuleType, ours_s: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = {benchmark.COMMANDS["harness"]: ours_s, benchmark.COMMANDS["bare"]: 0.1}
    monkeypatch.setattr(benchmark, "measured_s", times.__getitem__)
    assert benchmark.main(["--json", "--rounds", "3"]) == code
    assert json.loads(capsys.readouterr().out)["ratio"] == pytest.approx(10 * ours_s)
    benchmark.main(["--rounds", "1"])
    assert (
        capsys.readouterr().out
        == f"harness --help {1000 * ours_s:.0f} ms, bare typer program 100 ms: {10 * ours_s:.2f} times\n"
    )


@pytest.mark.program
def test_both_commands_run(benchmark: ModuleType) -> None:
    assert all(benchmark.measured_s(command) > 0 for command in benchmark.COMMANDS.values())
