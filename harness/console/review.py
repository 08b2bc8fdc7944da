"""The terminal output of a check: counts, then one line for each claim by verdict, then the contradictions.

No line is wider than the terminal. It must not know how a verdict is reached: it prints a `CheckDocument`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.console.terminal import DASH, cells_of, columns, fitted, folded, padded, say, say_heading, say_wrapped
from harness.figures.published import label_in_words
from harness.model import Verdict
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.documents import CheckDocument, ContradictionRow, FigureRow, FileRow, Place

_NOT_MEASURED = Verdict.NOT_MEASURED
_HEADINGS = {  # in the order in which they are printed: what does not hold is first
    Verdict.REFUTED: "Refuted",
    Verdict.NOT_REPRODUCED: "Not reproduced: nothing that was measured here gives them",
    Verdict.CONTRADICTED: "Contradicted: their own page excludes them",
    Verdict.INCONCLUSIVE: "Inconclusive: the measurement can't decide",
    Verdict.NOT_COMPARABLE: "Not comparable: their conditions are not stated, or were not measured",
    Verdict.CONFIRMED: "Confirmed",
    _NOT_MEASURED: "Not measured",
}
_COUNTED = (  # in plain words, of one figure and of several, by verdict
    ("holds", "hold", (Verdict.CONFIRMED,)),
    ("doesn't hold here", "don't hold here", (Verdict.REFUTED, Verdict.NOT_REPRODUCED)),
    ("is excluded by its own page", "are excluded by their own page", (Verdict.CONTRADICTED,)),
    ("is undecided", "are undecided", (Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE, _NOT_MEASURED)),
)
_INDENT = 4
_GAP = "  "
_HEADS = ("figure", "printed", "measured")
_DECIMAL = (" KB", " MB", " GB")
_LEAST_ID, _LEAST_PRINTED = 16, 18
_MOST_PLACES = 4


def show_check(document: CheckDocument, *, verbose: bool = False) -> None:
    """Print the counts, what limits all verdicts, a line for each figure, and the contradictions."""
    if document.figures:
        say_wrapped(_counts(document))
        for caution in document.cautions:
            say_wrapped(caution)
    for file in document.files:
        _show_file(file)
    shown = [row for row in document.figures if verbose or row.verdict != _NOT_MEASURED]
    claims = {verdict: _claims(row for row in shown if row.verdict == verdict) for verdict in _HEADINGS}
    lines = _Lines.of([claim for of_verdict in claims.values() for claim in of_verdict], columns())
    for verdict, heading in _HEADINGS.items():
        count, different = sum(len(claim.rows) for claim in claims[verdict]), len(claims[verdict])
        if count:
            say_heading(f"\n{heading} ({count if count == different else f'{count}, {different} different'})")
            _show_claims(claims[verdict], lines, verbose=verbose)
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
    say_wrapped(f"{file.path} ({file.format}): {rows} checked for contradictions.")
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
    return f"{said[0]}: {', '.join(said[1:])}.{_contradictions(len(document.contradictions))}"


def _contradictions(count: int) -> str:
    """Return the sentence on the contradictions, which are of figures with any verdict; empty without one."""
    if not count:
        return ""
    is_one = count == 1
    return f" Apart from any measurement, the pages contain {count} contradiction{'' if is_one else 's'}."


def _word(verdict: Verdict) -> str:
    return verdict.replace("_", " ")


@dataclass(frozen=True, slots=True)
class _Claim:
    """Figures that print one claim in the same words, with the same verdict; the first one stands for all."""

    rows: tuple[FigureRow, ...]

    @property
    def first(self) -> FigureRow:
        """The first figure."""
        return self.rows[0]

    def measured(self, *, with_interval: bool) -> str:
        """Return the measured number, and the number of places if there are several."""
        places = f"{_GAP}({len(self.rows)} places)" if len(self.rows) > 1 else ""
        return _measured(self.first, with_interval=with_interval) + places


def _claims(rows: Iterable[FigureRow]) -> list[_Claim]:
    """Return the rows by claim, in their order."""
    alike: dict[tuple[object, ...], list[FigureRow]] = {}
    for row in rows:
        measured = row.measured.text if row.measured else row.answer
        alike.setdefault((row.label, row.printed, row.target, row.metric, row.reason, measured), []).append(row)
    return [_Claim(tuple(same)) for same in alike.values()]


@dataclass(frozen=True, slots=True)
class _Lines:
    """The widths of the cells of all lines, and whether the measured numbers have their intervals.

    Where ids don't fit, `is_grouped`: the groups of figures have lines of their own, and below them stand the names of
    their figures, so that each id can be read whole.
    """

    id: int
    printed: int
    with_interval: bool
    is_grouped: bool

    @classmethod
    def of(cls, claims: Sequence[_Claim], width: int) -> _Lines:
        """Return the widths for a terminal: without room the intervals go first, then printed texts are cut."""
        longest_id = _widest([_HEADS[0], *(one.first.id for one in claims)])
        longest_name = _widest([_HEADS[0], *(_name(one.first.id) for one in claims)])
        printed = _widest([_HEADS[1], *(one.first.claim for one in claims)])
        with_interval, without = (
            _widest([_HEADS[2], *(one.measured(with_interval=shown) for one in claims)]) for shown in (True, False)
        )
        room = width - 2 * len(_GAP)
        fits = longest_id + min(printed, _LEAST_PRINTED) + with_interval <= room
        room -= with_interval if fits else without
        is_grouped = longest_id > room - min(printed, _LEAST_PRINTED)
        longest = longest_name if is_grouped else longest_id
        shown = max(_LEAST_ID, min(longest, room - min(printed, _LEAST_PRINTED)))
        return cls(shown, max(1, min(printed, room - shown)), fits, is_grouped)

    def heads(self) -> str:
        """Return the line with the heads of the columns."""
        figure, printed, measured = _HEADS
        return _GAP.join((padded(figure, self.id), padded(fitted(printed, self.printed), self.printed), measured))

    def of_claim(self, claim: _Claim) -> list[str]:
        """Return the line of a claim, and a further one for each part of an id that is wider than its column."""
        row, begin = claim.first, _GAP if self.is_grouped else ""
        name, *more = folded(row.id.rpartition(".")[2] if self.is_grouped else row.id, self.id - len(begin))
        cells = (
            padded(f"{begin}{name}", self.id),
            padded(fitted(row.claim, self.printed), self.printed),
            claim.measured(with_interval=self.with_interval),
        )
        return [_GAP.join(cells).rstrip(), *(f"{begin}{part}" for part in more)]


def _name(figure: str) -> str:
    """Return the name of a figure within its group, as it stands below it."""
    return f"{_GAP}{figure.rpartition('.')[2]}"


def _widest(texts: Iterable[str]) -> int:
    return max(map(cells_of, texts), default=0)


def _measured(row: FigureRow, *, with_interval: bool) -> str:
    if row.measured is None:
        return row.answer or DASH
    text = row.measured.text if with_interval else row.measured.text.partition(" [")[0]
    is_decimal = row.measured.unit is Unit.BYTE and row.measured.text.partition(" [")[0].endswith(_DECIMAL)
    return f"{text} = {human(row.measured.estimate, Unit.BYTE)}" if is_decimal else text  # as a run prints it


def _show_claims(claims: Sequence[_Claim], lines: _Lines, *, verbose: bool) -> None:
    say(fitted(lines.heads(), columns()))
    group = ""
    for claim in claims:
        of_claim = claim.first.id.rpartition(".")[0]
        if lines.is_grouped and of_claim != group:
            group = of_claim
            for part in folded(f"{group}.", columns()):
                say(part)
        for line in lines.of_claim(claim):
            say(fitted(line, columns()))
        if verbose and cells_of(claim.first.claim) > lines.printed:
            say_wrapped(f"printed: {claim.first.claim}", indent=_INDENT)
        if verbose:
            what = label_in_words(claim.first.label, claim.first.printed)
            say_wrapped(f"{what}: {claim.first.reason}", indent=_INDENT)
        if verbose and claim.rows[1:]:
            say_wrapped(f"also {', '.join(row.id for row in claim.rows[1:])}", indent=_INDENT)


def _show_contradiction(number: int, one: ContradictionRow, *, verbose: bool) -> None:
    """Print a contradiction's sentence and its places; of one quantity only its numbers and their lines."""
    if one.in_short and not verbose and all(place.line is not None for place in one.places):
        say_wrapped(f"{one.in_short}{_lines_of(one.places)}.", indent=_INDENT, first=f"{number}.")
        return
    say_wrapped(one.message, indent=_INDENT, first=f"{number}.")
    places = list(dict.fromkeys(_place(place) for place in one.places))
    most = len(places) if verbose else _MOST_PLACES
    for place in places[:most]:
        say_wrapped(place, indent=_INDENT)
    if places[most:]:
        say(f"{' ' * _INDENT}and {len(places) - most} more: --verbose lists them")


def _lines_of(places: Iterable[Place]) -> str:
    """Return the known lines of places in brackets, by file: ` (flask_vs_gin.toml:96, 109)`; empty without any."""
    of_files: dict[str, dict[int, None]] = {}
    for place in places:
        if place.line is not None:
            of_files.setdefault(Path(place.file).name if place.file else "line ", {})[place.line] = None
    texts = [f"{file}{':' if file != 'line ' else ''}{', '.join(map(str, lines))}" for file, lines in of_files.items()]
    return f" ({'; '.join(texts)})" if texts else ""


def _place(place: Place) -> str:
    """Return a place with its line: `flask_vs_gin.toml:54: Key facts, Stars: 68,000`."""
    if place.line is None:
        return place.text
    where = f"line {place.line}" if place.file is None else f"{Path(place.file).name}:{place.line}"
    return f"{where}: {place.text}"
