"""The script of the page in a real browser: it sorts and hides what is there, and its state is in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from harness.report import Format, render
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from harness.report import Material

pytestmark = pytest.mark.browser


MATERIALS: dict[str, Callable[[], Material]] = {
    "usual": lambda: material(ceiling=NULL),
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "seven": seven_material,
}


@pytest.fixture(scope="module", params=MATERIALS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    path, *_ = render(MATERIALS[request.param](), tmp_path_factory.mktemp(request.param), frozenset({Format.HTML}))
    return path.as_uri()


ROWS = "main table tbody tr:not(.group)"
OUT = "all => all.filter(one => one.closest('[data-out]')).length"


def _out(page: Page) -> int:
    """Return how many rows are hidden."""
    hidden: int = page.eval_on_selector_all(ROWS, OUT)
    return hidden


def _column(page: Page, table: str, column: int) -> list[list[float | None]]:
    """Return the values of a column as they stand, for each group of rows; a floor has none."""
    values: list[list[float | None]] = page.eval_on_selector_all(
        f"#{table} tbody",
        """(all, column) => all.map(body => [...body.rows].filter(row => !row.matches('.group, .floor')).map(row => {
            const { value } = row.cells[column].dataset; return value === undefined ? null : Number(value); }))""",
        column,
    )
    return values


def _open_results(page: Page) -> None:
    page.locator("details:has(#results-table) > summary").click()


USUAL = pytest.mark.parametrize("url", ["usual"], indirect=True)
VARIANTS = pytest.mark.parametrize("url", ["variants"], indirect=True)
SEVEN = pytest.mark.parametrize("url", ["seven"], indirect=True)


@USUAL
def test_a_click_on_a_head_sorts_its_rows_up_then_down_then_not(opened: Callable[..., Page]) -> None:
    page = opened()
    _open_results(page)
    before = page.inner_text("#results-table")
    head, button = page.locator("#results-table thead th").nth(1), page.locator("#results-table thead button").nth(1)
    assert head.get_attribute("aria-sort") is None
    for direction in ("ascending", "descending"):
        button.click()
        assert head.get_attribute("aria-sort") == direction
        assert page.url.endswith(f"#sort=results-table.1.{direction}")
        for group in _column(page, "results-table", 1):
            numbers = [number for number in group if number is not None]
            assert numbers == sorted(numbers, reverse=direction == "descending")
            assert group == numbers + [None] * (len(group) - len(numbers))
        first = "all => all.every(row => row.previousElementSibling.matches('tr:not(.group, .floor)'))"
        assert page.eval_on_selector_all("tr.floor", first)
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert page.inner_text("#results-table") == before
    page.go_back()
    assert head.get_attribute("aria-sort") == "descending"


@USUAL
def test_a_filter_hides_rows_and_is_shared_by_the_address(opened: Callable[..., Page]) -> None:
    page = opened()
    assert _out(page) == 0
    page.get_by_label("Filter rows").press_sequentially("memory p")
    left = page.locator(f"{ROWS}:visible").all_inner_texts()
    assert left
    assert _out(page) > 10
    assert page.url.endswith("#q=memory+p")
    assert page.get_by_role("status").inner_text().endswith(" rows")
    shared = opened(state=page.url.partition("#")[1] + page.url.partition("#")[2])
    assert shared.locator(f"{ROWS}:visible").all_inner_texts() == left
    assert shared.get_by_label("Filter rows").input_value() == "memory p"
    page.go_back()  # a word is one step back, not each of its letters
    assert _out(page) == 0
    assert page.get_by_label("Filter rows").input_value() == ""


@USUAL
def test_a_verdict_leaves_its_rows_and_show_all_brings_the_others_back(opened: Callable[..., Page]) -> None:
    page = opened()
    verdict = page.eval_on_selector("tbody [data-verdict]", "one => one.dataset.verdict")
    page.get_by_label("Verdict").select_option(verdict)
    seen = "all => all.filter(one => one.checkVisibility()).map(one => one.dataset.verdict)"
    assert set(page.eval_on_selector_all("tbody [data-verdict]", seen)) == {verdict}
    page.get_by_role("button", name="Show all").click()
    assert _out(page) == 0
    assert page.url.endswith("#")


@SEVEN
def test_two_subjects_of_many_are_chosen(opened: Callable[..., Page]) -> None:
    page = opened(state="#two=Gin&two=Flask")
    heads = "all => all.filter(one => one.checkVisibility()).map(one => one.dataset.subject ?? one.dataset.pair)"
    assert page.eval_on_selector_all("#results-table thead [data-subject]", heads) == ["Flask", "Gin"]
    assert page.eval_on_selector_all("#ratios-table thead [data-pair]", heads) == ["Gin ÷ Flask"]
    page.get_by_label("Compare").select_option("Django")
    assert page.eval_on_selector_all("#results-table thead [data-subject]", heads) == ["Flask", "Django"]
    assert page.url.endswith("#two=Django&two=Flask")
    cells = "all => new Set(all.map(row => [...row.cells].filter(one => one.checkVisibility()).length)).size"
    assert page.eval_on_selector_all("#results-table tr:not(.group)", cells) == 1
    page.get_by_label("with", exact=True).select_option("")
    assert page.locator("details:has(#results-table)").get_attribute("open") is not None
    assert len(page.eval_on_selector_all("#results-table thead [data-subject]", heads)) == 7


@VARIANTS
def test_two_subjects_keep_the_figures_about_each_and_about_both(opened: Callable[..., Page]) -> None:
    seen = "all => [...new Set(all.filter(one => one.checkVisibility()).map(one => one.textContent))]"
    chosen = {"#two=Flask+gthread&two=Gin": {"Flask", "Gin", "Gin against Flask"}}
    chosen |= {"#two=Flask+gthread&two=Flask+sync": {"Flask"}}
    for state, about in chosen.items():
        assert set(opened(state=state).eval_on_selector_all(".facts .who", seen)) == about


@USUAL
def test_only_rows_with_a_shown_difference_stay(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_label("Only rows that show a difference").check()
    seen = "all => all.filter(one => one.checkVisibility()).map(one => one.dataset.difference)"
    left = page.eval_on_selector_all("#results-table [data-difference]", seen)
    assert set(left) == {"higher", "lower"}
    assert page.url.endswith("#differences=shown")
    assert _out(page) > 0


@USUAL
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_theme_is_the_systems_until_another_is_chosen(opened: Callable[..., Page], dark: bool) -> None:  # noqa: FBT001
    page = opened(dark=dark)
    paper = "getComputedStyle(document.body).backgroundColor"
    of_system = page.evaluate(paper)
    page.get_by_label("Theme").select_option("light" if dark else "dark")
    of_other = page.evaluate(paper)
    assert of_other != of_system
    assert opened(dark=not dark).evaluate(paper) == of_other
    assert opened(dark=not dark, state=f"#theme={'dark' if dark else 'light'}").evaluate(paper) == of_system
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@USUAL
@pytest.mark.parametrize(
    "state",
    [
        "#sort=results-table.99.ascending&sort=results-table.-1.ascending&sort=results-table.1.sideways",
        "#sort=__proto__.1.ascending&sort=constructor&two=nobody&two=__proto__",
        "#theme=purple&verdict=%00&differences=yes&at=nowhere&unknown=1",
        "#%E0%A4%A",
        "#%00%3Cscript%3E",
        f"#x={'y' * 50_000}",
        "#q=",
    ],
)
def test_an_unknown_state_is_ignored(opened: Callable[..., Page], state: str) -> None:
    page = opened(state=state)
    assert _out(page) == 0
    assert page.locator("[aria-sort], [data-theme]").count() == 0


@USUAL
def test_markup_in_the_address_is_text(opened: Callable[..., Page]) -> None:
    page = opened(state="#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E(%5B&two=%3Cb%3E")
    assert page.get_by_label("Filter rows").input_value() == "<img src=x onerror=alert(1)>(["
    assert page.locator("img").count() == 0
    assert page.locator(f"{ROWS}:visible").count() == 0


@USUAL
def test_a_link_within_the_page_keeps_the_state(opened: Callable[..., Page]) -> None:
    page = opened(state="#q=throughput&theme=dark")
    hidden = _out(page)
    page.locator("nav a[href='#method']").click()
    page.wait_for_url("**#q=throughput&theme=dark&at=method")
    assert _out(page) == hidden
    assert page.evaluate("scrollY") > 0


@USUAL
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize(
    "anchor",
    ["comparison", "method", "verdicts", "row:throughput.closed.c32:hello", "attribute:Built-2d-in-20-validation:Gin"],
)
def test_a_link_to_what_is_in_a_closed_part_opens_it(opened: Callable[..., Page], anchor: str, script: bool) -> None:  # noqa: FBT001
    page = opened(script=script)
    assert not page.locator(f"[id='{anchor}']").is_visible()
    page.evaluate("anchor => { location.hash = anchor }", anchor) if script else page.goto(f"{page.url}#{anchor}")
    place = page.locator(f"[id='{anchor}']")
    place.wait_for(state="visible")
    assert place.bounding_box()["y"] < 900  # type: ignore[index]


@USUAL
def test_a_shared_state_opens_the_part_of_its_place(opened: Callable[..., Page]) -> None:
    page = opened(state="#theme=dark&at=verdicts")
    assert page.locator("[id='verdicts']").is_visible()


@USUAL
def test_print_opens_what_is_folded_and_folds_it_again(opened: Callable[..., Page]) -> None:
    page = opened()
    _open_results(page)
    folded = page.locator("details:not([open])").count()
    assert folded > 10
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded


@USUAL
def test_print_shows_every_row_and_no_control_whatever_is_filtered(opened: Callable[..., Page]) -> None:
    page = opened(794, "#q=nothing+of+all&theme=dark")
    page.emulate_media(media="print")
    unseen = "all => all.filter(one => !one.getClientRects().length && !one.closest('details')).length"
    assert page.eval_on_selector_all(ROWS, unseen) == 0
    assert not page.locator("#view").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
