"""The ends of a figure, and the errors of a figures file in detail."""

import math
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.published import Figure
from harness.figures.reading import FiguresFile, read_figures

PAGE = """
title = "T"
source = "S"
date = "Jun 2026"

[quantities]
"throughput" = {{ metric = "throughput.closed.*" }}

[[groups]]
id = "facts"
section = "Facts"
target = "flask_app"
{of}
figures = [{{ id = "one", label = "L", {figure} }}, {{ id = "two", label = "L", printed = "5", value = 5 }}]
"""


def read(folder: Path, figure: str, of: str = "") -> Figure:
    path = folder / "page.toml"
    path.write_text(PAGE.format(figure=figure, of=of), encoding="utf-8")
    return read_figures(path).figures[0]


def error_of(folder: Path, figure: str, of: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, figure, of)
    return str(caught.value).replace(str(folder), "")


class TestEnds:
    def test_a_range_with_equal_ends_is_a_value(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'printed = "7-7", range = [7, 7], unit = "ms"').claim == pytest.approx((0.0065, 0.0075))

    @pytest.mark.parametrize("printed", ["+5", "+5%"])
    def test_a_leading_plus_is_a_sign_instead_of_a_bound(self, tmp_path: Path, printed: str) -> None:
        figure = read(tmp_path, f'printed = "{printed}", value = 5, unit = "% difference"', 'of = "gin_app"')
        assert (figure.low, figure.high) == pytest.approx((1.05, 1.05))

    def test_rounding_and_tolerance_are_in_base_units(self, tmp_path: Path) -> None:
        figure = read(tmp_path, 'printed = "~20-40 MB", range = [20, 40], unit = "MB"')
        assert (figure.low, figure.high) == pytest.approx((20e6, 40e6))
        assert (figure.rounding, figure.tolerance) == pytest.approx((0.5e6, 2e6))

    def test_a_number_without_a_unit_has_the_unit_words(self, tmp_path: Path) -> None:
        figure = read(tmp_path, 'printed = "5", value = 5')
        assert (str(figure.unit), figure.quantity, figure.metric, figure.of) == ("words", None, None, None)

    def test_a_claim_in_words_has_no_number(self, tmp_path: Path) -> None:
        figure = read(tmp_path, 'printed = "Yes", attribute = "admin", states = "yes", conditions = ["idle"]')
        assert (figure.metric, figure.states, figure.conditions) == ("attribute.admin", "yes", ("idle",))
        assert math.isnan(figure.low)
        assert math.isnan(figure.high)
        assert (figure.rounding, str(figure.unit)) == (0.0, "words")

    @pytest.mark.parametrize("part", ['attribute = "admin"', 'states = "yes"'])
    def test_a_claim_in_words_needs_both_attribute_and_states(self, tmp_path: Path, part: str) -> None:
        assert "it has no number" in error_of(tmp_path, f'printed = "Yes", {part}')

    def test_a_claim_with_words_and_a_number_is_read_as_a_number(self, tmp_path: Path) -> None:
        figure = read(tmp_path, 'printed = "5", value = 5, attribute = "admin", states = "yes"')
        assert (figure.states, figure.low) == (None, 5)


class TestErrors:
    @pytest.mark.parametrize(
        ("figure", "cause"),
        [
            (
                'printed = "8 7", range = [8, 7], unit = "ms"',
                "a range ends before it begins (/page.toml: facts.one.range): 8 > 7",
            ),
            ('printed = "9", range = [8, 7], unit = "ms"', "8 > 7"),
            ('printed = "7 9", range = [7, 8], unit = "ms"', "'7 9' does not contain 8"),
            ('printed = "9", range = [7, 8], unit = "ms"', "'9' does not contain 7"),
            ('printed = "-7", value = -8, unit = "ms"', "'-7' does not contain 8"),
            ('printed = "5+", value = 5, unit = "ms"', "'5+' is printed as a bound, and value is given"),
            (
                'printed = "5", below = 5, unit = "ms"',
                "below needs a printed '<' or a word such as 'under', and '5' is printed",
            ),
            ('printed = "5", at_least = 5, below = 5, unit = "ms"', "it has at_least, below"),
            ('printed = "5 MB", value = 5, unit = "MB", quantity = "throughput"', "throughput.closed.* is not in MB"),
        ],
    )
    def test_the_cause_names_the_numbers(self, tmp_path: Path, figure: str, cause: str) -> None:
        assert cause in error_of(tmp_path, figure)

    def test_the_error_for_a_wrong_unit_suggests_only_units_that_fit(self, tmp_path: Path) -> None:
        message = error_of(tmp_path, 'printed = "5 MB", value = 5, unit = "MB", metric = "cold_start.ready"')
        assert message.endswith("Use one of: ns, µs, ms, s, minutes, hours, days, weeks, years.")

    def test_two_figures_with_the_same_id_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "page.toml"
        text = PAGE.format(figure='printed = "5", value = 5', of="").replace('id = "two"', 'id = "one"')
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=r"two figures have the same id .*facts\.one"):
            read_figures(path)

    @pytest.mark.parametrize(
        ("figure", "of", "begins"),
        [
            ('printed = "5", value = 5, unit = "mss"', "", "unknown unit (/page.toml: facts.one.unit): 'mss'."),
            (
                'printed = "5", value = 5, quantity = "througput"',
                "",
                "unknown quantity (/page.toml: facts.one.quantity): 'througput'.",
            ),
            (
                'printed = "5 MB", value = 5, unit = "MB", metric = "cold_start.ready"',
                "",
                "a unit does not fit the metric (/page.toml: facts.one.unit): cold_start.ready is not in MB.",
            ),
            (
                'printed = "5 MB", value = 5, unit = "MB", metric = "cold_start.ready"',
                'of = "gin_app"',
                "a unit does not fit the metric (/page.toml: facts.one.unit): a ratio is not in MB.",
            ),
            (
                'printed = "5+", value = 5, unit = "ms"',
                "",
                "a bound does not fit the printed text (/page.toml: facts.one.value): '5+' is printed as a bound",
            ),
            ('printed = "5"', "", "a figure needs one number (/page.toml: facts.one): it has no number."),
        ],
    )
    def test_an_error_names_the_problem_and_its_place(self, tmp_path: Path, figure: str, of: str, begins: str) -> None:
        assert error_of(tmp_path, figure, of).startswith(begins)


def test_the_schema_of_a_figures_file_has_the_name_figures() -> None:
    assert FiguresFile.schema_name == "figures"
