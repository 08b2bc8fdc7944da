"""Listeners of a locustfile: each environment has its own copy of the file's events.

A locustfile puts its listeners on `locust.events`, and one scenario has an environment for each target. So an
environment starts with a copy of the listeners, and a listener that its own `init` adds is heard by it alone. The
file's own `events` pass everything on to the environment whose greenlet uses them. Outside of an environment they are
plain events.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gevent
from locust.event import EventHook, Events
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EVENTS = "harness.events"
_CONTROL = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)


def place_of(greenlet: Any) -> dict[str, Any]:  # noqa: ANN401 - the main greenlet is of another class
    """Return what a greenlet and all greenlets that it spawns have in common."""
    return getattr(greenlet, "spawn_tree_locals", None) or {}


class _OwnHook(EventHook):
    """Event of one environment; it says what listeners raise."""

    def __init__(self, name: str, handlers: list[Any], complain: Callable[[str], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = name
        self._handlers = handlers
        self._complain = complain

    def fire(self, *, reverse: bool = False, **arguments: Any) -> None:  # noqa: ANN401 - Locust's own arguments
        for handler in self._handlers[::-1] if reverse else self._handlers.copy():
            try:
                handler(**arguments)
            except _CONTROL:
                raise
            except Exception as error:
                self._complain(f"a listener of events.{self._name}: {type(error).__name__}: {error}")
                logging.getLogger(__name__).exception("a listener of events.%s", self._name)


class _RoutedHook(EventHook):
    """Event of a locustfile: passes everything on to the environment of the current greenlet."""

    name: str

    def add_listener(self, handler: Any) -> Any:  # noqa: ANN401 - any callable
        own: Any = self._own() or super()
        return own.add_listener(handler)

    def remove_listener(self, handler: Any) -> None:  # noqa: ANN401 - any callable
        own: Any = self._own() or super()
        own.remove_listener(handler)

    def fire(self, *, reverse: bool = False, **arguments: Any) -> None:  # noqa: ANN401 - Locust's own arguments
        own: Any = self._own() or super()
        own.fire(reverse=reverse, **arguments)

    def _own(self) -> Any:  # noqa: ANN401 - Locust does not annotate its hooks
        return getattr(place_of(gevent.getcurrent()).get(_EVENTS), self.name, None)


def own_events(events: Events, complain: Callable[[str], None]) -> Events:
    """Return the events of a new environment, with a copy of a locustfile's listeners.

    Args:
        events: The locustfile's `locust.events`; from now on they pass everything on.
        complain: Gets a text for each exception of a listener.
    """
    own = Events()
    for name, hook in vars(events).items():
        if type(hook) is EventHook:
            hook.__class__ = _RoutedHook  # in place, because the locustfile may have kept the hook itself
            vars(hook)["name"] = name
        if isinstance(hook, EventHook):
            setattr(own, name, _OwnHook(name, list(hook._handlers), complain))  # noqa: SLF001 - Locust has no getter
    return own


@contextmanager
def within(events: Events) -> Iterator[None]:
    """Let the current greenlet, and all greenlets that it spawns here, be in the environment of these events."""
    here: Any = gevent.getcurrent()
    before = getattr(here, "spawn_tree_locals", None)
    here.spawn_tree_locals = {**(before or {}), _EVENTS: events}
    try:
        yield
    finally:
        here.spawn_tree_locals = before if before is not None else {}
