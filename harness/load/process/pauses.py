"""Pauses of Locust users: their wait times in words, and the mean pause after a task.

Locust's own wait times are known by name, and their means exactly. The mean of another wait time is that of a number of
draws, on a user that was never spawned. A wait time that needs a running user can't be drawn; a note says so. The
sleeps of a task count as pauses as well.
"""

from __future__ import annotations

import inspect
import random
import time
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import gevent
from locust import TaskSet, User
from locust.user import wait_time as locusts_own

from harness.load.process.sleeps import lengths_of
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from locust.env import Environment

_DRAWS = 200
_MEANS: dict[str, Callable[..., float]] = {
    "between": lambda least, most: (least + most) / 2,
    "constant": lambda seconds: seconds,
    "constant_pacing": lambda seconds: seconds,
    "poisson": lambda rate: 1 / rate,
}
_OLD = ("min_wait", "max_wait", "wait_function")  # in milliseconds
_DRAWING_S = 2.0  # a wait time that blocks can't be drawn


@dataclass(frozen=True, slots=True)
class Pause:
    """Pause after a task of one user class or task set, or in a task.

    Attributes:
        words: Its owner and its length, for people.
        mean_s: Its mean; None if it is not known.
        note: Why its mean is not known; None if it is known.
    """

    words: str
    mean_s: float | None
    note: str | None = None


class Pauses:
    """Pauses of the user classes of a locustfile; empty if no user ever pauses."""

    def __init__(self, kinds: Sequence[type[User]], environment: Environment) -> None:
        """Draw the wait times.

        Args:
            kinds: The user classes.
            environment: What the wait times find as `self.environment`.
        """
        self._environment = environment
        self._after: dict[type, Pause | None] = {}
        self._within: dict[Any, Pause | None] = {}
        state = random.getstate()  # a locustfile may have set the seed of its own draws
        for kind in kinds:
            for owner in with_task_sets(kind):
                if owner not in self._after:
                    self._after[owner] = self._drawn(owner, kind)
                self._within |= {
                    task: _sleep_in(owner, task, kind) for task in functions(owner) if task not in self._within
                }
        random.setstate(state)
        pausing = [kind for kind in kinds if self._has_pause(kind)]
        self._eager = [kind.__name__ for kind in kinds if kind not in pausing and (kind.weight or kind.fixed_count)]
        self.mean_s = _weighted(pausing, [self._mean_s(kind, 0.0, frozenset()) for kind in pausing])

    @property
    def words(self) -> tuple[str, ...]:
        """The pauses, for people."""
        return tuple(pause.words for pause in self._all())

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each pause without a known mean or without effect, and one on users without a pause."""
        unknown = [pause.note for pause in self._all() if pause.note]
        names, verb = ", ".join(self._eager), "does" if len(self._eager) == 1 else "do"
        eager = [f"{names} {verb} not pause, so a part of the rate depends on the target"] if names else []
        old = [_old_pause(owner) for owner in self._after]
        return (*unknown, *filter(None, old), *(eager if self._all() else ()))

    def _all(self) -> list[Pause]:
        return [pause for pause in (*self._after.values(), *self._within.values()) if pause is not None]

    def _has_pause(self, kind: type[User]) -> bool:
        holders = list(with_task_sets(kind))
        within = (self._within.get(task) for holder in holders for task in functions(holder))
        return any((*map(self._after.get, holders), *within))

    def _drawn(self, owner: type, kind: type[User]) -> Pause | None:
        """Return the pause after a task, None if its owner has no wait time of its own, or it is always 0."""
        wait_time: Any = owner.wait_time  # type: ignore[attr-defined]
        if _has_default_wait(owner):
            return None
        name = f"{owner.__name__}.wait_time"
        words, exact_s = _locusts_own(wait_time) or ("its own wait_time", None)
        try:
            drawn = self._draws(owner, kind)
        except (Exception, gevent.Timeout) as error:  # noqa: BLE001 - the locustfile's own code
            why = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else "it blocks"
            note = f"{name} can't be drawn without a running user ({why}); its mean is not known"
            return Pause(f"{owner.__name__}: {words}", None, note)
        if not any(drawn):
            return None
        mean_s = fmean(drawn) if exact_s is None else exact_s
        return Pause(f"{owner.__name__}: {words}, {human(mean_s, Unit.SECOND, 2)} on average", mean_s)

    def _draws(self, owner: type, kind: type[User]) -> list[float]:
        one = self._never_spawned(owner, kind)
        with gevent.Timeout(_DRAWING_S):
            return [_draw(one) for _ in range(_DRAWS)]

    def _never_spawned(self, owner: type, kind: type[User]) -> Any:  # noqa: ANN401 - a user or a task set
        user = object.__new__(kind)
        user.environment = self._environment
        if issubclass(owner, User):
            return user
        one: Any = object.__new__(owner)
        one._user = one._parent = user  # noqa: SLF001 - as TaskSet's own constructor does
        return one

    def _mean_s(self, holder: Any, users_s: float, within: frozenset[Any]) -> float:  # noqa: ANN401 - as above
        """Return the mean pause after and in a task of a user class or task set, over all of its tasks."""
        pause = self._after.get(holder)
        own_s = (pause.mean_s or 0.0) if pause else users_s
        users_s = own_s if issubclass(holder, User) else users_s
        within |= {holder}
        means = [
            self._mean_s(task, users_s, within) if _is_task_set(task) else own_s + self._sleep_s(task)
            for task in holder.tasks
            if task not in within
        ]
        return fmean(means) if means else own_s

    def _sleep_s(self, task: Any) -> float:  # noqa: ANN401 - any callable
        pause = self._within.get(task)
        return (pause.mean_s or 0.0) if pause else 0.0


def with_task_sets(kind: type[User]) -> Iterator[Any]:
    """Yield a user class, its task sets, and those nested in them, each once."""
    found: dict[Any, None] = {}
    pending: list[Any] = [kind]
    while pending:
        holder = pending.pop(0)
        if holder not in found:
            found[holder] = None
            pending += filter(_is_task_set, holder.tasks)
    yield from found


def functions(holder: Any) -> Iterator[Callable[..., object]]:  # noqa: ANN401 - as above
    """Yield the tasks of a user class or task set that are functions, each once."""
    yield from dict.fromkeys(task for task in holder.tasks if not _is_task_set(task))


def _has_default_wait(owner: Any) -> bool:  # noqa: ANN401 - as above
    return owner.wait_time is (User if issubclass(owner, User) else TaskSet).wait_time


def _is_task_set(task: object) -> bool:
    return inspect.isclass(task) and issubclass(task, TaskSet)


def _old_pause(owner: Any) -> str | None:  # noqa: ANN401 - a user class or a task set
    """Return a note on the pauses that a class has in the words of Locust before its version 1; None without any."""
    own_words = {name: value for name in _OLD if (value := getattr(owner, name, None)) is not None}
    is_read = not _has_default_wait(owner) and _locusts_own(owner.wait_time) is None  # maybe, by a function of its own
    if not own_words or is_read:
        return None
    milliseconds = [own_words.get(name) for name in _OLD[:2]]
    least, most = (value / 1000 if isinstance(value, int | float) else None for value in milliseconds)
    given = "constant(SECONDS) or between(LEAST, MOST)" if None in {least, most} else f"between({least:g}, {most:g})"
    verb = "has" if len(own_words) == 1 else "have"
    names = " and ".join(own_words)
    return f"{owner.__name__}: {names} {verb} no effect in Locust 2; write `wait_time = {given}`"


def _draw(one: Any) -> float:  # noqa: ANN401 - a user or a task set
    for each in (one, getattr(one, "_user", one)):  # a task set's wait time may ask its user's
        each._cp_last_run, each._cp_last_wait_time = time.perf_counter(), 0.0  # noqa: SLF001 - constant_pacing's own
    return float(one.wait_time())


def _locusts_own(wait_time: Callable[..., object]) -> tuple[str, float | None] | None:
    """Return one of Locust's own wait times as it is written in a locustfile, and its mean; None for another function.

    The mean is None where only draws can tell it.
    """
    if getattr(wait_time, "__module__", None) != locusts_own.__name__:
        return None
    maker, values = wait_time.__qualname__.partition(".")[0], inspect.getclosurevars(wait_time).nonlocals
    given = [values[name] for name in inspect.signature(getattr(locusts_own, maker)).parameters]
    mean = _MEANS.get(maker)
    return f"{maker}({', '.join(map(str, given))})", None if mean is None else float(mean(*given))


def _weighted(kinds: Sequence[type[User]], means_s: Iterable[float]) -> float:
    weights = [float(kind.fixed_count or kind.weight) for kind in kinds]
    return fmean(means_s, weights=weights) if sum(weights) else 0.0


def _sleep_in(owner: type, task: Callable[..., object], kind: type[User]) -> Pause | None:
    """Return the sleeps of a task as one pause; None without any."""
    lengths = lengths_of(task, owner, kind)
    if not any(length != 0 for length in lengths):
        return None
    name = f"{owner.__name__}.{task.__name__}"
    if None in lengths:
        note = f"the length of a sleep in {name} is not known before it runs"
        return Pause(f"{name}: a sleep in the task", None, note)
    mean_s = sum(length for length in lengths if length is not None)
    return Pause(f"{name}: a sleep of {human(mean_s, Unit.SECOND, 2)} in the task", mean_s)
