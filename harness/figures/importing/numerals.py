"""Digits with separators: their readings, and the convention of a page.

`1,234` is 1234, or 1.234 with a decimal comma. The convention of the page decides: what its other numbers can only be,
else the language that it declares or is written in, by Babel's data. Where neither decides, a number has two readings,
and this module returns both. It must not know units or figures.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable

SPACES = " \u00a0\u2009\u202f"
_NARROW = SPACES[1:]
_SAME = str.maketrans({**dict.fromkeys(SPACES, " "), "\u2019": "'"})
DIGITS = re.compile(rf"[1-9]\d{{0,2}}(?: \d{{3}})+(?![\d.,]\d{{2}}[.,]|\d)(?:[.,]\d+)?|\d+(?:[{_NARROW}.,'\u2019]\d+)*")
_GROUPED = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<mark>[ .,'])\d{3}(?:(?P=mark)\d{3})*)(?:(?P<decimal>[.,])(?P<part>\d+))?"
)
_DECIMAL = re.compile(r"\d+([.,])\d+")

# Small words that tell the language of a page that declares none.
_WORDS = {
    "en": frozenset(["the", "and", "of", "for", "with", "is", "are", "than", "per", "to"]),
    "de": frozenset(["der", "die", "das", "und", "ist", "mit", "für", "nicht", "ein", "eine", "pro", "bei"]),
    "fr": frozenset(["le", "la", "les", "et", "des", "pour", "avec", "est", "une", "dans", "par", "plus"]),
    "es": frozenset(["el", "los", "las", "y", "para", "con", "una", "es", "por", "más", "que"]),
    "it": frozenset(["il", "gli", "e", "per", "con", "una", "di", "che", "più", "sono"]),
    "pt": frozenset(["o", "os", "as", "e", "para", "com", "uma", "em", "por", "mais", "que", "são"]),
    "nl": frozenset(["de", "het", "een", "en", "van", "voor", "met", "is", "niet"]),
    "pl": frozenset(["i", "w", "na", "z", "do", "jest", "nie", "się", "oraz", "dla"]),
    "ru": frozenset(["и", "в", "на", "с", "не", "для", "по", "что", "это"]),
    "sv": frozenset(["och", "att", "det", "som", "en", "för", "med", "är", "inte", "av"]),
}
_LEAST_WORDS = 4


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
    """How a page writes numbers: the marks of groups and of decimals that it uses, and its language."""

    groups: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()
    language: str = ""

    def readings(self, text: str) -> tuple[Reading, ...]:
        """Return the readings of a number that the convention allows; several if it does not decide."""
        possible = all_readings(text)
        if len(possible) < 2:  # noqa: PLR2004 - a number with one reading needs no convention
            return possible
        fitting = tuple(one for one in possible if self._allows(one))
        return fitting if len(fitting) == 1 else possible

    def _allows(self, one: Reading) -> bool:
        """Return whether a mark is only ever used as in a reading, here or by its counterpart."""
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


def convention_of(numbers: Iterable[str], language: str, text: str) -> Convention:
    """Return the convention of a page.

    Args:
        numbers: All its numbers, as printed.
        language: The language that it declares: `de`, `en-GB`; empty without one.
        text: Its text, which tells its language if it declares none.
    """
    groups: Counter[str] = Counter()
    decimals: Counter[str] = Counter()
    for number in numbers:
        possible = all_readings(number)
        if len(possible) == 1:
            groups.update(filter(None, [possible[0].group]))
            decimals.update(filter(None, [possible[0].decimal]))
    language = language or language_of(text)
    if not (groups.keys() | decimals.keys()) & {".", ","}:
        return replace(_of_language(language, frozenset(groups)), language=language)
    return Convention(frozenset(groups), frozenset(decimals), language)


def language_of(text: str) -> str:
    """Return the language of a text by its small words; empty if they don't tell."""
    words = Counter(re.findall(r"[^\W\d_]+", text[:200_000].casefold()))
    known = {language: sum(words[word] for word in small) for language, small in _WORDS.items()}
    (first, most), (_, second) = Counter(known).most_common(2)
    return first if most >= _LEAST_WORDS and most > 1.5 * second else ""


def _of_language(language: str, groups: frozenset[str]) -> Convention:
    """Return the marks of a language, by Babel."""
    if not language:
        return Convention(groups)
    try:
        locale = Locale.parse(language.replace("_", "-").strip(), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return Convention(groups)
    group, decimal = (symbol(locale).translate(_SAME) for symbol in (get_group_symbol, get_decimal_symbol))
    return Convention(groups | {group}, frozenset({decimal}))
