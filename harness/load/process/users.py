"""Users of scenarios: `LaneUser`, the base class of a scenario's user classes.

A scenario is an ordinary locustfile. Under the harness its users wait between slices. Under plain `locust -f` they send
requests from their spawn to their stop, and Locust's own statistics show them. In both cases one user is one connection
of the lane.
"""

from __future__ import annotations

import gc
import itertools
import os
from typing import TYPE_CHECKING, ClassVar, Protocol

import gevent
from gevent.event import Event
from locust import User, task
from locust.exception import StopTest, StopUser

from harness.errors import UsageError, nearest
from harness.load.address import Address, resolve
from harness.load.process.accounts import Extent
from harness.load.process.bodies import File
from harness.load.process.captures import from_header, from_json
from harness.load.process.connection import Connection
from harness.load.process.exchanges import Exchange, Identity, Request, exchanges_for, script, sequence
from harness.load.process.expectations import Expectation, equal_json, redirect, satisfying, text
from harness.load.process.lane import NEVER_NS, Lane
from harness.load.process.recorder import Recorder
from harness.load.process.signing_in import SignInError, sign_in
from harness.load.process.statistics import StatisticsFeed
from harness.load.process.values import Integer, OneOf, Word, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locust.env import Environment

__all__ = [
    "Expectation",
    "File",
    "Integer",
    "LaneUser",
    "OneOf",
    "Request",
    "Word",
    "equal_json",
    "from_header",
    "from_json",
    "kept",
    "redirect",
    "satisfying",
    "text",
]

_FLUSH_EVERY_NS = 500_000_000
_OPTIONS = frozenset(
    {"abstract", "fixed_count", "host", "in_order", "keep_alive", "requests", "sign_in", "timeout_s", "weight"}
)
_numbers = itertools.count()


class ConnectionDriver(Protocol):
    """Connection driver: drives the connections of an environment's users."""

    def join(self, user: LaneUser) -> Connection:
        """Return a new connection for a user."""
        ...

    def leave(self, connection: Connection) -> None:
        """Close a user's connection, after the request in flight was answered."""
        ...

    def refuse(self, error: SignInError) -> None:
        """Report that a user could not sign in.

        Raises:
            StopUser: The user must end.
        """
        ...


class LaneUser(User):
    """User whose requests the lane sends, over one connection, without think time.

    Attributes:
        requests: The requests, which are sent at random by weight.
        in_order: Whether each user sends its requests in the given order, again and again.
        sign_in: Requests that each user sends once, in order, before its load. Its later requests have the cookies of
            their answers, and the values that it keeps. They are in no result.
        keep_alive: Whether its connection is used for more than one request.
        timeout_s: Under plain Locust, a request without a whole answer after this time is an error.
        address: Address of its target.
        identity: What it has from its sign-in. An own `on_start` may add values to it, and then calls this one.
    """

    abstract = True
    requests: ClassVar[tuple[Request, ...]] = ()
    in_order: ClassVar[bool] = False
    sign_in: ClassVar[tuple[Request, ...]] = ()
    keep_alive: ClassVar[bool] = True
    timeout_s: ClassVar[float] = 5.0
    address: Address
    identity: Identity

    def __init_subclass__(cls) -> None:
        """Refuse a user class that can't work.

        Raises:
            TypeError: The class has an unknown option, tasks, a wait time, or no requests.
        """
        super().__init_subclass__()
        own = {name for name, value in vars(cls).items() if not name.startswith("_") and not callable(value)}
        for name in sorted(own - _OPTIONS - {"tasks"}):
            raise TypeError(f"{cls.__name__} has an unknown option {name!r}. {nearest(name, _OPTIONS)}")
        if cls.tasks != LaneUser.tasks or cls.wait_time is not LaneUser.wait_time:
            raise TypeError(f"{cls.__name__} has tasks or a wait time; a LaneUser can only have requests")
        if not cls.abstract and not cls.requests:
            raise TypeError(f"{cls.__name__} has no requests")
        for name in ("requests", "sign_in"):
            if not all(isinstance(request, Request) for request in getattr(cls, name)):
                raise TypeError(f"{cls.__name__}.{name} has an item that is not a Request")
        cls._check_kept()
        if cls.in_order and any(request.weight > 1 for request in cls.requests):
            raise TypeError(f"{cls.__name__} has requests in order, so they can't have weights")

    @classmethod
    def _check_kept(cls) -> None:
        known: set[str] = set()
        for request in (*cls.sign_in, *cls.requests):
            missing = request.kept_names - known
            if missing and not cls._has_own_start():
                names = ", ".join(sorted(missing))
                raise TypeError(f"{cls.__name__}: {request} has {names} from the sign-in, which does not keep it")
            known |= request.values.keys() | request.keep.keys() if request in cls.sign_in else set()
        if any(request.keep for request in cls.requests):
            raise TypeError(f"{cls.__name__}.requests can't keep values: only a sign-in can")

    @classmethod
    def _has_own_start(cls) -> bool:
        return cls.on_start is not LaneUser.on_start

    @classmethod
    def is_personal(cls) -> bool:
        """Return whether each user has requests of its own, from its sign-in."""
        return bool(cls.sign_in) or cls._has_own_start()

    def __init__(self, environment: Environment) -> None:
        """Resolve the host; stop Locust's whole test if load may not go there.

        Raises:
            StopTest: The host is refused.
        """
        super().__init__(environment)
        try:
            self.address = resolve(environment.host or self.host or "")
        except UsageError as error:
            environment.process_exit_code = error.exit_code
            raise StopTest(f"error: {error}") from error
        # with the process, because two workers must not have users of one name
        self.identity = Identity.at(self.address.authority, f"{os.getpid()} {next(_numbers)}")
        self._connection: Connection | None = None

    def on_start(self) -> None:
        """Sign in, and get a connection from the environment's driver."""
        driver = _drivers.get(self.environment)
        if driver is None:
            driver = _drivers[self.environment] = FreeRun(self.environment)
        self._driver = driver
        try:
            sign_in(self.sign_in, self.address, self.identity, self._show)
        except SignInError as error:
            driver.refuse(error)
        else:
            self._connection = driver.join(self)

    def on_stop(self) -> None:
        """Return the connection to the driver."""
        if self._connection is not None:
            self._driver.leave(self._connection)

    def stop(self, force: bool = False) -> bool:  # noqa: FBT001, FBT002 - as in Locust
        """Stop this user. After its sign-in no task is worth a wait: `on_stop` awaits the answer in flight."""
        return bool(super().stop(force=force or self._connection is not None))

    def exchanges(self, first_endpoint: int) -> list[list[Exchange]]:
        """Return the exchanges of each of its requests, with its identity if it has one."""
        return exchanges_for(
            self.requests,
            self.address.authority,
            keep_alive=self.keep_alive,
            first_endpoint=first_endpoint,
            identity=self.identity if self.is_personal() else None,
        )

    def own_script(self, exchanges: list[list[Exchange]], seed: int) -> Iterator[Exchange]:
        """Return the script of this user alone."""
        return (sequence if self.in_order else script)(exchanges, seed)

    def _show(self, request: Request, elapsed_s: float, size: int) -> None:
        report(self.environment, request, elapsed_s, size)

    @task
    def ride(self) -> None:
        """Wait, while the lane sends the requests."""
        Event().wait()


def report(
    environment: Environment, request: Request, elapsed_s: float = 0.0, size: int = 0, error: Exception | None = None
) -> None:
    """Report a request of a sign-in to Locust, as users with their own client do."""
    environment.events.request.fire(
        request_type=request.method,
        name=request.label,
        response_time=elapsed_s * 1e3,
        response_length=size,
        exception=error,
        context={},
    )


class FreeRun:
    """Connection driver under plain Locust: every connection is busy from its user's spawn to its stop."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._feed = StatisticsFeed(environment.stats)
        self._recorder = Recorder()
        self._recorder.begin(Extent(0, NEVER_NS), is_open=False, observer=self._feed)
        self._lane = Lane(self._recorder)
        self._first: dict[type[LaneUser], int] = {}
        self._exchanges: dict[type[LaneUser], list[list[Exchange]]] = {}
        self._connections: set[Connection] = set()
        self._running: gevent.Greenlet | None = None

    def join(self, user: LaneUser) -> Connection:
        """Return a new connection for a user, and begin to send on it."""
        kind, address = type(user), user.address
        if kind not in self._first:
            self._first[kind] = self._feed.register(kind.requests)
        exchanges = self._exchanges.get(kind) or user.exchanges(self._first[kind])
        if not kind.is_personal():
            self._exchanges[kind] = exchanges
        connection = Connection(address, user.own_script(exchanges, seed=len(self._connections)))
        self._connections.add(connection)
        if self._running is None:
            gc.freeze()  # the garbage collector need not scan objects that are loaded by now
            self._running = gevent.spawn(self._run, round(kind.timeout_s * 1e9))
            gevent.sleep(0)
        self._lane.start(connection)
        return connection

    def leave(self, connection: Connection) -> None:
        """Wait for the answer in flight, and close the connection."""
        self._lane.retire(connection)
        while connection.exchange is not None:
            gevent.sleep(0.001)
        self._lane.discard(connection)
        self._connections.discard(connection)
        if not self._connections and self._running is not None:
            remove_driver(self._environment)
            self._lane.stop()
            self._running.join()

    def refuse(self, error: SignInError) -> None:
        """Report the failed request to Locust, and end the user."""
        report(self._environment, error.request, error=error)
        raise StopUser from error

    def _run(self, timeout_ns: int) -> None:
        self._lane.drive_closed([], timeout_ns=timeout_ns, flush_every_ns=_FLUSH_EVERY_NS)
        self._lane.settle()


_drivers: dict[Environment, ConnectionDriver] = {}


def set_driver(environment: Environment, driver: ConnectionDriver) -> None:
    """Set what drives the connections of an environment's users, before the first user is spawned."""
    _drivers[environment] = driver


def remove_driver(environment: Environment) -> None:
    """Remove the driver of an environment whose users have been stopped; it would be kept for ever."""
    del _drivers[environment]
