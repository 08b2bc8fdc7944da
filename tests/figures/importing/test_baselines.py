"""Ratios in cells without a column of their own: what they are over, or why that is open."""

import pytest

from harness.figures.importing.baselines import OPEN_ORDER
from tests.figures.importing.imported import ENGLISH, imported_text, reasons

RATE, MEMORY, LATENCY = "throughput.closed.*", "memory.*", "latency.*"
NO_SIDE = "a ratio or difference of which the page does not name the other side"
Row = tuple[str, str | None, float, str | None]


def read(*rows: str) -> tuple[list[Row], list[tuple[str, str]]]:
    head, *body = (f"| {row} |" for row in rows)
    table = "\n".join((head, "|---" * rows[0].count("|") + "|---|", *body))
    page = imported_text(f"# Flask vs Gin\n\n{ENGLISH}\n\n{table}\n")
    return [(one.target.removesuffix("_app"), one.of, one.low, one.metric) for one in page.figures.figures], reasons(
        page
    )


def gin(number: float, metric: str) -> Row:
    return "gin", "flask_app", number, metric


@pytest.mark.parametrize("base", ["1x", "1.0x", "1 \u00d7", "1", "baseline", "1x (baseline)", "Reference"])
def test_ratios_of_rows_are_over_the_row_of_the_baseline(base: str) -> None:
    rows = (f"Flask | {base} | {base}", "Gin | 12x | 0.3x", "Django | 0.5x | 2x")
    assert read("Framework | Throughput | Memory", *rows) == (
        [gin(12, RATE), gin(0.3, MEMORY), ("django", "flask_app", 0.5, RATE), ("django", "flask_app", 2, MEMORY)],
        [],
    )


def test_ratios_of_columns_are_over_the_column_of_the_baseline() -> None:
    rows = ("Throughput | 1x | 12x", "Memory | baseline | 3x less", "Latency | 1x | 12\u00d7 faster")
    assert read("Metric | Flask | Gin", *rows) == ([gin(12, RATE), gin(3, MEMORY), gin(12, LATENCY)], [])


def test_a_ratio_beside_the_only_number_is_over_it() -> None:
    figures, listed = read("Metric | Flask | Gin", "Throughput | 5,400.5 req/s | 12x")
    assert figures == [("flask", None, 5400.5, RATE), gin(12, RATE)]
    assert listed == []


def test_a_column_of_ratios_may_have_its_baseline_in_a_row() -> None:
    assert read("Framework | Relative throughput", "Flask | 1.0", "Gin | 12.2x") == ([gin(12.2, RATE)], [])


@pytest.mark.parametrize(
    "rows",
    [
        ("Framework | Throughput", "Flask | 3x", "Gin | 12x"),
        ("Framework | Throughput", "Flask | 1x", "Gin | 12x", "Django | 1x"),
        ("Framework | Throughput", "Flask | 5,400.5 req/s", "Gin | 12x", "Django | 2x"),
        ("Framework | Throughput", "Flask | 1x", "Gin | 12x", "Flask | 1.1x"),
    ],
)
def test_a_ratio_without_one_baseline_is_listed(rows: tuple[str, ...]) -> None:
    figures, listed = read(*rows)
    assert {of for _, of, *_ in figures} <= {None}
    assert {reason for _, reason in listed} == {NO_SIDE}


def test_a_head_or_a_label_or_the_cell_names_both_sides() -> None:
    rows = ("Throughput | 12x", "Memory | 3x less", "Latency | 12\u00d7 faster")
    assert read("Metric | Gin over Flask", *rows) == ([gin(12, RATE), gin(3, MEMORY), gin(12, LATENCY)], [])
    assert read("Comparison | Ratio", "Gin over Flask throughput | 12x") == ([gin(12, RATE)], [])
    cell = "Gin is 12x faster than Flask"
    assert read("Metric | Difference", f"Throughput | {cell}") == ([gin(12, RATE)], [])


@pytest.mark.parametrize("cell", ["12x", "12x faster", "3x less", "30 % faster"])
@pytest.mark.parametrize("between", ["vs", "vs.", "versus", "gegen", "contre", "contra"])
def test_two_names_in_either_order_do_not_tell_which_is_faster(cell: str, between: str) -> None:
    names = f"Flask {between} Gin"
    assert read("Comparison | Throughput", f"{names} | {cell}") == ([], [(cell, OPEN_ORDER)])
    assert read(f"Metric | {names}", f"Throughput | {cell}") == ([], [(cell, OPEN_ORDER)])


def test_bare_numbers_below_the_word_for_a_multiple_are_over_the_row_with_one() -> None:
    rows = ("Flask | 2,100.5 | 1.0", "Gin | 51,000.5 | 24.3")
    for head in ("Speedup", "Relative speed", "Faktor"):
        figures, listed = read(f"Framework | RPS | {head}", *rows)
        assert (figures[2:], listed) == ([gin(24.3, RATE)], [])
    assert read("Framework | RPS | Difference", *rows)[1] == [("1.0", NO_SIDE), ("24.3", NO_SIDE)]


def test_a_multiple_of_nothing_is_no_figure() -> None:
    assert read("Framework | Throughput | Winner", "Gin | 66,000.5 req/s | Gin (12x)")[1] == [("Gin (12x)", NO_SIDE)]


def test_bare_multiples_of_columns_are_over_the_column_with_one() -> None:
    rows = ("Relative throughput | 1.0 | 24.2", "Relative memory | 1.0 | 0.22")
    assert read("Metric | Flask | Gin", *rows) == ([gin(24.2, RATE), gin(0.22, MEMORY)], [])
    figures, listed = read("Metric | Flask | Gin", "Relative throughput | 2.5 | 24.2")
    assert (figures, listed) == ([], [("2.5", NO_SIDE), ("24.2", NO_SIDE)])


def test_a_change_of_one_framework_has_no_other_side() -> None:
    page = imported_text("# Flask\n\n| | Now | Improvement |\n|---|---|---|\n| p95 latency | 90.5 ms | 81% |\n")
    assert [one.printed for one in page.figures.figures] == ["90.5 ms"]
    assert reasons(page) == [("81%", NO_SIDE)]
