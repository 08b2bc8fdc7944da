"""The syntax of metric names. A pattern builds and parses them, and no other module may parse a name.

A name has segments separated by points: `latency.open.r1000.p99`. A pattern has segments too, and some of them are
parameters: `c<N>` connections, `u<N>` users, `r<R>` requests per second, `own<S>` per cent of the target's own peak,
`p<Q>` a percentile. `catalogue` has all patterns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import AttributeName

SAMPLES_BEYOND = 4
_LEAST_SAMPLES = 20


class Quantile(StrEnum):
    """A percentile, in the form of metric names."""

    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    P999 = "p999"

    @property
    def share(self) -> float:
        """The share of samples below it, 0 to 1."""
        return float(f"0.{self[1:]}")

    @property
    def least_samples(self) -> int:
        """The minimum number of samples: at least 4 beyond the percentile, and at least 20 in total."""
        return max(_LEAST_SAMPLES, round(SAMPLES_BEYOND / (1 - self.share)))


PERCENTILES = (Quantile.P50, Quantile.P90, Quantile.P99, Quantile.P999)
"""The percentiles of each measured latency."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a name; None for one that it does not have.

    `share` is a share of the target's own peak, 0 to 1; a name has it in per cent.
    """

    connections: int | None = None
    rate_per_s: float | None = None
    quantile: Quantile | None = None
    share: float | None = None
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """The form of a metric's name: `throughput.closed.c<N>`."""

    text: str

    def build(self, parameters: Parameters) -> str | None:
        """Return the name with these parameters; None if one is missing. Parameters not in the pattern are ignored."""
        return _built(self.text, parameters)

    def parse(self, name: str) -> Parameters | None:
        """Return the parameters of a name; None if it does not have this pattern."""
        return _parsed(self.text, name)

    def may_continue(self, stem: str) -> bool:
        """Return whether some name of this pattern continues a stem: `latency.open` or `latency.open.r1000`."""
        return len(segments(stem)) < len(segments(self.text)) and self.begin(stem) is not None

    def begin(self, stem: str) -> Parameters | None:
        """Return the parameters in a name or stem; None if no name of this pattern begins with it."""
        pattern, parts = segments(self.text), segments(stem)
        return _read(pattern[: len(parts)], parts) if len(parts) <= len(pattern) else None


@cache  # a run has few names, and its analysis asks for each of them thousands of times
def _built(pattern: str, parameters: Parameters) -> str | None:
    parts = [_written(segment, parameters) for segment in segments(pattern)]
    return None if None in parts else ".".join(filter(None, parts))


@cache
def _parsed(pattern: str, name: str) -> Parameters | None:
    wanted, parts = segments(pattern), segments(name)
    parameters = _read(wanted, parts) if len(wanted) == len(parts) else None
    return parameters if parameters and _built(pattern, parameters) == name else None  # `c08` is not `c8`


def segments(name: str) -> tuple[str, ...]:
    """Return the segments of a name; the point in `r0.5` is a decimal point."""
    return tuple(_POINT.split(name))


def is_within(name: str, stem: str) -> bool:
    """Return whether a name is a stem or continues it by whole segments: `throughput.peak` is within `throughput`."""
    wanted = segments(stem)
    return segments(name)[: len(wanted)] == wanted


def stem_of(wanted: str) -> str | None:
    """Return the stem of a wildcard, `throughput` of `throughput.*`; None for a single name."""
    return wanted.removesuffix(_ALL) if wanted.endswith(_ALL) else None


def selects(wanted: str, name: str) -> bool:
    """Return whether a name is the wanted name, or continues the stem of the wanted wildcard."""
    stem = stem_of(wanted)
    return name == wanted if stem is None else name != stem and is_within(name, stem)


def attribute(name: AttributeName) -> str:
    """Return the name of an attribute in published figures: `attribute.websocket`."""
    return f"attribute.{name}"


def natural(name: str) -> tuple[str | int, ...]:
    """Return a sort key of names, with digits compared by value: `c8` before `c32`."""
    return tuple(int(part) if part.isdecimal() else part for part in _DIGITS.split(name))  # text and digits alternate


class _Place(NamedTuple):
    """A parameter of a name: its field of `Parameters`, its form, and the functions that read and write it."""

    field: str
    form: re.Pattern[str]
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _rate(rate_per_s: float) -> str:
    """Return the segment of a rate, exact and without an exponent: `r0.5`, `r1000`, `r2500000`."""
    return f"r{_decimal(rate_per_s):f}"


def _percent(share: float) -> str:
    """Return the segment of a share of the target's own peak, in per cent: `own60`, `own12.5`."""
    return f"own{(_decimal(share) * 100).normalize():f}"


def _share(percent: str) -> float:
    return float(Decimal(percent) / 100)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value))).normalize()


_POINT = re.compile(r"\.(?![0-9])")
_ALL = ".*"
_DIGITS = re.compile(r"(\d+)")
_PLACES = {
    "c<N>": _Place("connections", re.compile(r"c([0-9]{1,9})"), int, "c{}".format),
    "u<N>": _Place("users", re.compile(r"u([0-9]{1,9})"), int, "u{}".format),
    "r<R>": _Place("rate_per_s", re.compile(r"r([0-9]+(?:\.[0-9]+)?)"), float, _rate),
    "own<S>": _Place("share", re.compile(r"own([0-9]+(?:\.[0-9]+)?)"), _share, _percent),
    "p<Q>": _Place("quantile", re.compile(f"({'|'.join(Quantile)})"), Quantile, str),
}


def _written(segment: str, parameters: Parameters) -> str | None:
    place = _PLACES.get(segment)
    if place is None:
        return segment
    value = getattr(parameters, place.field)
    return None if value is None else place.write(value)


def _read(pattern: tuple[str, ...], name: tuple[str, ...]) -> Parameters | None:
    """Return the parameters in the segments of a name, as many as the pattern has; None if a segment does not fit."""
    parameters = Parameters()
    for wanted, segment in zip(pattern, name, strict=True):
        place = _PLACES.get(wanted)
        match = place.form.fullmatch(segment) if place else None
        if place and match:
            parameters = replace(parameters, **{place.field: place.read(match[1])})
        elif place or wanted != segment:
            return None
    return parameters
