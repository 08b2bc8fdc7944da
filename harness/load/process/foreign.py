"""User groups of other Locust users under closed or paced load: HttpUser, FastHttpUser, or the scenario's own class.

Their users live as under `locust -f`, in an environment of their own. Their own clients send requests. Each `request`
event is recorded with its fraction of a millisecond. A user waits before a request and after a pause until a slice is
on; it pauses by the clock of the slices. A client of the scenario's own says nothing of the beginning of a request, so
its user waits after it.

In a slice of closed load the users start one after another, over its spread. Paced users start after a random part of
their first pause. Such a client needs far more CPU time than the lane, which the slice's utilisation and its gap show.
There are no endpoints, because the task of a request and the last request of a failed task are not known for certain.
"""

from __future__ import annotations

import gc
import random
import time
from collections import deque
from dataclasses import dataclass, replace
from types import new_class
from typing import TYPE_CHECKING, Any

import gevent
from gevent import GreenletExit

from harness.errors import UsageError
from harness.load.address import resolve
from harness.load.process import seats
from harness.load.process.accounts import Extent
from harness.load.process.complaints import Complaints
from harness.load.process.destinations import placed, spanning
from harness.load.process.faults import Fault, fault_of, own_error_of, raised
from harness.load.process.memo import tag
from harness.load.process.recorder import Effort, Recorder
from harness.load.process.seats import Seat, Sent, seat_here
from harness.load.process.shape_driver import ShapeDriver
from harness.load.process.slice_clock import SliceClock
from harness.load.process.user_groups import Begin, UserPool, at_once
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import ErrorKind, LoadKind, Slice, SliceResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locust import User

    from harness.load.process.scenarios import LoadedScenario

_POLL_S = 0.001
_EVENT_S = 0.05  # an event that comes later after its answer is recorded in the next slice
_AFTER_ERROR_S = 0.01  # least pause after a task that raised without a request
_MOST_LATE = 10_000
_MS_NS = 1_000_000
_NO_END = Fault("no end of the request within the time-out", ErrorKind.TIMEOUT)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Ended request; `size` is in bytes."""

    source: str
    sent_ns: int
    done_ns: int
    size: int
    fault: Fault | None


class ForeignUserGroup:
    """User group of users with their own client."""

    def __init__(self, recorder: Recorder, scenario: LoadedScenario, url: str) -> None:
        self._address = resolve(url)
        seats.install()
        self._recorder = recorder
        self._mean_pause_s = scenario.traits.mean_pause_s
        self._clock = SliceClock()
        self._seats: dict[int, Seat] = {}  # by the identity of the user
        self._order: Slice | None = None
        self._slices = 0
        self._is_recording = self._is_resizing = False
        self._ended: deque[_Ended] = deque(maxlen=_MOST_LATE)  # between slices
        self._prepared = self._users_ended = 0
        self._failed = Complaints()
        self._gap_ns = self._gaps = 0
        self._longest_own_ns = 0  # of requests of the scenario's own client
        self._starts_ns: Iterator[int] = iter(())  # the first sends that are still to come
        self._pool = UserPool([self._seated(kind) for kind in scenario.other_users], url, scenario)
        self._pool.hear_first("request", self._on_request)
        self._pool.hear_first("user_error", self._on_user_error)
        shape = scenario.shape
        self._shape = None if shape is None else ShapeDriver(type(shape), self._pool, self._clock)

    # Methods for the worker.

    def run(self, order: Slice, share: LoadShare = WHOLE_LOAD, begin: Begin = at_once) -> SliceResult:
        """Drive one slice of closed or paced load, or a share of it.

        Raises:
            UsageError: The load is open, or the users can't be created.
            MeasurementError: The users could not be spawned.
        """
        if order.load.kind not in {LoadKind.CLOSED, LoadKind.PACED}:
            raise UsageError(
                "a scenario can't be driven with this load",
                where=order.scenario,
                cause=f"{order.load} needs scheduled requests, but its users send when their own tasks decide",
                remedy="Write it with LaneUser, or use it in closed load only.",
            )
        self._order = order
        self._prepare(order, share)
        began, cpu_began = begin(), time.process_time_ns()
        self._begin(order, share, began)
        gevent.sleep(order.duration_s)
        self._clock.stop()
        self._await_ends(order.timeout_s)
        wall_ns, cpu_ns = time.perf_counter_ns() - began, time.process_time_ns() - cpu_began
        self._replace_lost_users()
        self._is_recording = False
        gc.disable()
        self._recorder.settle()
        effort = Effort(wall_ns, cpu_ns, busy_ns=min(cpu_ns, wall_ns), gap_s=self._mean_gap_s())
        return self._with_events(self._recorder.result(order.number, effort))

    def dismiss(self) -> None:
        """Stop the users."""
        self._is_resizing = True
        for seat in self._seats.values():
            seat.is_leaving = True
        if self._shape is not None:
            self._shape.stop()
        self._pool.dismiss()

    def _prepare(self, order: Slice, share: LoadShare) -> None:
        self._is_resizing = True
        if self._shape is not None and order.load.kind is LoadKind.PACED:
            self._shape.share = share
        else:
            self._pool.resize(share.connections(order.load.connections), share)
            self._is_resizing = False
        deadline = time.perf_counter() + order.timeout_s
        while self._late_users() and time.perf_counter() < deadline:
            gevent.sleep(_POLL_S)
        if late := self._late_users():
            self._pool.complaints.add(f"{late} of the users were still in on_start after {order.timeout_s:g} s")

    def _late_users(self) -> int:
        return sum(not seat.is_ready for seat in self._seats.values())

    def _begin(self, order: Slice, share: LoadShare, began: int) -> None:
        is_paced = order.load.kind is LoadKind.PACED
        self._recorder.begin(Extent.of(order, began), is_open=False, by_arrival=is_paced)
        after_ns = [] if is_paced else share.starts_ns(order.load.connections, order.starts_s, order.seed)
        self._starts_ns = (began + after for after in after_ns)
        self._gap_ns = self._gaps = 0
        for seat in self._seats.values():
            seat.answered_ns = None
        self._slices += 1
        self._is_recording = True
        while self._ended:
            self._record(self._ended.popleft())
        if is_paced:
            gc.enable()  # such a slice is long, and its users mostly pause
        self._clock.start(began / 1e9)
        if self._shape is not None and is_paced:
            self._shape.start()

    def _with_events(self, result: SliceResult) -> SliceResult:
        """Return a result with what users and their tasks did besides requests since the last one."""
        complaints, first = self._pool.complaints.take()
        failed, _ = self._failed.take()
        prepared, self._prepared = self._prepared, 0
        users_ended, self._users_ended = self._users_ended, 0
        return replace(
            result,
            complaints=complaints,
            first_complaint=first,
            prepared=prepared,
            users_ended=users_ended,
            failed=failed,
        )

    def _await_ends(self, timeout_s: float) -> None:
        """Wait for the answers of all requests in flight, and for their events."""
        stopped_ns = time.perf_counter_ns()
        deadline = stopped_ns + round(timeout_s * 1e9)
        while any(seat.flying for seat in self._seats.values()) and time.perf_counter_ns() < deadline:
            gevent.sleep(_POLL_S)
        events = min(deadline, time.perf_counter_ns() + round(_EVENT_S * 1e9))
        while any(seat.unreported for seat in self._seats.values()) and time.perf_counter_ns() < events:
            gevent.sleep(_POLL_S)
        # a client of the scenario's own may have a request in flight, which ends in about the time of the others
        own = min(deadline, stopped_ns + 2 * self._longest_own_ns)
        while time.perf_counter_ns() < own:
            gevent.sleep(_POLL_S)

    def _replace_lost_users(self) -> None:
        """Count a time-out for each request that did not end, and replace its user."""
        now = time.perf_counter_ns()
        for seat in [seat for seat in self._seats.values() if seat.flying]:
            for sent in seat.flying.values():
                fault = placed(_NO_END, self._address, sent.url)
                self._record(_Ended("a request", sent.began_ns, now, 0, fault))
            seat.is_leaving = seat.is_dismissed = True
            greenlets = list(seat.flying)
            seat.flying.clear()
            gevent.killall(greenlets, block=False)  # the wait for the user itself has a limit
            self._pool.replace(seat.user)

    # Users.

    def _seated(self, kind: type[User]) -> type[User]:
        group = self

        def run(user: User) -> None:
            seat = group._seats[id(user)] = Seat(user, group)
            user._cp_last_run = group.now_s()  # noqa: SLF001 - as Locust's own constructor does
            try:
                with seat.taken():
                    kind.run(user)
            except SystemExit as error:
                group._pool.exit(user, error)
            finally:
                group._seats.pop(id(user), None)
                group._users_ended += not seat.is_dismissed

        def on_start(user: User) -> None:
            seat = group._seats[id(user)]
            with seat.apart():
                kind.on_start(user)
            seat.is_ready = True
            group._begin_user(seat)

        def on_stop(user: User) -> None:
            seat = group._seats[id(user)]
            seat.is_leaving = True
            kind.on_stop(user)

        def stop(user: User, force: bool = False) -> bool:  # noqa: FBT001, FBT002 - Locust's own signature
            seat = group._seats.get(id(user))
            if seat is not None:
                seat.is_dismissed |= group._is_resizing
                seat.is_leaving |= force
            return group._pool.stop(kind, user, force=force)

        own = {"run": run, "on_start": on_start, "on_stop": on_stop, "stop": stop}
        return new_class(kind.__name__, (kind,), exec_body=lambda body: body.update(own))

    def _begin_user(self, seat: Seat) -> None:
        self._clock.wait()
        if self._is_paced and self._shape is None:
            user: Any = seat.user
            pause_s = user.wait_time() or self._mean_pause_s
            self.pause(seat, random.random() * pause_s)  # noqa: S311 - no secret
            vars(user).update(_cp_last_run=self.now_s(), _cp_last_wait_time=0.0)  # as before the first pause
        self.admit(seat)

    @property
    def _is_paced(self) -> bool:
        return self._order is not None and self._order.load.kind is LoadKind.PACED

    def now_s(self) -> float:
        """Return the time by which users pause."""
        return self._clock.now_s()

    def admit(self, seat: Seat) -> None:
        """Wait until a slice is on, and until it is the user's turn in it."""
        try:
            while not seat.is_free and not (self._clock.goes and seat.slice == self._slices):
                late_s = self._clock.since_stop_s()
                self._clock.wait()
                if seat.slice != self._slices:
                    seat.slice = self._slices
                    self._await_turn(late_s)
        except GreenletExit:
            seat.killed()
            raise

    def _await_turn(self, late_s: float) -> None:
        if self._is_paced:
            self._clock.sleep(late_s)  # it came so long after the last slice
            return
        wait_s = (next(self._starts_ns, 0) - time.perf_counter_ns()) / 1e9
        if wait_s > 0:
            gevent.sleep(wait_s)

    def pause(self, seat: Seat, seconds: float) -> None:
        """Let a user pause; its pause stands still between slices."""
        self._take_forsaken(seat, type(seat.user).__name__)
        seat.unreported.clear()
        if seat.is_free:
            gevent.sleep(seconds)
            return
        try:
            if seconds > 0:
                self._clock.sleep(seconds)
            else:
                gevent.sleep(0)
        except GreenletExit:
            seat.killed()
            raise
        self.admit(seat)

    # Listeners.

    def _on_request(
        self,
        response_time: float | None = None,
        response_length: int | None = None,
        exception: BaseException | str | None = None,
        **context: Any,  # noqa: ANN401 - Locust's own event
    ) -> None:
        now, seat = time.perf_counter_ns(), seat_here()
        response = context.get("response")
        sent = None if seat is None else seat.reported(response)
        found = fault_of(exception, response, is_declared=_is_declared(sent, exception))
        error = getattr(response, "error", None) or exception
        fault = placed(found, self._address, context.get("url"), response, error)
        source = f"{context.get('request_type')} {context.get('name')}"
        if seat is None or seat.is_apart:
            self._prepared += 1
            if found is not None and fault is not None:
                self._pool.complaints.add(f"in on_start or on_stop: {source}: {fault.text}")
            return
        done_ns = (sent.ended_ns if sent else 0) or now
        elapsed_ns = round((response_time or 0.0) * 1e6)
        if sent is None and seat.has_sent_since(done_ns - elapsed_ns + _rounding_ns(elapsed_ns)):
            fault = spanning(fault)
        self._end(seat, _Ended(source, done_ns - elapsed_ns, done_ns, response_length or 0, fault))
        if sent is None:
            self._longest_own_ns = max(self._longest_own_ns, elapsed_ns)
            self.admit(seat)

    def _on_user_error(self, exception: BaseException, **context: Any) -> None:  # noqa: ANN401 - Locust's own event
        seat = seat_here()
        place = type(context.get("user_instance") or exception).__name__
        self._pool.complaints.add(f"{place}: {raised(exception)}")
        if seat is None:
            return
        self._take_forsaken(seat, place)
        if seat.is_ready and seat.requests == seat.requests_at_error:
            self.pause(seat, _AFTER_ERROR_S)
        seat.requests_at_error = seat.requests

    def _take_forsaken(self, seat: Seat, place: str) -> None:
        """Count answered requests whose `with` an exception has left: Locust fires no event for them."""
        for sent in seat.forsaken():
            if not seat.is_apart:
                error = getattr(sent.answer, "error", None)
                fault = placed(own_error_of(sent.answer), self._address, sent.url, sent.answer, error)
                self._end(seat, _Ended(place, sent.began_ns, sent.ended_ns, 0, fault))

    def _end(self, seat: Seat, ended: _Ended) -> None:
        """Note that a request of a user has ended, and record it."""
        seat.requests += 1
        fault = ended.fault
        if fault is not None and fault.is_uncounted:
            self._pool.complaints.add(f"{ended.source}: {fault.text}")
            return
        self._note_gap(seat, ended.sent_ns, ended.done_ns, is_verified=fault is None or fault.kind is None)
        if self._is_recording:
            self._record(ended)
        else:
            self._ended.append(ended)

    def _record(self, ended: _Ended) -> None:
        fault = ended.fault
        if fault is None or fault.kind is None:
            self._recorder.add(ended.sent_ns, ended.done_ns, 0, tag(0, ended.size))
            if fault is not None:
                self._pool.complaints.add(f"{ended.source}: {fault.text}")
            return
        if fault.kind is ErrorKind.TIMEOUT:
            self._recorder.censor(0, ended.sent_ns, 0, ended.done_ns)
        text = f"{ended.source}: {fault.text}"
        self._failed.add(text)
        self._recorder.fail(fault.kind, 0, ended.sent_ns, ended.done_ns, text)

    def _note_gap(self, seat: Seat, sent_ns: int, done_ns: int, *, is_verified: bool) -> None:
        if seat.answered_ns is not None:
            self._gap_ns += max(0, sent_ns - seat.answered_ns)  # clients round their times
            self._gaps += 1
        seat.answered_ns = done_ns if is_verified else None

    def _mean_gap_s(self) -> float:
        return self._gap_ns / self._gaps / 1e9 if self._gaps else 0.0


def _rounding_ns(elapsed_ns: int) -> int:
    """Return by how much a response time may be too long: a locustfile may round its own to whole milliseconds."""
    return 0 if elapsed_ns % _MS_NS else _MS_NS


def _is_declared(sent: Sent | None, exception: object) -> bool:
    return exception is not None and getattr(sent and sent.answer, "_manual_result", None) is exception
