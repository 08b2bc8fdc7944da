"""User groups of other Locust users under closed load: HttpUser, FastHttpUser, or the scenario's own class.

Their own clients send requests and verify answers. Each `request` event is recorded with its fraction of a millisecond.
Between slices each user waits at the end of its request. In a slice the users start one after another, over its spread.
Such a client needs far more CPU time than the lane, which the slice's utilisation and its gap show; a user's own pauses
are part of the gap. There are no endpoints, because the task of a request and the last request of a failed task are not
known for certain.
"""

from __future__ import annotations

import time
from types import new_class
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event

from harness.errors import UsageError
from harness.load.address import resolve
from harness.load.process.accounts import Extent
from harness.load.process.failures import kind_of, refusal_in
from harness.load.process.memo import tag
from harness.load.process.recorder import Effort, Recorder
from harness.load.process.user_groups import Begin, UserPool, at_once
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import ErrorKind, LoadKind, Slice, SliceResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gevent.greenlet import Greenlet
    from locust import User

_POLL_S = 0.001


class ForeignUserGroup:
    """User group of users with their own client."""

    def __init__(self, recorder: Recorder, kinds: Sequence[type[User]], url: str) -> None:
        resolve(url)
        self._recorder = recorder
        self._kinds = kinds
        self._url = url
        self._gate = Event()
        self._preparing: set[Greenlet] = set()  # users in `on_start`, whose requests are not part of a slice
        self._waiting: set[Greenlet] = set()
        self._began_ns: dict[Greenlet, int] = {}  # the earliest possible beginning of each user's last request
        self._answered_ns: dict[Greenlet, int] = {}  # the end of each user's last request, if it was answered
        self._gap_ns = self._gaps = 0
        self._starts_ns: Iterator[int] = iter(())  # the first sends that are still to come
        self._pool = self._new_pool()

    # Methods for the worker.

    def run(self, order: Slice, share: LoadShare = WHOLE_LOAD, begin: Begin = at_once) -> SliceResult:
        """Drive one slice of closed load, or a share of it.

        Raises:
            UsageError: The load is open.
            MeasurementError: The users could not be spawned.
        """
        if order.load.kind is not LoadKind.CLOSED:
            raise UsageError(
                "a scenario can't be driven with this load",
                where=order.scenario,
                cause=f"{order.load} needs scheduled requests, but its users send when their own tasks decide",
                remedy="Write it with LaneUser, or use it in closed load only.",
            )
        self._pool.resize(share.connections(order.load.connections))
        self._await_users(order.timeout_s)
        began, cpu_began = begin(), time.process_time_ns()
        self._recorder.begin(Extent.of(order, began), is_open=False)
        after_ns = share.starts_ns(order.load.connections, order.starts_s, order.seed)
        self._starts_ns = (began + after for after in after_ns)
        self._gap_ns = self._gaps = 0
        self._began_ns.clear()
        self._answered_ns.clear()
        self._gate.set()
        gevent.sleep(order.duration_s)
        self._gate.clear()
        self._await_users(order.timeout_s)
        wall_ns, cpu_ns = time.perf_counter_ns() - began, time.process_time_ns() - cpu_began
        self._replace_lost_users(began)
        self._recorder.settle()
        effort = Effort(wall_ns, cpu_ns, busy_ns=min(cpu_ns, wall_ns), gap_s=self._mean_gap_s())
        return self._recorder.result(order.number, effort)

    def dismiss(self) -> None:
        """Stop the users."""
        self._pool.dismiss()

    def _new_pool(self) -> UserPool:
        pool = UserPool([self._gated(kind) for kind in self._kinds], self._url)
        pool.environment.events.request.add_listener(self._on_request)
        pool.environment.events.user_error.add_listener(self._on_user_error)
        return pool

    def _gated(self, kind: type[User]) -> type[User]:
        group = self

        def on_start(user: User) -> None:
            greenlet = gevent.getcurrent()
            group._preparing.add(greenlet)
            try:
                kind.on_start(user)
            finally:
                group._preparing.discard(greenlet)
            group._await_gate()

        def wait_time(user: User) -> float:
            # the user's pause is here, so that a user whose pause ends between two slices waits for the next slice
            group._waiting.add(gevent.getcurrent())
            gevent.sleep(kind.wait_time(user))
            group._await_gate()
            return 0.0

        return new_class(
            kind.__name__, (kind,), exec_body=lambda body: body.update(on_start=on_start, wait_time=wait_time)
        )

    def _await_gate(self) -> None:
        greenlet = gevent.getcurrent()
        self._waiting.add(greenlet)
        try:
            self._gate.wait()
            if greenlet not in self._began_ns:
                self._await_start(next(self._starts_ns, 0))
        finally:
            self._waiting.discard(greenlet)
        self._began_ns[greenlet] = time.perf_counter_ns()

    def _await_start(self, start_ns: int) -> None:
        wait_s = (start_ns - time.perf_counter_ns()) / 1e9
        if wait_s > 0:
            gevent.sleep(wait_s)
        self._gate.wait()  # the slice may have ended

    def _await_users(self, timeout_s: float) -> None:
        deadline = time.perf_counter() + timeout_s
        while self._busy_users() and time.perf_counter() < deadline:
            gevent.sleep(_POLL_S)

    def _busy_users(self) -> list[Greenlet]:
        return [greenlet for greenlet in self._pool.runner.user_greenlets if greenlet not in self._waiting]

    def _replace_lost_users(self, slice_began_ns: int) -> None:
        """Count a time-out for each user whose request did not end, and replace the pool if there is one."""
        now = time.perf_counter_ns()
        lost = self._busy_users()
        for greenlet in lost:
            began_ns = self._began_ns.get(greenlet, slice_began_ns)
            self._recorder.censor(0, began_ns, 0, now)
            self._recorder.fail(ErrorKind.TIMEOUT, 0, began_ns, now, "no end of the request within the time-out")
        if lost:
            self._pool.dismiss()
            self._waiting.clear()
            self._pool = self._new_pool()

    def _on_request(
        self,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | str | None = None,
        **context: Any,  # noqa: ANN401 - Locust's own event
    ) -> None:
        now = time.perf_counter_ns()
        if gevent.getcurrent() in self._preparing:
            return
        elapsed_ns = round((response_time or 0.0) * 1e6)
        if exception is None:
            self._recorder.add(now - elapsed_ns, now, 0, tag(0, response_length or 0))
            self._note_gap(now - elapsed_ns, now)
        else:
            self._count_failure(exception, now, elapsed_ns, f"{context.get('request_type')} {context.get('name')}")
        self._await_gate()

    def _note_gap(self, sent_ns: int, now: int) -> None:
        greenlet = gevent.getcurrent()
        if greenlet in self._answered_ns:
            self._gap_ns += max(0, sent_ns - self._answered_ns[greenlet])  # clients round their times
            self._gaps += 1
        self._answered_ns[greenlet] = now

    def _mean_gap_s(self) -> float:
        return self._gap_ns / self._gaps / 1e9 if self._gaps else 0.0

    def _on_user_error(self, exception: BaseException, **_context: Any) -> None:  # noqa: ANN401 - Locust's own event
        if gevent.getcurrent() not in self._preparing:
            self._count_failure(exception, time.perf_counter_ns(), 0, "a task")
            self._await_gate()

    def _count_failure(self, error: BaseException | str, now: int, elapsed_ns: int, source: str) -> None:
        self._answered_ns.pop(gevent.getcurrent(), None)
        kind = kind_of(error)
        if kind is ErrorKind.TIMEOUT:
            self._recorder.censor(0, now - elapsed_ns, 0, now)
        self._recorder.fail(kind, 0, now - elapsed_ns, now, f"{source}: {refusal_in(error) or repr(error)}")
