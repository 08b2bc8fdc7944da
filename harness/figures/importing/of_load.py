"""Conditions of load, and the figures to which they belong: a rate has a load, a start or a size has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.conditions import State, describe, understand
from harness.figures.printed import unit_named
from harness.metrics.catalogue import Family, family_of
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.figures.importing.vocabulary import Quantity

_FIELDS = frozenset({"connections", "rate_per_s", "duration_s", "keep_alive", "is_concurrent"})
_WITH_LOAD = frozenset({Family.THROUGHPUT, Family.LATENCY, Family.CPU, Family.LIMITS})
_LOADED = frozenset({State.LOADED, State.PEAK})

_SHARE = re.compile(
    r"(?:\b(?:at|under|with|bei|mit|à|avec|al?|con|com)\s(?:(?:about|only|an?|the|einer|el|un|etwa|nur)\s)*|@\s?)[~\u2248]?"
    r"\d{1,2}(?:[.,]\d+)?\s?%\s?(?:(?:of|der|des?|du|do|da|d['\u2019])\s?(?:the\s|la\s|l['\u2019])?)?"
    r"(?:(?:total\s)?(?:cpu|processor)\b|cpu-|(?:prozessor)?auslastung|utili[sz]ation|core\sus)",
    re.IGNORECASE,
)


def shares_of_cpu(text: str) -> tuple[str, ...]:
    """Return the shares of the CPU below all of it at which a text states its numbers: `at 80% CPU`."""
    return tuple(dict.fromkeys(found[0] for found in _SHARE.finditer(text)))


def without_load(conditions: Iterable[str]) -> tuple[str, ...]:
    """Return conditions without those of a load; of a condition that states more, the rest."""
    return tuple(rest for one in conditions for rest in _rest(one))


def _rest(condition: str) -> Iterator[str]:
    if "load tool" in condition or "users of" in condition:
        return
    understood = understand((condition,))
    stated = understood.stated()
    if not stated.keys() & _FIELDS:
        yield condition
        return
    yield from understood.servers
    yield from (describe(name, value) for name, value in stated.items() if name not in _FIELDS)


def can_have_load(quantity: Quantity | None, unit: str | None) -> bool:
    """Return whether a load can belong to the numbers of a quantity."""
    metric = quantity.own_metric or quantity.metric if quantity is not None else None
    if metric is not None:
        return family_of(metric) in {*_WITH_LOAD, Family.MEMORY}
    known = unit_named(unit) if unit else None
    return known is None or known.base in {Unit.PER_SECOND, Unit.SECOND} or unit in {"%", "% difference", "x"}


def inherits_load(quantity: Quantity | None, unit: str | None, own: tuple[str, ...]) -> bool:
    """Return whether the load that a section or a page states belongs to a figure with conditions of its own.

    Memory has the load only of its own sentence or row, unless this says that it is under load.
    """
    metric = quantity.own_metric or quantity.metric if quantity is not None else None
    if metric is not None and family_of(metric) is Family.MEMORY:
        return understand(own).state in _LOADED
    return can_have_load(quantity, unit)
