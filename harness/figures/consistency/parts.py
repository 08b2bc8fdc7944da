"""A whole and its parts: the rule PARTS.

Parts are only what the page calls so: `of which heap`, a breakdown, a market share. Columns such as `idle` and `peak`
are no parts, and the answers of a survey overlap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from harness.figures.consistency.claims import in_any_unit, possible
from harness.figures.consistency.wording import listed
from harness.figures.published import Contradiction, Figure, Rule

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

_PERCENT = "%"
_WHOLE = re.compile(r"\b(?:total|overall|sum|altogether|combined|whole|in all|all)\b")
_PART = re.compile(r"\b(?:of which|thereof|of (?:that|this|it)|included|part|portion)\b")
_BREAKDOWN = re.compile(r"\b(?:breakdown|composition|split|where the (?:time|memory) goes)\b")
_OF_A_MARKET = re.compile(r"\bmarket share\b|\bshare of (?:the )?(?:market|downloads|jobs|postings|traffic)\b")
_OVERLAPS = re.compile(
    r"\b(?:respondents?|developers?|users?|compan(?:y|ies)|answers?|survey\w*|people|teams?|cumulative)\b"
)
_OF_ALL = re.compile(
    r"\b(?:shares?|breakdown|errors?|error rate|failures?|failure rate|failed|success(?:es)?|success rate|availability|"
    r"uptime|hit rate|coverage|of (?:the )?total)\b"
)
_COMPARES = re.compile(
    r"[-+\u2212]\s?\d|\b(?:change|increase\w*|decrease\w*|improve\w*|growth|gain\w*|faster|slower|more|less|vs|"
    r"baseline|reference|relative|compared)\b"
)
_HAS_DIGIT = re.compile(r"\d")
_ALL = 100.0


def parts_apart(plain: Sequence[Figure]) -> Iterator[Contradiction]:
    """Yield the parts that add up to more than their whole, and the shares that exceed it."""
    yield from _beyond_a_printed_whole(plain)
    shares = [one for one in plain if one.unit.name == _PERCENT and not _COMPARES.search(_words(one))]
    for one in shares:
        if _OF_ALL.search(_words(one)) and _percent(one) > _ALL:
            yield Contradiction(
                Rule.PARTS, f"{listed([one])} is a share of a whole, and no share exceeds 100 %.", (one,)
            )
    for group in _wholes_of_shares(shares):
        parts = _distinct(group)
        total = sum(map(_percent, parts))
        if total > _ALL and all(_percent(one) <= _ALL for one in parts):
            message = f"The shares of one whole add up to at least {total:g} %: {listed(parts)}."
            yield Contradiction(Rule.PARTS, message, tuple(parts))


def _beyond_a_printed_whole(plain: Iterable[Figure]) -> Iterator[Contradiction]:
    groups: dict[Hashable, list[Figure]] = defaultdict(list)
    for one in plain:
        if one.quantity is not None:
            groups[one.target, one.section, one.quantity, one.unit.base, one.stated.facts()].append(one)
    for group in groups.values():
        parts = _distinct(one for one in group if _PART.search(_label(one)))
        wholes = [one for one in group if _WHOLE.search(_label(one)) and one not in parts]
        if not parts or not wholes:
            continue
        whole = max(wholes, key=lambda one: in_any_unit(one)[1])
        least = sum(possible(one)[0] for one in parts)
        if least > in_any_unit(whole)[1]:
            message = (
                f"The parts {listed(parts)} add up to at least {whole.unit.say(least)}, and the page prints "
                f"{listed([whole])} as the whole."
            )
            yield Contradiction(Rule.PARTS, message, (whole, *parts))


def _wholes_of_shares(shares: Iterable[Figure]) -> Iterable[list[Figure]]:
    """Return the shares of each whole: the targets' shares of a market, and the parts of one target's breakdown."""
    groups: dict[Any, list[Figure]] = defaultdict(list)
    for one in shares:
        words = _words(one)
        if _OVERLAPS.search(words) or _WHOLE.search(_label(one)):
            continue
        place = one.section, one.quantity, one.stated.facts()
        if _OF_A_MARKET.search(words):
            groups["market", place, _label(one)].append(one)
        elif _BREAKDOWN.search(words) and not _HAS_DIGIT.search(_label(one)):
            groups["breakdown", place, one.target].append(one)
    return groups.values()


def _distinct(figures: Iterable[Figure]) -> list[Figure]:
    """Return each part once, with its least number."""
    least: dict[tuple[str, str], Figure] = {}
    for one in figures:
        key = one.target, _label(one)
        if key not in least or possible(one)[0] < possible(least[key])[0]:
            least[key] = one
    return list(least.values())


def _percent(figure: Figure) -> float:
    """Return the least per cent that a printed share allows."""
    return round(figure.unit.from_base(possible(figure)[0]), 9)


def _label(figure: Figure) -> str:
    return figure.label.casefold()


def _words(figure: Figure) -> str:
    return f"{figure.quantity or ''} {figure.section} {figure.label} {figure.printed}".casefold()
