"""Where a target may listen: the checks at its start and at its end."""

import psutil
import pytest

from harness.errors import TargetError
from harness.model import Subject
from harness.runtime import proctree
from harness.runtime.exposure import Exposure
from harness.runtime.proctree import Listening

BEFORE, LATER = ("192.0.2.1", 22), ("192.0.2.1", 81)
EXPOSURE = Exposure(Subject("flask_app", "own"), "http://127.0.0.1:80", frozenset({BEFORE}))
UNKNOWN = "it can't be seen whether it began to listen beyond this machine while it ran"


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> psutil.Process:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", refuse)


def listening(monkeypatch: pytest.MonkeyPatch, now: Listening) -> None:
    monkeypatch.setattr(proctree, "listening", lambda: now)


def test_its_own_listeners_are_refused_at_both_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proctree, "_listeners_of", lambda _: {LATER, ("127.0.0.1", 80)})
    for check in (EXPOSURE.refuse_at_start, EXPOSURE.refuse_at_end):
        with pytest.raises(
            TargetError, match=r"\(flask_app:own\): it accepts connections on 192\.0\.2\.1:81\. It must"
        ):
            check(2)


def test_nothing_is_noted_of_one_that_listens_on_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proctree, "_listeners_of", lambda _: {("127.0.0.1", 80)})
    listening(monkeypatch, frozenset({LATER}))  # of another program
    assert EXPOSURE.refuse_at_end(2) is None


@pytest.mark.usefixtures("unreadable")
class TestOneThatCanNotBeRead:
    def test_is_refused_at_its_start_for_what_began_to_listen_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listening(monkeypatch, frozenset({BEFORE, LATER}))
        with pytest.raises(TargetError, match=r"on 192\.0\.2\.1:81\."):
            EXPOSURE.refuse_at_start(2)

    def test_has_a_note_at_its_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listening(monkeypatch, frozenset({BEFORE, LATER}))
        noted = EXPOSURE.refuse_at_end(2)
        assert noted is not None
        assert noted.startswith("192.0.2.1:81 began to listen beyond this machine")

    def test_has_none_if_nothing_began_to_listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listening(monkeypatch, frozenset({BEFORE, ("127.0.0.1", 81)}))
        assert EXPOSURE.refuse_at_end(2) is None

    def test_has_a_note_if_nothing_can_be_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listening(monkeypatch, None)
        assert EXPOSURE.refuse_at_end(2) == UNKNOWN
