"""The ending of a target: when it is awaited, and which failures it explains."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import MachineError, TargetEndedError, TargetError
from harness.runtime import ending
from harness.runtime.ending import SETTLES_WITHIN_S, ending_of, explained_by_ending, oom_kills, refuses
from harness.runtime.failures import broken_down, exited
from tests.fakes import FakeInstance, Script
from tests.trials import FLASK

NO_ANSWER = TargetError("a target answers wrongly", where="flask, GET /", cause="no answer", remedy="Mend it.")
DEAD = Script(is_alive=False)


@pytest.fixture
def instance() -> Iterator[FakeInstance]:
    """An instance whose end becomes known a moment later; its port still accepts connections."""
    instance = FakeInstance(FLASK, Script(is_alive=False, known_after_s=SETTLES_WITHIN_S), [])
    instance.start()
    yield instance
    instance.discard()


class TestRefusing:
    def test_a_listening_port_does_not_refuse(self) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            assert refuses(f"http://127.0.0.1:{server.getsockname()[1]}") is False

    def test_a_closed_port_refuses(self) -> None:
        with closing(socket.socket()) as bound:
            bound.bind(("127.0.0.1", 0))
            assert refuses(f"http://127.0.0.1:{bound.getsockname()[1]}") is True

    def test_a_connection_that_comes_to_nothing_is_no_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(*_: object) -> socket.socket:
            raise TimeoutError("its queue is full")

        monkeypatch.setattr(socket, "create_connection", connect)
        assert refuses("http://127.0.0.1:80") is False


class TestAsking:
    def test_the_end_is_awaited_if_connections_are_refused(self, instance: FakeInstance) -> None:
        instance.server.close()
        assert ending_of(instance) == "it died in the script"

    def test_nothing_is_awaited_while_the_port_accepts_connections(self, instance: FakeInstance) -> None:
        assert ending_of(instance) is None

    def test_after_a_broken_connection_the_port_may_accept_connections_for_a_moment(
        self, instance: FakeInstance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = iter([False, False, True])
        monkeypatch.setattr(ending, "refuses", lambda _: next(answers))
        monkeypatch.setattr(ending, "BREAKS_WITHIN_S", 60.0)
        assert ending_of(instance, connection_broke=True) == "it died in the script"

    def test_a_broken_connection_to_a_running_target_is_not_its_end(
        self, instance: FakeInstance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ending, "BREAKS_WITHIN_S", 0.0)
        assert ending_of(instance, connection_broke=True) is None


class TestTelling:
    def test_a_failure_of_one_that_has_ended_says_how(self, instance: FakeInstance) -> None:
        instance.server.close()
        with pytest.raises(TargetEndedError) as caught, explained_by_ending(instance):
            raise NO_ANSWER
        assert str(caught.value) == (
            "the target broke down (flask, GET /): it died in the script; first error: a target answers wrongly: "
            "no answer. Correct what ended it, or give it more memory or processes."
            "\nIt last printed:\n  the last of 20 lines of flask_app:gthread"
        )

    def test_a_failure_without_a_cause_is_explained_as_well(self, instance: FakeInstance) -> None:
        instance.server.close()
        said = r"first error: a target answers wrongly\. Correct what ended it"
        with pytest.raises(TargetEndedError, match=said), explained_by_ending(instance):
            raise TargetError("a target answers wrongly", where="flask", cause="", remedy="Mend it.")

    def test_a_failure_of_one_that_lives_is_left_alone(self) -> None:
        living = FakeInstance(FLASK, Script(), [])
        living.start()
        with pytest.raises(TargetError) as caught, explained_by_ending(living):
            raise NO_ANSWER
        assert caught.value is NO_ANSWER
        living.discard()

    def test_a_failure_that_says_how_already_is_left_alone(self, instance: FakeInstance) -> None:
        instance.server.close()
        told = broken_down("flask", exited(3), "")
        with pytest.raises(TargetEndedError) as caught, explained_by_ending(instance):
            raise told
        assert caught.value is told

    def test_a_failure_without_an_instance_is_left_alone(self) -> None:
        with pytest.raises(TargetError) as caught, explained_by_ending(None):
            raise NO_ANSWER
        assert caught.value is NO_ANSWER

    def test_what_is_no_failure_of_a_target_is_left_alone(self, instance: FakeInstance) -> None:
        instance.server.close()
        error = MachineError("no disk", where="here", cause="it is full", remedy="Free some.")
        with pytest.raises(MachineError) as caught, explained_by_ending(instance):
            raise error
        assert caught.value is error


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (0, "it exited with code 0"),
        (70, "it exited with code 70"),
        (-11, "it was ended by signal 11 (SIGSEGV)"),
        (-40, "it was ended by signal 40"),
    ],
)
def test_an_exit_code_is_told_in_words(code: int, told: str) -> None:
    assert exited(code) == told


class TestTheMachinesKills:
    def test_they_are_the_kernels_count(self, tmp_path: Path) -> None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc" / "vmstat").write_text("nr_free_pages 7\noom_kill_disable 3\noom_kill 12\n")
        assert oom_kills(tmp_path) == 12

    def test_where_the_kernel_does_not_tell_there_are_none(self, tmp_path: Path) -> None:
        assert oom_kills(tmp_path) == 0
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc" / "vmstat").write_text("nr_free_pages 7\n")
        assert oom_kills(tmp_path) == 0

    def test_this_kernel_tells(self) -> None:
        assert re.search(r"^oom_kill \d+$", Path("/proc/vmstat").read_text(), re.MULTILINE)
        assert oom_kills() >= 0
