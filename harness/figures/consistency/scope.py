"""What a figure speaks of: its stated conditions, the words of its label and its section.

A label can state a condition: `Speed (64)`, `p99`, `JSON`. Words that only name the quantity, its unit or the targets
state none. Figures of a page are compared only if their scopes allow it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import combinations
from typing import TYPE_CHECKING, Any

from harness.figures.conditions import understand
from harness.figures.consistency.claims import disjoint, in_any_unit, is_prose
from harness.figures.consistency.vocabulary import NAMES, STRUCTURE, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.figures.published import Figure

Facts = frozenset[tuple[str, Any]]
Key = tuple[str, str | None, str, str]

_NEUTRAL = frozenset({("instances", 1), ("statistic", "mean"), ("mode", "production")})
_OF_A_SETUP = frozenset({"connections", "rate_per_s", "workers", "threads", "cpus", "duration_s"})
_PARALLEL_ROWS = 2  # as many rows as two tables must share before their sections count as conditions


class Relation(Enum):
    """What one figure's scope is to another's."""

    SAME = auto()
    IMPLIED = auto()  # one says less, and what it leaves out holds for the whole table of the other
    GENERAL = auto()  # one states nothing that distinguishes the rows of the other's table
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure or a row speaks of."""

    facts: Facts
    section: str
    is_prose: bool

    def meet(self, other: Scope) -> Scope:
        """Return what two cells of one row have in common."""
        return Scope(self.facts & other.facts, self.section, self.is_prose and other.is_prose)


def scope_of(figure: Figure) -> Scope:
    """Return what a figure speaks of."""
    named = NAMES | _words(f"{figure.quantity or ''} {figure.unit} {figure.target} {figure.of or ''} app".casefold())
    stated = _without_names(figure.stated.facts(), named)
    label = "" if is_prose(figure) else figure.label.casefold()
    rest = " ".join(word for word in words_in(label) if word not in named)
    of_label = _without_names(understand((rest,)).facts(), named) if rest else frozenset()
    numbers = {f"{value}" for field, value in stated if field != "word"}
    facts = stated | {fact for fact in of_label if fact[0] != "word" or fact[1].replace(",", "") not in numbers}
    return Scope(facts - _NEUTRAL, figure.section, is_prose(figure))


class Page:
    """The scopes of one page's figures, and what its tables and sections say of them."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        numbers = [figure for figure in figures if figure.states is None]
        scopes = [scope_of(figure) for figure in numbers]
        everywhere = (
            frozenset[tuple[str, Any]]()
            .union(*(one.facts for one in scopes))
            .intersection(*(one.facts for one in scopes))
        )
        self._scopes = {
            id(figure): replace(scope, facts=scope.facts - everywhere)
            for figure, scope in zip(numbers, scopes, strict=True)
        }
        self._setups = _setups(numbers)
        self._apart, self._titled = _sections_apart(numbers)

    def scope(self, figure: Figure) -> Scope:
        """Return the scope of a figure of this page."""
        return self._scopes[id(figure)]

    def relation(self, one: Scope, other: Scope) -> Relation:
        """Return what the one scope is to the other; the order does not matter."""
        if self.is_apart(one, other):
            return Relation.OTHER
        more, less = other.facts - one.facts, one.facts - other.facts
        if not more and not less:
            return Relation.SAME
        general, special, extra = (one, other, more) if more else (other, one, less)
        is_outside = general.is_prose or general.section != special.section
        if (more and less) or not is_outside:
            return Relation.OTHER
        setup = self._setups.get(special.section, frozenset())
        if extra <= setup:
            return Relation.IMPLIED
        return Relation.GENERAL if general.facts <= setup else Relation.OTHER

    def is_other_table(self, claim: Scope, there: Scope, here: Scope) -> bool:
        """Return whether a claim may be about another table than that of a row, under other conditions.

        A claim that says less than the row may be about any row with other conditions. One that says the same may not.
        """
        if there.section == here.section:
            return False
        says_less = here.facts not in (claim.facts, there.facts)
        return self.is_apart(there, here) or says_less

    def is_apart(self, one: Scope, other: Scope) -> bool:
        """Return whether the sections are two tables of the same rows under different conditions."""
        sections = frozenset({one.section, other.section})
        return sections in self._apart or (sections in self._titled and not one.is_prose and not other.is_prose)


def _words(text: str) -> frozenset[str]:
    return frozenset(words_in(text))


def _without_names(facts: Facts, named: frozenset[str]) -> Facts:
    """Return facts with each free condition as its words, without the words that name something."""
    known = {fact for fact in facts if fact[0] != "other"}
    return frozenset(
        known | {("word", word) for field, text in facts if field == "other" for word in _words(text) - named}
    )


def _setups(figures: Iterable[Figure]) -> Mapping[str, Facts]:
    """Return for each table the conditions of the load and of the server that all its rows state."""
    rows: dict[str, list[Facts]] = defaultdict(list)
    for figure in figures:
        if not is_prose(figure):
            rows[figure.section].append(frozenset(f for f in figure.stated.facts() if f[0] in _OF_A_SETUP))
    return {section: frozenset.intersection(*stated) for section, stated in rows.items() if len(stated) > 1}


def _sections_apart(figures: Iterable[Figure]) -> tuple[frozenset[frozenset[str]], frozenset[frozenset[str]]]:
    """Return the pairs of sections whose titles explain different numbers: for all figures, and for their tables alone.

    For all figures, the titles have different numbers (`Round 21`, `Round 22`), or other words, and the sections print
    different numbers in most of the rows that both have. For the tables alone, one different row is enough if each
    title has a word that the other lacks (`Flask on gunicorn`, `Flask on waitress`).
    """
    tables: dict[str, dict[Key, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        if figure.quantity is not None:
            label = "" if is_prose(figure) else figure.label.casefold()
            key = figure.target, figure.of, figure.quantity, label
            tables[figure.section][key].append(figure)
    apart, titled = set(), set()
    for one, other in combinations(tables, 2):
        shared, different = _rows_of_both(tables[one], tables[other])
        first, second = (_words(title.casefold()) - STRUCTURE for title in (one, other))
        is_mostly_different = 2 * different > shared
        if _numbers_differ(one, other) or (first != second and shared >= _PARALLEL_ROWS and is_mostly_different):
            apart.add(frozenset({one, other}))
        if first - second and second - first and (is_mostly_different or not shared):
            titled.add(frozenset({one, other}))
    return frozenset(apart), frozenset(titled)


def _numbers_differ(one: str, other: str) -> bool:
    first, second = ({word for word in _words(title) if word[0].isdigit()} for title in (one, other))
    return bool(first) and bool(second) and first != second


def _rows_of_both(one: Mapping[Key, list[Figure]], other: Mapping[Key, list[Figure]]) -> tuple[int, int]:
    """Return how many rows two tables share, and how many of these have different numbers."""
    shared = one.keys() & other.keys()
    different = [
        key
        for key in shared
        if all(disjoint(in_any_unit(here), in_any_unit(there)) for here in one[key] for there in other[key])
    ]
    return len(shared), len(different)
