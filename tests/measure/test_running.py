"""A target that runs while a context lasts: built, started, answering, and gone at the end, however that comes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.errors import MachineError, TargetError
from harness.measure import running as under_test
from harness.measure.contract import first_question
from harness.measure.readiness import READY, UNANSWERED, Look, asking
from harness.measure.running import RunningTarget, running_image, running_target
from harness.model import Subject
from harness.runtime.base import Image, Launch
from harness.runtime.choice import RuntimeName
from tests.fakes import ANY_CPU, FLASK_SYNC, TARGETS, FakeRuntime, Script
from tests.trials import FLASK

FLASK_APP = TARGETS["flask_app"]
LAUNCH = Launch(frozenset({0}))
IMAGE = Image(FLASK_APP, "sha256:1", 1000)
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    """The runtime that is opened."""
    runtime = FakeRuntime([])

    def open_runtime(name: RuntimeName, run_id: str) -> FakeRuntime:
        runtime.journal.append(f"open {name} for {run_id}")
        return runtime

    monkeypatch.setattr(under_test, "open_runtime", open_runtime)
    return runtime


@contextmanager
def running(runtime: FakeRuntime) -> Iterator[RunningTarget]:
    with running_target(RuntimeName.PROCESS, "a run", FLASK_APP, LAUNCH, ANY_CPU) as running:
        assert runtime.instances == [running.instance]
        yield running


def steps(runtime: FakeRuntime) -> list[str]:
    """Return the journal without the requests of the poller."""
    return [line for line in runtime.journal if not line.startswith("ask ")]


def test_it_is_built_started_and_answers_and_nothing_stays(runtime: FakeRuntime) -> None:
    with running(runtime) as found:
        assert found.url == found.instance.url
        assert found.image.identity == "sha256:flask_app"
        assert found.times.ready_s > 0
        host, _, port = found.url.removeprefix("http://").partition(":")
        assert asking(first_question(["plain"]))(host, int(port)) == READY
        runtime.journal.append("use it")
    assert runtime.launches == [LAUNCH]
    assert steps(runtime) == [
        "open process for a run",
        "build flask_app",
        f"create {FLASK}",
        f"start {FLASK}",
        "use it",
        f"stop {FLASK}",
        "close runtime",
    ]


def test_what_fails_in_the_context_leaves_nothing_behind(runtime: FakeRuntime) -> None:
    with pytest.raises(MachineError), running(runtime):
        raise MachineError("no", where="here", cause="it can't", remedy="Mend it.")
    assert runtime.left == []
    assert runtime.journal[-1] == "close runtime"


def test_a_target_that_does_not_build_leaves_nothing_behind(runtime: FakeRuntime) -> None:
    runtime.builds["flask_app"] = NO
    with pytest.raises(TargetError), running(runtime):
        raise AssertionError
    assert runtime.journal == ["open process for a run", "build flask_app", "close runtime"]


def test_a_target_that_does_not_start_leaves_nothing_behind(runtime: FakeRuntime) -> None:
    runtime.scripts[FLASK] = Script(fails={("start", 1): NO})
    with pytest.raises(TargetError), running(runtime):
        raise AssertionError
    assert runtime.left == []
    assert runtime.journal[-1] == "close runtime"


def test_a_target_that_does_not_stop_as_it_must_is_an_error(runtime: FakeRuntime) -> None:
    runtime.scripts[FLASK] = Script(fails={("stop", 1): NO})
    with pytest.raises(TargetError), running(runtime):
        pass
    assert runtime.journal[-1] == "close runtime"


def test_a_built_target_runs_as_the_variant_that_is_named(runtime: FakeRuntime) -> None:
    with running_image(runtime, IMAGE, LAUNCH, ANY_CPU, subject=FLASK_SYNC) as found:
        assert found.instance.subject == FLASK_SYNC
        assert found.image is IMAGE
    assert steps(runtime) == [f"create {FLASK_SYNC}", f"start {FLASK_SYNC}", f"stop {FLASK_SYNC}"]


def test_without_a_name_it_is_the_default_variant() -> None:
    with running_image(FakeRuntime([]), IMAGE, LAUNCH, ANY_CPU) as found:
        assert found.instance.subject == Subject("flask_app", FLASK_APP.default_variant)


def test_the_probe_decides_when_it_is_ready() -> None:
    asked: list[tuple[str, int]] = []

    def probe(host: str, port: int) -> Look:
        asked.append((host, port))
        return READY if len(asked) == 3 else UNANSWERED

    with running_image(FakeRuntime([]), IMAGE, LAUNCH, ANY_CPU, probe=probe):
        assert len(asked) == 3
