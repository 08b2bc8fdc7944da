"""The worker pool with a fake of Locust's master: lost and repeated reports; late, foreign and lost workers."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import gevent
import pytest

from harness.errors import MeasurementError, UsageError
from harness.load import protocol
from harness.load.process import worker_pool
from harness.load.process.worker_pool import WorkerPool
from harness.load.processes import Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Event:
    """Fake of Locust's event."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., None]] = []

    def add_listener(self, listener: Callable[..., None]) -> None:
        self._listeners.append(listener)

    def fire(self, **values: object) -> None:
        for listener in self._listeners:
            listener(**values)


class Clients(dict[str, str]):
    """Fake of Locust's workers, each with its state."""

    @property
    def missing(self) -> list[str]:
        return [state for state in self.values() if state == "missing"]


class Master:
    """Fake of Locust's MasterRunner; `react` acts for the workers."""

    master_bind_host = "127.0.0.1"

    class server:  # noqa: N801 - Locust's name
        port = 5557

    def __init__(self) -> None:
        self.worker_report = Event()
        self.environment = SimpleNamespace(events=SimpleNamespace(worker_report=self.worker_report))
        self.clients = Clients()
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.told: list[str] = []
        self.react: Callable[[str, Mapping[str, Any]], None] = lambda _worker, _message: None

    def send_message(self, kind: str, data: Mapping[str, Any], client_id: str) -> None:
        assert kind == protocol.MESSAGE
        self.sent.append((client_id, data))
        gevent.spawn(self.react, client_id, data)

    def report(self, worker: str, sequence: int, ticket: int, message: Mapping[str, Any]) -> None:
        report = {"sequence": sequence, "ticket": ticket, "message": message}
        self.worker_report.fire(client_id=worker, data={protocol.MESSAGE: report})

    def join(self, worker: str, pid: int, **identity: object) -> None:
        self.clients[worker] = "ready"
        ready = {"reply": "ready", **protocol.identity(), "host": "box", "pid": pid, **identity}
        self.report(worker, 1, 0, ready)


@pytest.fixture
def master() -> Master:
    return Master()


@pytest.fixture
def pair(master: Master) -> WorkerPool:
    """Return a pool of two workers, `a` and `b`."""
    both = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    master.join("b", 2)
    master.join("a", 1)
    both.await_workers(2)
    return both


def test_a_worker_is_in_the_pool_after_its_ready_message(pair: WorkerPool) -> None:
    assert len(pair) == 2
    assert pair.peers() == [Peer("box:1", 0.0, 0.0), Peer("box:2", 0.0, 0.0)]
    assert pair.longest_round_trip_ns == 0


def test_replies_are_in_the_order_of_the_workers(pair: WorkerPool, master: Master) -> None:
    master.react = lambda worker, message: master.report(worker, 2, message["ticket"], {"reply": "done", "by": worker})
    replies = pair.ask([{"op": "x"}, {"op": "y"}], "done", 60)
    assert [reply["by"] for reply in replies] == ["a", "b"]
    assert [(worker, message["op"]) for worker, message in master.sent] == [("a", "x"), ("b", "y")]


def test_fewer_messages_than_workers_go_to_the_first_workers(pair: WorkerPool, master: Master) -> None:
    master.react = lambda worker, message: master.report(worker, 2, message["ticket"], {"reply": "done"})
    assert len(pair.ask([{"op": "x"}], "done", 60)) == 1
    assert [worker for worker, _ in master.sent] == ["a"]


def test_lost_repeated_and_late_reports_change_nothing(pair: WorkerPool, master: Master) -> None:
    def react(worker: str, message: Mapping[str, Any]) -> None:
        old = {"reply": "done", "value": "old"}
        master.report(worker, 2, message["ticket"] - 1, old)  # repeated
        master.report(worker, 2, message["ticket"] - 1, old)
        gevent.sleep(0.02)  # number 3 is lost, and Locust sends the newest report
        master.report(worker, 4, message["ticket"], {"reply": "done", "value": worker})
        master.report(worker, 2, message["ticket"] - 1, old)  # late

    master.react = react
    assert [reply["value"] for reply in pair.ask([{"op": "x"}, {"op": "x"}], "done", 60)] == ["a", "b"]


def test_a_reply_to_an_earlier_message_is_not_accepted(pair: WorkerPool, master: Master) -> None:
    master.react = lambda worker, message: master.report(worker, 2, message["ticket"] - 1, {"reply": "done"})
    with pytest.raises(MeasurementError, match=r"does not answer within 0\.1 s"):
        pair.ask([{"op": "x"}, {"op": "x"}], "done", 0.1)


def test_an_error_of_a_worker_is_raised_with_its_class(pair: WorkerPool, master: Master) -> None:
    error = protocol.encode_error(UsageError("load refused", where="there", cause="why", remedy="What to do."))
    master.react = lambda worker, message: master.report(worker, 2, message["ticket"], error)
    with pytest.raises(UsageError, match="load refused"):
        pair.ask([{"op": "x"}, {"op": "x"}], "done", 60)


def test_a_reply_of_another_kind_is_an_error(pair: WorkerPool, master: Master) -> None:
    master.react = lambda worker, message: master.report(worker, 2, message["ticket"], {"reply": "other"})
    with pytest.raises(MeasurementError, match="answered 'other' instead of 'done'"):
        pair.ask([{"op": "x"}, {"op": "x"}], "done", 60)


@pytest.mark.parametrize("how", ["missing", "left"])
def test_the_error_names_a_lost_worker(pair: WorkerPool, master: Master, how: str) -> None:
    if how == "left":
        del master.clients["b"]
    else:
        master.clients["b"] = "missing"
    master.react = lambda _worker, message: master.report("a", 2, message["ticket"], {"reply": "done"})
    with pytest.raises(MeasurementError, match="its heartbeats are missing") as caught:
        pair.ask([{"op": "x"}, {"op": "x"}], "done", 60)
    assert caught.value.where == "worker box:2"


def test_a_worker_that_joins_a_complete_pool_is_stopped(pair: WorkerPool, master: Master) -> None:
    master.join("c", 3)
    assert [(worker, message["op"]) for worker, message in master.sent] == [("c", "stop")]
    assert master.told[-1] == "worker box:3 came too late and was sent away: 2 drive the load"
    assert len(pair) == 2


def test_of_more_workers_than_expected_the_last_is_sent_away(master: Master) -> None:
    one = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    master.join("b", 2)
    master.join("a", 1)
    one.await_workers(1)
    assert [(worker, message["op"]) for worker, message in master.sent] == [("a", "stop")]
    assert [peer.name for peer in one.peers()] == ["box:2"]


def test_workers_are_named_when_they_join_and_when_they_leave_before_the_run(master: Master) -> None:
    both = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    one_left = "worker box:1 left: 0 of 2 are here"

    def come_and_go() -> None:
        master.join("a", 1)
        while len(master.told) < 1:
            gevent.sleep(0.01)
        del master.clients["a"]
        while one_left not in master.told:
            gevent.sleep(0.01)
        master.join("b", 2)
        master.join("c", 3)

    gevent.spawn(come_and_go)
    both.await_workers(2)
    assert master.told[:2] == ["worker box:1 joined: 1 of 2 are here", one_left]
    assert master.told[2:] == ["worker box:2 joined: 1 of 2 are here", "worker box:3 joined: 2 of 2 are here"]
    assert [peer.name for peer in both.peers()] == ["box:2", "box:3"]


def test_workers_of_plain_locust_are_ignored(pair: WorkerPool, master: Master) -> None:
    master.worker_report.fire(client_id="d", data={"stats": []})
    assert (len(pair), master.sent) == (2, [])


def test_the_error_of_an_incomplete_pool_has_the_number_of_workers(
    master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "_JOIN_S", 0.1)
    one = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    master.join("a", 1)
    with pytest.raises(MeasurementError, match="1 of 2 joined"):
        one.await_workers(2)


def test_a_worker_of_another_version_is_refused(master: Master) -> None:
    one = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    master.join("a", 1, harness="0.0.1")
    with pytest.raises(UsageError, match=r"it has harness 0\.0\.1 with protocol"):
        one.await_workers(1)


def test_the_clock_offset_of_another_machine_is_measured(master: Master) -> None:
    ahead_ns = 5_000_000_000_000
    sequence = iter(range(2, 100))

    def react(worker: str, message: Mapping[str, Any]) -> None:
        reply = {"reply": "clock", "now_ns": time.perf_counter_ns() + ahead_ns}
        master.report(worker, next(sequence), message["ticket"], reply)

    master.react = react
    one = WorkerPool(master, master.told.append)  # type: ignore[arg-type]
    master.join("a", 1, clock="another boot")
    one.await_workers(1)
    [offset] = one.offsets
    assert abs(offset.ahead_ns - ahead_ns) <= offset.uncertainty_ns
    assert one.longest_round_trip_ns == 2 * offset.uncertainty_ns > 0
    [peer] = one.peers()
    assert abs(peer.offset_s - 5000.0) <= peer.uncertainty_s
