"""Locustfiles of Locust's features, one generator for all of them, and the rows of docs/locust.md that tests prove."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.model import Scenario
from tests.load.conftest import drive_at_least, order
from tests.load.server import Server, response

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.load.generator import Generator
    from harness.model import LoadKind, Slice, SliceResult
    from tests.load.server import Answer, Call

PAGE = Path(__file__).parents[2] / "docs" / "locust.md"
_Test = TypeVar("_Test", bound="Callable[..., None]")
_ROW = re.compile(r"^\| ([^|]+?) \| (as in Locust|differs|refused) \|[^|]*\|$", re.MULTILINE)
PROVEN: list[str] = []


def row(*names: str) -> Callable[[_Test], _Test]:
    """Say which rows of docs/locust.md a test proves."""

    def decorate(test: _Test) -> _Test:
        PROVEN.extend(names)
        return test

    return decorate


def rows_of_page() -> list[str]:
    """Return the features in the first column of the tables of docs/locust.md."""
    return [found[1] for found in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def scenarios(sources: dict[str, str], folder: Path) -> list[Scenario]:
    """Write locustfiles, and return them as scenarios."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return [Scenario(name, "", folder / f"{name}.py") for name in sources]


class Rig:
    """A generator with many scenarios; each is driven at a server of its own."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def drive(  # noqa: PLR0913 - a slice with defaults
        self,
        server: Server,
        name: str,
        kind: LoadKind,
        *,
        users: int = 2,
        duration_s: float = 0.3,
        timeout_s: float = 5.0,
        discard_s: float = 0.0,
        rate_per_s: float | None = None,
    ) -> SliceResult:
        wanted = order(
            name=name,
            connections=users,
            kind=kind,
            duration_s=duration_s,
            discard_s=discard_s,
            timeout_s=timeout_s,
            rate_per_s=rate_per_s,
        )
        return self._run(server, wanted)

    def drive_at_least(
        self, least: int, answer: Callable[[Call], Answer], name: str, kind: LoadKind, *, users: int = 2
    ) -> tuple[Server, SliceResult]:
        """Drive a slice that sends so many requests, however long this machine takes for them."""
        return drive_at_least(self._run, answer, least, order(name=name, connections=users, kind=kind, discard_s=0.0))

    def _run(self, server: Server, wanted: Slice) -> SliceResult:
        (result,) = self.generator.run([wanted], {wanted.subject: server.url})
        return result

    def disconnect(self, server: Server) -> None:
        self.generator.disconnect([server.url])


def paths(server: Server) -> list[str]:
    """Return the paths that a server has seen, in order."""
    return [call.path for call in server.seen]


def by_path(**statuses: str) -> Callable[[Call], Answer]:
    """Answer with a status that the first word of the path names, else 200."""
    from tests.load.server import Answer  # noqa: PLC0415 - names a type above

    def answer(call: Call) -> Answer:
        return Answer((response(status=statuses.get(call.path.strip("/").split("/")[0], "200 OK")),))

    return answer
