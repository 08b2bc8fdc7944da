"""Users of scenarios: `LaneUser`, the base class of a scenario's user classes.

A scenario is an ordinary locustfile. Under the harness its users wait between slices. Under plain `locust -f` they send
requests from their spawn to their stop, and Locust's own statistics show them. In both cases one user is one connection
of the lane.
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
    """Connection driver: drives the connections of an environment's users."""

    def join(self, user: LaneUser) -> Connection:
        """Return a new connection for a user."""
        ...

    def leave(self, connection: Connection) -> None:
        """Close a user's connection, after the request in flight was answered."""
        ...


class LaneUser(User):
    """User whose requests the lane sends, over one connection, without think time.

    Attributes:
        requests: The requests, which are sent at random by weight.
        keep_alive: Whether its connection is used for more than one request.
        timeout_s: Under plain Locust, a request without a whole answer after this time is an error.
        address: Address of its target.
    """

    abstract = True
    requests: ClassVar[tuple[Request, ...]] = ()
    keep_alive: ClassVar[bool] = True
    timeout_s: ClassVar[float] = 5.0
    address: Address

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
        if not all(isinstance(request, Request) for request in cls.requests):
            raise TypeError(f"{cls.__name__}.requests has an item that is not a Request")

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

    def on_start(self) -> None:
        """Get a connection from the environment's driver."""
        driver = _drivers.get(self.environment)
        if driver is None:
            driver = _drivers[self.environment] = FreeRun(self.environment)
        self._driver = driver
        self._connection = driver.join(self)

    def on_stop(self) -> None:
        """Return the connection to the driver."""
        self._driver.leave(self._connection)

    @task
    def ride(self) -> None:
        """Wait, while the lane sends the requests."""
        Event().wait()


class FreeRun:
    """Connection driver under plain Locust: every connection is busy from its user's spawn to its stop."""

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
        """Return a new connection for a user, and begin to send on it."""
        kind, address = type(user), user.address
        if kind not in self._exchanges:
            first = self._feed.register(kind.requests)
            self._exchanges[kind] = exchanges_for(
                kind.requests, address.authority, keep_alive=kind.keep_alive, first_endpoint=first
            )
        connection = Connection(address, script(self._exchanges[kind], seed=len(self._connections)))
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
            del _drivers[self._environment]
            self._lane.stop()
            self._running.join()

    def _run(self, timeout_ns: int) -> None:
        self._lane.drive_closed([], timeout_ns=timeout_ns, flush_every_ns=_FLUSH_EVERY_NS)
        self._lane.settle()


_drivers: weakref.WeakKeyDictionary[Environment, ConnectionDriver] = weakref.WeakKeyDictionary()


def set_driver(environment: Environment, driver: ConnectionDriver) -> None:
    """Set the connection driver of an environment's users."""
    _drivers[environment] = driver
