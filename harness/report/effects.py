"""The data of two charts: the ratios of the headlines beside the noise floor, and every trial in the order of the run.

This module must not know how `effect_plots` draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.headlines import headline_metrics
from harness.metrics.words import phrase_of, sort_key
from harness.model import CLAIMS
from harness.report.answer import headline_key
from harness.report.tables import pair_name
from harness.report.wording import difference_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.material import Material

_MOST_EFFECTS = 24  # have room; with more pairs, the headline throughput stands for all headlines


@dataclass(frozen=True, slots=True)
class Effect:
    """A ratio with its interval, in words too; `floor` is the noise floor of its metric, None without one.

    `name` has what differs between the ratios of a chart: the metric, the pair, or both.
    """

    name: str
    metric: str
    said: str
    ratio: float
    low: float
    high: float
    is_shown: bool
    floor: float | None


@dataclass(frozen=True, slots=True)
class Dot:
    """A trial: its place in the order of the run, and its number over the geometric mean of its subject's trials.

    `block` begins at 1.
    """

    place: int
    block: int
    value_per_s: float
    share: float
    is_disturbed: bool


@dataclass(frozen=True, slots=True)
class Dots:
    """The trials of a subject; `place` is its index among the contestants."""

    name: str
    place: int
    dots: tuple[Dot, ...]


def effects(material: Material) -> tuple[Effect, ...]:
    """Return the ratios of the headlines, by metric and pair; of many pairs only those of the headline throughput."""
    found = tuple(_effects(material, headline_metrics(material.plan)))
    key = headline_key(material)
    if len(found) > _MOST_EFFECTS and key is not None:
        found = tuple(_effects(material, frozenset({key})))
    return found[:_MOST_EFFECTS]


def _effects(material: Material, keys: frozenset[tuple[str, str | None]]) -> Iterator[Effect]:
    is_one_pair, is_one_metric = len(material.pairs) == 1, len(keys) == 1
    for metric, scenario in sorted(keys, key=lambda key: sort_key(key[0])):
        for pair in material.pairs:
            one = material.comparison(metric, scenario, pair)
            if one is not None and 0 < one.low <= one.high < math.inf:
                of, between = phrase_of(metric), pair_name(material, pair)
                name = of if is_one_pair else between if is_one_metric else f"{of}, {between}"
                is_shown = one.verdict in CLAIMS
                floor = material.summary.noise_floor.get(metric)
                floor = floor if floor is not None and math.isfinite(floor) else None
                yield Effect(name, of, difference_said(one)[0], one.ratio, one.low, one.high, is_shown, floor)


def trial_dots(material: Material) -> tuple[Dots, ...]:
    """Return the headline throughput of every trial, of each contestant; empty without a headline throughput."""
    key = headline_key(material)
    order = material.stored.in_order
    found = []
    for index, subject in enumerate(material.contestants):
        values = {
            place: (trial.block + 1, measured.value, bool(trial.flags))
            for place, trial in enumerate(order, start=1)
            if trial.subject == subject and trial.failure is None
            for measured in trial.measurements
            if (measured.metric, measured.scenario) == key and measured.value > 0
        }
        if values:
            mean = math.exp(math.fsum(math.log(value) for _, value, _ in values.values()) / len(values))
            dots = (
                Dot(place, block, value, value / mean, is_disturbed)
                for place, (block, value, is_disturbed) in values.items()
            )
            found.append(Dots(material.name_of(subject), index, tuple(dots)))
    return tuple(found)
