"""Reading published figures, and the committed file of them."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.printed import UNITS, numbers_in
from harness.figures.published import Figure, FigureSet, read_figures

ROOT = Path(__file__).parents[2]
TARGETS = ("flask_app", "gin_app")

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
    return read_figures(path, TARGETS)


def complaint(folder: Path, figure: str, group: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, figure, group)
    assert str(folder / "page.toml") in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def committed() -> FigureSet:
    return read_figures(ROOT / "figures" / "flask_vs_gin.toml", TARGETS)


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
            rounding=250,
            quantity="throughput",
        ),
    )
    assert figures.figures[0].claim == (2250, 2750)


def test_a_range_keeps_both_ends_and_its_middle_is_nominal(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "25-35 ms", range = [25, 35], unit = "ms"').figures
    assert (figure.low, figure.high, figure.nominal) == pytest.approx((0.025, 0.035, 0.030))
    assert figure.metric is None


def test_a_plus_opens_the_upper_side(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "12+ years", at_least = 12, unit = "years"').figures
    year_s = 365.25 * 86_400
    assert figure.claim == pytest.approx((11.5 * year_s, math.inf))
    assert figure.nominal == pytest.approx(12 * year_s)


def test_a_less_than_opens_the_lower_side(tmp_path: Path) -> None:
    (figure,) = read(tmp_path, 'printed = "<100ms", below = 100, unit = "ms"').figures
    assert figure.claim == pytest.approx((-math.inf, 0.105))
    assert figure.nominal == pytest.approx(0.1)


def test_a_figure_may_name_a_metric_of_its_own(tmp_path: Path) -> None:
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
    ("figure", "group", "said"),
    [
        ('printed = "7", unit = "ms"', "", ("facts.one", "no number", "exactly one of value")),
        ('printed = "7-8", value = 7, range = [7, 8], unit = "ms"', "", ("facts.one", "value, range")),
        ('printed = "7-8", range = [8, 7], unit = "ms"', "", ("facts.one.range", "8 > 7")),
        ('printed = "7", value = 7, unit = "mss"', "", ("facts.one.unit", "'mss'", "Did you mean 'ms'?")),
        ('printed = "7", value = 8, unit = "ms"', "", ("facts.one", "'7' does not show 8")),
        ('printed = "12+", value = 12, unit = "ms"', "", ("facts.one.value", "at_least")),
        ('printed = "12", at_least = 12, unit = "ms"', "", ("facts.one.at_least", "'12' is printed")),
        ('printed = "<5", value = 5, unit = "ms"', "", ("facts.one.value", "below")),
        (GOOD + ', metric = "troughput.peak"', "", ("facts.one.metric", "Did you mean 'throughput.peak'?")),
        (GOOD + ', metric = "memory.idle"', "", ("facts.one.unit", "not in req/s", "MB")),
        (GOOD.replace('"throughput"', '"star"'), "", ("facts.one.quantity", "Did you mean 'stars'?")),
        (GOOD, 'of = "gin_ap"', ("facts.of", "'gin_ap'", "Did you mean 'gin_app'?")),
        (GOOD, 'of = "gin_app"', ("facts.one.unit", "a ratio is not in req/s", "% difference")),
        (GOOD + ", valeu = 1", "", ("figures.0.valeu", "Did you mean 'value'?")),
        (GOOD + ' }, { id = "one", label = "again", ' + GOOD, "", ("facts.one", "two figures of one name")),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, figure: str, group: str, said: tuple[str, ...]) -> None:
    message = complaint(tmp_path, figure, group)
    for part in said:
        assert part in message


def test_an_unknown_target_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(FILE.format(figure=GOOD, group="").replace("flask_app", "flask_ap"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"facts\.target.*Did you mean 'flask_app'"):
        read_figures(path, TARGETS)


def test_a_quantity_without_such_a_metric_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    text = FILE.format(figure=GOOD, group="").replace("throughput.closed.*", "latency.closed.*")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"quantities\.throughput\.metric"):
        read_figures(path, TARGETS)


def test_a_figure_can_not_run_backwards(committed: FigureSet) -> None:
    figure = committed.figures[0]
    with pytest.raises(ValueError, match=figure.id):
        Figure(
            id=figure.id,
            label="",
            printed="",
            section="",
            target="flask_app",
            metric=None,
            unit=figure.unit,
            low=2,
            high=1,
            rounding=0,
        )


# The committed file against the lines of its page that print a number.


def page_sections() -> dict[str, list[str]]:
    text = (ROOT / "tests" / "golden" / "flask_vs_gin.txt").read_text(encoding="utf-8")
    head, *sections = text.split("\n## ")
    assert "Jun 2026" in head
    return {title: lines for title, *lines in (section.splitlines() for section in sections)}


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def page_numbers(lines: list[str]) -> Counter[str]:
    texts = [text for line in lines for text in (cells_of(line)[1:] if line.startswith("|") else [line])]
    return Counter(number for text in texts for number in numbers_in(text))


def page_cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield section, label, column and text of every filled cell of the page's tables."""
    for section, lines in page_sections().items():
        for line in lines:
            label, *cells = cells_of(line)
            for column, cell in zip(("flask_app", "gin_app", "diff"), cells, strict=False):
                for text in cell.split(" / "):
                    if text != "—":
                        yield section, re.sub(r"\s", "", label), column, text


def test_every_number_of_the_page_has_its_entry_and_no_other_has(committed: FigureSet) -> None:
    for section, lines in page_sections().items():
        entries = Counter(n for f in committed.figures if f.section == section for n in numbers_in(f.printed))
        assert entries == page_numbers(lines), section
    assert {figure.section for figure in committed.figures} == set(page_sections())
    assert len(committed.figures) == 130


def test_every_cell_of_the_tables_stands_under_its_own_label_and_column(committed: FigureSet) -> None:
    entries = Counter(
        (figure.section, re.sub(r"\s", "", figure.label), "diff" if figure.of else figure.target, figure.printed)
        for figure in committed.figures
        if "[" not in figure.label
    )
    assert entries == Counter(page_cells())


def test_every_phrase_outside_the_tables_is_on_the_page(committed: FigureSet) -> None:
    for figure in committed.figures:
        assert any(figure.printed in line for line in page_sections()[figure.section]), figure.id


def test_the_page_states_its_date_once(committed: FigureSet) -> None:
    assert committed.date == "Jun 2026"


def test_figures_that_can_be_measured_name_their_metric(committed: FigureSet) -> None:
    metrics = Counter(figure.metric for figure in committed.figures)
    assert metrics == {
        None: 77,
        "throughput.closed.*": 16,
        "throughput.peak": 1,
        "latency.*": 4,
        "memory.*": 14,
        "cold_start.ready": 9,
        "footprint.framework": 4,
        "footprint.app_lines": 3,
        "connections.practical": 2,
    }
