"""The picture of published against measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness.model import Verdict
from harness.report import Format, claim_plot, render
from harness.report.charts import CLAIMS, charts
from harness.report.claim_plot import claim_chart
from harness.report.claims import Claim, Claims, Panel
from harness.report.drawing import Canvas
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
    assert drawings == [CLAIMS]
