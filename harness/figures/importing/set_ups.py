"""What stands behind the name of a framework in sentences: its version, and its set-up in brackets.

Brackets state a set-up only where they tell several of one framework apart: `Flask (sync): 1.2k rps`, and
`Flask (gevent): 2.4k rps`. `Flask (Python)` alone tells nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from harness.figures.importing.page import Block, Kind
from harness.figures.importing.subjects import end_of_name
from harness.figures.importing.vocabulary import unit_in_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Sentence
    from harness.figures.importing.page import Page
    from harness.figures.importing.subjects import Mention, Subjects

_VERSION = re.compile(r"\s?(?:v|version\s)?(\d+(?:\.\d+)+)(?!\w|,\d)", re.IGNORECASE)
_BRACKET = re.compile(r"\s?\((?P<words>[^()\d]{2,40})\)")
_BEHIND = re.compile(r"\s\((?P<words>p\d{2,3}|[^()\d]{2,30})\)")
_MACHINE = re.compile(
    r"\b(?:on|auf|sur|en|em)\s(?:(?:an?|the|our|my|einem?|einer|une?|um|uma)\s)?"
    r"(?P<machine>(?:[\w.-]+\s){0,2}(?:M[1-9]\d?|EPYC|Xeon|Ryzen|Graviton\d?|MacBook|Raspberry\sPi|(?:[a-z]\d\w{0,3}\.\w+)|Core\si\d)"
    r"(?:\s(?:Pro|Air|Max|Ultra|Mini|servers?|laptop|instance|\d\w*))*)(?!\w)|\bat\s(?P<share>\d+\s?%\s(?:of\s(?:the\s)?)?CPU)\b"
)
_LANGUAGE = re.compile(
    r"python|go|golang|java|javascript|js|typescript|node(?:\.js)?|rust|ruby|php|c\#|\.net|kotlin|scala|elixir|swift",
    re.IGNORECASE,
)
_LEAST_GROUPED = 1000  # `Gin 21.500` on a Spanish page


def versions_of(sentence: Sentence, target: str | None) -> list[str]:
    """Return the versions of a framework that a sentence names, each once; `Flask 1.49 ms` has none."""
    found = [_VERSION.match(sentence.plain, one.end) for one in sentence.mentions if one.target == target]
    starts = {one.start for one in sentence.amounts if one.unit is not None or one.low >= _LEAST_GROUPED}
    return list(dict.fromkeys(one[1] for one in found if one and one.start(1) not in starts))


def set_ups_of(page: Page, subjects: Subjects) -> dict[str, frozenset[str]]:
    """Return what a page has in brackets behind each framework that it names with several brackets."""
    found: dict[str, set[str]] = defaultdict(set)
    for block in page.blocks:
        if isinstance(block, Block) and block.kind is not Kind.CODE and "(" in block.text.plain:
            for one in subjects.mentions(block.text.plain):
                if words := _in_brackets(block.text.plain, one):
                    found[one.target].add(words.casefold())
    return {target: frozenset(words) for target, words in found.items() if len(words) > 1}


def set_up_of(sentence: Sentence, target: str, amount: Amount, known: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the set-up in brackets behind the name before a number; none unless its page tells set-ups apart.

    Args:
        sentence: The sentence.
        target: The framework.
        amount: Its number.
        known: What `set_ups_of` returned for the page.
    """
    before = [one for one in sentence.mentions if one.target == target and one.end <= amount.start]
    words = _in_brackets(sentence.plain, before[-1]) if before and target in known else ""
    return (words,) if words else ()


def stated_behind(sentence: Sentence, amount: Amount, clause: str) -> tuple[str, ...]:
    """Return the machine in the words about a number, and what stands in brackets behind it.

    Brackets count if they tell the numbers of a sentence apart: `350 ms (cold), 120 ms (warm)`.
    """
    return (*_machine_of(clause), *_bracket_behind(sentence, amount))


def _bracket_behind(sentence: Sentence, amount: Amount) -> tuple[str, ...]:
    found = {one.start: _BEHIND.match(sentence.plain, one.end) for one in sentence.amounts}
    words = {start: one["words"].strip() for start, one in found.items() if one}
    if amount.start not in words or len({*words.values()}) < 2 or unit_in_label(f"({words[amount.start]})"):  # noqa: PLR2004 - two
        return ()
    end = amount.end + len(words[amount.start]) + 3
    if words[amount.start].casefold() == "cold":  # as a start is, if nothing is said
        return ()
    return () if any(amount.end <= one.start <= end for one in sentence.mentions) else (words[amount.start],)


def _machine_of(clause: str) -> tuple[str, ...]:
    """Return the machine, or the use of the CPU, that the words about a number name: `1,250 req/s on an M1`."""
    found = _MACHINE.search(clause)
    return (" ".join((found["machine"] or found["share"]).split()),) if found else ()


def _in_brackets(plain: str, name: Mention) -> str:
    found = _BRACKET.match(plain, end_of_name(plain, name))
    words = found["words"].strip() if found else ""
    return "" if _LANGUAGE.fullmatch(words) or unit_in_label(f"({words})") else words
