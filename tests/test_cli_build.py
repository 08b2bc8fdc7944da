"""`harness build` with fakes: what is built and printed, and that a failed build leaves the others to be built."""

from pathlib import Path

import pytest

from harness.errors import MachineError, ToolchainError
from tests.project import Done
from tests.test_cli_run import NO, Bench

NO_RUBY = ToolchainError("no Ruby", where="here", cause="it is missing", remedy="Install it.")
ENGINE_GONE = MachineError("no engine", where="here", cause="it went", remedy="Start it.")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


def test_build_builds_the_chosen_target_and_prints_its_image(bench: Bench) -> None:
    done = bench.run("build", "--target", "gin_app")
    assert done == Done(0, "gin_app sha256:gin_app\n", "Step 1/1 : FROM gin_app\n")
    assert bench.journal == ["open docker", "build gin_app", "close runtime"]


def test_targets_are_named_as_for_a_run(bench: Bench) -> None:
    built = [bench.run("build", "--target", words).out.splitlines() for words in ("gin_app,flask_app", "all")]
    assert [[line.split()[0] for line in lines] for lines in built] == [
        ["gin_app", "flask_app"],
        ["flask_app", "gin_app"],
    ]


def test_build_without_a_target_builds_all(bench: Bench) -> None:
    assert [line.split()[0] for line in bench.run("build").out.splitlines()] == ["flask_app", "gin_app", "null_app"]


def test_a_failed_build_is_exit_4(bench: Bench) -> None:
    bench.runtime.builds["gin_app"] = NO
    done = bench.run("build", "--target", "gin_app")
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines()[-1] == "error: no (here): it can't. Correct it."
    assert bench.journal[-1] == "close runtime"


def test_targets_that_do_not_build_are_named_and_the_others_are_built(bench: Bench) -> None:
    bench.runtime.builds |= {"flask_app": NO, "gin_app": NO_RUBY}
    done = bench.run("build")
    assert (done.code, done.out) == (4, "null_app sha256:null_app\n")
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert errors == ["error: no (here): it can't. Correct it.", "error: no Ruby (here): it is missing. Install it."]


def test_a_missing_toolchain_is_exit_3(bench: Bench) -> None:
    bench.runtime.builds["gin_app"] = NO_RUBY
    assert bench.run("build").code == 3


def test_a_machine_that_can_not_build_ends_the_builds(bench: Bench) -> None:
    bench.runtime.builds["flask_app"] = ENGINE_GONE
    assert bench.run("build").code == 3
    assert [event for event in bench.journal if event.startswith("build ")] == ["build flask_app"]
