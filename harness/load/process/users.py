"""What a scenario is written with: `LaneUser` and its requests.

A scenario is an ordinary locustfile. Under the harness its users wait between slices; under plain `locust -f` they
load their host from the moment they are spawned until they are stopped, and Locust's own statistics show it. Either
way one user is one connection of the lane.
"""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, ClassVar, Protocol

import gevent
from gevent.event import Event
from locust import User, task
from locust.exception import StopTest

from harness.errors import UsageError, nearest
from harness.load.address import Address, resolve
from harness.load.process.accounts import Extent
from harness.load.process.connection import Connection
from harness.load.process.exchanges import Exchange, Request, exchanges_for, script
from harness.load.process.expectations import Expectation, equal_json, satisfying, text
from harness.load.process.lane import NEVER_NS, Lane
from harness.load.process.recorder import Recorder
from harness.load.process.statistics import StatisticsFeed
from harness.load.process.values import Integer, Word

if TYPE_CHECKING:
    from locust.env import Environment

__all__ = ["Expectation", "Integer", "LaneUser", "Request", "Word", "equal_json", "satisfying", "text"]

_FLUSH_EVERY_NS = 500_000_000
_OPTIONS = frozenset({"abstract", "fixed_count", "host", "keep_alive", "requests", "timeout_s", "weight"})


class ConnectionDriver(Protocol):
    """Whoever drives the connections of an environment's users."""

    def join(self, user: LaneUser) -> Connection:
        """Give a user its connection."""
        ...

    def leave(self, connection: Connection) -> None:
        """Take it back, after what is in flight has been answered."""
        ...


class LaneUser(User):
    """A user whose requests the lane sends, over one connection, without think time.

    Attributes:
        requests: What it sends, at random by weight.
        keep_alive: Whether its connection carries more than one request.
        timeout_s: Under plain Locust, after so long without a whole answer a request is an error.
        address: Where it connects to.
    """

    abstract = True
    requests: ClassVar[tuple[Request, ...]] = ()
    keep_alive: ClassVar[bool] = True
    timeout_s: ClassVar[float] = 5.0
    address: Address

    def __init_subclass__(cls) -> None:
        """Refuse a scenario that cannot work.

        Raises:
            TypeError: It has an option that nobody knows, or no requests.
        """
        super().__init_subclass__()
        own = {name for name, value in vars(cls).items() if not name.startswith("_") and not callable(value)}
        for name in sorted(own - _OPTIONS - {"tasks"}):
            raise TypeError(f"{cls.__name__} has an unknown option {name!r}. {nearest(name, _OPTIONS)}")
        if cls.tasks != LaneUser.tasks or cls.wait_time is not LaneUser.wait_time:
            raise TypeError(f"{cls.__name__} has tasks or a wait time, and a LaneUser has requests only")
        if not cls.abstract and not cls.requests:
            raise TypeError(f"{cls.__name__} has no requests")
        if not all(isinstance(request, Request) for request in cls.requests):
            raise TypeError(f"{cls.__name__}.requests holds something that is no Request")

    def __init__(self, environment: Environment) -> None:
        """Refuse a host that is not this machine, which ends Locust's whole test.

        Raises:
            StopTest: It is refused.
        """
        super().__init__(environment)
        try:
            self.address = resolve(environment.host or self.host or "")
        except UsageError as error:
            environment.process_exit_code = error.exit_code
            raise StopTest(f"error: {error}") from error

    def on_start(self) -> None:
        """Take a connection."""
        driver = _drivers.get(self.environment)
        if driver is None:
            driver = _drivers[self.environment] = FreeRun(self.environment)
        self._driver = driver
        self._connection = driver.join(self)

    def on_stop(self) -> None:
        """Give the connection back."""
        self._driver.leave(self._connection)

    @task
    def ride(self) -> None:
        """Wait: the lane does the work."""
        Event().wait()


class FreeRun:
    """The driver of plain Locust: every connection is busy from the time its user joins."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._feed = StatisticsFeed(environment.stats)
        self._recorder = Recorder()
        self._recorder.begin(Extent(0, NEVER_NS), is_open=False, observer=self._feed)
        self._lane = Lane(self._recorder)
        self._exchanges: dict[type[LaneUser], list[list[Exchange]]] = {}
        self._connections: set[Connection] = set()
        self._running: gevent.Greenlet | None = None

    def join(self, user: LaneUser) -> Connection:
        """Give a user its connection, and begin to use it."""
        kind, address = type(user), user.address
        if kind not in self._exchanges:
            first = self._feed.register(kind.requests)
            self._exchanges[kind] = exchanges_for(
                kind.requests, address.authority, keep_alive=kind.keep_alive, first_endpoint=first
            )
        connection = Connection(address, script(self._exchanges[kind], seed=len(self._connections)))
        self._connections.add(connection)
        if self._running is None:
            gc.freeze()  # what is loaded by now stays: the collector need not look at it again
            self._running = gevent.spawn(self._run, round(kind.timeout_s * 1e9))
            gevent.sleep(0)
        self._lane.start(connection)
        return connection

    def leave(self, connection: Connection) -> None:
        """Wait until what is in flight has been answered, and close the connection."""
        self._lane.retire(connection)
        while connection.exchange is not None:
            gevent.sleep(0.001)
        self._lane.discard(connection)
        self._connections.discard(connection)
        if not self._connections and self._running is not None:
            del _drivers[self._environment]
            self._lane.stop()
            self._running.join()

    def _run(self, timeout_ns: int) -> None:
        self._lane.drive_closed([], timeout_ns=timeout_ns, flush_every_ns=_FLUSH_EVERY_NS)
        self._lane.settle()


_drivers: weakref.WeakKeyDictionary[Environment, ConnectionDriver] = weakref.WeakKeyDictionary()


def set_driver(environment: Environment, driver: ConnectionDriver) -> None:
    """Let a driver drive the connections of an environment's users."""
    _drivers[environment] = driver
