"""The reader of published figures."""

import math
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.printed import UNITS
from harness.figures.published import Figure, FigureSet
from harness.figures.reading import read_figures

FILE = """
title = "T"
source = "S"
date = "Jun 2026"

[quantities]
"throughput" = {{ metric = "throughput.closed.*" }}
"stars" = {{}}

[[groups]]
id = "facts"
section = "Facts"
target = "flask_app"
{group}
figures = [
  {{ id = "one", label = "L", {figure} }},
]
"""
GOOD = 'printed = "~2,500 req/sec", value = 2500, unit = "req/s", quantity = "throughput"'


def read(folder: Path, figure: str = GOOD, group: str = "") -> FigureSet:
    path = folder / "page.toml"
    path.write_text(FILE.format(figure=figure, group=group), encoding="utf-8")
    return read_figures(path)


def error_of(folder: Path, figure: str, group: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, figure, group)
    assert str(folder / "page.toml") in str(caught.value)
    return str(caught.value)


def test_a_value_becomes_a_figure_in_base_units(tmp_path: Path) -> None:
    figures = read(tmp_path)
    assert (figures.title, figures.source, figures.date) == ("T", "S", "Jun 2026")
    assert figures.figures == (
        Figure(
            id="facts.one",
            label="L",
            printed="~2,500 req/sec",
            section="Facts",
            target="flask_app",
            metric="throughput.closed.*",
            unit=UNITS["req/s"],
            low=2500,
            high=2500,
            rounding=50,
            tolerance=250,
            quantity="throughput",
        ),
    )
    assert figures.figures[0].claim == (2250, 2750)


def test_a_range_keeps_both_ends_and_its_middle_is_nominal(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "25-35 ms", range = [25, 35], unit = "ms"').figures
    assert (figure.low, figure.high, figure.nominal) == pytest.approx((0.025, 0.035, 0.030))
    assert figure.metric is None


def test_a_number_with_a_plus_has_no_upper_end(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "12+ years", at_least = 12, unit = "years"').figures
    year_s = 365.25 * 86_400
    assert figure.claim == pytest.approx((11.5 * year_s, math.inf))
    assert figure.nominal == pytest.approx(12 * year_s)


def test_a_number_with_less_than_has_no_lower_end(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "<100ms", below = 100, unit = "ms"').figures
    assert figure.claim == pytest.approx((-math.inf, 0.105))
    assert figure.nominal == pytest.approx(0.1)


def test_a_figures_metric_takes_precedence_over_the_quantitys(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, GOOD + ', metric = "throughput.peak"').figures
    assert figure.metric == "throughput.peak"


def test_conditions_are_kept_word_for_word(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, GOOD + ', conditions = ["Concurrent Load"]').figures
    assert figure.conditions == ("Concurrent Load",)


def test_a_difference_in_percent_becomes_a_ratio(tmp_path: Path) -> None:
    (figure,) = read(
        tmp_path,
        'printed = "-94%", value = -94, unit = "% difference", quantity = "throughput"',
        'of = "gin_app"',
    ).figures
    assert figure.of == "gin_app"
    assert figure.claim == pytest.approx((0.055, 0.065))


@pytest.mark.parametrize(
    ("figure", "group", "parts"),
    [
        ('printed = "7", unit = "ms"', "", ("facts.one", "no number", "exactly one of value")),
        ('printed = "7-8", value = 7, range = [7, 8], unit = "ms"', "", ("facts.one", "value, range")),
        ('printed = "7-8", range = [8, 7], unit = "ms"', "", ("facts.one.range", "8 > 7")),
        ('printed = "7", value = 7, unit = "mss"', "", ("facts.one.unit", "'mss'", "Did you mean 'ms'?")),
        ('printed = "7", value = 8, unit = "ms"', "", ("facts.one", "'7' does not contain 8")),
        ('printed = "12+", value = 12, unit = "ms"', "", ("facts.one.value", "Use at_least.")),
        (
            'printed = "12", at_least = 12, unit = "ms"',
            "",
            ("facts.one.at_least", "'12' is printed", "Use value or range."),
        ),
        ('printed = "<5", value = 5, unit = "ms"', "", ("facts.one.value", "below")),
        (GOOD + ', metric = "memory.idle"', "", ("facts.one.unit", "not in req/s", "MB")),
        (GOOD.replace('"throughput"', '"star"'), "", ("facts.one.quantity", "Did you mean 'stars'?")),
        (GOOD, 'of = "gin_app"', ("facts.one.unit", "a ratio is not in req/s", "% difference")),
        (GOOD + ", valeu = 1", "", ("figures.0.valeu", "Did you mean 'value'?")),
        (GOOD + ' }, { id = "one", label = "again", ' + GOOD, "", ("facts.one", "two figures have the same id")),
    ],
)
def test_the_error_for_a_wrong_entry_names_its_place(
    tmp_path: Path, figure: str, group: str, parts: tuple[str, ...]
) -> None:
    message = error_of(tmp_path, figure, group)
    for part in parts:
        assert part in message


def test_an_unknown_metric_is_kept_for_the_judge_and_takes_any_unit(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, GOOD + ', metric = "troughput.peak"').figures
    assert (figure.metric, str(figure.unit)) == ("troughput.peak", "req/s")


def test_a_wrong_unit_that_the_page_prints_is_read_and_one_of_the_file_alone_is_refused(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "45 ms", value = 45, unit = "ms", quantity = "throughput"').figures
    assert (figure.metric, str(figure.unit)) == ("throughput.closed.*", "ms")
    said = error_of(tmp_path, 'printed = "45", value = 45, unit = "ms", quantity = "throughput"')
    assert "throughput.closed.* is not in ms" in said


def test_a_figure_with_its_high_end_below_its_low_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"facts\.one"):
        Figure(
            id="facts.one",
            label="",
            printed="",
            section="",
            target="flask_app",
            metric=None,
            unit=UNITS["ms"],
            low=2,
            high=1,
            rounding=0,
        )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("{ connections = 64, workers = 4 }", ("64 connections", "4 workers")),
        ("{ rate_per_s = 1000, cpus = 1 }", ("1,000 req/s offered", "1 CPU")),
        ('{ keep_alive = false, payload = "json" }', ("without keep-alive", "JSON")),
        ('{ server = "gunicorn", threads = 2, words = ["PyPI"] }', ("2 threads", "gunicorn", "PyPI")),
        ('{ mode = "development", duration_s = 15 }', ("15 s", "development server")),
        ('{ payload = "path", statistic = "p99" }', ("p99", "dynamic path")),
    ],
)
def test_a_table_of_conditions_is_read_as_the_words_that_state_them(
    tmp_path: Path, table: str, words: tuple[str, ...]
) -> None:
    (figure,) = read(tmp_path, f"{GOOD}, conditions = {table}").figures
    assert sorted(figure.conditions) == sorted(words)
    assert set(figure.stated.others) <= {"PyPI"}


def test_an_unknown_key_of_a_table_of_conditions_is_a_condition_of_its_figure(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, GOOD + ", conditions = { conections = 64, cpus = 1 }").figures
    assert figure.conditions == ("1 CPU", "conections = 64 (Did you mean 'connections'?)")
    assert figure.stated.others == ("conections = 64 (Did you mean 'connections'?)",)


def test_a_wrong_value_in_a_table_of_conditions_is_refused(tmp_path: Path) -> None:
    for table in ("{ connections = 0 }", '{ connections = "64" }'):
        assert "conditions.table.connections" in error_of(tmp_path, f"{GOOD}, conditions = {table}")


def test_a_figure_inherits_the_conditions_of_its_group_and_file_unless_it_states_its_own(tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    text = FILE.format(
        figure=GOOD + ', conditions = ["256 connections", "JSON"]',
        group="conditions = { connections = 64, workers = 4 }",
    )
    text = text.replace('date = "Jun 2026"', 'date = "Jun 2026"\nconditions = ["gunicorn, 8 workers", "15 s", "AWS"]')
    path.write_text(text, encoding="utf-8")
    (figure,) = read_figures(path).figures
    assert figure.conditions == ("256 connections", "JSON", "4 workers", "gunicorn", "15 s", "AWS")
    assert figure.stated.conflict is None


def test_a_claim_in_words_inherits_conditions_too(tmp_path: Path) -> None:
    figure = 'printed = "Yes", attribute = "admin", states = "yes"'
    assert read(tmp_path, figure, 'conditions = ["legacy"]').figures[0].conditions == ("legacy",)


@pytest.mark.parametrize(
    ("printed", "value", "rounding"),
    [
        ("twice as fast as Flask", 2, 0.5),
        ("half the memory of Flask", 0.5, 0.125),
        ("a third of the memory", 0.333, 0.5 / 9),
        ("an order of magnitude faster", 10, 5),
        ("2x as fast as Flask", 2, 0.5),
    ],
)
def test_a_factor_in_words_is_as_exact_as_its_whole_number(
    printed: str, value: float, rounding: float, tmp_path: Path
) -> None:
    (one,) = read(tmp_path, f'printed = "{printed}", value = {value}, unit = "x"', 'of = "gin_app"').figures
    assert (one.low, one.high) == (value, value)
    assert one.rounding == pytest.approx(rounding)


def test_a_factor_in_words_with_another_number_is_refused(tmp_path: Path) -> None:
    error = error_of(tmp_path, 'printed = "a third of the memory", value = 0.3, unit = "x"', 'of = "gin_app"')
    assert "'a third of the memory' does not contain 0.3" in error
    assert "In x it is 0.333" in error
    assert "does not contain 2" in error_of(
        tmp_path, 'printed = "twice a day", value = 2, unit = "x"', 'of = "gin_app"'
    )
