"""Loader of scenarios: imports locustfiles and returns their users and traits, or an error that names file and line.

Each locustfile gets its own `locust.events`, so that the listeners of one scenario do not hear of another. All
scenarios of a run are loaded together, because they share the arguments.
"""

from __future__ import annotations

import ast
import inspect
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
import locust
from locust import TaskSet, User
from locust.env import Environment
from locust.event import Events
from locust.user.task import filter_tasks_by_tags, is_markov_taskset
from locust.util.load_locustfile import load_locustfile

from harness.errors import UsageError, nearest
from harness.load.process import arguments
from harness.load.process.pauses import Pauses, functions, with_task_sets
from harness.load.process.shapes import ShapeExtent, extent_of
from harness.load.process.spawning import first_users, most_users
from harness.load.process.users import LaneUser
from harness.load.processes import LOAD_S
from harness.locustfiles import why_no_user_class
from harness.model import Pace, ScenarioTraits

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from locust import LoadTestShape

    from harness.load.process.arguments import Arguments

_NOTICE_S = 0.5  # a locustfile that waits is ended by gevent, one that computes by a signal a little later
_REMEDY = "A scenario is a locustfile with a LaneUser and its requests, or with other Locust users."
_REMEDIES: dict[type[BaseException], str] = {
    SystemExit: 'Put what ends the process, or starts a test, under `if __name__ == "__main__":`.',
    EOFError: "Nobody can answer it: take what it asks for from an environment variable or an option.",
}


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """Loaded scenario: its users, and what the locustfile expects of Locust.

    Attributes:
        lane_users: User classes that the lane drives; a scenario has either these or `other_users`.
        other_users: User classes with their own client, without those that --tags leaves no task.
        traits: Traits of the scenario.
        events: What `from locust import events` gave the locustfile.
        parsed_options: What it expects as `environment.parsed_options`.
        shape: Its LoadTestShape; None without one.
    """

    lane_users: tuple[type[LaneUser], ...]
    other_users: tuple[type[User], ...]
    traits: ScenarioTraits
    events: Events
    parsed_options: Namespace
    shape: LoadTestShape | None = None


@dataclass(frozen=True, slots=True)
class _Imported:
    """Imported locustfile: its path, user classes, shape and events."""

    path: Path
    kinds: tuple[type[User], ...]
    shape: LoadTestShape | None
    events: Events


def load_scenarios(
    paths: Sequence[Path], text: str = "", configs: Sequence[Path] = (), *, load_s: float = LOAD_S
) -> dict[str, LoadedScenario]:
    """Import locustfiles and return the scenarios by name.

    Args:
        paths: The locustfiles.
        text: The arguments for them, as in a shell.
        configs: Locust's configuration files, the weakest first.
        load_s: An import that takes longer is an error.

    Raises:
        UsageError: One can't be imported, has no user class or one without tasks, or has user classes of both kinds;
            or the arguments are wrong.
    """
    imported = [_import(path, load_s) for path in paths]
    parsed = arguments.parse({one.path: one.events for one in imported}, text, configs)
    _require_user_classes(imported, parsed)
    return {one.path.stem: _loaded(one, parsed[one.path]) for one in imported}


def _import(path: Path, load_s: float) -> _Imported:
    events = locust.events = Events()
    try:
        with _within(load_s), _own_helpers(path.parent):
            kinds, shapes = load_locustfile(str(path))
    except SyntaxError as error:
        file = Path(error.filename or "")
        where = (file, error.lineno) if file.is_file() else (path, _line_in(path, error))
        raise _bad(*where, error.msg, "Correct this line.") from error
    except ModuleNotFoundError as error:
        remedy = f"Install it where the harness is: {sys.executable} -m pip install PACKAGE."
        raise _bad(path, _line_in(path, error), f"{type(error).__name__}: {error}", remedy) from error
    except (_TooLong, gevent.Timeout) as error:
        remedy = "Move what takes long, or waits, to on_start or to a listener of events.test_start."
        raise _bad(path, _line_in(path, error), f"its import did not end within {load_s:g} s", remedy) from error
    except (Exception, SystemExit) as error:
        raise _bad(path, _line_in(path, error), f"{type(error).__name__}: {error}", _remedy_of(error)) from error
    return _Imported(path, _checked(path, tuple(dict.fromkeys(kinds.values()))), next(iter(shapes), None), events)


def _remedy_of(error: BaseException) -> str:
    """Return what to do about an exception that an import raises."""
    *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
    if isinstance(error, KeyError) and innermost.f_code is type(os.environ).__getitem__.__code__:
        return f"Set this environment variable for the harness: {error.args[0]}=... harness run."
    if isinstance(error, AttributeError) and isinstance(error.obj, Events):  # an event of old Locust, or misspelt
        return nearest(str(error.name), vars(error.obj))
    if isinstance(error, FileNotFoundError):
        return f"Paths are relative to {Path.cwd()}; name a file beside the locustfile as Path(__file__).parent / NAME."
    if isinstance(error, ImportError) and "relative import" in str(error):
        return "Its folder is no package: import a module beside it by its name alone, without a dot."
    return next((remedy for kind, remedy in _REMEDIES.items() if isinstance(error, kind)), "Correct this line.")


@contextmanager
def _own_helpers(folder: Path) -> Iterator[None]:
    """Let a locustfile import the modules of its folder anew: their listeners are to be heard in its own events."""
    others = {name: module for name, module in sys.modules.items() if _is_in(folder, module)}
    for name in others:
        del sys.modules[name]
    try:
        yield
    finally:
        for name, module in others.items():
            sys.modules.setdefault(name, module)  # a task of another locustfile may still import it


def _is_in(folder: Path, module: ModuleType) -> bool:
    """Return whether a module is of a folder, and not of an environment of Python in it."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and folder in Path(file).parents and not Path(file).is_relative_to(sys.prefix)


class _TooLong(BaseException):
    """An import computes for too long. It is no Exception, so a locustfile's own handler does not end it."""


@contextmanager
def _within(load_s: float) -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, load_s + _NOTICE_S)
    try:
        with gevent.Timeout(load_s):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _checked(path: Path, kinds: tuple[type[User], ...]) -> tuple[type[User], ...]:
    """Return the user classes if they can be spawned.

    Raises:
        UsageError: There is none, one has no tasks, or only some are lane users.
    """
    if not kinds:
        raise _bad(path, 1, why_no_user_class(ast.parse(path.read_bytes())))
    if not any(kind.weight > 0 or kind.fixed_count > 0 for kind in kinds):
        raise _bad(path, 1, "all of its user classes have weight 0", "Set the weight of one to 1.")
    lane_users = [kind for kind in kinds if issubclass(kind, LaneUser)]
    others = [kind for kind in kinds if not issubclass(kind, LaneUser)]
    if lane_users and others:
        raise _bad(path, 1, f"{lane_users[0].__name__} is a LaneUser and {others[0].__name__} is not")
    for kind in others:
        for holder in with_task_sets(kind):
            if not holder.tasks and not _chooses_itself(holder):
                raise _bad(*_place(path, holder), *_without_tasks(holder))
            for function in functions(holder):
                if (why := _why_not_called(function)) is not None:
                    raise _bad(*_place(path, function), f"{holder.__name__}.{_name(function)}: {why[0]}", why[1])
            if not callable(holder.wait_time):
                cause = f"{holder.__name__}.wait_time is {holder.wait_time!r}, which is not a function"
                raise _bad(*_place(path, holder), cause, "Write constant(SECONDS) or between(LEAST, MOST).")
    return kinds


def _without_tasks(holder: type) -> tuple[str, str]:
    """Return the cause and the remedy for a user class or task set without tasks."""
    own = ((name, value) for name, value in vars(holder).items() if inspect.isclass(value))
    for name, value in own:
        if issubclass(value, TaskSet):
            remedy = f"Write `tasks = [{value.__name__}]`, or @task above a class that is nested in it."
            return f"{holder.__name__}: its task set {name} is none of its `tasks`", remedy
    meant = "it has `task`; did you mean `tasks`?" if getattr(holder, "task", None) else "it has no tasks"
    return f"{holder.__name__}: {meant}", "Write @task above a method."


def _why_not_called(function: Callable[..., object]) -> tuple[str, str] | None:
    """Return the cause and the remedy for a task that certainly does nothing when Locust calls it; else None."""
    if inspect.iscoroutinefunction(function):
        return "Locust does not await a task, so it never runs", "Write `def` without `async`."
    try:
        inspect.signature(function).bind(object())
    except TypeError as error:
        return f"Locust calls it with its user or task set alone: {error}", "Write `def NAME(self)`."
    except ValueError:  # it has no signature
        return None
    return None


def _chooses_itself(holder: Any) -> bool:  # noqa: ANN401 - a user class or a task set
    if issubclass(holder, User):
        return holder.run is not User.run
    return is_markov_taskset(holder) or holder.get_next_task is not TaskSet.get_next_task


def _require_user_classes(imported: Sequence[_Imported], parsed: Mapping[Path, Arguments]) -> None:
    """Refuse names of user classes that no locustfile has.

    Raises:
        UsageError: There is such a name.
    """
    known = {kind.__name__ for one in imported for kind in one.kinds}
    for name in (name for one in parsed.values() for name in one.options.user_classes if name not in known):
        cause = "no scenario of this run has a user class of this name"
        where = f"{arguments.WHERE} {name}"
        raise UsageError("unknown user class", where=where, cause=cause, remedy=nearest(name, known))


def _loaded(one: _Imported, own: Arguments) -> LoadedScenario:
    chosen = tuple(kind for kind in one.kinds if kind.__name__ in own.options.user_classes) or one.kinds
    lane_users = tuple(kind for kind in chosen if issubclass(kind, LaneUser))
    if lane_users:
        return LoadedScenario(lane_users, (), _lane_traits(one, lane_users, own), one.events, own.options)
    environment = Environment(user_classes=list(chosen), events=one.events, parsed_options=own.options)
    tags = tuple(sorted(_tags(chosen)))
    others, notes = _tagged(one.path, environment.user_classes, own.options)
    if own.options.equal_weights:
        environment.assign_equal_weights()
    pauses = Pauses(others, environment)
    shape, extent, shape_notes = _shape(one.shape, environment)
    first = first_users(others)
    traits = ScenarioTraits(
        name=one.path.stem,
        requests=tuple(dict.fromkeys(f"{kind.__name__}.{_name(task)}" for kind in others for task in kind.tasks)),
        drives_open=False,
        pace=Pace.PACED if pauses.words or shape else Pace.EAGER,
        pauses=pauses.words,
        mean_pause_s=pauses.mean_s,
        shape=shape,
        shape_s=extent.lasts_s,
        shape_users=extent.users or None,
        tags=tags,
        options=own.own,
        notes=(*own.notes, *notes, *pauses.notes, *shape_notes, *_hosts(others)),
        classes=() if shape else tuple(first),
        first_users=() if shape else tuple(first.values()),
        most_users=None if shape else most_users(others),
    )
    return LoadedScenario((), others, traits, one.events, own.options, one.shape)


def _lane_traits(one: _Imported, kinds: Sequence[type[LaneUser]], own: Arguments) -> ScenarioTraits:
    first = first_users(kinds)
    return ScenarioTraits(
        name=one.path.stem,
        requests=tuple(dict.fromkeys(str(request) for kind in kinds for request in kind.requests)),
        drives_open=True,
        options=own.own,
        notes=(*own.notes, *_hosts(kinds)),
        classes=tuple(first),
        first_users=tuple(first.values()),
        most_users=most_users(kinds),
    )


def _tagged(
    path: Path, kinds: Sequence[type[User]], options: Namespace
) -> tuple[tuple[type[User], ...], tuple[str, ...]]:
    """Leave only the tasks that --tags and --exclude-tags choose; return the users with tasks, and notes on the others.

    Raises:
        UsageError: No user class has a task left.
    """
    given = dict(_given_tags(options))
    if not given:
        return tuple(kinds), ()
    words = " ".join(f"{option} {' '.join(sorted(tags))}" for option, tags in given.items())
    for kind in kinds:
        filter_tasks_by_tags(kind, given.get("--tags"), given.get("--exclude-tags"))
    left = tuple(kind for kind in kinds if kind.tasks or _chooses_itself(kind))
    if not left:
        raise _bad(path, 1, f"no task is left after {words}", "Name a tag of its tasks, or drop the scenario.")
    return left, tuple(f"{kind.__name__} has no task left after {words}" for kind in kinds if kind not in left)


def _given_tags(options: Namespace) -> Iterator[tuple[str, set[str]]]:
    for option, tags in (("--tags", options.tags), ("--exclude-tags", options.exclude_tags)):
        if tags:
            yield option, set(tags)


def _tags(kinds: Sequence[type[User]]) -> set[str]:
    holders = [holder for kind in kinds for holder in with_task_sets(kind)]
    tagged = [task for holder in holders for task in (*functions(holder), holder)]
    return {tag for task in tagged for tag in getattr(task, "locust_tag_set", ())}


def _shape(shape: LoadTestShape | None, environment: Environment) -> tuple[str | None, ShapeExtent, tuple[str, ...]]:
    """Return a shape's name, its extent and notes."""
    unknown = ShapeExtent(None, 0)
    if shape is None:
        return None, unknown, ()
    name = type(shape).__name__
    try:
        return name, extent_of(type(shape), environment), ()
    except Exception as error:  # noqa: BLE001 - the shape's own code
        why = f"{type(error).__name__}: {error}"
        return name, unknown, (f"{name} can't tick without a running test ({why}); its length is not known",)


def _hosts(kinds: Sequence[type[User]]) -> tuple[str, ...]:
    hosts = ((kind.__name__, kind.host) for kind in kinds if kind.host)
    return tuple(
        f"{name}.host ({host}) has no effect, because the harness sends to its targets" for name, host in hosts
    )


def _name(task: Any) -> str:  # noqa: ANN401 - any callable
    return str(getattr(task, "__name__", task))


def _place(path: Path, holder: type | Callable[..., object]) -> tuple[Path, int]:
    try:
        return Path(inspect.getsourcefile(holder) or path), inspect.getsourcelines(holder)[1]
    except (OSError, TypeError):
        return path, 1


def _line_in(path: Path, error: BaseException) -> int | None:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return frames[-1].lineno if frames else 1


def _bad(path: Path, line: int | None, cause: str, remedy: str = _REMEDY) -> UsageError:
    return UsageError("bad scenario", where=f"{path}:{line or 1}", cause=cause, remedy=remedy)
