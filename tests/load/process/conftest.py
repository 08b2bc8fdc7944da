from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.load.generator import Generator
from harness.load.process import lane, poller, sending
from tests.load.features import Rig, scenarios
from tests.load.process.loading import HEAD, Loader, loading, write
from tests.load.process.rig import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.model import ScenarioTraits

    Load = Callable[..., ScenarioTraits]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The lane's clock, in the test's hand."""
    given = Clock(step_ns=10_000)
    monkeypatch.setattr(lane, "_clock", given)
    monkeypatch.setattr(sending, "_clock", given)
    monkeypatch.setattr(poller, "clock_ns", given)
    return given


@pytest.fixture(scope="module")
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A generator with the locustfiles of a test module, its `FILES`."""
    given = scenarios(request.module.FILES, tmp_path_factory.mktemp("files"))
    with Generator(given, frozenset({0}), spin=False) as started:
        yield Rig(started)


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with loading() as started:
        yield started


@pytest.fixture
def load(loader: Loader, tmp_path: Path) -> Load:
    """Return a function that writes a project's scenario `written` and returns its traits."""

    def of(source: str, **message: object) -> ScenarioTraits:
        path = write(tmp_path, "written", HEAD + source)
        return loader.load(path, **message)["written"]

    return of
