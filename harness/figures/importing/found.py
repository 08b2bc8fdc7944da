"""What an import finds: figures, and what it could not place, each with its place on the page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.figures.conditions import inherit
from harness.figures.importing.doubted_labels import doubt_in_label
from harness.figures.importing.of_load import without_load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.numerals import Convention
    from harness.figures.importing.page import Page
    from harness.figures.importing.source import Text
    from harness.figures.importing.subjects import Mention, Subjects
    from harness.figures.importing.vocabulary import Quantity

LESS_OR_OF = "it has two readings: so much of the other number, or less by so much of it"
ABSOLUTE = "a difference in absolute numbers, and no ratio"
LEFT_OUT = "rows, cells or sentences from here on are left out: the page has more than an import reads"
MOST_WORK = 25_000_000
"""What the numbers of one page may take to read, so that no page takes minutes; one unit is about 0.3 µs."""
CELL, WORDS, REFUSED, AMOUNT, CHARACTER = 400, 100, 60, 600, 2
"""What they take: a cell with a number, one without, a number that is refused, one of a sentence and each character."""


@dataclass(frozen=True, slots=True)
class Found:
    """A figure of the page, in the keys of a figures file.

    Attributes:
        offset: Where its text begins in the source.
        key: value, range, at_least or below; `attribute` for a claim in words.
        numbers: The number, or both ends of a range, in its unit.
        unit: The printed unit; None where the page must have it elsewhere.
        digits: Its digits as printed, by which the page may print it elsewhere with its unit.
        attribute, states: The claim in words.
        amount: The number as it stands on the page; None for a claim in words.
        reading: `of` or `by`, the meaning of `0.35x slower`; None for another number.
        has_load: Whether the load that the page states for all of its numbers belongs to it.
    """

    printed: str
    offset: int
    label: str
    section: str
    target: str
    key: str
    numbers: tuple[float, ...] = ()
    unit: str | None = None
    quantity: Quantity | None = None
    of: str | None = None
    conditions: tuple[str, ...] = ()
    digits: str = ""
    words: str = ""
    attribute: str | None = None
    states: str | None = None
    amount: Amount | None = None
    reading: str | None = None
    has_load: bool = True


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A number of the page that is no figure, with the reason.

    Attributes:
        context: The label or sentence in which it stands.
        amount: The number; None where the page has none that can be read.
        section: The section of the page.
        target: The framework that it is about; None where the page does not tell it.
    """

    printed: str
    offset: int
    reason: str
    context: str = ""
    amount: Amount | None = None
    section: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the page something stands.

    Attributes:
        section: Its section.
        subject: The framework that the section is about; None for none or several.
        conditions: What the section states for all its numbers.
        of_targets: What it states for a framework alone.
        notes: What its footnotes state, by their marks.
        hint: The unit of its numbers without one; empty without such.
        doubt: Why its numbers are no results of today: its heading says `last year`; None if it does not tell it.
        part: Of what its heading or a caption says that its numbers are, if not of the whole: `worker`.
    """

    section: str
    subject: str | None = None
    conditions: tuple[str, ...] = ()
    of_targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hint: str = ""
    doubt: str | None = None
    part: str = ""

    def with_conditions(self, target: str, *inner: str, has_load: bool = True) -> tuple[str, ...]:
        """Return conditions of a framework with those of the section that they do not state otherwise.

        Args:
            target: The framework.
            inner: The conditions.
            has_load: Whether they take the load of the section, too.
        """
        outer = [self.conditions, self.of_targets.get(target, ())]
        of_section, of_target = outer if has_load else map(without_load, outer)
        return inherit(of_section, inherit(of_target, tuple(dict.fromkeys(inner))))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the page.

    Attributes:
        plain: Its text, of the same length, with blanks for command lines.
        amounts: Its amounts.
        mentions: The frameworks that it names.
    """

    text: Text
    place: Place
    plain: str
    amounts: tuple[Amount, ...]
    mentions: tuple[Mention, ...]


@dataclass(slots=True)
class Finder:
    """What all readers of one page share, and what they have found.

    Attributes:
        pair: The frameworks that the title names, in order.
        own: The name of the page's own project where a table has it; None without one.
        labels: The labels of its tables.
        dated: What dates the page: its title and date.
        set_ups: What stands in brackets behind the frameworks that it names with several brackets.
        conditions: What the page states for all of its numbers.
        later: The sentences that wait until all others are read.
        doubts: What its labels say of their numbers, by label.
        work_left: What reading may still take, in characters.
        left_out: The offsets of the texts that it was not enough for.
    """

    page: Page
    subjects: Subjects
    convention: Convention
    pair: tuple[str, ...] = ()
    own: str | None = None
    labels: frozenset[str] = frozenset()
    dated: str = ""
    set_ups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    found: list[Found] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    later: list[Sentence] = field(default_factory=list)
    known: dict[str, dict[tuple[str, Quantity | None], None]] = field(default_factory=lambda: defaultdict(dict))
    doubts: dict[str, str | None] = field(default_factory=dict)
    work_left: int = MOST_WORK
    left_out: list[int] = field(default_factory=list)

    def affords(self, work: int, text: Text) -> bool:
        """Return whether a text can still be read; if not, note where it stands."""
        if self.work_left >= work:
            self.work_left -= work
            return True
        self.work_left = 0
        self.left_out.append(text.offset(0))
        return False

    def doubt_of(self, *labels: str) -> str | None:
        """Return why labels, heads or headings have no result of today below them; None if they do not tell it."""
        return next(filter(None, map(self._doubt_of, labels)), None)

    def _doubt_of(self, label: str) -> str | None:
        if label not in self.doubts:
            rest = self.subjects.without_names(label)
            self.doubts[label] = doubt_in_label(rest, self.dated, names_framework=rest != label)
        return self.doubts[label]

    def refuse_left_out(self) -> None:
        """Note how many texts of a very large page are left out."""
        if self.left_out:
            self.unplaced.append(Unplaced("", min(self.left_out), LEFT_OUT))

    def refuse(self, printed: str, offset: int, reason: str, context: str = "", amount: Amount | None = None) -> None:
        """Note a number that is no figure."""
        self.unplaced.append(
            Unplaced(printed.replace("\n", " "), offset, reason, " ".join(context.split())[:120], amount)
        )

    def keep(self, one: Found) -> None:
        """Keep a figure, and what the page says of its digits."""
        self.found.append(one)
        if one.unit is not None and one.of is None and one.attribute is None:
            self.known[one.digits][one.unit, one.quantity] = None


def scaled(amount: Amount, unit: str | None) -> tuple[tuple[float, ...], str | None]:
    """Return the numbers of an amount in a unit: the suffix of `2.5k` multiplies, but is the unit of `850 thousand`."""
    ends = (amount.low,) if amount.key != "range" else (amount.low, amount.high)
    name = {1e3: "thousand", 1e6: "million"}.get(amount.multiplier)
    letter = {1e3: "K", 1e6: "M", 1e9: "G"}.get(amount.multiplier)
    if (
        amount.multiplier == 1
        or (unit == name is not None)
        or (unit and letter and unit in {f"{letter}B", f"{letter}iB"})
    ):
        return ends, unit
    if unit is None and name:
        return ends, name
    return tuple(float(f"{end * amount.multiplier:.12g}") for end in ends), unit
