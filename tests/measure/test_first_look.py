"""The first look at a built target: a start, its answers, its stop, and nothing left after a failure."""

import random
from dataclasses import replace

import pytest

from harness.errors import TargetEndedError, TargetError
from harness.measure.first_look import FirstLook, look_at
from harness.model import ContractPart
from harness.runtime.base import Image, Launch
from tests.fakes import ANY_CPU, TARGETS, FakeRuntime, Script
from tests.scripted_server import Reply, Request, right_answer, text
from tests.trials import FLASK

IMAGE = Image(TARGETS["flask_app"], "sha256:1", 1000)


def looked(runtime: FakeRuntime, image: Image = IMAGE) -> FirstLook:
    return look_at(runtime, image, FLASK, Launch(frozenset({0})), ANY_CPU, rng=random.Random(1))  # noqa: S311


def test_a_target_that_answers_correctly_has_its_time_and_is_stopped() -> None:
    runtime = FakeRuntime([])
    look = looked(runtime)
    assert look.ready_s > 0
    assert look.notes == ()
    assert runtime.journal[-1] == f"stop {FLASK}"
    assert runtime.left == []
    paths = {request.path for request in runtime.instances[0].server.requests}
    assert paths > {"/", "/json"}


def test_its_notes_are_those_of_its_answers_and_of_its_end() -> None:
    end = "after SIGTERM it exited with code 1 instead of code 0"
    own = replace(IMAGE.target, contract={"hello": ContractPart("/", text="Hello, World!")})
    look = looked(FakeRuntime([], {FLASK: Script(ends=end)}), replace(IMAGE, target=own))
    assert look.notes == ("it answers a contract of its own", end)


def test_a_wrong_answer_is_refused_and_nothing_is_left() -> None:
    runtime = FakeRuntime([], {FLASK: Script(lambda one: text("no") if one.method == "POST" else right_answer(one))})
    with pytest.raises(TargetError, match=r"POST /json\): content type text/plain instead of"):
        looked(runtime)
    assert runtime.journal[-1] == f"discard {FLASK}"
    assert runtime.left == []


def test_a_target_that_ends_when_it_is_asked_fails_with_how_it_ended() -> None:
    script = Script()

    def answer(request: Request) -> Reply | None:
        if request.path == "/":
            return right_answer(request)
        script.is_alive = False
        runtime.instances[0].server.refuse()
        return None

    script.answer = answer
    runtime = FakeRuntime([], {FLASK: script})
    with pytest.raises(TargetEndedError, match="it died in the script"):
        looked(runtime)
    assert runtime.left == []


def test_a_target_that_listens_beyond_this_machine_is_refused() -> None:
    exposed = TargetError("the target listens beyond this machine", where="it", cause="it does", remedy="Correct it.")
    runtime = FakeRuntime([], {FLASK: Script(fails={("counters", 1): exposed})})
    with pytest.raises(TargetError, match="beyond this machine"):
        looked(runtime)
    assert runtime.left == []
