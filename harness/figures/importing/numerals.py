"""Digits with separators: their readings, and the convention of a page.

`1,234` is 1234, or 1.234 with a decimal comma. The convention of the page decides: what its other numbers can only be,
else the language that it declares or is written in, by Babel's data. Where nothing decides, a number has two readings,
and this module returns both. It must not know units or figures.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from harness.errors import UsageError
from harness.figures.importing.languages import language_of, language_of_few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SPACES = " \u00a0\u2009\u202f"
_NARROW = SPACES[1:]
_SAME = str.maketrans({**dict.fromkeys(SPACES, " "), "\u2019": "'"})
DIGITS = re.compile(rf"[1-9]\d{{0,2}}(?: \d{{3}})+(?![\d.,]\d{{2}}[.,]|\d)(?:[.,]\d+)?|\d+(?:[{_NARROW}.,'\u2019]\d+)*")
_GROUPED = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<mark>[ .,'])\d{3}(?:(?P=mark)\d{3})*)(?:(?P<decimal>[.,])(?P<part>\d+))?"
)
_DECIMAL = re.compile(r"\d+([.,])\d+")
_MARKS = frozenset({".", ","})


class Reading(NamedTuple):
    """A reading of digits with separators: plain digits, and the marks that it takes as group and decimal mark."""

    digits: str
    group: str | None = None
    decimal: str | None = None

    @property
    def value(self) -> float:
        """The number."""
        return float(self.digits)


@dataclass(frozen=True, slots=True)
class Convention:
    """How a page writes numbers.

    Attributes:
        groups, decimals: The marks of groups and of decimals that it uses.
        language: Its language.
        unclear: The decimal marks that its language does not have: a page can copy `38.1 ms` and write `2.631`.
    """

    groups: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()
    language: str = ""
    unclear: frozenset[str] = frozenset()

    def readings(self, text: str) -> tuple[Reading, ...]:
        """Return the readings of a number that the convention allows; several if it does not decide."""
        possible = all_readings(text)
        if len(possible) < 2:  # noqa: PLR2004 - a number with one reading needs no convention
            return possible
        fitting = tuple(one for one in possible if self._allows(one))
        return fitting if len(fitting) == 1 else possible

    def _allows(self, one: Reading) -> bool:
        """Return whether a mark is only ever used as in a reading, here or by its counterpart."""
        if (one.group or one.decimal) in self.unclear:
            return True
        if one.group is not None:
            other = self.decimals - {one.group}
            return one.group not in self.decimals and bool(one.group in self.groups or other)
        other = self.groups - {one.decimal or ""}
        return one.decimal not in self.groups and bool(one.decimal in self.decimals or other & {".", ","})


def all_readings(text: str) -> tuple[Reading, ...]:
    """Return all readings of a number with separators; none if it is no number, such as `1.2.3`."""
    if text.isdecimal():
        return (Reading(text),)
    plain = text.translate(_SAME)
    found = []
    grouped = _GROUPED.fullmatch(plain)
    if grouped and grouped["mark"] != grouped["decimal"]:
        whole = re.sub(r"\D", "", grouped["whole"])
        part = f".{grouped['part']}" if grouped["part"] else ""
        found.append(Reading(whole + part, grouped["mark"], grouped["decimal"]))
    if decimal := _DECIMAL.fullmatch(plain):
        found.append(Reading(plain.replace(",", "."), None, decimal[1]))
    return tuple(found)


def convention_of(numbers: Iterable[str], language: str, text: str, *, is_told: bool = False) -> Convention:
    """Return the convention of a page.

    The numbers with one reading decide. Where there are none, or where they write both ways, the language does. Without
    groups they leave open what their mark means elsewhere, if the language has another decimal mark; a page without a
    known language has a point.

    Args:
        numbers: All its numbers, as printed.
        language: The language that it declares: `de`, `en-GB`; empty without one.
        text: Its text, which tells its language if it declares none.
        is_told: Whether the user named the language, which then decides also what its numbers leave open.
    """
    groups: Counter[str] = Counter()
    decimals: Counter[str] = Counter()
    open_marks: set[str] = set()
    for number in numbers:
        possible = all_readings(number)
        if len(possible) == 1:
            groups.update(filter(None, [possible[0].group]))
            decimals.update(filter(None, [possible[0].decimal]))
        open_marks.update(one.group for one in possible[:-1] if one.group)
    language = language or language_of(text)
    if not (groups.keys() | decimals.keys()) & _MARKS:
        found = _of_language(language or _of_few_words(text, open_marks), frozenset(groups))
        return replace(found, language=language)
    usual = _of_language(language or language_of_few(text), frozenset()).decimals or {"."}
    unclear = frozenset() if groups else frozenset(decimals) - usual
    if (language and groups.keys() & decimals.keys() & _MARKS) or (is_told and unclear):
        return replace(_of_language(language, frozenset(groups) - _MARKS), language=language)
    return Convention(frozenset(groups), frozenset(decimals), language, unclear)


def require_language(code: str | None) -> str:
    """Return the code of a language that a user named; empty for None.

    Raises:
        UsageError: No language has this code.
    """
    if code is not None and _locale(code) is None:
        raise UsageError(
            "unknown language",
            where=f"--language {code}",
            cause="no code of a language",
            remedy="Write en, de or fr-CA.",
        )
    return code or ""


def _of_few_words(text: str, open_marks: Collection[str]) -> str:
    """Return the language of a page of few words; empty unless it groups digits by a mark that the page has.

    Such words can be borrowed, as English heads on a German page are. So they decide only what is likely for its own
    sake: that `41,000` is 41000 beside English words. That `1,234` is 1.234 beside German ones they do not.
    """
    language = language_of_few(text)
    return language if _of_language(language, frozenset()).groups & set(open_marks) else ""


def _of_language(language: str, groups: frozenset[str]) -> Convention:
    """Return the marks of a language, by Babel."""
    locale = _locale(language) if language else None
    if locale is None:
        return Convention(groups)
    group, decimal = (symbol(locale).translate(_SAME) for symbol in (get_group_symbol, get_decimal_symbol))
    return Convention(groups | {group}, frozenset({decimal}))


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language.replace("_", "-").strip(), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None
