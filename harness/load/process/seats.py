"""Seats of Locust's users: the place of a user in its user group, and of all greenlets that it spawns.

Locust has events at the end of a request, but none at its beginning, and none at a pause. So this module wraps those
methods of Locust, once in a process: `request` of both HTTP clients, and `_sleep` and `run` of task sets. They look for
the seat of the current greenlet. Greenlets without a seat are as under plain Locust.
"""

from __future__ import annotations

import functools
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import gevent
import locust.user.task
import locust.user.wait_time
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.user.task import LOCUST_STATE_STOPPING, TaskSet

from harness.load.process.listeners import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locust import User

_SEAT = "harness.seat"


class House(Protocol):
    """House of seats: the user group that decides when a user may go on."""

    def admit(self, seat: Seat) -> None:
        """Wait until the user may send."""
        ...

    def pause(self, seat: Seat, seconds: float) -> None:
        """Let the user pause."""
        ...

    def now_s(self) -> float:
        """Return the time by which users pause."""
        ...


@dataclass(eq=False, slots=True)
class Sent:
    """Request of an HTTP client.

    Attributes:
        url: Its whole URL.
        answer: What the client has returned; its event may be fired later, at the end of a `with`.
    """

    began_ns: int
    url: str
    ended_ns: int = 0
    answer: Any = None
    is_reported: bool = False


@dataclass(eq=False, slots=True)
class Seat:
    """Seat of a user.

    Attributes:
        is_ready: Whether its `on_start` has ended.
        is_leaving: Whether it is being stopped; then it waits for no slice.
        is_dismissed: Whether the harness stops it.
        depth_apart: How many `on_start` and `on_stop` it is in.
        slice: The last slice in which it was admitted.
        flying: Its requests in flight.
        last_ns: Begin of the last request of each of its greenlets.
        unreported: Its answered requests whose events are still to come.
        answered_ns: End of its last verified answer; None after a failure, and before the first of a slice.
        requests: Number of its ended requests.
        requests_at_error: Number of its ended requests at the last exception.
    """

    user: User
    house: House
    is_ready: bool = False
    is_leaving: bool = False
    is_dismissed: bool = False
    depth_apart: int = 0
    slice: int = -1
    flying: dict[Any, Sent] = field(default_factory=dict)
    last_ns: WeakKeyDictionary[Any, int] = field(default_factory=WeakKeyDictionary)
    unreported: dict[Any, list[Sent]] = field(default_factory=dict)
    answered_ns: int | None = None
    requests: int = 0
    requests_at_error: int = -1

    @property
    def is_free(self) -> bool:
        """Whether it sends without waiting for a slice."""
        return not self.is_ready or self.is_leaving or self.user._state == LOCUST_STATE_STOPPING  # noqa: SLF001

    @property
    def is_apart(self) -> bool:
        """Whether its requests are counted apart."""
        return self.depth_apart > 0 or self.is_leaving

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Count the requests of this context apart."""
        self.depth_apart += 1
        try:
            yield
        finally:
            self.depth_apart -= 1

    def killed(self) -> None:
        """Note that the current greenlet was killed: the user leaves if it is its own one, and not one of its pool."""
        self.is_leaving |= gevent.getcurrent() is self.user.greenlet

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Let the current greenlet, and all that it spawns, sit here."""
        here: Any = gevent.getcurrent()
        here.spawn_tree_locals = {**place_of(here), _SEAT: self}
        yield

    def send(self, url: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the client returns
        """Send a request when it may be sent, and follow it to its end."""
        greenlet = gevent.getcurrent()
        if greenlet in self.flying:  # a client that uses the other one
            return call()
        self.house.admit(self)
        sent = self.flying[greenlet] = Sent(time.perf_counter_ns(), url)
        try:
            sent.answer = call()
        finally:
            self.flying.pop(greenlet, None)
        sent.ended_ns = time.perf_counter_ns()
        self.last_ns[greenlet] = sent.began_ns
        if not sent.is_reported:
            self.unreported.setdefault(greenlet, []).append(sent)
        return sent.answer

    def reported(self, response: object) -> Sent | None:
        """Return the request of the event that this greenlet fires; None for one of the scenario's own client.

        An event between an answer and the end of its `with` is not that of the answer.
        """
        greenlet = gevent.getcurrent()
        if (sent := self.flying.get(greenlet)) is not None:
            sent.is_reported = True
            return sent
        waiting = self.unreported.get(greenlet, [])
        found = next((sent for sent in waiting if sent.answer.request_meta["response"] is response), None)
        if found is None:
            return None
        waiting.remove(found)
        if not waiting:
            del self.unreported[greenlet]
        return found

    def has_sent_since(self, ns: int) -> bool:
        """Return whether the last request of the current greenlet has begun since a time."""
        return self.last_ns.get(gevent.getcurrent(), -1) >= ns

    def forsaken(self) -> list[Sent]:
        """Return the answered requests of the current greenlet without an event, which now never comes."""
        return self.unreported.pop(gevent.getcurrent(), [])


def seat_here() -> Seat | None:
    """Return the seat of the current greenlet."""
    return place_of(gevent.getcurrent()).get(_SEAT)


@functools.cache
def install() -> None:
    """Wrap Locust's methods for the rest of this process's life."""
    for session in (HttpSession, FastHttpSession):
        setattr(session, "request", _seated_request(session.request))  # noqa: B010 - mypy allows no assignment
    setattr(TaskSet, "_sleep", _seated_sleep)  # noqa: B010
    setattr(TaskSet, "run", _seated_run(TaskSet.run))  # noqa: B010
    # constant_pacing and constant_throughput subtract the time since the last pause
    for module in (locust.user.task, locust.user.wait_time):
        setattr(module, "perf_counter", _now_s)  # noqa: B010


def _seated_request(request: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(request)
    def wrapped(session: Any, method: str, url: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - its own
        seat = seat_here()
        if seat is None:
            return request(session, method, url, *arguments, **named)
        whole = session._build_url(url)  # noqa: SLF001 - both clients make their URL by it
        return seat.send(whole, lambda: request(session, method, url, *arguments, **named))

    return wrapped


def _seated_sleep(_tasks: TaskSet, seconds: float) -> None:
    seat = seat_here()
    if seat is None:
        gevent.sleep(seconds)
    else:
        seat.house.pause(seat, seconds)


def _seated_run(run: Callable[[TaskSet], None]) -> Callable[[TaskSet], None]:
    @functools.wraps(run)
    def wrapped(tasks: TaskSet) -> None:
        seat = seat_here()
        if seat is not None:
            for name in ("on_start", "on_stop"):
                setattr(tasks, name, _apart(seat, getattr(tasks, name)))
        run(tasks)

    return wrapped


def _apart(seat: Seat, method: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(method)
    def wrapped() -> None:
        with seat.apart():
            method()

    return wrapped


def _now_s() -> float:
    seat = seat_here()
    return time.perf_counter() if seat is None else seat.house.now_s()
