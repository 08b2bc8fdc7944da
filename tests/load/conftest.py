from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.load.generator import Generator
from harness.model import Load, LoadKind, Scenario, Slice, SliceResult, Subject
from tests.load.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.load.server import Answer, Call

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SUBJECT = Subject("truth", "only")


def scenario(name: str) -> Scenario:
    return Scenario(name, "", SCENARIOS / f"{name}.py")


def order(  # noqa: PLR0913 - a slice with defaults
    *,
    number: int = 1,
    name: str = "hello",
    connections: int = 4,
    rate_per_s: float | None = None,
    kind: LoadKind = LoadKind.CLOSED,
    duration_s: float = 0.3,
    discard_s: float = 0.05,
    timeout_s: float = 5.0,
    subject: Subject = SUBJECT,
    starts_s: tuple[float, ...] = (),
    tail_s: float = 0.0,
) -> Slice:
    load = Load(kind, connections, rate_per_s)
    return Slice(number, subject, name, load, duration_s, discard_s, number, timeout_s, starts_s, tail_s)


def drive_at_least(
    drive: Callable[[Server, Slice], SliceResult], answer: Callable[[Call], Answer], least: int, wanted: Slice
) -> tuple[Server, SliceResult]:
    """Drive a slice that sends so many requests: one that does not is driven anew, longer, at a server of its own."""
    while True:
        with Server(answer) as server:
            result = drive(server, wanted)
        if result.sent >= least:
            return server, result
        assert wanted.duration_s < 60, f"only {result.sent} requests in {wanted.duration_s:g} s"
        wanted = replace(wanted, duration_s=4 * wanted.duration_s)


@pytest.fixture(scope="session")
def generator() -> Iterator[Generator]:
    """Real generator process with the project's scenarios, shared by all tests."""
    names = ("hello", "json_body", "path_value", "post_json")
    with Generator([scenario(name) for name in names], frozenset({0}), spin=False) as started:
        yield started


@pytest.fixture
def drive(generator: Generator) -> Iterator[Callable[[Server, Slice], SliceResult]]:
    """Drive one slice at a server."""
    used: list[str] = []

    def run(server: Server, slice_: Slice) -> SliceResult:
        used.append(server.url)
        (result,) = generator.run([slice_], {slice_.subject: server.url})
        return result

    yield run
    generator.disconnect(used)


@pytest.fixture
def generator_at(tmp_path: Path) -> Iterator[Callable[[str], Callable[[Server, Slice], SliceResult]]]:
    """Start a generator with the test's own scenario, named `written`, and return a function that drives it."""
    with ExitStack() as started:

        def start(source: str) -> Callable[[Server, Slice], SliceResult]:
            path = tmp_path / "written.py"
            path.write_text(source)
            own = started.enter_context(Generator([Scenario("written", "", path)], frozenset({0}), spin=False))

            def run(server: Server, slice_: Slice) -> SliceResult:
                (result,) = own.run([slice_], {slice_.subject: server.url})
                return result

            return run

        yield start
