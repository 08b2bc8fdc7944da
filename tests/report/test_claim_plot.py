"""The picture of published against measured."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness.model import Verdict
from harness.report import Format, claim_plot, render
from harness.report.charts import CLAIMS, charts
from harness.report.claim_plot import claim_chart
from harness.report.claims import Claim, Claims, Panel
from harness.report.drawing import CHARACTER_IN, Canvas
from harness.report.wording import VERDICT_WORDS
from harness.units import Unit
from tests.report.material import material

if TYPE_CHECKING:
    from pathlib import Path


def panel(*claims: Claim) -> Panel:
    return Panel("Memory", Unit.BYTE, (Claims("Flask", 0, 30e6, 60e6, claims),))


def elements(svg: str, tag: str) -> list[ET.Element]:
    named = svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
    return [found for found in ET.fromstring(named).iter() if found.tag == tag]  # noqa: S314 - written by the test itself


def drawn(verdict: Verdict) -> str:
    return claim_chart([panel(Claim("75 MB", 75e6, 75e6, verdict))], "a picture")


@pytest.mark.parametrize("verdict", Verdict)
def test_a_claim_has_its_text_and_its_verdict(verdict: Verdict) -> None:
    written = {"".join(found.itertext()).strip() for found in elements(drawn(verdict), "text")}
    assert {"Memory", "Flask", "measured", "75 MB", VERDICT_WORDS[verdict]} <= written


def test_verdicts_differ_by_mark_and_not_only_by_colour() -> None:
    shapes = {tuple(sorted(path.get("d", "") for path in elements(drawn(verdict), "path"))) for verdict in Verdict}
    assert len(shapes) == len(Verdict)


@pytest.mark.parametrize("ends", [(50e6, 100e6), (-math.inf, 100e6), (100e6, math.inf)])
def test_ranges_and_bounds_are_drawn(ends: tuple[float, float]) -> None:
    number = claim_chart([panel(Claim("x", 100e6, 100e6, Verdict.REFUTED))], "a picture")
    assert claim_chart([panel(Claim("x", *ends, Verdict.REFUTED))], "a picture").count("<path") > number.count("<path")


def test_the_same_claims_give_the_same_bytes() -> None:
    claims = panel(Claim("75 MB", 75e6, 75e6, Verdict.CONFIRMED))
    assert claim_chart([claims], "a picture") == claim_chart([claims], "a picture")


def test_one_drawing_serves_the_page_the_files_and_the_marked_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings: list[str] = []

    class Counted(Canvas):
        def svg(self) -> str:
            drawings.append(CLAIMS)
            return super().svg()

    monkeypatch.setattr(claim_plot, "Canvas", Counted)
    claim_plot._drawn.cache_clear()
    render(material(), tmp_path, frozenset(Format))
    assert CLAIMS in {chart.name for chart in charts(material())}, "a marked block takes it from these"
    assert drawings == [CLAIMS, CLAIMS], "one wide, one narrow"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_phone_shows_text_mark_and_verdict_of_a_row(verdict: Verdict) -> None:
    """Its drawing is as wide as a phone, and every text lies within it: nothing is found only by scrolling."""
    rate = Panel(
        "Throughput",
        Unit.PER_SECOND,
        (Claims("Gin", 0, 1e4, 9e4, (Claim("15,000-25,000 requests/s", 15e3, 25e3, verdict),)),),
    )
    svg = claim_chart([rate], "a picture", is_narrow=True)
    (root,) = elements(svg, "svg")
    width = float(root.attrib["viewBox"].split()[2])
    assert width <= 300
    for text in elements(svg, "text"):
        words = "".join(text.itertext()).strip()
        x, length = float(text.attrib["x"]), 72 * CHARACTER_IN * len(words)
        anchor = re.search(r"text-anchor: *(\w+)", text.attrib.get("style", ""))
        side = anchor[1] if anchor else "start"
        start = x - {"start": 0.0, "middle": length / 2, "end": length}[side]
        assert -1 <= start <= start + length <= width + 1, words
    written = {"".join(text.itertext()).strip() for text in elements(svg, "text")}
    assert {"15,000-25,000 requests/s", VERDICT_WORDS[verdict], "10,000 req/s"} <= written


@pytest.mark.parametrize("is_narrow", [False, True])
@pytest.mark.parametrize(
    ("unit", "low", "high"),
    [(Unit.SECOND, 0.12, 0.31), (Unit.SECOND, 0.2, 0.2), (Unit.BYTE, 12e6, 41e6), (Unit.PER_SECOND, 4_300, 4_400)],
)
def test_every_axis_has_at_least_two_named_ticks(unit: Unit, low: float, high: float, *, is_narrow: bool) -> None:
    claim = Claim("a claim", low, high, Verdict.REFUTED)
    svg = claim_chart([Panel("A", unit, (Claims("Gin", 0, low, high, (claim,)),))], "a picture", is_narrow=is_narrow)
    written = {"".join(text.itertext()).strip() for text in elements(svg, "text")}
    ticks = written - {"A", "Gin", "measured", "a claim", VERDICT_WORDS[Verdict.REFUTED], ""}
    assert len(ticks) >= 2
    assert all(text[0].isdigit() for text in ticks)
