"""The page of histories in a real browser: on a desktop and a phone, in light and dark colours, checked by axe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from harness.model import LevelChange, MachineHistory, Point, Series
from harness.report.history import render_history
from harness.units import Unit
from tests.report.material import TARGETS
from tests.report.measured import FLASK, GIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 390
CONDITIONS: dict[str, str | int | None] = {
    "cpu": "Imaginary CPU @ 2.50GHz",
    "cpus": 2,
    "kernel": "6.1.0-13-amd64",
    "runtime": "docker",
    "profile": "quick",
}


def _machine(runs: int) -> MachineHistory:
    """Return the history of two targets, of which the first has a change of level."""
    points = tuple(
        Point(
            f"202601{n + 1:02}-100000-quick-{n:04}", f"2026-01-{n + 1:02}T10:00:00+00:00", f"{n:040}", at, at, at + 90
        )
        for n, at in enumerate(6000.0 + 300 * (n > 4) for n in range(runs))
    )
    known = () if runs > 4 else None
    changed = (LevelChange(points[5].run, 1.05),) if runs > 4 else None
    series = tuple(
        Series(subject, "hello", "throughput.closed.c32", Unit.PER_SECOND, points, changes)
        for subject, changes in ((FLASK, changed), (GIN, known))
    )
    return MachineHistory(CONDITIONS | {"cpus": runs}, tuple(point.run for point in points), series)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("history") / "history.html"
    path.write_text(render_history([_machine(9), _machine(1)], TARGETS), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_it_fits_the_screen_and_axe_finds_nothing(opened: Callable[..., Page], width: int, dark: bool) -> None:  # noqa: FBT001
    page = opened(width, dark=dark)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
