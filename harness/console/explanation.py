"""The terminal output of an explanation: figure with id, answer, at most ten measured conditions, translation, runs.

No line is wider than the terminal. It must not know how a condition is found: it prints an `ExplainDocument`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.console.terminal import DASH, aligned, cells_of, columns, say, say_heading, say_wrapped
from harness.paragraphs import wrapped
from harness.units import cpus_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.documents import ConditionRow, ExplainDocument

_GAP = "  "
_INDENT = 4
_MEASURED = 3  # the columns of a number: itself, its variant and its metric
_MOST_ROWS = 10
_HEADINGS = {
    "inside": "Measured conditions that give it",
    "overlaps": "Measured conditions that may give it: their intervals reach it",
    "widened": "Measured conditions that reach it only with the machine's disturbance counted",
}


def show_explanation(document: ExplainDocument) -> None:
    """Print the figure, the answer, the conditions that give it or else the nearest ones, and the translation."""
    say_heading(f"{document.label}: {document.claim} ({document.figure})")
    say_wrapped(document.answer)
    left = _MOST_ROWS
    for heading, rows in _by_heading(document):
        shown = rows[:left]
        left -= len(shown)
        if shown:
            counted = f" ({len(shown)} of {len(rows)}, all with --json)" if len(shown) < len(rows) else ""
            say_heading(f"\n{heading}{counted}")
            _show_rows(shown, document)
    if document.translation is not None:
        say("")
        say_wrapped(document.translation)
    if document.runs:
        say("")
    for run in document.runs:
        name = [] if run.name == run.id else [run.id]
        say_wrapped(f"{run.name}: {', '.join([run.here, run.started_at[:10], *name])}")


def _by_heading(document: ExplainDocument) -> list[tuple[str, list[ConditionRow]]]:
    """Return the conditions that give the figure, and apart from them those that may.

    The nearest follow if no number gives it, and none may by its own interval.
    """
    given = [(heading, [row for row in document.holds_under if row.fit == fit]) for fit, heading in _HEADINGS.items()]
    if any(row.fit != "widened" for row in document.holds_under):
        return given
    return [*given, ("The nearest measured conditions", document.others)]


def _show_rows(rows: Sequence[ConditionRow], document: ExplainDocument) -> None:
    """Print rows in aligned columns; what is the same in all of them is printed once, below."""
    names = {run.id: run.name for run in document.runs}
    table = [
        [
            row.text,
            _variant(row, document),
            row.load,
            cpus_in_words(row.cpus) if row.cpus else DASH,
            row.scenario or DASH,
            names[row.run],
        ]
        for row in rows
    ]
    same = [index for index in range(3, len(table[0])) if len({cells[index] for cells in table}) == 1]
    kept = [[cell for index, cell in enumerate(cells) if index not in same] for cells in table]
    below = [""] * len(kept)
    if max(map(cells_of, aligned(kept))) > columns():  # the number keeps its interval, without which it says little
        below = [", ".join(cell for cell in cells[_MEASURED:] if cell != DASH) for cells in kept]
        kept = [cells[:_MEASURED] for cells in kept]
    for row, line, rest in zip(rows, aligned(kept), below, strict=True):
        _show_row(line, ", ".join(filter(None, [rest, row.note])) or None)
    common = [table[0][index] for index in same if table[0][index] != DASH]
    say_wrapped(f"all of them: {', '.join(common)}") if common else None
    served = {_variant(row, document): row for row in rows if row.summary is not None and document.of is None}
    for variant, row in served.items():
        say_wrapped(f"{variant}: {row.summary} ({row.variant_class})")


def _show_row(line: str, note: str | None) -> None:
    """Print a row with its note behind it, or below where the line is too short for both."""
    if note is None or cells_of(line) + len(_GAP) + cells_of(note) <= columns():
        say(_GAP.join(filter(None, [line, note])))
        return
    for part in wrapped(line, columns(), indent=" " * _INDENT):
        say(part)
    say_wrapped(note, indent=_INDENT)


def _variant(row: ConditionRow, document: ExplainDocument) -> str:
    """Return the subject without the figure's own targets and CPUs, which other columns or the answer have."""
    names = [f"{target}:" for target in (document.target, document.of) if target]
    text = row.subject
    for name in names:
        text = text.replace(name, "")
    return text
