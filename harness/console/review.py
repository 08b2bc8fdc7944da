"""The terminal output of a check: counts, then one line for each figure by verdict, then the contradictions.

No line is wider than the terminal. It must not know how a verdict is reached: it prints a `CheckDocument`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from harness.console.terminal import DASH, columns, fitted, fitted_end, padded, say, say_heading, say_wrapped
from harness.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.documents import CheckDocument, ContradictionRow, FigureRow, FileRow, Place

_NOT_MEASURED = Verdict.NOT_MEASURED
_HEADINGS = {  # in the order in which they are printed: what does not hold is first
    Verdict.REFUTED: "Refuted",
    Verdict.NOT_REPRODUCED: "Not reproduced: nothing that was measured here gives them",
    Verdict.CONTRADICTED: "Contradicted: their own page excludes them",
    Verdict.INCONCLUSIVE: "Inconclusive: the measurement can't tell",
    Verdict.NOT_COMPARABLE: "Not comparable: their conditions are not stated, or were not measured",
    Verdict.CONFIRMED: "Confirmed",
    _NOT_MEASURED: "Not measured",
}
_COUNTED = (  # in plain words, of one figure and of several, by verdict
    ("holds", "hold", (Verdict.CONFIRMED,)),
    ("doesn't hold here", "don't hold here", (Verdict.REFUTED, Verdict.NOT_REPRODUCED)),
    ("contradicts its own page", "contradict each other", (Verdict.CONTRADICTED,)),
    ("can't be told", "can't be told", (Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE, _NOT_MEASURED)),
)
_INDENT = 4
_GAP = "  "
_LEAST_ID = _LEAST_PRINTED = 16
_MOST_PLACES = 4


def show_check(document: CheckDocument, *, verbose: bool = False) -> None:
    """Print the counts, a line for each figure, what does not hold first, and the contradictions."""
    if document.figures:
        say_wrapped(_counts(document))
    for file in document.files:
        _show_file(file)
    shown = [row for row in document.figures if verbose or row.verdict != _NOT_MEASURED]
    lines = _Lines.of(shown, columns())
    for verdict, heading in _HEADINGS.items():
        rows = [row for row in shown if row.verdict == verdict]
        if rows:
            say_heading(f"\n{heading} ({len(rows)})")
            _show_rows(rows, lines, verbose=verbose)
    hidden = len(document.figures) - len(shown)
    if hidden:
        say_heading(f"\n{_HEADINGS[_NOT_MEASURED]} ({hidden}): --verbose lists them")
    if document.contradictions:
        say_heading(f"\nContradictions: these can't all be true ({len(document.contradictions)})")
        for number, one in enumerate(document.contradictions, 1):
            _show_contradiction(number, one, verbose=verbose)
    elif document.files:
        say("\nNo contradictions.")


def _show_file(file: FileRow) -> None:
    rows = f"{file.rows:,} row{'' if file.rows == 1 else 's'}"
    say_wrapped(f"{file.path} ({file.format}): {rows} held against what can't be otherwise.")
    for note in file.notes:
        say_wrapped(note, indent=_INDENT, first="-")


def _counts(document: CheckDocument) -> str:
    """Return the number of figures in plain words: `15 hold, 33 don't hold here (20 refuted...`."""
    numbers = Counter(row.verdict for row in document.figures)
    total = len(document.figures)
    said = [f"{total} published figure{'' if total == 1 else 's'}, compared with {document.run} ({document.here})"]
    for singular, plural, verdicts in _COUNTED:
        of_each = [f"{numbers[verdict]} {_word(verdict)}" for verdict in verdicts if numbers[verdict]]
        parts = f" ({', '.join(of_each)})" if len(verdicts) > 1 and of_each else ""
        number = sum(numbers[verdict] for verdict in verdicts)
        said.append(f"{number} {singular if number == 1 else plural}{parts}")
    return f"{said[0]}: {', '.join(said[1:])}."


def _word(verdict: Verdict) -> str:
    return verdict.replace("_", " ")


@dataclass(frozen=True, slots=True)
class _Lines:
    """The widths of the cells of all lines, and whether the measured numbers have their intervals."""

    verdict: int
    id: int
    printed: int
    with_interval: bool

    @classmethod
    def of(cls, rows: Sequence[FigureRow], width: int) -> _Lines:
        """Return the widths for a terminal: ids are cut last, after the intervals and the printed texts."""
        verdict = _widest(_word(row.verdict) for row in rows)
        longest_id, printed = _widest(row.id for row in rows), _widest(row.printed for row in rows)
        with_interval, without = (
            _widest(_measured(row, with_interval=shown) for row in rows) for shown in (True, False)
        )
        room = width - verdict - 3 * len(_GAP)
        fits = longest_id + min(printed, _LEAST_PRINTED) + with_interval <= room
        room -= with_interval if fits else without
        shown = max(_LEAST_ID, min(longest_id, room - min(printed, _LEAST_PRINTED)))
        return cls(verdict, shown, max(1, min(printed, room - shown)), fits)

    def line(self, row: FigureRow) -> str:
        cells = (
            padded(_word(row.verdict), self.verdict),
            padded(fitted_end(row.id, self.id), self.id),  # the end of an id tells two figures apart
            padded(fitted(row.printed, self.printed), self.printed),
            _measured(row, with_interval=self.with_interval),
        )
        return _GAP.join(cells).rstrip()


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _measured(row: FigureRow, *, with_interval: bool) -> str:
    if row.measured is None:
        return row.answer or DASH
    return row.measured.text if with_interval else row.measured.text.partition(" [")[0]


def _show_rows(rows: Sequence[FigureRow], lines: _Lines, *, verbose: bool) -> None:
    for row in rows:
        say(fitted(lines.line(row), columns()))
        if verbose:
            say_wrapped(f"{row.label}: {row.reason}", indent=_INDENT)


def _show_contradiction(number: int, one: ContradictionRow, *, verbose: bool) -> None:
    """Print a contradiction's sentence and its places, each on one line."""
    say_wrapped(one.message, indent=_INDENT, first=f"{number}.")
    places = list(dict.fromkeys(_place(place) for place in one.places))
    most = len(places) if verbose else _MOST_PLACES
    for place in places[:most]:
        say(fitted(f"{' ' * _INDENT}{place}", columns()))
    if places[most:]:
        say(f"{' ' * _INDENT}and {len(places) - most} more: --verbose lists them")


def _place(place: Place) -> str:
    """Return a place with its line: `flask_vs_gin.toml:54: Key facts, Stars: 68,000`."""
    if place.line is None:
        return place.text
    where = f"line {place.line}" if place.file is None else f"{Path(place.file).name}:{place.line}"
    return f"{where}: {place.text}"
