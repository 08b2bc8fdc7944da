"""The page in a real browser: on a desktop and a phone, in light and dark colours, in print, and checked by axe.

The pages are those of invented runs of one, two and seven targets, the committed page of the reference run of seven,
and those of its measured numbers of one and of two targets.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import pytest
from axe_playwright_python.sync_playwright import Axe

from harness.report import Format, render
from tests.checkout import ROOT
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.odd_runs import all_failed, partial, with_long_names, without_latency
from tests.report.reference_part import reference_part
from tests.report.seven_run import TEN, many_material, seven_material

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from harness.report import Material

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 390
MATERIALS: dict[str, Callable[[], Material]] = {
    "usual": lambda: material(ceiling=NULL),
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "failed": failed_material,
    "empty": empty_material,
    "one": lambda: material(FLASK, ceiling=NULL),
    "seven": seven_material,
    "long names": lambda: with_long_names(material(ceiling=NULL)),
    "one measured": lambda: reference_part("flask_app"),
    "two measured": lambda: reference_part("flask_app", "gin_app"),
}


REFERENCE = ROOT / "results/reference/report/index.html"


@pytest.fixture(params=[*MATERIALS, "reference"], scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "reference":
        return REFERENCE.as_uri()
    folder: Path = tmp_path_factory.mktemp(request.param)
    path, *_ = render(MATERIALS[request.param](), folder, frozenset({Format.HTML}))
    return path.as_uri()


@pytest.mark.parametrize("width", [DESKTOP, 768, PHONE, 320])
def test_the_page_never_scrolls_sideways(opened: Callable[..., Page], width: int) -> None:
    page = opened(width)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("url", ["usual"], indirect=True)
def test_tables_of_two_targets_fit_on_a_desktop(opened: Callable[..., Page]) -> None:
    for width in (DESKTOP, 1024):
        page = opened(width)
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        cut_off = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
        assert page.eval_on_selector_all(".scroll", cut_off) == 0, width


def test_content_wider_than_a_phone_scrolls_in_its_own_element(opened: Callable[..., Page]) -> None:
    page = opened(PHONE)
    escaped = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .filter(one => !one.closest('.scroll, pre, thead, svg'))
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert escaped == []


def test_no_option_of_a_command_is_broken_at_its_hyphens_on_a_phone(opened: Callable[..., Page]) -> None:
    heights = """all => all.filter(one => one.textContent.startsWith('--')).map(
        one => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).fontSize))"""
    of_options = opened(PHONE).eval_on_selector_all("pre span", heights)
    assert len(of_options) > 3
    assert max(of_options) < 2  # one line has 1.5


@pytest.mark.parametrize("url", ["usual"], indirect=True)
def test_the_picture_of_published_figures_is_whole_on_each_screen_and_its_letters_can_be_read(
    opened: Callable[..., Page],
) -> None:
    texts = """all => all.filter(one => one.checkVisibility())
        .flatMap(one => [...one.querySelectorAll('text')]).map(text => [
        text.getBoundingClientRect().left, text.getBoundingClientRect().right,
        parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a])"""
    for width, shown in ((PHONE, ".claims-narrow"), (DESKTOP, ".claims")):
        page = opened(width)
        every = page.eval_on_selector_all(".claims, .claims-narrow", texts)
        assert len(every) == len(page.query_selector_all(f"{shown} text")) > 10
        assert min(left for left, _, _ in every) >= 0
        assert max(right for _, right, _ in every) <= width
        assert min(letter_px for _, _, letter_px in every) > 9


@pytest.mark.parametrize("url", ["usual"], indirect=True)
def test_the_footnote_of_a_dash_is_not_read_as_a_number(opened: Callable[..., Page]) -> None:
    before = "one => getComputedStyle(one, '::before').content"
    page = opened(PHONE)
    assert page.eval_on_selector(".absent + sup", before) == '"note "'


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_no_violation(opened: Callable[..., Page], width: int, dark: bool) -> None:  # noqa: FBT001
    page = opened(width, dark=dark)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert len(found.response["passes"]) > 20


ODD: dict[str, Callable[[], Material]] = {
    "ten": lambda: many_material(TEN),
    "no_latency": without_latency,
    "all_failed": all_failed,
    "partial_of_ten": lambda: partial(many_material(TEN)),
    "ten_long_names": lambda: with_long_names(many_material(TEN)),
}


@pytest.mark.parametrize("name", ODD)
def test_the_page_of_an_unusual_run_fits_both_screens_and_axe_finds_nothing(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    complaints: list[str] = []
    path, *_ = render(ODD[name](), tmp_path, frozenset({Format.HTML}))
    page = browser.new_page(viewport={"width": DESKTOP, "height": 800})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page)
    assert (found.response["violations"], complaints) == ([], []), found.generate_report()
    page.close()


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


def test_without_scripts_all_content_is_there_and_no_control(opened: Callable[..., Page]) -> None:
    texts = "all => all.map(one => one.textContent.replace(/\\s+/g, ' '))"
    with_script, without = (opened(script=script) for script in (True, False))
    parts = "header, main > *:not(#view)"
    assert without.eval_on_selector_all(parts, texts) == with_script.eval_on_selector_all(parts, texts)
    assert without.locator("button, input, select").count() == 0
    assert not without.locator("#view").is_visible()
    unseen = """all => all.filter(one => !one.closest('details:not([open])') && !one.getClientRects().length)
        .map(one => one.outerHTML.slice(0, 80))"""
    assert without.eval_on_selector_all("main :is(section, tr, th, td, p, li, dd, figure)", unseen) == []


def test_every_link_of_the_page_leads_somewhere(opened: Callable[..., Page]) -> None:
    page = opened()
    ids = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    for address in page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))"):
        if address.startswith("#"):
            assert address[1:] in ids
        elif not urlsplit(address).scheme:
            file = url2pathname(urlsplit(urljoin(REFERENCE.as_uri(), address)).path)
            assert page.url.partition("#")[0] != REFERENCE.as_uri() or os.path.exists(file)  # noqa: PTH110


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(opened: Callable[..., Page], width: int) -> None:
    page = opened(width)
    controls = "a[href], button, input, select, summary, [tabindex='0']"
    number = page.eval_on_selector_all(
        controls, "all => all.filter(one => one.checkVisibility()).map((one, place) => one.dataset.tab = place).length"
    )
    reached = set()
    for _ in range(number + 5):
        page.keyboard.press("Tab")
        focused = """() => {
            const one = document.activeElement, isSeen = one.getBoundingClientRect().width > 1;
            return one.dataset.tab && [one.dataset.tab, isSeen && getComputedStyle(one).outlineStyle != 'none'];
        }"""
        reached.add(tuple(page.evaluate(focused) or ()))
    assert reached - {()} == {(str(place), True) for place in range(number)}


def test_no_text_of_a_chart_is_cut_off(opened: Callable[..., Page]) -> None:
    for width in (DESKTOP, PHONE):
        page = opened(width)
        cut = page.evaluate(
            """() => [...document.querySelectorAll('figure')].flatMap(figure => {
                const shown = [...figure.querySelectorAll('.chart text')].filter(text => text.checkVisibility());
                return shown.filter(text => {
                    const chart = text.closest('svg'), {scrollWidth, clientWidth} = chart.parentElement;
                    const frame = (scrollWidth > clientWidth ? chart : figure).getBoundingClientRect();
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
    for table in page.query_selector_all("details table"):
        assert table.is_visible()


@pytest.mark.parametrize("url", ["reference"], indirect=True)
def test_a_page_of_seven_targets_is_short_until_its_parts_are_opened(opened: Callable[..., Page]) -> None:
    heights = {width: opened(width).evaluate("document.documentElement.scrollHeight") for width in (DESKTOP, PHONE)}
    assert heights[DESKTOP] < 12_000
    assert heights[PHONE] < 20_000


@pytest.mark.parametrize("url", ["usual", "variants", "reference", "seven"], indirect=True)
def test_the_first_screen_answers_which_how_much_and_how_sure(browser: Browser, url: str) -> None:
    for width, height, cards in ((1280, 800, 4), (390, 844, 1)):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(url)
        bottoms = page.evaluate("[...document.querySelectorAll('.glance')].map(e => e.getBoundingClientRect().bottom)")
        page.close()
        assert len(bottoms) == 4
        assert max(bottoms[:cards]) <= height
