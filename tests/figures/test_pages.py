"""Figures of pages from outside, read and checked against the reference."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.judge import judge
from harness.figures.published import Figure, Judgement
from harness.figures.reading import read_figures
from harness.manifest import load_targets
from harness.model import Summary, Verdict, title_of
from tests import reference_run
from tests.checkout import ROOT
from tests.figures.forms import Form, forms

PAGES = Path(__file__).parent / "pages"
MATRIX = PAGES / "matrix_by_concurrency"
TARGETS = load_targets(ROOT)


@pytest.fixture(scope="module")
def reference() -> Summary:
    return reference_run.summary()


def judged(path: Path, reference: Summary) -> dict[str, Judgement]:
    figures = read_figures(path)
    return {one.figure.id: one for one in judge(figures, reference, TARGETS).judgements}


def at_64(reference: Summary, target: str) -> float:
    """Return the throughput of a target in the reference over 64 connections."""
    [found] = [
        one.estimate
        for one in reference.results
        if (one.subject.target, one.scenario, one.metric) == (target, "hello", "throughput.closed.c64")
    ]
    assert found is not None
    return found


# One table: rows are targets, columns are concurrency.


@pytest.mark.parametrize("name", ["as-printed", "commas", "exact-metric"])
def test_a_page_that_states_its_load_is_compared_with_that_load(name: str, reference: Summary) -> None:
    verdicts = judged(MATRIX / f"{name}.toml", reference)
    for target, published in (("flask", 14_216.12), ("gin", 79_723.41)):
        one = verdicts[f"{target}.c64"]
        assert one.figure.nominal == published
        assert [piece.metric for piece in one.evidence] == ["throughput.closed.c64"]
        assert one.verdict is not Verdict.CONFIRMED
        assert one.figure.unit.say(at_64(reference, f"{target}_app")) in one.reason


@pytest.mark.parametrize("name", ["as-printed", "commas", "exact-metric"])
def test_a_level_that_the_reference_did_not_drive_is_not_measured(name: str, reference: Summary) -> None:
    verdicts = judged(MATRIX / f"{name}.toml", reference)
    for target in ("flask", "gin"):
        for level in (256, 512):
            one = verdicts[f"{target}.c{level}"]
            assert one.verdict is Verdict.NOT_MEASURED
            assert one.reason == f"The run drove {target.capitalize()} at 1, 8, 32 and 64 connections, not at {level}."


def test_of_nine_frameworks_those_of_the_run_are_judged(reference: Summary) -> None:
    verdicts = judged(MATRIX / "whole-page.toml", reference)
    at_this = {f"{name.removesuffix('.c64')}_app": one for name, one in verdicts.items() if name.endswith(".c64")}
    assert len(at_this) == 9
    of_run = {subject.target for subject in reference.run.plan.subjects} & set(at_this)
    numbers = {
        one.subject.target for one in reference.results if one.metric == "throughput.closed.c64" and one.estimate
    }
    assert of_run >= {"flask_app", "gin_app"}
    assert {target for target, one in at_this.items() if one.evidence} == of_run & numbers
    assert {at_this[target].verdict for target in of_run - numbers} <= {Verdict.NOT_MEASURED}
    for target in set(at_this) - of_run:
        missing = f"The run has no throughput of {title_of(target, TARGETS)}."
        expected = missing if target in TARGETS else f"There is no target '{target}' here."
        assert (at_this[target].verdict, at_this[target].reason) == (Verdict.NOT_MEASURED, expected)


def test_the_numbers_of_the_reference_are_confirmed_as_a_page_would_print_them(
    reference: Summary, tmp_path: Path
) -> None:
    text = (MATRIX / "control.toml").read_text(encoding="utf-8")
    for target, printed in (("flask_app", 8600), ("gin_app", 94600)):
        own = round(at_64(reference, target), -2)
        text = text.replace(f'"{printed:,}"', f'"{own:,.0f}"').replace(f"value = {printed}", f"value = {own:.0f}")
    (tmp_path / "control.toml").write_text(text, encoding="utf-8")
    verdicts = judged(tmp_path / "control.toml", reference)
    assert {name: one.verdict for name, one in verdicts.items()} == dict.fromkeys(verdicts, Verdict.CONFIRMED)


# Forms of numbers.


METRICS = {
    "throughput": "throughput.closed.*",
    "latency": "latency.*",
    "memory": "memory.*",
    "ratio": "throughput.closed.*",
}


def read_form(folder: Path, form: Form, more: str = "", metric: str | None = None) -> Figure:
    path = folder / "page.toml"
    of = 'of = "gin_app"' if form.quantity == "ratio" else ""
    words = ", ".join(
        (
            f"printed = {json.dumps(form.printed, ensure_ascii=False)}",
            f"{form.key} = {form.value}",
            f"unit = {json.dumps(form.unit, ensure_ascii=False)}",
            f'quantity = "{form.quantity}"{more}',
        )
    )
    path.write_text(
        f"""
title = "T"
source = "S"
date = "Jun 2026"
quantities."{form.quantity}" = {{ metric = "{metric or METRICS[form.quantity]}" }}

[[groups]]
id = "g"
section = "Facts"
target = "flask_app"
{of}
figures = [{{ id = "f", label = "L", {words} }}]
""",
        encoding="utf-8",
    )
    return read_figures(path).figures[0]


ACCEPTED = [form for form in forms() if form.right.startswith("accept")]
ASKED = [form for form in forms() if form.right.startswith("ask")]
IN_BASE_UNITS = {
    "small_k_thousand": (302_000, 302_000),
    "microseconds_us": (0.00729, 0.00729),
    "microseconds_greek": (105.78e-6, 105.78e-6),
    "mebibytes": (21.64 * 2**20, 21.64 * 2**20),
    "gigabytes": (1.4e9, 1.4e9),
    "range_to": (0.0021, 0.0026),
    "per_minute": (12_000, 12_000),
    "exponent": (120_000, 120_000),
    "comma_decimal": (0.4295, 0.4295),
    "space_group": (14_216.12, 14_216.12),
}


@pytest.mark.parametrize("form", ACCEPTED, ids=lambda form: form.id)
def test_a_form_that_a_reader_understands_is_accepted_with_that_value(tmp_path: Path, form: Form) -> None:
    figure = read_form(tmp_path, form)
    if form.id in IN_BASE_UNITS:
        assert (figure.low, figure.high) == pytest.approx(IN_BASE_UNITS[form.id])
    if "within 10 %" in form.right:
        assert figure.claim == pytest.approx((0.9 * float(form.value), 1.1 * float(form.value)))


@pytest.mark.parametrize("form", ASKED, ids=lambda form: form.id)
def test_a_form_with_two_readings_is_refused_until_the_file_says_which(tmp_path: Path, form: Form) -> None:
    with pytest.raises(UsageError, match=r"two readings .* reading = \"of\" or reading = \"by\""):
        read_form(tmp_path, form)
    assert read_form(tmp_path, form, ', reading = "of"').nominal == pytest.approx(0.35)
    assert read_form(tmp_path, form, ', reading = "by"').nominal == pytest.approx(0.65)


def test_every_form_is_accepted_or_asked_about() -> None:
    assert {form.right.split()[0].rstrip(":") for form in forms()} == {"accept", "ask"}
    assert len(forms()) == 20


@pytest.mark.parametrize(
    ("words", "of_a_rate", "of_a_time"),
    [("faster", 1.35, 0.65), ("slower", 0.65, 1.35), ("less", 0.65, 0.65), ("more", 1.35, 1.35), ("lower", 0.65, 0.65)],
)
def test_another_number_by_a_share_has_the_direction_of_its_words_and_metric(
    tmp_path: Path, words: str, of_a_rate: float, of_a_time: float
) -> None:
    form = Form("f", f"0.35x {words}", "value", "0.35", "x", "ratio", "ask")
    expected = {"throughput.*": of_a_rate, "latency.*": of_a_time, "cold_start.ready": of_a_time}
    read = {metric: read_form(tmp_path, form, ', reading = "by"', metric).nominal for metric in expected}
    assert read == pytest.approx(expected)


@pytest.mark.parametrize(
    ("printed", "key", "unit"),
    [
        ("Up to 175,923 requests per second", "value = 175923", "req/s"),
        ("54x faster than Flask", "value = 54", "x"),
        ("50x+ faster", "at_least = 50", "x"),
        ("+228.51 %", "value = 228.51", "% difference"),
        ("\u221276.85 %", "value = -76.85", "% difference"),
    ],
)
def test_the_phrases_of_a_page_with_ratios_are_accepted(tmp_path: Path, printed: str, key: str, unit: str) -> None:
    name, _, value = key.partition(" = ")
    quantity = "throughput" if unit == "req/s" else "ratio"
    figure = read_form(tmp_path, Form("f", printed, name, value, unit, quantity, "accept"))
    assert figure.printed == printed


def test_a_wrong_reading_is_refused_with_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_form(tmp_path, Form("f", "302K req/s", "value", "302", "req/s", "throughput", ""))
    assert str(caught.value).endswith("does not contain 302. In req/s it is 302000: give that, or another unit.")


def test_a_spread_beside_a_number_widens_its_claim(tmp_path: Path) -> None:
    figure = read_form(tmp_path, Form("f", "0.72 ms ± 31 µs", "value", "0.72", "ms", "latency", ""))
    assert figure.claim == pytest.approx((0.689e-3, 0.751e-3))
