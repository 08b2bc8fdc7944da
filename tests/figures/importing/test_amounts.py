"""Numbers as people write them: each form on a page of its own."""

import pytest

from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.numerals import Convention
from harness.figures.published import Figure
from tests.figures.forms import Form, forms
from tests.figures.importing.imported import ENGLISH, imported_text, reasons

POINT = Convention(frozenset({",", " "}), frozenset({"."}))
LABELS = {"throughput": "Requests per second", "latency": "Latency", "memory": "Memory"}


def page_of(form: Form) -> str:
    if form.quantity == "ratio":
        comparative = "" if "slower" in form.printed else " faster"
        return f"{ENGLISH}\n\nGin is {form.printed}{comparative} than Flask.\n"
    return f"{ENGLISH}\n\n| | Flask |\n|---|---|\n| {LABELS[form.quantity]} | {form.printed} |\n"


IN_BASE_UNITS = {
    "small_k_thousand": 302_000,
    "microseconds_us": 0.00729,
    "microseconds_greek": 105.78e-6,
    "mebibytes": 21.64 * 2**20,
    "gigabytes": 1.4e9,
    "per_minute": 12_000,
    "exponent": 120_000,
    "comma_decimal": 0.4295,
    "comma_decimal_memory": 17_040,
    "under": 0.005,
}


@pytest.mark.parametrize(
    "form", [form for form in forms() if form.right.startswith("accept")], ids=lambda form: form.id
)
def test_a_form_is_read_as_a_reader_reads_it(form: Form) -> None:
    page = imported_text(page_of(form))
    [figure] = page.figures.figures
    assert form.printed in figure.printed
    if form.key == "range":
        low, high = (float(end) for end in form.value.strip("[]").split(","))
        assert (figure.unit.from_base(figure.low), figure.unit.from_base(figure.high)) == pytest.approx((low, high))
        return
    known = IN_BASE_UNITS.get(form.id, float(form.value))
    expected = {"value": (known, known), "at_least": (known, float("inf")), "below": (float("-inf"), known)}[form.key]
    assert (figure.low, figure.high) == pytest.approx(expected)
    if "within 10 %" in form.right:
        assert figure.claim == pytest.approx((0.9 * known, 1.1 * known))


def test_the_form_with_two_readings_is_refused() -> None:
    [form] = [form for form in forms() if form.right.startswith("ask")]
    page = imported_text(page_of(form))
    assert page.figures.figures == ()
    [(printed, reason)] = reasons(page)
    assert printed.startswith(form.printed)
    assert reason == "it has two readings: so much of the other number, or less by so much of it"


@pytest.mark.parametrize(
    ("text", "key", "numbers", "unit"),
    [
        ("~2,500", "value", (2500, 2500), None),
        ("2.5k req/s", "value", (2500, 2500), "req/s"),
        ("25-35 ms", "range", (25, 35), "ms"),
        ("10-20k req/s", "range", (10_000, 20_000), "req/s"),
        ("50 MB - 100 MB", "range", (50, 100), "MB"),
        ("0.72 ms \u00b1 31 \u00b5s", "value", (0.72, 0.72), "ms"),
        ("\u2248 12 ms", "value", (12, 12), "ms"),
        ("over 12,000 requests per second", "at_least", (12_000, 12_000), "req/s"),
        ("up to 100 connections", "below", (100, 100), "connections"),
        ("15-25x", "range", (15, 25), "x"),
        ("50x+ faster", "at_least", (50, 50), "x"),
        ("12+ years", "at_least", (12, 12), "years"),
        ("\u221276.85 %", "value", (-76.85, -76.85), "%"),
        ("+228.51%", "value", (228.51, 228.51), "%"),
        ("< 5,000 users", "below", (5000, 5000), "users"),
        ("14 216.12", "value", (14_216.12, 14_216.12), None),
        ("5 lines of code", "value", (5, 5), "lines"),
    ],
)
def test_an_amount_has_its_number_its_bound_and_its_unit(
    text: str, key: str, numbers: tuple[float, float], unit: str | None
) -> None:
    [amount] = amounts_in(text, POINT)
    ends = tuple(end * amount.multiplier for end in (amount.low, amount.high))
    assert ends == pytest.approx(numbers)
    assert (amount.key, amount.unit) == (key, unit)


@pytest.mark.parametrize(
    "text", ["HTTP/1.1", "h11", "c5.xlarge", "v1.16", "$55", "1.2.3", "-t4", "utf8", "64bit", "#1", "[^12]", "10^[5]"]
)
def test_a_part_of_a_name_is_no_amount(text: str) -> None:
    assert [one for one in amounts_in(f"the {text} of it", POINT) if one.unit] == []


def one_figure(text: str) -> Figure:
    [figure] = imported_text(text).figures.figures
    return figure


def test_less_by_a_share_is_a_ratio_of_two_frameworks() -> None:
    figure = one_figure(f"{ENGLISH}\n\nGin needs 50-65% less memory than Flask.\n")
    assert (figure.target, figure.of, figure.low, figure.high) == ("gin_app", "flask_app", 0.5, 0.65)
    assert (figure.printed, figure.metric) == ("50-65% less memory than Flask", "memory.*")


def test_a_power_of_ten_in_superscript_is_not_read_as_ten() -> None:
    page = imported_text("<table><tr><th><th>Flask<tr><td>Requests/s<td>3 10<sup>5</sup> req/s</table>", "p.html")
    assert all(one.low != 10 for one in page.figures.figures)
