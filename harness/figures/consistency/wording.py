"""The words of an accusation: quoted figures, their places, and the arithmetic."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from harness.figures.consistency.claims import is_prose
from harness.figures.printed import numbers_in
from harness.metrics.words import enumeration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.figures.consistency.claims import Interval
    from harness.figures.published import Figure


def quoted(figure: Figure) -> str:
    """Return a figure's printed text in quotes, with its unit if the text has none."""
    return f"'{figure.printed}'{_missing_unit(figure)}"


def with_unit(figure: Figure) -> str:
    """Return a figure's printed text, with its unit if the text has none."""
    return f"{figure.printed}{_missing_unit(figure)}"


def _missing_unit(figure: Figure) -> str:
    bare = figure.states is None and not any(letter.isalpha() or letter in "%\u00d7" for letter in figure.printed)
    return f" {figure.unit}" if bare else ""


def place_of(figure: Figure) -> str:
    """Return section and label of a figure; the section alone if its label is not the page's."""
    return _place(figure.section, "" if is_prose(figure) else figure.label)


def listed(figures: Iterable[Figure]) -> str:
    """Return the printed texts with their places: `'~11 KB' (Facts, Details: Size; Summary) and '~150 KB' (...)`."""
    sections: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for figure in figures:
        sections[quoted(figure)]["" if is_prose(figure) else figure.label][figure.section] = None
    items = (
        f"{text} ({'; '.join(_place(', '.join(where), label) for label, where in labels.items())})"
        for text, labels in sections.items()
    )
    return enumeration(list(items))


def number_of(figure: Figure) -> str:
    """Return the printed number of a figure as an operand: `19,929`; the middle of a range with its unit."""
    if len(numbers_in(figure.printed)) == 1 and figure.printed[:1].isdecimal() and figure.printed[-1:].isdecimal():
        return figure.printed
    return figure.unit.say(figure.nominal)


def span(figure: Figure, interval: Interval) -> str:
    """Return the values that a figure allows: `9.90 to 12.1 KB`, `at least 300,000 packages`."""
    low, high = interval
    if math.isinf(high):
        return f"at least {figure.unit.say(low)}"
    if low <= 0.0 and not figure.unit.offset:
        return f"at most {figure.unit.say(high)}"
    return figure.unit.say(low) if low == high else f"{figure.unit.say(low)} to {figure.unit.say(high)}"


def _place(sections: str, label: str) -> str:
    return f"{sections}: {label}" if label else sections
