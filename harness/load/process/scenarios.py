"""Loader of scenarios: returns the user classes of a locustfile, or an error that names file and line."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from locust.util.load_locustfile import load_locustfile

from harness.errors import UsageError
from harness.load.process.users import LaneUser

if TYPE_CHECKING:
    from pathlib import Path

    from locust import User


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """Loaded scenario: its user classes.

    Attributes:
        lane_users: User classes that the lane drives; a scenario has either these or `other_users`.
        requests: The scenario's requests, for people: `GET /hello/{name}`, or a class and its task.
    """

    lane_users: tuple[type[LaneUser], ...]
    other_users: tuple[type[User], ...]
    requests: tuple[str, ...]


def load_scenario(path: Path) -> LoadedScenario:
    """Import a locustfile.

    Raises:
        UsageError: It can't be imported, has no user class, or has user classes of both kinds.
    """
    try:
        kinds = list(load_locustfile(str(path))[0].values())
    except SyntaxError as error:
        raise _bad(path, error.lineno, error.msg) from error
    except (Exception, SystemExit) as error:
        raise _bad(path, _line_in(path, error), f"{type(error).__name__}: {error}") from error
    lane_users = tuple(kind for kind in kinds if issubclass(kind, LaneUser))
    others = tuple(kind for kind in kinds if not issubclass(kind, LaneUser))
    if not kinds:
        raise _bad(path, 1, "it has no user class")
    if lane_users and others:
        raise _bad(path, 1, f"{lane_users[0].__name__} is a LaneUser and {others[0].__name__} is not")
    sent = [str(request) for kind in lane_users for request in kind.requests]
    done = [f"{kind.__name__}.{getattr(task, '__name__', task)}" for kind in others for task in kind.tasks]
    return LoadedScenario(lane_users, others, tuple(dict.fromkeys(sent + done)))


def _line_in(path: Path, error: BaseException) -> int | None:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return frames[-1].lineno if frames else 1


def _bad(path: Path, line: int | None, cause: str) -> UsageError:
    return UsageError(
        "bad scenario",
        where=f"{path}:{line or 1}",
        cause=cause,
        remedy="A scenario is a locustfile with a LaneUser and its requests, or with other Locust users.",
    )
