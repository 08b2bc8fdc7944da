"""Where things stand on the page, in a real browser: charts whose texts can be read, cards, and stacked tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.report import Format, render
from tests.checkout import ROOT
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.odd_runs import with_long_names
from tests.report.reference_part import reference_part
from tests.report.seven_run import TEN, many_material, seven_material

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from harness.report import Material

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 390
MATERIALS: dict[str, Callable[[], Material]] = {
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "seven": seven_material,
    "ten": lambda: many_material(TEN),
    "two measured": lambda: reference_part("flask_app", "gin_app"),
    "long names": lambda: with_long_names(material(ceiling=NULL)),
    "ten long names": lambda: with_long_names(many_material(TEN)),
}
STORED = {name: ROOT / "results" / name / "report/index.html" for name in ("reference", "conditions")}


@pytest.fixture(params=[*MATERIALS, *STORED], scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param in STORED:
        return STORED[request.param].as_uri()
    folder: Path = tmp_path_factory.mktemp("page")
    path, *_ = render(MATERIALS[request.param](), folder, frozenset({Format.HTML}))
    return path.as_uri()


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_no_two_texts_of_a_chart_lie_on_each_other(opened: Callable[..., Page], width: int) -> None:
    """Lines of one text may touch by a fifth of their height: their boxes have room above and below the letters."""
    overlaps = opened(width).evaluate(
        """() => [...document.querySelectorAll('.chart')].filter(chart => chart.checkVisibility()).flatMap(chart => {
            const texts = [...chart.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()])
                .filter(([, box]) => box.width);
            return texts.flatMap(([words, one], place) => texts.slice(place + 1).filter(([, other]) => {
                const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
                const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
                return across > 0.5 && down > 0.2 * Math.min(one.height, other.height);
            }).map(([others]) => [words, others]));
        })"""
    )
    assert overlaps == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_text_of_a_chart_lies_within_its_drawing(opened: Callable[..., Page], width: int) -> None:
    escaped = opened(width).evaluate(
        """() => [...document.querySelectorAll('.chart')].filter(chart => chart.checkVisibility()).flatMap(chart => {
            const frame = chart.getBoundingClientRect();
            return [...chart.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 2 || box.right > frame.right + 2;
            }).map(text => text.textContent);
        })"""
    )
    assert escaped == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE, 320])
def test_every_number_of_a_card_is_whole_and_within_its_card(opened: Callable[..., Page], width: int) -> None:
    beyond = opened(width).evaluate(
        """() => [...document.querySelectorAll('.glance')].flatMap(card => {
            const frame = card.getBoundingClientRect();
            return [...card.querySelectorAll('dd, .value, .interval, .detail')].filter(one => {
                const box = one.getBoundingClientRect(), letter = parseFloat(getComputedStyle(one).fontSize);
                return box.left < frame.left - 1 || box.right > frame.right + 1 || box.width < 2 * letter;
            }).map(one => one.textContent);
        })"""
    )
    assert beyond == []


def test_cards_of_a_row_have_their_ratios_and_numbers_at_the_same_height(opened: Callable[..., Page]) -> None:
    page = opened()
    tops = "all => [...new Set(all.map(one => Math.round(one.getBoundingClientRect().top)))].length"
    for part in ("h3", ".glance-ratio", "dl"):
        assert page.eval_on_selector_all(f".glance > {part}", tops) == 1, part


@pytest.mark.parametrize("width", [800, 640, 480])
def test_no_text_of_a_card_touches_the_line_beside_it(opened: Callable[..., Page], width: int) -> None:
    places = opened(width).evaluate(
        """() => [...document.querySelectorAll('.glance')].map(card => [
            card.getBoundingClientRect().left - card.parentElement.getBoundingClientRect().left,
            card.querySelector('h3').getBoundingClientRect().left - card.getBoundingClientRect().left])"""
    )
    is_four = len(places) == 4
    in_a_row = {800: 2 if is_four else 3, 640: 2, 480: 1}[width]
    assert len({beside for beside, _ in places}) == in_a_row, "no row of a few cards has one card alone below it"
    assert all(room == 0 if beside == 0 else room >= 12 for beside, room in places)


def test_in_print_no_name_of_a_row_or_column_of_numbers_is_broken_within_a_word(opened: Callable[..., Page]) -> None:
    page = opened(794)
    page.emulate_media(media="print")
    broken = page.eval_on_selector_all(
        ".numbers th",
        """all => all.filter(one => {
            const range = document.createRange();
            range.selectNodeContents(one);
            const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
            return lines.size > one.textContent.trim().split(/[\\s-]+/).length;
        }).map(one => one.textContent)""",
    )
    assert broken == []


@pytest.mark.parametrize("width", [DESKTOP, 800, PHONE])
def test_the_letters_of_a_chart_are_about_as_large_as_the_text(opened: Callable[..., Page], width: int) -> None:
    """A chart that is as wide as a small screen would have letters larger than a heading."""
    heights = opened(width).evaluate(
        """() => [...document.querySelectorAll('#charts ~ .charts .chart text')]
            .map(one => one.getBoundingClientRect().height)"""
    )
    assert heights
    assert max(heights) <= 22


@pytest.mark.parametrize("width", [DESKTOP, 800, PHONE])
def test_the_caption_of_a_table_is_not_wider_than_its_box(opened: Callable[..., Page], width: int) -> None:
    beyond = opened(width).evaluate(
        """() => [...document.querySelectorAll('.scroll caption > span')].filter(one => one.checkVisibility())
            .filter(one => one.getBoundingClientRect().right > one.closest('.scroll').getBoundingClientRect().right + 1)
            .map(one => one.textContent)"""
    )
    assert beyond == []


def test_in_print_no_detail_of_a_result_is_larger_than_its_number(opened: Callable[..., Page]) -> None:
    page = opened(794)
    page.emulate_media(media="print")
    sizes = "all => [...new Set(all.map(one => parseFloat(getComputedStyle(one).fontSize)))]"
    [number] = page.eval_on_selector_all(".results .value", sizes)
    assert all(size <= number for size in page.eval_on_selector_all(".results :is(.detail, small)", sizes))


def test_in_print_no_interval_of_a_result_is_broken(opened: Callable[..., Page]) -> None:
    page = opened(794)
    page.emulate_media(media="print")
    broken = page.eval_on_selector_all(
        ".results .interval",
        """all => all.filter(one => {
            const range = document.createRange();
            range.selectNodeContents(one.firstChild);
            return range.getClientRects().length > 1;
        }).map(one => one.firstChild.textContent)""",
    )
    assert broken == []


def test_the_counts_of_verdicts_are_at_the_same_height(opened: Callable[..., Page]) -> None:
    tops = "all => [...new Set(all.map(one => Math.round(one.getBoundingClientRect().top)))].length"
    assert opened().eval_on_selector_all(".standings .count", tops) <= 1


def test_on_a_phone_an_attribute_names_the_target_of_each_answer_without_scrolling(opened: Callable[..., Page]) -> None:
    answers = opened(PHONE).eval_on_selector_all(
        ".attributes td",
        """all => all.map(one => [one.dataset.head, getComputedStyle(one, '::before').content.slice(1, -1),
            one.firstElementChild.getBoundingClientRect().right <= innerWidth])""",
    )
    assert answers
    assert all(name and shown == name and is_seen for name, shown, is_seen in answers)
