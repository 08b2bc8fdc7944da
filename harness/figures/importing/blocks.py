"""The way through a page: its sections, whom each is about, what it states, and its blocks in order."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.conditions import inherit
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.cells import Setting, read_cell
from harness.figures.importing.commands import commands_in, without_commands
from harness.figures.importing.doubts import without_supposed
from harness.figures.importing.found import AMOUNT, CELL, REFUSED, Place
from harness.figures.importing.notes import is_note, notes_in, with_marks
from harness.figures.importing.of_label import loads_in_label
from harness.figures.importing.of_machine import is_of_machine
from harness.figures.importing.of_part import part_in
from harness.figures.importing.offered import load_of_heading, loads_in, rate_of_heading
from harness.figures.importing.page import Block, Kind, Table
from harness.figures.importing.page_wide import read_page_wide, states_all
from harness.figures.importing.prose import read_prose
from harness.figures.importing.stated import stated_in, without_conflict
from harness.figures.importing.subjects import distinct, rest_of
from harness.figures.importing.table_loads import stated_in_label
from harness.figures.importing.tables import read_table
from harness.figures.importing.tool_output import is_tool_output, numbered, read_tool_output
from harness.figures.importing.tool_tables import read_tool_table
from harness.figures.importing.vocabulary import in_brackets, names_rate, unit_in_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.found import Finder
    from harness.figures.importing.source import Text

_SMALL = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "if", "in", "of", "on", "or", "the", "to", "vs", "with", "&"]
)
_LABELLED = re.compile(
    r"\s*(?P<label>[^:\n]{2,60}):\s+(?=[~\u2248<>\u2264\u2265+\u2212-]?\s?\d|(?:about|over|under|up to)\s)"
)
_MOST_LABELLED = 120
_MOST_WORDS, _MOST_CARD = 7, 60
_LEAST_DIGITS = 2
_UNITS_OF_TITLES = frozenset({"ms", "\u00b5s", "ns", "KB", "MB", "GB", "KiB", "MiB", "GiB", "req/s"})
_RESULTS = frozenset({"req/s", "ms", "\u00b5s", "MB", "x"})


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page: its heading's text and level, and its blocks."""

    title: str
    level: int
    blocks: tuple[Block | Table, ...]


def sections_of(blocks: Sequence[Block | Table]) -> Iterator[Section]:
    """Yield the sections of a page. A line without markup is a heading if it is written like one."""
    title, level = "", 0
    inside: list[Block | Table] = []
    for block in blocks:
        if isinstance(block, Block) and (
            block.kind is Kind.HEADING or (block.kind is Kind.LINE and _is_title(block.text.plain))
        ):
            yield Section(title, level, tuple(inside))
            title, level, inside = " ".join(block.text.plain.split()), block.level or 2, []
        else:
            inside.append(block)
    yield Section(title, level, tuple(inside))


def _is_title(line: str) -> bool:
    words = line.split()
    return (
        2 <= len(words) <= _MOST_WORDS  # noqa: PLR2004 - a heading of one word is the name of a card
        and not re.search(r"\d|[.,;:!?()|]$|[()|]", line)
        and all(word[0].isupper() or word.casefold() in _SMALL for word in words)
    )


def read_blocks(finder: Finder) -> None:
    """Find the figures of all blocks of a page."""
    read_page_wide(finder)
    _refuse_headings(finder)
    subject = finder.pair[0] if len(finder.pair) == 1 else None
    path = [(0, Place(finder.page.title, subject, notes=notes_in(finder.page.blocks)))]
    for section in sections_of(finder.page.blocks):
        while len(path) > 1 and path[-1][0] >= section.level:
            path.pop()
        outer = path[-1][1]
        place = _place(finder, section, outer)
        path.append((section.level, place))
        _read_section(finder, section, place)


def _refuse_headings(finder: Finder) -> None:
    """Note the results in headings, which no reader takes: `Gin is 40x faster`."""
    for block in finder.page.blocks:
        if not isinstance(block, Block) or block.kind is not Kind.HEADING or not finder.affords(REFUSED, block.text):
            continue
        plain = block.text.plain
        amounts = list(amounts_in(plain, finder.convention))
        for one in amounts:
            if one.unit in _RESULTS and one != rate_of_heading(plain, amounts):
                printed = plain[one.start : one.end]
                finder.refuse(printed, block.text.offset(one.start), "a number in a heading", plain, one)


def _place(finder: Finder, section: Section, outer: Place) -> Place:
    """Return what a section is about: the framework in its heading, else that of the section around it."""
    mentions = finder.subjects.mentions(section.title)
    named = distinct(mentions)
    is_of_two = len(named) < len(mentions) and section.level > 1  # `Is Flask 3 faster than Flask 2?`
    subject = named[0] if len(named) == 1 and not is_of_two else None if named else outer.subject
    texts = [one.text.plain for one in section.blocks if isinstance(one, Block) and one.kind is not Kind.CODE]
    captions = [one.caption for one in section.blocks if isinstance(one, Table) and one.caption]
    said = [section.title, *captions, *(text for text in texts if not is_note(text))]
    general, of_targets = _stated(finder, said, subject)
    offered = load_of_heading(section.title, list(amounts_in(section.title, finder.convention)))
    general = tuple(without_conflict((*general, *offered)))
    return Place(
        section.title or outer.section,
        subject,
        # what the page states of all its tests is not repeated, but it ends what a section around has stated instead
        conditions=tuple(one for one in inherit(outer.conditions, general) if one not in finder.conditions),
        of_targets={**outer.of_targets, **of_targets},
        notes={**outer.notes, **notes_in(section.blocks)},
        hint=_unit_of(section.title, *captions) or ("req/s" if any(map(names_rate, said)) else outer.hint),
        doubt=outer.doubt or (finder.doubt_of(section.title) if section.level > 1 else None),
        part=next(filter(None, map(part_in, (section.title, *captions))), outer.part),
    )


def _unit_of(*titles: str) -> str | None:
    """Return the unit of time or size that a heading or a caption has in brackets: `Latency by connections (ms)`."""
    units = (unit_in_label(f"({part})") for title in titles for part in in_brackets(title))
    return next((unit for unit in units if unit in _UNITS_OF_TITLES), None)


def _stated(
    finder: Finder, texts: Sequence[str], subject: str | None
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return what texts state for all numbers of a section, and what for one framework that a sentence names."""
    general: list[str] = []
    of_targets: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        is_bare = _states(finder, text)
        for sentence in re.split(r"(?<=[.;!?])\s|\n", text):
            if not is_bare and not states_all(finder, sentence):
                continue
            stated = stated_in(without_supposed(sentence, ()))
            named = [one for one in distinct(finder.subjects.mentions(sentence)) if one != subject] if stated else []
            if not named:
                general += stated
            for one in named:
                of_targets[one] += stated
    by_target = {target: tuple(without_conflict(stated)) for target, stated in of_targets.items()}
    return tuple(without_conflict(general)), by_target


def _states(finder: Finder, text: str) -> bool:
    """Return whether a text can state the conditions of a section: it has no rate or latency of its own."""
    plain = without_commands(text[:2000])
    return not any(one.unit in _RESULTS for one in amounts_in(plain, finder.convention))


def _read_section(finder: Finder, section: Section, place: Place) -> None:
    subject, is_card = place.subject, False
    command: tuple[str, ...] = ()
    outputs, run = sum(_is_output(block) for block in section.blocks), 0
    before = ""  # the text before a code block
    for block in section.blocks:
        here = replace(place, subject=subject)
        is_code = isinstance(block, Block) and block.kind is Kind.CODE
        above, before = before, before if is_code else block.text.plain if isinstance(block, Block) else ""
        if isinstance(block, Table):
            _read_any_table(finder, with_marks(block) if here.notes else block, here, above)
        elif block.kind is Kind.CODE:
            is_output = is_tool_output(block.text.plain)
            if is_output:
                run += 1
                here = replace(here, subject=_introduced(finder, before, subject))
                of_run = replace(here, section=numbered(here.section, run)) if outputs > 1 else here
                own = commands_in(block.text.plain)  # the command of a block before it is that of another run
                conditions = here.with_conditions(str(here.subject), *(() if own else command))
                read_tool_output(finder, block.text, replace(of_run, conditions=conditions))
            command = () if is_output else stated_in(block.text.plain)
        elif block.kind is Kind.PICTURE:
            _refuse_numbers(finder, block.text)
        elif name := finder.subjects.only(block.text.plain):
            subject, is_card = name, True
            continue
        elif is_card and len(block.text.plain) <= _MOST_CARD and _has_amount(finder, block.text.plain):
            if finder.affords(CELL, block.text):
                read_cell(finder, block.text, Setting(f"[{section.title or 'text'}]", str(subject), here))
        elif not _read_labelled(finder, block.text, here):
            read_prose(finder, block.text, here)
        is_card = False


def _introduced(finder: Finder, text: str, subject: str | None) -> str | None:
    """Return whose output follows a text: `We ran hey against Gin:`; else the one of the section."""
    last = re.split(r"(?<=[.!?])\s", text.strip())[-1]
    named = distinct(finder.subjects.mentions(last))
    if len(named) == 1 and last.endswith(":"):
        return named[0]
    named = distinct(finder.subjects.mentions(text))
    return subject or (named[0] if len(named) == 1 else None)


def _read_any_table(finder: Finder, table: Table, place: Place, before: str) -> None:
    """Read a table; its caption, or the line before it that ends with a colon, may say that it has no results."""
    title = re.split(r"(?<=[.!?])\s", before.strip())[-1]
    place = replace(place, doubt=place.doubt or finder.doubt_of(table.caption, title if title.endswith(":") else ""))
    if not read_tool_table(finder, table, place):
        read_table(finder, table, place)


def _is_output(block: Block | Table) -> bool:
    return isinstance(block, Block) and block.kind is Kind.CODE and is_tool_output(block.text.plain)


def _refuse_numbers(finder: Finder, text: Text) -> None:
    """Note the numbers in the description of a picture, which the page does not print."""
    if not finder.affords(REFUSED, text):
        return
    for one in amounts_in(text.plain, finder.convention):
        if one.unit is not None or len(one.digits) > _LEAST_DIGITS:
            printed = text.plain[one.start : one.end]
            finder.refuse(printed, text.offset(one.start), "a number in the description of a picture", text.plain, one)


def _read_labelled(finder: Finder, text: Text, place: Place) -> bool:
    """Read a line such as `Memory usage: 45 MB` like a cell with its label; return whether it is one."""
    found = _LABELLED.match(text.plain)
    if found is None or len(text.plain) > _MOST_LABELLED or finder.subjects.only(found["label"]):
        return False
    label = found["label"].strip()
    mentions = finder.subjects.mentions(label)
    named = distinct(mentions)
    subject = named[0] if len(named) == 1 else place.subject
    value = text.part(found.end(), len(text.plain))
    amounts = list(amounts_in(value.plain, finder.convention))
    offered = loads_in(value.plain, amounts, ()).rates
    if subject is None or len(named) > 1 or len(amounts) != 1 + len(offered):
        return False
    if any(is_of_machine(text.plain, one, ()) for one in amounts_in(text.plain, finder.convention)):
        return False
    label = rest_of(label, mentions[0]) if len(mentions) == 1 else label
    if finder.affords(AMOUNT, value):
        label = " ".join(label.split())
        stated = (*stated_in_label(label), *loads_in_label(label, finder.convention))
        doubt = finder.doubt_of(found["label"])
        setting = Setting(label, subject, place, conditions=stated, hint=place.hint or None, doubt=doubt)
        read_cell(finder, value, setting)
    return True


def _has_amount(finder: Finder, text: str) -> bool:
    return any(True for _ in amounts_in(text, finder.convention))
