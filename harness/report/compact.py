"""Compact SVG: a drawing without the parts of matplotlib's text that draw nothing.

Coordinates have two decimals: a hundredth of a point, which no screen shows. The texts of a drawing do not change.
"""

from __future__ import annotations

import re

_NOTHING = (
    r"<!--.*?-->",
    r"<metadata>.*?</metadata>",
    r"<style[^>]*>.*?</style>",
    r'<path d="[^"]*" style="fill: none"/>',  # the ground of a figure or of its axes
    r'<path d="M [\d.-]+ [\d.-]+ \n" [^>]*/>',  # the line of a single point, which has a marker
    r'<g id="[^"]*"/>',
    r"<defs>\s*</defs>",
)
_IN_TAGS = (
    r' transform="rotate\(-0 [^"]*\)"',  # of each text that is not turned
    r" font-family: 'DejaVu Sans';",  # the page has its own
)
_COORDINATES = re.compile(r'(?<= )(?:x|y|width|height|transform)="[^"]*"')
_PATH = re.compile(r'(?<= d=")[^"]*')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_GROUP = re.compile(r"<g\b[^>]*(?<!/)>|</g>")
_STEP = re.compile(r"\s*([A-Za-z])\s*")
_NAMED_ONLY = re.compile(r'<g id="[^"]*">')


def compact(svg: str) -> str:
    """Return a drawing of matplotlib without what draws nothing, in short lines."""
    for nothing in _NOTHING:
        svg = re.sub(nothing, "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", _short_tag, _without_names(svg))
    return re.sub(r"\s*\n\s*", "\n", svg)


def _short_tag(found: re.Match[str]) -> str:
    tag = re.sub("|".join(_IN_TAGS), "", found[0])
    tag = _PATH.sub(lambda path: _STEP.sub(r"\1", _LONG.sub(_rounded, path[0])), tag)
    return _COORDINATES.sub(lambda attribute: _LONG.sub(_rounded, attribute[0]), tag)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _without_names(svg: str) -> str:
    """Return a drawing without the groups that only have a name: no other part refers to them."""
    kept: list[bool] = []

    def of_tag(found: re.Match[str]) -> str:
        if found[0] != "</g>":
            kept.append(not _NAMED_ONLY.fullmatch(found[0]))
            return found[0] if kept[-1] else ""
        return found[0] if kept.pop() else ""

    return _GROUP.sub(of_tag, svg)
