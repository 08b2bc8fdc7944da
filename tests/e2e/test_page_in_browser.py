"""The page in a real browser: on a desktop and a phone, in light and dark colours, in print, and checked by axe."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from harness.report import Format, render
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from harness.report import Material

pytestmark = pytest.mark.browser

# switch off what a browser does by default: a sandbox, which fails as root, the GPU, and downloads of updates
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DESKTOP, _PHONE = 1280, 390
MATERIALS: dict[str, Callable[[], Material]] = {
    "usual": lambda: material(ceiling=NULL),
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "failed": failed_material,
    "empty": empty_material,
    "carried": lambda: replace(material(), carried="\nQUJD\n"),
    "seven": seven_material,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium. Without it the test is skipped, or fails if HARNESS_REQUIRE_BROWSER=1 is set."""
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
    path, *_ = render(MATERIALS[request.param](), folder, frozenset({Format.HTML}))
    return path.as_uri()


@pytest.fixture
def opened(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Yield a function that opens the page; a request to another place or a message on the console fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(width: int = _DESKTOP, *, dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
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


@pytest.mark.parametrize("width", [_DESKTOP, 768, _PHONE, 320])
def test_the_page_never_scrolls_sideways(opened: Callable[..., Page], width: int) -> None:
    page = opened(width)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("url", ["usual"], indirect=True)
def test_tables_of_two_targets_fit_on_a_desktop(opened: Callable[..., Page]) -> None:
    cut_off = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    assert [opened(width).eval_on_selector_all(".scroll", cut_off) for width in (_DESKTOP, 1024)] == [0, 0]


def test_content_wider_than_a_phone_scrolls_in_its_own_element(opened: Callable[..., Page]) -> None:
    page = opened(_PHONE)
    escaped = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .filter(one => !one.closest('.scroll, pre, thead, svg'))
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert escaped == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [_DESKTOP, _PHONE])
def test_axe_finds_no_violation(opened: Callable[..., Page], width: int, dark: bool) -> None:  # noqa: FBT001
    page = opened(width, dark=dark)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert len(found.response["passes"]) > 20


def test_light_and_dark_colours_differ_for_the_page_and_the_charts(opened: Callable[..., Page]) -> None:
    seen = []
    for dark in (False, True):
        page = opened(dark=dark)
        colours = """() => [document.body, ...document.querySelectorAll('.chart text')]
            .map(one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).fill])"""
        seen.append(page.evaluate(colours))
    in_light, in_dark = seen
    assert in_light[0] != in_dark[0]
    assert all(light[1] != dark[1] for light, dark in zip(in_light[1:], in_dark[1:], strict=True))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_of_a_chart_has_enough_contrast(opened: Callable[..., Page], dark: bool) -> None:  # noqa: FBT001
    page = opened(dark=dark)
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


def test_the_text_is_the_same_without_scripts(opened: Callable[..., Page]) -> None:
    with_script, without = opened(), opened(script=False)
    assert without.inner_text("body") == with_script.inner_text("body")


def test_no_text_of_a_chart_is_cut_off(opened: Callable[..., Page]) -> None:
    for width in (_DESKTOP, _PHONE):
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


def test_in_print_nothing_is_cut_off_and_folded_tables_are_shown(opened: Callable[..., Page]) -> None:
    page = opened(794)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    for details in page.query_selector_all("details"):
        table = details.query_selector("table")
        assert table is not None
        assert table.is_visible()
