"""User groups: the Locust users of one scenario at one target. They send during a slice, and wait until the next.

Each user group has its own Locust environment and runner. Its users are spawned once and kept. This module drives
slices; `recorder` computes their numbers.

In closed load the users of a slice start one after another, over the slice's spread. Several workers interleave: the
first users of all workers start before the second ones.
"""

from __future__ import annotations

import gc
import logging
import time
import traceback
from argparse import Namespace
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from types import new_class
from typing import TYPE_CHECKING, Protocol, TypeAlias

import gevent
from locust.env import Environment

from harness.errors import MeasurementError, UsageError
from harness.load.address import resolve
from harness.load.arrivals import schedule
from harness.load.process.accounts import Extent
from harness.load.process.bounded import BoundedStatistics
from harness.load.process.complaints import Complaints
from harness.load.process.connection import Connection
from harness.load.process.exchanges import Exchange, script
from harness.load.process.faults import raised
from harness.load.process.listeners import own_events, within
from harness.load.process.recorder import Effort
from harness.load.process.signing_in import TIMEOUT_S
from harness.load.process.spawning import ShareDispatcher, spawn_order
from harness.load.process.users import LaneUser, remove_driver, set_driver
from harness.load.processes import END_S
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import LoadKind, Slice, SliceResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from locust import User

    from harness.load.process.lane import Lane
    from harness.load.process.scenarios import LoadedScenario
    from harness.load.process.signing_in import SignInError

_SPAWN_DEADLINE_S = 10.0
_SIGN_IN_STEP_S = 0.001
_ENDLESS = f"it did not end within {_SPAWN_DEADLINE_S:g} s"
_STOP_DEADLINE_S = 1.0
_ON_STOP_DEADLINE_S = 5.0
_LEAD_NS = 1_000_000  # from the end of preparation to the first due time of open load
_PATIENCE_NS = 20_000_000  # from the expected end of the last answers until idle connections are closed

Begin: TypeAlias = "Callable[[], int]"
at_once: Begin = time.perf_counter_ns


class UserGroup(Protocol):
    """User group: the users of one scenario at one target."""

    def run(self, order: Slice, share: LoadShare = WHOLE_LOAD, begin: Begin = at_once) -> SliceResult:
        """Drive one slice, or a share of it.

        `begin` is called at the end of preparation. It waits for the beginning of the slice, and returns its time on
        the clock.

        Raises:
            UsageError: The scenario can't be driven with this load.
            MeasurementError: The users could not be spawned.
        """
        ...

    def dismiss(self) -> None:
        """Stop the users and close their connections."""
        ...


class UserPool:
    """Pool of Locust users: an environment with its listeners, and a runner with a given number of users.

    The events are fired as under `locust -f`: `init` here, `test_start` before the first users, `spawning_complete`
    after each change of their number, `test_stop` and `quitting` at the end.

    Attributes:
        complaints: What the listeners raise; the pool's owner may add to it, and takes them.
        dispatcher: Class of the dispatcher, with the share of the users.
    """

    def __init__(self, kinds: Sequence[type[User]], url: str, scenario: LoadedScenario) -> None:
        # separate classes, because Locust's runner writes the host into the class
        own = [new_class(kind.__name__, (kind,)) for kind in kinds]
        self.complaints = Complaints()
        events = own_events(scenario.events, self.complaints.add)
        self.dispatcher: type[ShareDispatcher] = new_class("PoolDispatcher", (ShareDispatcher,))
        self.environment = Environment(
            user_classes=own,
            host=url,
            events=events,
            parsed_options=Namespace(**{**vars(scenario.parsed_options), "host": url}),
            dispatcher_class=self.dispatcher,
        )
        self._users = 0
        self._has_exited = False
        with self.entered():
            self.runner = self.environment.create_local_runner()
            # the runner's own listener needs all arguments, and its memory grows with each new name and message
            events.request._handlers[-1] = BoundedStatistics(self.environment.stats).hear  # noqa: SLF001
            with self._exiting("at init"), gevent.Timeout(_SPAWN_DEADLINE_S, TimeoutError(_ENDLESS)):
                events.init.fire(environment=self.environment, runner=self.runner, web_ui=None)

    def entered(self) -> AbstractContextManager[None]:
        """Return the context in which the scenario's `events` are those of this environment."""
        return within(self.environment.events)

    def hear_first(self, event: str, listener: Callable[..., None]) -> None:
        """Add a listener before all others, because a listener may end its user."""
        handlers = getattr(self.environment.events, event)._handlers  # noqa: SLF001 - Locust can only append
        handlers.insert(0, listener)

    def resize(self, users: int, share: LoadShare = WHOLE_LOAD) -> None:
        """Change the number of users of a share. Users that ended by themselves are not replaced, as under Locust.

        Raises:
            UsageError: They can't be created.
            MeasurementError: They were not spawned in time.
        """
        if self._users == users:
            return
        self.dispatcher.share = share
        self.ramp(users, spawn_rate=max(users, self._users))  # all in Locust's first step
        spawning = self.runner.spawning_greenlet
        if spawning is not None:
            spawning.join(_SPAWN_DEADLINE_S)
        if users < self._users:
            gc.collect()  # stopped users may still hold sockets, and the garbage collector is off
        self._users = users
        if spawning is not None and not spawning.ready():
            raise self._missing()
        with self._exiting("at test_start"):
            if spawning is not None and isinstance(spawning.exception, SystemExit):
                raise spawning.exception
        if spawning is not None and spawning.exception is not None and not self._has_exited:
            raise self._not_created(spawning.exception) from spawning.exception

    def require_all(self) -> None:
        """Require that all users are there.

        Raises:
            MeasurementError: Some have ended, or were not spawned.
        """
        if self.runner.user_count != self._users:
            raise self._missing()

    def _missing(self) -> MeasurementError:
        return MeasurementError(
            "users missing",
            where=", ".join(self.runner.user_classes_by_name),
            cause=f"{self.runner.user_count} of {self._users} started in {_SPAWN_DEADLINE_S:g} s",
            remedy="Shorten what the scenario does at test_start, or see the generator's log.",
        )

    def late(self, count: int, limit_s: float) -> MeasurementError:
        """Return the error for users that are still in `on_start` after a time."""
        return MeasurementError(
            "users missing",
            where=", ".join(self.runner.user_classes_by_name),
            cause=f"{count} of {self._users} were still in on_start after {limit_s:g} s",
            remedy="Give each of its requests and waits a time-out, or move what takes long to test_start.",
        )

    def ramp(self, users: int, spawn_rate: float, kinds: Sequence[type[User]] | None = None) -> None:
        """Begin to change the number of users, at so many a second; `kinds` as in a tick of a LoadTestShape."""
        own = self.runner.user_classes_by_name
        chosen = None if kinds is None else [own[kind.__name__] for kind in kinds]
        with self.entered(), self._exiting("at test_start"):
            if not self._has_exited:
                self.runner.start(users, spawn_rate=spawn_rate, user_classes=chosen)

    def replace(self, user: User) -> None:
        """Stop a user whatever it does, and spawn another one."""
        with self.entered():
            user.group.killone(user.greenlet, block=True, timeout=_STOP_DEADLINE_S)
            self.runner.spawn_users({type(user).__name__: 1})

    def stop(self, kind: type[User], user: User, *, force: bool) -> bool:
        """Stop a user as its own class does, or end its `on_stop` if that takes too long."""
        late = gevent.Timeout(_ON_STOP_DEADLINE_S)
        try:
            with late:
                stopped: bool = kind.stop(user, force)
        except gevent.Timeout as error:
            if error is not late:
                raise
            self.complaints.add(f"{kind.__name__}: its on_stop did not end within {_ON_STOP_DEADLINE_S:g} s")
            user.group.killone(user.greenlet, timeout=_STOP_DEADLINE_S)  # the first one has ended its tasks
            return True
        return stopped

    def exit(self, user: User, error: SystemExit) -> None:
        """End all users, because one has called sys.exit: under plain Locust that ends the process."""
        self.complaints.add(f"{type(user).__name__}: {raised(error)}")
        self.runner.quit()

    @contextmanager
    def _exiting(self, when: str) -> Iterator[None]:
        """Have no users if a listener calls sys.exit, which under plain Locust ends the process before them."""
        try:
            yield
        except SystemExit as error:
            self._has_exited = True
            self.complaints.add(f"a listener called sys.exit {when}: {raised(error)}")

    def _not_created(self, error: BaseException) -> UsageError:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return UsageError(
            "users can't be created",
            where=f"{last.filename}:{last.lineno}: {', '.join(self.runner.user_classes_by_name)}",
            cause=raised(error),
            remedy="Correct what the user class does in __init__.",
        )

    def dismiss(self) -> None:
        """Stop all users and the runner; what takes longer than `END_S` is cut off."""
        with self.entered():
            ending = gevent.spawn(self._end)
        ending.join(END_S)
        if not ending.ready():
            where = ", ".join(self.runner.user_classes_by_name)
            logging.getLogger(__name__).error("%s: what it does at the end of a test was cut after %g s", where, END_S)
            ending.kill(block=False)
            for greenlets in (self.runner.user_greenlets, self.runner.greenlet):
                greenlets.kill(block=False)
        gc.collect()

    def _end(self) -> None:
        self.runner.quit()
        self.environment.events.quitting.fire(environment=self.environment, reverse=True)


class LaneUserGroup:
    """User group of lane users: one connection each, all driven by the lane."""

    def __init__(self, lane: Lane, scenario: LoadedScenario, url: str) -> None:
        kinds = scenario.lane_users
        self._lane = lane
        self._address = resolve(url)
        self._connections: list[Connection] = []
        self._refused: list[SignInError] = []
        self._kind_of: dict[Connection, str] = {}
        self._class_of: dict[Connection, str] = {}
        self._order: list[str] = []  # the classes of the users in the order of this share
        self._pool = UserPool(kinds, url, scenario)
        self._most_users = scenario.traits.most_users
        self._endpoints: list[str] = []
        self._first: dict[str, int] = {}
        for kind in kinds:
            self._first[kind.__name__] = len(self._endpoints)
            self._endpoints += map(str, kind.requests)
        self._exchanges: dict[str, list[list[Exchange]]] = {}  # of kinds whose users have the same ones
        self._prepared = 0
        self._pool.environment.events.request.add_listener(self._count_prepared)  # the lane fires none
        set_driver(self._pool.environment, self)

    def join(self, user: LaneUser) -> Connection:
        """Return a new connection for a user; it is idle until a slice begins.

        A user that has signed in, or sends its requests in order, keeps its script from slice to slice.
        """
        kind = type(user).__name__
        connection = Connection(self._address)
        exchanges = self._exchanges.get(kind) or user.exchanges(self._first[kind])
        if not user.is_personal():
            self._exchanges[kind] = exchanges
        if user.is_personal() or user.in_order:
            connection.script = user.own_script(exchanges, seed=len(self._connections))
        else:
            self._kind_of[connection] = kind
        self._class_of[connection] = kind
        self._connections.append(connection)
        return connection

    def leave(self, connection: Connection) -> None:
        """Close a user's connection."""
        self._lane.discard(connection)
        self._connections.remove(connection)
        self._kind_of.pop(connection, None)
        self._class_of.pop(connection)

    def _count_prepared(self, **_: object) -> None:
        self._prepared += 1

    def refuse(self, error: SignInError) -> None:
        """Count a user that could not sign in: each slice has it as an error."""
        self._refused.append(error)

    def run(self, order: Slice, share: LoadShare = WHOLE_LOAD, begin: Begin = at_once) -> SliceResult:
        """Drive one slice, or a share of it, over its connections; the others stay idle."""
        users = min(order.load.connections, self._most_users or order.load.connections)
        order = replace(order, load=replace(order.load, connections=users))
        count = share.connections(users)
        if self._arrived < count:
            self._pool.resize(count, share)
            self._pool.require_all()
            all_users = spawn_order(self._pool.environment.user_classes)
            self._order = list(islice(all_users, share.index, share.place(count), share.of))
            self._await_users(count, TIMEOUT_S + order.timeout_s)
        connections = self._first_connections(count)
        scripts = {kind: script(pools, order.seed + share.index) for kind, pools in self._exchanges.items()}
        for connection in connections:
            if connection in self._kind_of:
                connection.script = scripts[self._kind_of[connection]]
        self._lane.prepare(connections)
        due_ns = None
        if order.load.kind is not LoadKind.CLOSED:
            due_ns = schedule(order.load, order.duration_s, order.seed, share)
        return self._drive(order, connections, due_ns, share, begin)

    def _first_connections(self, count: int) -> list[Connection]:
        """Return so many connections with the user classes that Locust would spawn for so many users.

        Locust spawns all users of one class before those of the next one, so the first to arrive are of one class.
        """
        if len(self._first) == 1 or count >= len(self._connections):
            return self._connections[:count]
        of_class: dict[str, list[Connection]] = {name: [] for name in self._first}
        for connection in reversed(self._connections):
            of_class[self._class_of[connection]].append(connection)
        chosen = [of_class[name].pop() for name in self._order[:count] if of_class[name]]  # one may have been refused
        taken = set(chosen)
        others = (one for one in self._connections if one not in taken)
        return [*chosen, *islice(others, count - len(chosen))]

    def dismiss(self) -> None:
        """Stop the users and close their connections."""
        self._pool.dismiss()
        remove_driver(self._pool.environment)

    @property
    def _arrived(self) -> int:
        return len(self._connections) + len(self._refused)

    def _await_users(self, count: int, limit_s: float) -> None:
        """Wait until all users have signed in, or were refused; an own on_start may not end by itself."""
        deadline_s = time.monotonic() + limit_s
        while self._arrived < count:
            self._pool.require_all()  # an own on_start may have failed
            if time.monotonic() > deadline_s:
                raise self._pool.late(count - self._arrived, limit_s)
            gevent.sleep(_SIGN_IN_STEP_S)

    def _drive(
        self,
        order: Slice,
        connections: list[Connection],
        due_ns: Iterator[int] | None,
        share: LoadShare,
        begin: Begin,
    ) -> SliceResult:
        lane, recorder = self._lane, self._lane.recorder
        timeout_ns = round(order.timeout_s * 1e9)
        began = begin() + (0 if due_ns is None else _LEAD_NS)
        cpu_began = time.process_time_ns()
        extent = Extent.of(order, began)
        recorder.begin(extent, is_open=due_ns is not None, endpoints=self._endpoints)
        for refused in self._refused:
            recorder.fail(refused.complaint.kind, 0, began, began, str(refused))
        part_ns = extent.last_send_ns + round(order.tail_s * 1e9) + _PATIENCE_NS
        bounds = {"end_ns": extent.last_send_ns, "timeout_ns": timeout_ns, "part_ns": part_ns}
        planned = None
        if due_ns is None:
            after_ns = share.starts_ns(order.load.connections, order.starts_s, order.seed)
            starts_ns = (began + after for after in after_ns)
            lane.drive_closed(connections, **bounds, starts_ns=starts_ns)
        else:
            instants = (began + due for due in due_ns)
            planned = lane.drive_open(connections, instants, **bounds)
        wall_ns, cpu_ns = time.perf_counter_ns() - began, time.process_time_ns() - cpu_began
        lane.settle()
        effort = Effort(
            wall_ns,
            cpu_ns,
            busy_ns=max(0, wall_ns - lane.idle_ns),
            planned=planned,
            reconnects=lane.reconnects,
            resent=lane.resent,
            gap_s=lane.mean_gap_s,
        )
        complaints, first = self._pool.complaints.take()
        prepared, self._prepared = self._prepared, 0
        result = recorder.result(order.number, effort)
        return replace(result, complaints=complaints, first_complaint=first, prepared=prepared)
