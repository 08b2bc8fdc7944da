"""Public pages are never falsely accused, and what is planted in them is found.

Harmful changes are those that a reader calls a contradiction; harmless ones say the same in another way, or say more.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.consistency.claims import Reach, is_prose, reach
from harness.figures.consistency.in_flight import AT_LEAST, LEEWAY_OF_UNKNOWN_TOOLS, connections_of, statistic_of
from harness.figures.consistency.kinds import RELATIVE, kind_of
from harness.figures.published import Figure, Rule
from harness.units import Unit, significant
from tests.figures.consistency.corpus import Page, read_pages
from tests.figures.consistency.pages import figure

PAGES = read_pages()
INNOCENT = tuple(page for page in PAGES if not page.accusations)
SEED = 20261128


def accused(page: Page, *figures: Figure) -> list[frozenset[str]]:
    return [
        frozenset(one.printed for one in found.figures) for found in find_contradictions(page.with_figures(*figures))
    ]


def names_of(pages: tuple[Page, ...]) -> list[str]:
    return [page.name for page in pages]


def test_the_corpus_has_thirty_pages_and_most_have_no_contradiction() -> None:
    assert len(PAGES) >= 30
    assert len(INNOCENT) >= 30


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_a_page_is_accused_of_its_real_contradictions_alone(page: Page) -> None:
    found = accused(page, *page.figures)
    assert len(found) == len(page.accusations)
    for texts in page.accusations:
        assert any(texts <= quoted for quoted in found), texts


# Harmful changes.


def printed_as(one: Figure, value: float, digits: int = 4) -> Figure:
    """Return a figure with another number, in the printed unit, with a number of significant digits."""
    text = significant(abs(value), digits)
    changed = f"{'-' if value < 0 else '+' if one.printed.startswith('+') else ''}{text}"
    return figure(
        f"{changed}{'%' if one.unit.offset else 'x' if one.of else ''}",
        one.unit.name,
        value,
        target=one.target,
        of=one.of,
        label=one.label,
        section=one.section,
        quantity=one.quantity,
        conditions=one.conditions,
    )


def number_of(one: Figure) -> float:
    return one.unit.from_base(one.low)


def is_approximate(one: Figure) -> bool:
    return any(mark in one.printed for mark in ("~", "≈", "about", "around", "almost", "nearly"))


def is_plain_number(one: Figure) -> bool:
    """Return whether a figure prints one closed number of enough digits to be told from 1.5 times as much."""
    least = 20 if is_approximate(one) else 3
    return reach(one) is Reach.CLOSED and one.low == one.high and abs(number_of(one)) >= least


def again(one: Figure, value: float, unit: str | None = None, digits: int = 4) -> Figure:
    """Return a cell printed again at another place of the page, with another number."""
    other = printed_as(one if unit is None else replace(one, unit=figure("1", unit).unit), value, digits)
    return replace(other, id="planted", section="Elsewhere", label=one.label)


def repeated_numbers(page: Page) -> Iterator[tuple[str, Figure]]:
    for one in page.figures:
        if one.of is None and is_plain_number(one):
            yield from (
                (f"{one.printed} as {factor}", again(one, number_of(one) * factor)) for factor in (1.5, 1 / 1.5)
            )


def mixed_units(page: Page) -> Iterator[tuple[str, Figure]]:
    wrong = {"ms": "s", "s": "ms", "µs": "ms", "KB": "MB", "MB": "KB", "MiB": "KB", "ns": "µs"}
    for one in page.figures:
        if one.of is None and is_plain_number(one) and one.unit.name in wrong:
            yield one.printed, again(one, number_of(one), wrong[one.unit.name])


def test_a_number_printed_again_half_as_large_again_is_found() -> None:
    planted = [(page, name, one) for page in PAGES for name, one in repeated_numbers(page)]
    assert len(planted) > 500
    missed = [
        f"{page.name}: {name}"
        for page, name, one in planted
        if not any(one.printed in quoted for quoted in accused(page, *page.figures, one))
    ]
    assert missed == []


def test_a_number_printed_again_in_a_wrong_unit_is_found() -> None:
    planted = [(page, name, one) for page in PAGES for name, one in mixed_units(page)]
    assert len(planted) > 100
    missed = [f"{page.name}: {name}" for page, name, one in planted if not accused(page, *page.figures, one)]
    assert missed == []


def own_ratios(page: Page) -> Iterator[tuple[int, Figure]]:
    """Yield position and figure of the ratios that stand in a row with their two numbers."""
    for place, one in enumerate(page.figures):
        row = {(c.target, c.label) for c in page.figures if c.of is None and c.section == one.section}
        if one.of is not None and {(one.target, one.label), (one.of, one.label)} <= row:
            yield place, one


def with_ratio(page: Page, place: int, value: float) -> list[Figure]:
    figures = list(page.figures)
    figures[place] = replace(printed_as(figures[place], value), id="planted")
    return figures


def test_a_ratio_half_as_large_again_as_its_row_gives_is_found() -> None:
    rows = [(page, place, one) for page in PAGES for place, one in own_ratios(page)]
    assert len(rows) > 20
    missed = [
        f"{page.name}: {one.printed} as {factor}"
        for page, place, one in rows
        for factor in (1.5, 1 / 1.5)
        if not accused(page, *with_ratio(page, place, number_of(one) * factor))
    ]
    assert missed == []


def test_a_difference_with_a_wrong_sign_is_found() -> None:
    rows = [(page, place, one) for page in PAGES for place, one in own_ratios(page) if one.printed[0] in "+-"]
    assert len(rows) >= 10
    missed = [
        f"{page.name}: {one.printed}"
        for page, place, one in rows
        if not accused(page, *with_ratio(page, place, -number_of(one)))
    ]
    assert missed == []


def test_a_changed_number_in_a_row_with_a_ratio_is_found() -> None:
    missed = []
    for page in PAGES:
        for _, ratio in own_ratios(page):
            for place, cell in enumerate(page.figures):
                in_row = (cell.section, cell.label, cell.of) == (ratio.section, ratio.label, None)
                if in_row and cell.target in {ratio.target, ratio.of} and is_plain_number(cell):
                    figures = list(page.figures)
                    figures[place] = replace(printed_as(cell, number_of(cell) * 1.5), id="planted")
                    if not accused(page, *figures):
                        missed.append(f"{page.name}: {cell.printed} beside {ratio.printed}")
    assert missed == []


def planted(page: Page, place: int, value: float, unit: str | None = None) -> list[frozenset[str]]:
    """Return the accusations of a page with another number, perhaps in another unit, in place of one."""
    one = page.figures[place]
    other = printed_as(one if unit is None else replace(one, unit=figure("1", unit).unit), value)
    figures = [*page.figures[:place], replace(other, id="planted"), *page.figures[place + 1 :]]
    return [
        frozenset(figure.printed for figure in found.figures)
        for found in find_contradictions(page.with_figures(*figures))
        if found.rule in {Rule.IN_FLIGHT, Rule.PARTS, Rule.UNIT} and any(one.id == "planted" for one in found.figures)
    ]


def latencies_of_rows(page: Page) -> Iterator[tuple[int, float]]:
    """Yield the places of the latencies that have rate and connections beside them, with their requests in flight.

    The number in flight is a multiple of the connections.
    """
    for place, one in enumerate(page.figures):
        level, statistic = connections_of(one), statistic_of(one)
        beside = [
            other
            for other in page.figures
            if (other.target, other.section, connections_of(other)) == (one.target, one.section, level)
            and other.unit.base is Unit.PER_SECOND
        ]
        if one.of is None and one.unit.base is Unit.SECOND and level and statistic and beside:
            yield place, min(other.low for other in beside) * one.low * AT_LEAST[statistic] / level


def test_a_latency_that_needs_far_more_requests_in_flight_than_connections_is_found() -> None:
    rows = [(page, *row) for page in PAGES for row in latencies_of_rows(page)]
    assert len(rows) > 30
    missed = [
        f"{page.name}: {page.figures[place].printed}"
        for page, place, in_flight in rows
        if not planted(page, place, number_of(page.figures[place]) * 1.1 * LEEWAY_OF_UNKNOWN_TOOLS / in_flight)
    ]
    assert missed == []


def test_a_rate_of_ten_times_the_connections_is_found_if_the_tool_is_known() -> None:
    rows = [(page, place) for page in PAGES if page.name.startswith("ab-") for place, _ in latencies_of_rows(page)]
    assert len(rows) > 4
    for page, place in rows:
        level, statistic = connections_of(page.figures[place]), statistic_of(page.figures[place])
        of_page = next(of for at, of in latencies_of_rows(page) if at == place)
        assert level
        assert statistic
        assert planted(page, place, number_of(page.figures[place]) * 10 / of_page), page.figures[place].printed
        assert planted(page, place, number_of(page.figures[place]) * 2 / of_page) == []


def test_a_part_that_exceeds_its_whole_is_found() -> None:
    page = next(page for page in PAGES if page.name == "imports-of-a-start")
    parts = [place for place, one in enumerate(page.figures) if one.label.startswith("of which")]
    assert len(parts) > 4
    for place in parts:
        assert planted(page, place, 5 * number_of(page.figures[place]) + 20), page.figures[place].printed
        assert planted(page, place, 0.5 * number_of(page.figures[place])) == []


def test_shares_of_a_market_beyond_the_whole_are_found_and_rounding_is_not() -> None:
    page = next(page for page in PAGES if page.name == "server-market")
    shares = [place for place, one in enumerate(page.figures) if one.quantity == "market share"]
    for place in shares:
        of_column = sum(
            number_of(page.figures[at]) for at in shares if page.figures[at].label == page.figures[place].label
        )
        rest = 100 - of_column
        assert planted(page, place, number_of(page.figures[place]) + rest + 1), page.figures[place].printed
        assert planted(page, place, number_of(page.figures[place]) + rest + 0.01) == []
        assert planted(page, place, 104.2)


def test_a_unit_that_a_quantity_cannot_have_is_found() -> None:
    wrong = {"latency": ("MB", "req/s", "%"), "throughput": ("ms", "%"), "memory": ("ms", "req/s")}
    cells = [
        (page, place, unit)
        for page in PAGES
        for place, one in enumerate(page.figures)
        if one.of is None and not is_prose(one) and one.quantity in wrong and number_of(one) > 0
        for unit in wrong[one.quantity]
        if kind_of(one) is one.unit.base and not (unit == "%" and RELATIVE.search(one.label.casefold()))
    ]
    assert len(cells) > 500
    missed = [
        f"{page.name}: {page.figures[place].printed} in {unit}"
        for page, place, unit in cells
        if not planted(page, place, number_of(page.figures[place]), unit)
    ]
    assert missed == []


# Harmless changes.


def shortened(value: float, digits: int, *, cut: bool) -> str:
    """Return a number with fewer significant digits, rounded or cut."""
    scale = 10.0 ** (len(str(int(value))) - digits)
    whole = (value // scale if cut else round(value / scale)) * scale
    return f"{whole:,.{max(0, digits - len(str(int(value))))}f}"


def shorter_numbers(page: Page) -> Iterator[Figure]:
    for one in page.figures:
        if one.of is None and one.low == one.high and number_of(one) >= 10 and reach(one) is Reach.CLOSED:
            for digits in (2, 3):
                for cut in (True, False):
                    text = shortened(number_of(one), digits, cut=cut)
                    yield printed_with(again(one, 1.0), text)


def printed_with(one: Figure, text: str) -> Figure:
    """Return a figure with the number of another text."""
    other = figure(text, one.unit.name)
    return replace(one, printed=text, low=other.low, high=other.high, rounding=other.rounding)


@pytest.mark.parametrize("page", INNOCENT, ids=names_of(INNOCENT))
def test_a_number_printed_again_with_fewer_digits_is_not_accused(page: Page) -> None:
    assert [one.printed for one in shorter_numbers(page) if accused(page, *page.figures, one)] == []


@pytest.mark.parametrize("page", INNOCENT, ids=names_of(INNOCENT))
def test_a_number_printed_again_in_another_unit_is_not_accused(page: Page) -> None:
    units = {"ms": ("s", 1e-3), "s": ("ms", 1e3), "µs": ("ms", 1e-3), "MB": ("KB", 1e3), "ns": ("µs", 1e-3)}
    for one in page.figures:
        is_exact = reach(one) is Reach.CLOSED and one.low == one.high and not is_approximate(one)
        if one.of is None and one.unit.name in units and is_exact:
            name, factor = units[one.unit.name]
            assert accused(page, *page.figures, again(one, number_of(one) * factor, name, 2)) == [], one.printed


@pytest.mark.parametrize("page", INNOCENT, ids=names_of(INNOCENT))
def test_cells_with_fewer_digits_leave_their_ratios_possible(page: Page) -> None:
    for cut in (True, False):
        figures = [
            printed_with(one, text)
            if one.of is None
            and one.low == one.high
            and number_of(one) >= 100
            and not is_prose(one)
            and (text := shortened(number_of(one), 3, cut=cut))
            else one
            for one in page.figures
        ]
        assert accused(page, *figures) == []


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_the_order_of_the_figures_changes_nothing(page: Page) -> None:
    assert sorted(map(sorted, accused(page, *reversed(page.figures)))) == sorted(
        map(sorted, accused(page, *page.figures))
    )


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_a_file_never_becomes_wrong_by_stating_more(page: Page) -> None:
    dice = random.Random(SEED)  # noqa: S311 - a seeded choice of figures
    expected = sorted(map(sorted, accused(page, *page.figures)))
    everywhere = [replace(one, conditions=(*one.conditions, "with tracing", "8 CPUs")) for one in page.figures]
    assert sorted(map(sorted, accused(page, *everywhere))) == expected
    for section in {one.section for one in page.figures}:
        stated = [
            replace(one, conditions=(*one.conditions, "on the second machine")) if one.section == section else one
            for one in page.figures
        ]
        assert all(sorted(found) in expected for found in accused(page, *stated))
    for _ in range(10):
        some = [
            replace(one, conditions=(*one.conditions, "TLS")) if dice.random() < 0.5 else one for one in page.figures
        ]
        assert all(set(found) <= set().union(*expected) for found in accused(page, *some))


@pytest.mark.parametrize("page", INNOCENT, ids=names_of(INNOCENT))
def test_a_second_table_under_another_condition_is_no_contradiction(page: Page) -> None:
    factors = random.Random(SEED)  # noqa: S311 - seeded factors
    cells = [one for one in page.figures if one.of is None and not is_prose(one) and number_of(one) > 0]
    second = [
        replace(
            printed_as(one, number_of(one) * factors.uniform(1.3, 3)),
            id=f"{one.id}b",
            section=f"{one.section} again",
            conditions=(*one.conditions, "with tracing"),
        )
        for one in cells
    ]
    found = find_contradictions(page.with_figures(*page.figures, *second))
    assert [one.message for one in found if one.rule in {Rule.ONE_QUANTITY, Rule.DIFFERENCE, Rule.RATIO}] == []


def test_every_unit_of_the_corpus_has_a_base_unit() -> None:
    assert {one.unit.base for page in PAGES for one in page.figures} <= set(Unit)
