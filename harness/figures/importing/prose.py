"""Sentences: amounts with a unit, whom they are about, and how far the printed phrase goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.figures.conditions import inherit
from harness.figures.directed import compares
from harness.figures.factors import factors_in
from harness.figures.importing.amounts import amounts_in, factor_amounts
from harness.figures.importing.cells import Setting, keep_amount
from harness.figures.importing.commands import commands_in, without_commands
from harness.figures.importing.compared import (
    LISTED,
    OF_EITHER,
    compared_in,
    is_multiple_of,
    is_of_either,
    is_owner_behind,
    other_side,
)
from harness.figures.importing.doubts import (
    ANOTHER_TIME,
    BESIDE,
    BY_ORDER,
    doubt_of_number,
    is_beside,
    is_by_order,
    tells_another_time,
    without_supposed,
)
from harness.figures.importing.found import AMOUNT, CHARACTER, Sentence
from harness.figures.importing.in_words import may_have_words, refuse_words
from harness.figures.importing.no_figure import is_version_of, why_no_figure
from harness.figures.importing.notes import noted
from harness.figures.importing.of_machine import OF_MACHINE, is_of_machine
from harness.figures.importing.of_memory import means_memory, names_state, state_of
from harness.figures.importing.of_part import part_in_sentence
from harness.figures.importing.offered import NO_SINGLE_RATE, OFFERED_ALONE, OFFERED_OR_REACHED, loads_in
from harness.figures.importing.other_software import OTHER_SOFTWARE, is_of_other_software
from harness.figures.importing.set_ups import set_up_of, stated_behind, versions_of
from harness.figures.importing.stated import spans_stated, stated_in, states_several
from harness.figures.importing.statistic_words import names_percentile, statistics_in
from harness.figures.importing.subjects import distinct
from harness.figures.importing.units import NOUNS, units_in
from harness.figures.importing.vocabulary import conditions_in_clause, quantity_of, quantity_of_ratio
from harness.figures.printed import unit_named
from harness.metrics.published import LATENCIES, MEMORIES
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.source import Text
    from harness.figures.importing.subjects import Mention

# Abbreviations within a sentence; the last ones only before a number or a small letter.
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b(?:Tsd|Mio|Mrd)\.)(?<!\s[zdp]\.)(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\bz\.[\s\u00a0\u202f]B\.)(?<!\b(?:z\.B|d\.h)\.)"
    r"(?<!\bd\.[\s\u00a0\u202f]h\.)(?<!\bp\.[\s\u00a0\u202f]ex\.)(?<!\b(?:vs|ca)\.)(?<!\bbzw\.)(?<!\bapprox\.)"
    r"(?!(?<=\b(?:avg|max|min|Sek|env|est|Std|cf\.|c\.f|res|inc)\.)\s+(?:\d|[a-z\u00e0-\u00fc]))"
    r"(?!\s+(?:Perzent|Quant)il)\s+(?=[^\W\d_]|\d|[\"'(~<>])|(?<=\u3002)|\n"
)
_CLAUSE = re.compile(
    r",(?!\d)|\s/\s|[;:!?()*\u2020\u2021\u00a7\u00b9\u00b2\u00b3\u2070-\u2079\u2013\u2014\u2012\n]|\.(?!\sPerzentil)(?=\s|$)|[^\x00-\x7f\u00c0-\u024f\u0370-\u052f\u00b5\u03bc\u00b1\u2248\u223c\u2264\u2265\u00d7\u00a0\u2009\u202f\u2019\u2212](?=[A-Za-z])"
)
_EDGE = re.compile(rf"{_CLAUSE.pattern}|[ ]{{3,}}")  # and the blanks for a command line
_STOP = re.compile(
    r"^(?:and|or|vs\.?|versus|but|while|whereas|compared|because|so|if|with|requiring|requires|at|for|in|on|to|by|is|"
    r"are|has|have|had|was|were|than|uses?|needs?|takes?|about|only|just|from|as|that|which|it|und|mit|bei|auf|"
    r"reach(?:es|ed)?|achieves?|der|die|das|ist|sind|war|est|sont|es|é|um|un|una|une|uma)$",
    re.IGNORECASE,
)
_STOP_AFTER = re.compile(
    r"^(?:and|or|vs\.?|versus|but|while|whereas|compared|because|so|if|und|mit|while)$", re.IGNORECASE
)
_NO_END = re.compile(r"^(?:with|at|@|for|in|on|to|by|than|as|from|of|a|an|the|mit|bei|auf)$", re.IGNORECASE)
_MOST_BEFORE, _MOST_AFTER = 3, 6
_AND = re.compile(r"\s(?:and|but|while|whereas|und)\s", re.IGNORECASE)
_LATENCY = re.compile(
    r"\b(?:latenc|latenz|lat[e\u00ea]n|response|antwortzeit|p\d\d|p\(\d\d|percentil|perzentil|centile)", re.IGNORECASE
)
MOST_SENTENCE = 4000
LEAST_DIGITS = 3
"""The digits of a number without a unit that the page may print elsewhere with one; fewer are the same by chance."""
MOST_AMOUNTS = 100


def read_prose(finder: Finder, text: Text, place: Place) -> None:
    """Find the figures of a paragraph; a command line of its own sentence is the load of the ones behind it."""
    start = 0
    place = replace(place, conditions=(), of_targets={})
    for gap in [*_SENTENCE.finditer(text.plain), None]:
        end = gap.start() if gap else len(text.plain)
        sentence = text.part(start, min(end, start + MOST_SENTENCE))
        if any(map(str.isdecimal, sentence.plain)) or may_have_words(sentence.plain):
            _read_affordable(finder, sentence, place)
        refuse_words(finder, sentence, place.subject, [(one.start, one.end) for one in factors_in(sentence.plain)])
        if (stated := commands_in(sentence.plain)) and not _has_result(finder, sentence.plain):
            place = replace(place, conditions=inherit(place.conditions, stated))
        start = gap.end() if gap else end


def _has_result(finder: Finder, sentence: str) -> bool:
    return any(one.unit for one in amounts_in(without_commands(sentence), finder.convention))


def _read_affordable(finder: Finder, text: Text, place: Place) -> None:
    """Read a sentence if the work is not too much for the page: its numbers, each with all of its words."""
    if not finder.affords(CHARACTER * len(text.plain), text):
        return
    sentence = _sentence(finder, text, place)
    if len(sentence.amounts) > MOST_AMOUNTS:
        first = sentence.amounts[0]
        printed = sentence.plain[first.start : first.end]
        reason = f"its sentence has more than {MOST_AMOUNTS} numbers"
        finder.refuse(printed, text.offset(first.start), reason, sentence.plain, first)
    elif not sentence.amounts or finder.affords(
        len(sentence.amounts) * (AMOUNT + CHARACTER * len(sentence.plain)), text
    ):
        _read_sentence(finder, sentence)


def read_later(finder: Finder) -> None:
    """Find the figures of the sentences that waited for what the rest of the page says."""
    waiting, finder.later = finder.later, []
    for sentence in waiting:
        _read_sentence(finder, sentence, is_last=True)


def _sentence(finder: Finder, text: Text, place: Place) -> Sentence:
    plain = without_commands(text.plain)
    amounts = list(amounts_in(plain, finder.convention, spaces=" " in finder.convention.groups))
    if may_have_words(plain):
        amounts = sorted((*amounts, *factor_amounts(plain)), key=lambda one: one.start)
    return Sentence(text, place, plain, tuple(amounts), tuple(finder.subjects.mentions(plain)))


def _read_sentence(finder: Finder, sentence: Sentence, *, is_last: bool = False) -> None:
    text, place, plain = sentence.text, sentence.place, sentence.plain
    amounts, mentions = sentence.amounts, sentence.mentions
    sides = compared_in(plain, amounts, mentions)
    about = [one for one in mentions if one not in sides]
    has_subject = about or place.subject or len(finder.pair) == 1
    if not is_last and amounts and (not has_subject or any(one.unit is None for one in amounts)):
        finder.later.append(sentence)
        return
    spans = spans_stated(plain)
    results = [one for one in amounts if not _is_condition(one, amounts, about, spans)]
    loads = loads_in(plain, results, mentions)
    ends = [0, *accumulate((0 if one in loads.rates else one.end for one in amounts), max)]
    starts = [*(one.start for one in amounts), len(plain)]
    for number, amount in enumerate(amounts):
        if amount not in results or amount in loads.rates:
            continue
        amount = _with_noun(plain, amount)  # noqa: PLW2901 - the same with its noun
        printed, offset = plain[amount.start : amount.end], text.offset(amount.start)
        if amount in loads.doubtful:
            finder.refuse(printed, offset, OFFERED_OR_REACHED, plain, amount)
        elif amount in loads.alone:
            finder.refuse(printed, offset, OFFERED_ALONE, plain, amount)
        elif amount.start in loads.unclear:
            finder.refuse(printed, offset, NO_SINGLE_RATE, plain, amount)
        elif is_of_machine(plain, amount, mentions):
            finder.refuse(printed, offset, OF_MACHINE, plain, amount)
        elif _is_figure(finder, plain, amount, mentions):
            other = other_side(plain, amount, mentions) if amount.unit in {"x", "%"} else None
            load = tuple(filter(None, [loads.of.get(amount.start)]))
            near = _Surroundings(about, other, (ends[number], starts[number + 1]), load)
            _place_amount(finder, sentence, amount, near)
        elif not is_version_of(plain, amount, mentions) and (reason := why_no_figure(plain, amount, about)):
            finder.refuse(printed, offset, reason, plain, amount)


def _is_condition(
    amount: Amount, amounts: Sequence[Amount], mentions: Sequence[Mention], conditions: list[tuple[int, int]]
) -> bool:
    """Return whether an amount states a load or a set-up; alone behind a name it is that framework's own limit."""
    if not any((start <= amount.start and amount.end <= end) or start < amount.end <= end for start, end in conditions):
        return False
    return len(amounts) > 1 or not any(one.end <= amount.start for one in mentions)


def _with_noun(plain: str, amount: Amount) -> Amount:
    if amount.unit is not None:
        return amount
    words = re.match(r"(?:\s+[A-Za-z][\w-]*){1,4}", plain[amount.end : amount.end + 80])
    nouns = [unit for unit, *_ in units_in(words[0]) if unit in NOUNS] if words else []
    return replace(amount, unit=nouns[0]) if nouns else amount


def _is_figure(finder: Finder, plain: str, amount: Amount, mentions: Sequence[Mention]) -> bool:
    """Return whether an amount can be a figure: it has a unit, or the page has the same digits with one."""
    if amount.unit in {"x", "%"}:
        is_ratio = compares(plain[amount.start : amount.end + 60]) or amount.is_signed
        return is_ratio or any(is_multiple_of(plain, amount, one) for one in mentions)
    return amount.unit is not None or len(_units_elsewhere(finder, amount)) == 1


def _units_elsewhere(finder: Finder, amount: Amount) -> set[str]:
    """Return the units with which the page has the same digits elsewhere; a number of two digits tells nothing."""
    return {unit for unit, _ in finder.known.get(amount.digits, ())} if len(amount.digits) >= LEAST_DIGITS else set()


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What stands around an amount in its sentence.

    Attributes:
        mentions: The frameworks that the sentence is about.
        other: The framework that the amount is compared with, if there is one.
        between: The end of the amount before it, and the start of the one behind it.
        load: The load that the sentence states for it.
    """

    mentions: Sequence[Mention]
    other: Mention | None
    between: tuple[int, int]
    load: tuple[str, ...]


def _place_amount(finder: Finder, sentence: Sentence, amount: Amount, near: _Surroundings) -> None:
    """Keep an amount with its framework and its load, or say why it has none."""
    text, plain, place = sentence.text, sentence.plain, sentence.place
    around, other, load = near.between, near.other, near.load
    extent = _extent(plain, amount, around)
    target, reason = _target(finder, sentence, amount, near)
    is_multiple = other is not None and is_multiple_of(plain, amount, other)
    multiple = _what_before(plain, amount, sentence.amounts, around) if is_multiple else None
    reason = reason or _why_not(sentence, amount, other, multiple, around) or _doubt(finder, sentence, amount, target)
    if reason is not None or target is None:
        finder.refuse(plain[slice(*extent)], text.offset(extent[0]), reason or "no framework is named", plain, amount)
        return
    extent = extent if other is None else (extent[0], max(extent[1], other.end))
    label = f"[{' '.join(plain[: amount.start].split()[-6:]) or 'text'}]"
    measured = without_supposed(text.plain, sentence.amounts)
    versions = [f"version {one}" for one in versions_of(sentence, target)]
    stated = stated_in(measured[: amount.start] + " ; " + measured[amount.end :])
    stated = (*load, *noted(sentence, amount, place.notes), *versions, *stated)
    words = clause = _clause(plain, amount, around)
    stated = (*stated_behind(sentence, amount, clause), *stated, *set_up_of(sentence, target, amount, finder.set_ups))
    if other is None and amount.unit and quantity_of(words, amount.unit, label).metric is None:
        words = clause if _base_of(amount.unit) is Unit.BYTE and names_state(clause) else plain
    if load and _base_of(amount.unit or "") is Unit.SECOND and _LATENCY.search(words) is None:
        words = f"{words} latency"  # only a latency has a load
    if multiple is not None:
        words, label = multiple, "[text]"
    if other is None and amount.unit and _is_memory(plain, words, amount.unit, label):
        words = f"{words} memory"
        rest = re.sub(re.escape(plain[amount.start : amount.end]), " ", finder.subjects.without_names(clause))
        stated = (*state_of(plain, clause, rest), *stated)
    is_of_latencies = other is not None and _LATENCY.search(words)
    if is_of_latencies or quantity_of(f"{label} {words}", amount.unit or "", label).metric == LATENCIES:
        stated = (*_statistic(plain, clause, words, amount), *stated)
    if amount.unit is None:
        amount = replace(amount, unit=_units_elsewhere(finder, amount).pop())
    setting = Setting(
        label,
        target,
        place,
        other.target if other else None,
        stated,
        words=words,
        part=part_in_sentence(plain, clause, amount),
    )
    keep_amount(finder, text, extent, amount, setting)


def _why_not(
    sentence: Sentence, amount: Amount, other: Mention | None, multiple: str | None, around: tuple[int, int]
) -> str | None:
    """Return why it is not clear what an amount of a sentence is of; None if it is."""
    plain = sentence.plain
    if amount.unit in {"x", "%"} and other is None and compares(plain[amount.start : amount.end + 40]):
        return "a comparison with something that the page does not name"
    if multiple is not None and quantity_of_ratio(multiple) is None:
        return "a multiple, and its sentence does not say of what"
    if is_of_either(plain, amount, sentence.amounts, sentence.mentions):
        return OF_EITHER
    return "two percentiles stand beside it" if len(statistics_in(_clause(plain, amount, around))) > 1 else None


def _statistic(plain: str, clause: str, words: str, amount: Amount) -> tuple[str, ...]:
    """Return what the words about a latency state; the only percentile before it, if they name no quantity."""
    before = statistics_in(plain[: amount.start]) if not statistics_in(clause) else set()
    if words == clause:  # `Das 95. Perzentil von Flask`, whose number ends the clause; but no mean of something else
        before = {one for one in before if names_percentile(one)}
    return (*conditions_in_clause(clause), *(before if len(before | statistics_in(plain)) == 1 else ()))


def _what_before(plain: str, amount: Amount, amounts: Sequence[Amount], around: tuple[int, int]) -> str:
    """Return the words about the number that is multiplied: those before the multiple, else those of its own clause."""
    before = next((one for one in amounts if one.end == around[0]), None)
    base = _base_of(before.unit) if before and before.unit else None
    if before is None or base in {None, Unit.ONE}:
        return plain[: amount.end]
    if base is Unit.BYTE:
        return "memory"
    return "requests per second" if base is Unit.PER_SECOND else _clause(plain, before, (0, amount.start))


def _base_of(unit: str) -> Unit | None:
    known = unit_named(unit)
    return known.base if known else None


def _is_memory(plain: str, words: str, unit: str, label: str) -> bool:
    if _base_of(unit) is not Unit.BYTE:
        return False
    metric = quantity_of(words, unit, label).metric
    return metric == MEMORIES or (metric is None and (means_memory(plain) or names_state(words)))


def _doubt(finder: Finder, sentence: Sentence, amount: Amount, target: str | None) -> str | None:
    """Return why a sentence does not state a number of its framework today; None if it does."""
    plain = sentence.text.plain
    if states_several(without_supposed(plain, sentence.amounts)):
        return "its sentence states several values of one condition"
    if len(sentence.amounts) > 1 and is_by_order(plain):
        return BY_ORDER
    if is_beside(plain, amount, sentence.amounts):
        return BESIDE
    if reason := doubt_of_number(plain, amount):
        return reason
    if is_of_other_software(plain, amount, sentence.mentions):
        return OTHER_SOFTWARE
    is_of_two = len(versions_of(sentence, target)) > 1
    several = "its sentence names two versions of one framework" if is_of_two else None
    return ANOTHER_TIME if tells_another_time(plain, finder.dated) else several


def _target(finder: Finder, sentence: Sentence, amount: Amount, near: _Surroundings) -> tuple[str | None, str | None]:
    """Return the framework of an amount, that before or behind it or of its section, or why it can't be told."""
    plain, place = sentence.plain, sentence.place
    start, end = near.between
    before = [one for one in near.mentions if one.end <= amount.start]
    just_before = [one for one in before if one.start >= start]
    if _are_several(plain, before, just_before):
        return None, "two frameworks stand before it"
    behind = [one for one in near.mentions if amount.end <= one.start < end]
    if behind and is_owner_behind(plain, amount, behind[0]):
        return behind[0].target, None
    if just_before or (before and place.subject is None):
        return before[-1].target, None
    if before and before[-1].target != place.subject:
        return None, "its sentence names another framework than its section"
    subject = place.subject or (finder.pair[0] if len(finder.pair) == 1 else finder.own)
    return subject, None if subject else "no framework is named"


def _are_several(plain: str, before: Sequence[Mention], near: Sequence[Mention]) -> bool:
    """Return whether a number can be that of either of two frameworks before it."""
    if len(before) > 1 and LISTED.fullmatch(plain[before[-2].end : before[-1].start]):
        return True
    if len(distinct(near)) < 2:  # noqa: PLR2004 - two frameworks
        return False
    between = plain[near[-2].end : near[-1].start]
    return re.search(r"\b(?:vs\.?|versus|than|while|whereas|but)\b|[;,(]", between) is None


def _clause(plain: str, amount: Amount, around: tuple[int, int]) -> str:
    """Return the words about an amount: from the last comma or number before it to the next one."""
    left = max([found.end() for found in _CLAUSE.finditer(plain, around[0], amount.start)], default=around[0])
    right = _CLAUSE.search(plain, amount.end, around[1])
    end = right.start() if right else around[1]
    left = max([left, *(found.end() for found in _AND.finditer(plain, left, amount.start))])
    following = _AND.search(plain, amount.end, end)
    return plain[left : following.start() if following else end]


def _extent(plain: str, amount: Amount, around: tuple[int, int]) -> tuple[int, int]:
    """Return where the printed phrase begins and ends: in its clause, with a few words before and behind the number."""
    left = max([found.end() for found in _EDGE.finditer(plain, around[0], amount.start)], default=around[0])
    right = _EDGE.search(plain, amount.end, around[1])
    begin = amount.start
    words = list(re.finditer(r"\S+", plain[left : amount.start]))
    taken = 0
    for word in reversed(words):
        if _STOP.match(word[0]):
            break
        begin, taken = left + word.start(), taken + 1
        if taken > _MOST_BEFORE:
            begin = amount.start
            break
    behind = list(re.finditer(r"\S+", plain[amount.end : right.start() if right else around[1]]))
    stop = next((number for number, word in enumerate(behind) if _STOP_AFTER.match(word[0])), len(behind))
    behind = behind[: min(stop, _MOST_AFTER)]
    while behind and _NO_END.match(behind[-1][0]):
        behind.pop()
    end = amount.end + behind[-1].end() if behind else amount.end
    return begin, end
