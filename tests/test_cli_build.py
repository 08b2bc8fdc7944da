"""`harness build` with fakes: what is built and printed, and that a failed build leaves the others to be built."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from harness.documents import schema_of
from harness.errors import MachineError, ToolchainError
from harness.machine_lock import machine_lock
from harness.runtime.base import Image
from tests.fakes import FakeRuntime, Script
from tests.project import Done
from tests.scripted_server import right_answer, text
from tests.test_cli_run import NO, Bench
from tests.trials import FLASK

NO_RUBY = ToolchainError("no Ruby", where="here", cause="it is missing", remedy="Install it.")
ENGINE_GONE = MachineError("no engine", where="here", cause="it went", remedy="Start it.")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


def test_build_builds_the_chosen_target_and_prints_its_image(bench: Bench) -> None:
    done = bench.run("build", "--target", "gin_app")
    assert done == Done(0, "gin_app sha256:gin_app\n", "Step 1/1 : FROM gin_app\n")
    assert bench.journal == ["open docker", "build gin_app", "close runtime"]


def test_a_folder_that_lacks_a_file_is_refused_before_its_build_and_leaves_the_others_to_be_built(bench: Bench) -> None:
    (bench.folder / "targets/gin_app/Dockerfile").unlink()
    done = bench.run("build", "--target", "gin_app,flask_app")
    assert (done.code, done.out) == (2, "flask_app sha256:flask_app\n")
    error, *_ = done.err.splitlines()
    assert error.startswith("error: a target's folder is not complete")
    assert f"({bench.folder}/targets/gin_app): it has no Dockerfile" in error
    assert bench.journal == ["open docker", "build flask_app", "close runtime"]


def test_a_target_that_is_already_built_is_said_to_be(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeRuntime, "build", lambda _, target, __: Image(target, "sha256:old", 1000))
    done = bench.run("build", "--target", "gin_app")
    assert done == Done(0, "gin_app sha256:old\n", "gin_app: already built\n")


def test_bases_that_were_made_on_this_machine_are_said_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_ins = {"local/python:3.13-trixie": "python:3.13-slim"}
    monkeypatch.setattr(
        FakeRuntime, "build", lambda _, target, __: Image(target, "sha256:old", 1000, stand_ins=stand_ins)
    )
    done = bench.run("build", "--target", "gin_app,flask_app")
    first, line, second = done.err.splitlines()
    assert (done.code, [first, second]) == (0, ["gin_app: already built", "flask_app: already built"])
    assert line == (
        "base images made on this machine stand in for the registry's: local/python:3.13-trixie for python:3.13-slim. "
        "To use the registry's, run `docker pull` with their names in target.toml."
    )


def test_the_error_of_a_failed_verification_is_the_last_that_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins = {"local/python:3.13-trixie": "python:3.13-slim"}
    monkeypatch.setattr(
        FakeRuntime, "build", lambda _, target, __: Image(target, "sha256:old", 1000, stand_ins=stand_ins)
    )
    bench.runtime.scripts[FLASK] = Script(lambda _: text("Hi"))
    done = bench.run("build", "--target", "flask_app:gthread", "--verify")
    built, note, error, *_ = done.err.splitlines()
    assert (done.code, built, note.split()[0]) == (4, "flask_app: already built", "base")
    assert error.startswith("error: ")


class TestVerifying:
    """With --verify each variant is started once, verified and stopped."""

    def test_all_variants_of_a_target_are_started_and_verified(self, bench: Bench) -> None:
        done = bench.run("build", "--target", "flask_app", "--verify")
        assert done.code == 0
        assert [re.sub(r"in [\d.]+ [mµ]?s,", "in T,", line) for line in done.out.splitlines()] == [
            "flask_app sha256:flask_app",
            "flask_app:gthread ready in T, answers correctly",
            "flask_app:sync ready in T, answers correctly",
        ]
        starts = [event for event in bench.journal if event.split()[0] in {"create", "stop", "discard"}]
        assert starts == [f"{verb} flask_app:{name}" for name in ("gthread", "sync") for verb in ("create", "stop")]

    def test_a_named_variant_is_verified_alone(self, bench: Bench) -> None:
        done = bench.run("build", "--target", "flask_app:sync,gin_app", "--verify")
        assert [line.split()[0] for line in done.out.splitlines()] == [
            *("flask_app", "flask_app:sync"),
            *("gin_app", "gin_app:release"),
        ]

    def test_a_wrong_answer_is_exit_4_and_the_others_are_verified(self, bench: Bench) -> None:
        wrong = Script(lambda request: text("Hi") if request.path == "/json" else right_answer(request))
        bench.runtime.scripts[FLASK] = wrong
        done = bench.run("build", "--target", "flask_app", "--verify")
        assert done.code == 4
        assert (
            "error: a target answers wrongly (flask_app:gthread, GET /json): content type text/plain "
            "instead of application/json. Answer exactly as targets/CONTRACT.md says"
        ) in done.err
        assert "flask_app:sync ready in" in done.out
        assert "flask_app:gthread ready" not in done.out
        assert bench.runtime.left == []

    def test_a_target_that_does_not_build_is_not_started(self, bench: Bench) -> None:
        bench.runtime.builds["gin_app"] = NO
        assert bench.run("build", "--target", "gin_app", "--verify").code == 4
        assert bench.runtime.instances == []

    def test_nothing_is_started_while_a_run_measures(self, bench: Bench) -> None:
        with machine_lock(bench.folder / "lock"):
            assert bench.run("build", "--target", "gin_app", "--verify").code == 3
            assert bench.run("build", "--target", "gin_app").code == 0
        assert bench.runtime.instances == []


def test_the_document_of_build_has_each_build_and_each_first_start(bench: Bench) -> None:
    bench.runtime.builds["gin_app"] = NO
    bench.runtime.scripts[FLASK] = Script(lambda _: text("Hi"))
    done = bench.run("build", "--target", "gin_app,flask_app", "--verify", "--json")
    built = json.loads(done.out)
    jsonschema.validate(built, schema_of("build"), jsonschema.Draft202012Validator)
    assert (done.code, built["runtime"]) == (4, "docker")
    assert [(row["target"], row["identity"], row["error"]) for row in built["builds"]] == [
        ("gin_app", None, str(NO)),
        ("flask_app", "sha256:flask_app", None),
    ]
    wrong, right = built["verified"]
    assert (wrong["variant"], wrong["ready_s"]) == ("gthread", None)
    assert wrong["error"].startswith("a target did not start (flask_app:gthread)")
    assert (right["variant"], right["error"]) == ("sync", None)
    assert right["ready_s"] > 0


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
