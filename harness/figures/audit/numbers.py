"""Numbers of a JSON value, read defensively: what is no number, or can't be one, is noted and left out."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from harness.figures.audit.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

MILLI = 1e-3
MICRO = 1e-6
NANO = 1e-9
_LONGEST_TEXT = 40  # characters of a value that are quoted
_LARGEST = 1e18

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(?P<decimals>\d*))?|\.(?P<bare>\d+))(?:[eE][+-]?\d+)?")
_SECONDS = {
    "ns": NANO, "us": MICRO, "µs": MICRO, "μs": MICRO, "ms": MILLI,
    "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0,
}  # fmt: skip


def item(values: object, *keys: str) -> object:
    """Return the value at a path of keys; None where a key is missing or the value is no object."""
    for key in keys:
        if not isinstance(values, dict):
            return None
        values = values.get(key)
    return values


def items_of(values: object) -> Iterator[tuple[str, object]]:
    """Yield the members of an object; none of another value."""
    if isinstance(values, dict):
        yield from ((str(key), value) for key, value in values.items())


def list_of(values: object) -> list[object]:
    """Return the elements of an array; none of another value."""
    return values if isinstance(values, list) else []


def word(values: object, key: str) -> str:
    """Return a text of an object; empty if it has none."""
    text = item(values, key)
    return text if isinstance(text, str) else ""


class Numbers:
    """Reads the numbers of one object, and notes those that can't be."""

    def __init__(self, values: object) -> None:
        self._values = values
        self.impossible: list[str] = []

    def count(self, *keys: str, step: float = 0.0) -> Reading | None:
        """Return a count, a rate or a share, which is not negative; `step` is by how much it may have been rounded."""
        return self.time(*keys, unit_s=1.0, step=step)

    def whole(self, *keys: str) -> int | None:
        """Return a number as an integer of at least 1; None if it is none."""
        reading = self.count(*keys)
        return int(reading.value) if reading is not None and reading.value >= 1 else None

    def time(self, *keys: str, unit_s: float, step: float = 0.0) -> Reading | None:
        """Return a time that the file has as a number.

        Args:
            keys: The path of its keys.
            unit_s: The file's unit of time, in seconds.
            step: By how much, in the file's unit, the tool may have rounded it.
        """
        reading = self._number(keys, unit_s)
        if reading is None or not step:
            return reading
        return Reading(reading.value, max(0.0, reading.low - step * unit_s), reading.high + step * unit_s, reading.text)

    def duration(self, *keys: str) -> Reading | None:
        """Return a time with its unit, such as `4.52ms`, to half a unit of its last digit."""
        raw = item(self._values, *keys)
        if not isinstance(raw, str) or not (text := raw.strip()):
            return None
        number = _NUMBER.match(text)
        unit_s = _SECONDS.get(text[number.end() :].strip()) if number else None
        if number is None or unit_s is None:
            self._note(keys, raw, "is no time")
            return None
        decimals = len(number["decimals"] or number["bare"] or "")
        value = self._finite(keys, raw, float(number.group()) * unit_s)
        half = 0.5 * 10.0**-decimals * unit_s
        if value is None:
            return None
        return Reading(value.value, max(0.0, value.low - half), value.high + half, value.text)

    def _number(self, keys: tuple[str, ...], scale: float) -> Reading | None:
        raw = item(self._values, *keys)
        if raw is None or isinstance(raw, (dict, list)):
            return None
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            raw_number: float | int = raw
        elif isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
            raw_number = float(raw)
        else:
            self._note(keys, raw, "is no number")
            return None
        try:
            return self._finite(keys, raw, float(raw_number) * scale)
        except OverflowError:
            self._note(keys, raw, "is larger than any measurement")
            return None

    def _finite(self, keys: tuple[str, ...], raw: object, value: float) -> Reading | None:
        if math.isfinite(value) and 0 <= value <= _LARGEST:
            return Reading.exact(value, f"{keys[-1]} {_short(raw)}")
        finite = "is larger than any measurement" if math.isfinite(value) else "is not finite"
        self._note(keys, raw, "is negative" if value < 0 else finite)
        return None

    def _note(self, keys: tuple[str, ...], raw: object, why: str) -> None:
        self.impossible.append(f"{'.'.join(keys)} {_short(raw)} {why}")


def _short(raw: object) -> str:
    """Return a value as the file has it, cut to a readable length."""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) >= 10**_LONGEST_TEXT:
        return "of more than 40 digits"
    text = f"{raw:,}" if isinstance(raw, int) and not isinstance(raw, bool) else str(raw)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def nominal(seconds: Reading | None, longer: float) -> Reading | None:
    """Return a planned time as a measured one, which may be longer by this share: tools finish their last requests."""
    if seconds is None:
        return None
    return Reading(seconds.value, seconds.low, seconds.high * (1 + longer), seconds.text)
