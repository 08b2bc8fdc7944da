"""Compact SVG has the same texts and the same lines as the whole drawing, in about half of the letters."""

from __future__ import annotations

import re

import pytest

from harness.report import drawing
from harness.report.compact import compact
from harness.report.plots import latency_chart, memory_chart, throughput_chart
from harness.report.series import latency_panels, throughput_lines
from harness.report.stages import memory_lines
from tests.report.markup import read
from tests.report.material import material
from tests.report.measured import NULL

GROUND = '<path d="M 0 9 \nL 9 9 \nz\n" style="fill: none"/>'


def drawn(name: str) -> str:
    report = material(ceiling=NULL)
    drawings = {
        "throughput": lambda: throughput_chart(throughput_lines(report), "A description of 1.23456."),
        "latency": lambda: latency_chart(latency_panels(report)[0], "A description of 1.23456."),
        "memory": lambda: memory_chart(memory_lines(report), "A description of 1.23456."),
    }
    return str(drawings[name]())


@pytest.fixture(params=["throughput", "latency", "memory"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return a chart as it is and as it would be in full."""
    short = drawn(request.param)
    monkeypatch.setattr(drawing, "compact", lambda svg: re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))
    return short, drawn(request.param)


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


def lines(svg: str) -> list[tuple[str, list[float]]]:
    """Return the style and the coordinates of every path with more than one point that has a style of its own."""
    paths = (one.attributes for one in read(svg).all("path"))
    styled = [(one["style"], numbers(one["d"])) for one in paths if "style" in one]
    return [(style, at) for style, at in styled if len(at) > 2 and style != "fill: none"]


def test_the_texts_are_the_same_at_the_same_places(both: tuple[str, str]) -> None:
    short, whole = ([(one.text, one.attributes) for one in read(svg).all("text")] for svg in both)
    assert [text for text, _ in short] == [text for text, _ in whole]
    assert len(short) > 4
    for (_, mine), (_, theirs) in zip(short, whole, strict=True):
        for axis in {"x", "y"} & set(theirs):
            assert float(mine[axis]) == pytest.approx(float(theirs[axis]), abs=0.0051)
        assert mine["style"] == theirs["style"].replace(" font-family: 'DejaVu Sans';", "")


def test_the_lines_are_the_same_to_a_hundredth_of_a_point(both: tuple[str, str]) -> None:
    short, whole = map(lines, both)
    assert len(short) == len(whole) > 1
    for (style, mine), (of_whole, theirs) in zip(short, whole, strict=True):
        assert style == of_whole
        assert mine == pytest.approx(theirs, abs=0.0051)


def test_the_markers_are_the_same(both: tuple[str, str]) -> None:
    short, whole = ([one.attributes["xlink:href"] for one in read(svg).all("use")] for svg in both)
    assert short == whole
    assert {f'id="{one[1:]}"' for one in short} <= set(re.findall(r'\bid="[^"]*"', both[0]))


def test_it_is_a_quarter_shorter_and_its_description_is_unchanged(both: tuple[str, str]) -> None:
    short, whole = both
    assert len(short) < 3 / 4 * len(whole)
    assert 'aria-label="A description of 1.23456."' in short


def test_numbers_in_texts_and_in_names_are_not_rounded() -> None:
    text = '<text x="1.23456">1.23456 x="1.23456"</text>'
    assert compact(text) == '<text x="1.23">1.23456 x="1.23456"</text>'
    use = '<use xlink:href="#latency-0.12345" x="0.12345"/>'
    assert compact(use) == '<use xlink:href="#latency-0.12345" x="0.12"/>'


def test_groups_that_draw_something_keep_what_they_set() -> None:
    clipped = '<g clip-path="url(#a)"><use x="1"/></g>'
    assert compact(f'<g id="axes_1">\n <g id="text_1"/>\n <g id="line_1">{clipped}</g>{GROUND}</g>').strip() == clipped


def test_a_turned_text_stays_turned() -> None:
    turned = '<text transform="rotate(-90 1.5 2.25)">a</text>'
    assert compact(turned) == turned
    assert compact('<text transform="rotate(-0 1.5 2.25)">a</text>') == "<text>a</text>"
