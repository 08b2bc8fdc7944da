"""User groups of somebody else's Locust users: HttpUser, FastHttpUser or a class of your own, under closed load.

Their own clients send and judge. Each `request` event is recorded as it is fired, with its fraction of a millisecond;
between slices the users wait, each at the end of its request. What such a client costs is far more than the lane does,
and the slice's utilisation says so. Their requests have no
endpoints of their own: which task one belongs to, and what a task that fails had asked last, nobody can say for sure.
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
from harness.load.process.exchanges import tag
from harness.load.process.failures import kind_of
from harness.load.process.recorder import Effort, Recorder
from harness.load.process.user_groups import Begin, UserPool, at_once
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import ErrorKind, LoadKind, Slice, SliceResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gevent.greenlet import Greenlet
    from locust import User

_POLL_S = 0.001


class ForeignUserGroup:
    """Users who bring their own client."""

    def __init__(self, recorder: Recorder, kinds: Sequence[type[User]], url: str) -> None:
        resolve(url)
        self._recorder = recorder
        self._kinds = kinds
        self._url = url
        self._gate = Event()
        self._preparing: set[Greenlet] = set()  # in `on_start`: what they request there is not of the slice
        self._at_rest: set[Greenlet] = set()
        self._began_ns: dict[Greenlet, int] = {}  # when each last set out on a request, at the earliest
        self._pool = self._raise()

    # A user group as the worker sees it.

    def run(self, order: Slice, share: LoadShare = WHOLE_LOAD, begin: Begin = at_once) -> SliceResult:
        """Drive one slice of closed load, or a share of it.

        Raises:
            UsageError: The load is open.
            MeasurementError: The users could not be spawned.
        """
        if order.load.kind is not LoadKind.CLOSED:
            raise UsageError(
                "scenario cannot be driven so",
                where=order.scenario,
                cause=f"{order.load} asks for arrivals on a schedule, and its users send when their own tasks say",
                remedy="Write it with LaneUser, or use it in closed load only.",
            )
        self._pool.resize(share.connections(order.load.connections))
        self._await_rest(order.timeout_s)
        began, cpu_began = begin(), time.process_time_ns()
        extent = Extent(began + round(order.discard_s * 1e9), began + round(order.duration_s * 1e9), began)
        self._recorder.begin(extent, is_open=False)
        self._began_ns.clear()
        self._gate.set()
        gevent.sleep(order.duration_s)
        self._gate.clear()
        self._await_rest(order.timeout_s)
        wall_ns, cpu_ns = time.perf_counter_ns() - began, time.process_time_ns() - cpu_began
        self._give_up_the_others(began)
        self._recorder.settle()
        return self._recorder.result(order.number, Effort(wall_ns, cpu_ns, busy_ns=min(cpu_ns, wall_ns)))

    def dismiss(self) -> None:
        """Stop the users."""
        self._pool.dismiss()

    def _raise(self) -> UserPool:
        pool = UserPool([self._gated(kind) for kind in self._kinds], self._url)
        pool.environment.events.request.add_listener(self._on_request)
        pool.environment.events.user_error.add_listener(self._on_user_error)
        return pool

    def _gated(self, kind: type[User]) -> type[User]:
        group = self

        def on_start(user: User) -> None:
            me = gevent.getcurrent()
            group._preparing.add(me)
            try:
                kind.on_start(user)
            finally:
                group._preparing.discard(me)
            group._rest()

        def wait_time(user: User) -> float:
            # the pause is made here, so that a user whose pause ends between two slices can be held back
            me = gevent.getcurrent()
            group._at_rest.add(me)
            gevent.sleep(kind.wait_time(user))
            group._rest()
            return 0.0

        return new_class(
            kind.__name__, (kind,), exec_body=lambda body: body.update(on_start=on_start, wait_time=wait_time)
        )

    def _rest(self) -> None:
        me = gevent.getcurrent()
        self._at_rest.add(me)
        try:
            self._gate.wait()
        finally:
            self._at_rest.discard(me)
        self._began_ns[me] = time.perf_counter_ns()

    def _await_rest(self, timeout_s: float) -> None:
        deadline = time.perf_counter() + timeout_s
        while self._under_way() and time.perf_counter() < deadline:
            gevent.sleep(_POLL_S)

    def _under_way(self) -> list[Greenlet]:
        return [greenlet for greenlet in self._pool.runner.user_greenlets if greenlet not in self._at_rest]

    def _give_up_the_others(self, slice_began_ns: int) -> None:
        """Count those who never came back, and start anew without them."""
        now = time.perf_counter_ns()
        lost = self._under_way()
        for greenlet in lost:
            began_ns = self._began_ns.get(greenlet, slice_began_ns)
            self._recorder.censor(0, began_ns, 0, now)
            self._recorder.fail(ErrorKind.TIMEOUT, 0, began_ns, now, "no end of the request within the time-out")
        if lost:
            self._pool.dismiss()
            self._at_rest.clear()
            self._pool = self._raise()

    def _on_request(
        self,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | str | None = None,
        **context: Any,  # noqa: ANN401 - Locust's own event
    ) -> None:
        now, me = time.perf_counter_ns(), gevent.getcurrent()
        if me in self._preparing:
            return
        elapsed_ns = round((response_time or 0.0) * 1e6)
        if exception is None:
            self._recorder.add(now - elapsed_ns, now, 0, tag(0, response_length or 0))
        else:
            self._count_failure(exception, now, elapsed_ns, f"{context.get('request_type')} {context.get('name')}")
        self._rest()

    def _on_user_error(self, exception: BaseException, **_context: Any) -> None:  # noqa: ANN401 - Locust's own event
        if gevent.getcurrent() not in self._preparing:
            self._count_failure(exception, time.perf_counter_ns(), 0, "a task")
            self._rest()

    def _count_failure(self, error: BaseException | str, now: int, elapsed_ns: int, what: str) -> None:
        kind = kind_of(error)
        if kind is ErrorKind.TIMEOUT:
            self._recorder.censor(0, now - elapsed_ns, 0, now)
        self._recorder.fail(kind, 0, now - elapsed_ns, now, f"{what}: {error!r}")
