"""Published against measured: for each kind of metric what was measured of a target, and every published figure of it.

This is the view of the picture `claims`. Ratios and claims in words are not in it: they have no place on an axis of
measured numbers. This module must not know markup, and it computes no number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.foreign_text import one_line
from harness.metrics.catalogue import Family, family_of
from harness.units import Unit, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.published import Evidence, Figure, Judgement
    from harness.model import Verdict
    from harness.report.material import Material

_FAMILIES = (Family.THROUGHPUT, Family.LATENCY, Family.MEMORY, Family.COLD_START)
_LONGEST = 26  # characters of a printed text; a longer one is a sentence about the number


@dataclass(frozen=True, slots=True)
class Claim:
    """A published number, in base units; a range has two ends, and one end of a bound is infinite.

    Attributes:
        text: As printed; with the unit of its label if the text is a bare number, and only the number of a long text.
    """

    text: str
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims about one target, in the order of the page, and the measured numbers that they were compared with.

    Attributes:
        place: The place of the target among the run's targets, which chooses its colour.
        low, high: From the lowest to the highest end of a measured interval, over variants and loads; in base units.
    """

    target: str
    place: int
    low: float
    high: float
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """The claims of one family of metrics, which share an axis."""

    title: str
    unit: Unit
    targets: tuple[Claims, ...]


def claim_panels(material: Material) -> tuple[Panel, ...]:
    """Return the panels with claims and measured numbers, in the order of the catalogue."""
    return tuple(_panels(material))


def _panels(material: Material) -> Iterator[Panel]:
    judged = [one for source in material.every_judged for one in source.judgements if _has_a_place(one)]
    for family in _FAMILIES:
        of_family = [one for one in judged if _family(one) is family]
        units = {one.evidence[0].unit for one in of_family}
        for unit in (unit for unit in Unit if unit in units):
            rows = [one for one in of_family if one.evidence[0].unit is unit]
            names = {one.figure.target for one in rows}
            yield Panel(
                family.value,
                unit,
                tuple(_claims(material, name, rows) for name in sorted(names, key=partial(_place, material))),
            )


def _has_a_place(judgement: Judgement) -> bool:
    figure = judgement.figure
    ends = [end for end in (figure.low, figure.high) if math.isfinite(end)]
    return bool(judgement.evidence) and figure.of is None and figure.states is None and min(ends, default=0.0) > 0


def _family(judgement: Judgement) -> Family:
    return family_of(judgement.evidence[0].metric)


def _claims(material: Material, target: str, rows: Sequence[Judgement]) -> Claims:
    """Return the claims of a target, each text with a verdict once."""
    own = [one for one in rows if one.figure.target == target]
    measured = [piece for one in own for piece in one.evidence]
    claims = dict.fromkeys(Claim(_text(one.figure), one.figure.low, one.figure.high, one.verdict) for one in own)
    return Claims(
        material.title_of(target),
        _place(material, target),
        min(map(_low, measured)),
        max(piece.high for piece in measured),
        tuple(claims),
    )


def _place(material: Material, target: str) -> int:
    order = [*dict.fromkeys(subject.target for subject in material.contestants), target]
    return order.index(target)


def _text(figure: Figure) -> str:
    printed = one_line(figure.printed)
    if len(printed) > _LONGEST:
        ends = [significant(end / figure.unit.factor) for end in (figure.low, figure.high) if math.isfinite(end)]
        return f"{'-'.join(dict.fromkeys(ends))} {figure.unit.name}"
    return printed if re.search(r"[^\W\d_]", printed) else f"{printed} {figure.unit.name}"


def _low(piece: Evidence) -> float:
    """Return the lower end of an interval; a logarithmic axis has no place for 0, and the estimate stands for it."""
    return piece.low if piece.low > 0 else piece.estimate
