"""The page in a real browser: on a desk and in a hand, by day and by night, on paper, and checked by axe."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from harness.report import Format, render
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from harness.report import Material

pytestmark = pytest.mark.browser

# what a browser would do unasked: sandbox as root, use a GPU, fetch updates
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DESK, _HAND = 1280, 390
MATERIALS: dict[str, Callable[[], Material]] = {
    "usual": lambda: material(ceiling=NULL),
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "failed": failed_material,
    "empty": empty_material,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it the test is skipped, or fails where HARNESS_REQUIRE_BROWSER=1 asks for it."""
    path = shutil.which("chromium")
    if path is None:
        why = "no chromium on PATH: `apt-get install chromium`"
        (pytest.fail if os.environ.get("HARNESS_REQUIRE_BROWSER") == "1" else pytest.skip)(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(params=list(MATERIALS), scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp(request.param)
    (path,) = render(MATERIALS[request.param](), folder, frozenset({Format.HTML}))
    return path.as_uri()


@pytest.fixture
def opened(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Open the page at a width, by day or by night; whatever it asks for or complains about fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(width: int = _DESK, *, night: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if night else "light",
            java_script_enabled=script,
            bypass_csp=False,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: complaints.append(sent.url) if not _is_own(sent.url, url) else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _is_own(requested: str, url: str) -> bool:
    return requested == url or requested.startswith("data:")


@pytest.mark.parametrize("width", [_DESK, 768, _HAND, 320])
def test_the_page_itself_never_scrolls_sideways(opened: Callable[..., Page], width: int) -> None:
    page = opened(width)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("url", ["usual"], indirect=True)
def test_two_targets_side_by_side_fit_on_a_desk(opened: Callable[..., Page]) -> None:
    cut_off = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    assert [opened(width).eval_on_selector_all(".scroll", cut_off) for width in (_DESK, 1024)] == [0, 0]


def test_what_is_wider_than_a_phone_scrolls_in_a_place_of_its_own(opened: Callable[..., Page]) -> None:
    page = opened(_HAND)
    escaped = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .filter(one => !one.closest('.scroll, pre, thead, svg'))
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert escaped == []


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("width", [_DESK, _HAND])
def test_axe_finds_no_violation(opened: Callable[..., Page], width: int, night: bool) -> None:  # noqa: FBT001
    page = opened(width, night=night)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert len(found.response["passes"]) > 20


def test_day_and_night_differ_and_charts_follow(opened: Callable[..., Page]) -> None:
    seen = []
    for night in (False, True):
        page = opened(night=night)
        colours = """() => [document.body, ...document.querySelectorAll('.chart text')]
            .map(one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).fill])"""
        seen.append(page.evaluate(colours))
    by_day, by_night = seen
    assert by_day[0] != by_night[0]
    assert all(day[1] != night[1] for day, night in zip(by_day[1:], by_night[1:], strict=True))


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_every_text_of_a_chart_stands_out_from_the_page(opened: Callable[..., Page], night: bool) -> None:  # noqa: FBT001
    page = opened(night=night)
    colours = page.evaluate(
        """() => [...document.querySelectorAll('.chart text')].map(one => getComputedStyle(one).fill)"""
    )
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert [colour for colour in colours if _contrast(colour, paper) < 4.5] == []


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two CSS colours as WCAG 2 defines it."""
    light, dark = sorted(map(_luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_it_reads_the_same_without_scripts(opened: Callable[..., Page]) -> None:
    with_script, without = opened(), opened(script=False)
    assert without.inner_text("body") == with_script.inner_text("body")


def test_no_text_of_a_chart_is_cut_off(opened: Callable[..., Page]) -> None:
    for width in (_DESK, _HAND):
        page = opened(width)
        cut = page.evaluate(
            """() => [...document.querySelectorAll('figure')].flatMap(figure => {
                const frame = figure.getBoundingClientRect();
                return [...figure.querySelectorAll('.chart text')].filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
                }).map(text => text.textContent);
            })"""
        )
        assert cut == []


def test_on_paper_nothing_is_cut_and_folded_figures_are_shown(opened: Callable[..., Page]) -> None:
    page = opened(794)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    for details in page.query_selector_all("details"):
        table = details.query_selector("table")
        assert table is not None
        assert table.is_visible()
