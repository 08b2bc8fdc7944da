"""Amounts in a text: a number with its sign, bound, range, suffix, spread and unit.

Linear in the length of the text: each number looks a few characters back and on. It must not know what an amount is of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.factors import factors_in
from harness.figures.importing.numerals import DIGITS, Convention
from harness.figures.importing.units import OCTETS, UNIT, bytes_of, unit_of
from harness.figures.printed import unit_named
from harness.figures.written import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_LEAST = (
    "over|more than|greater than|at least|above|exceed(?:s|ing)?|upwards of|beyond"
    "|über|übersteigt|überschreitet|größer als|höher als|mehr als|mindestens"
    "|plus de|au moins|dépass(?:e|ent|ant)|supérieure?s? à"
    "|más de|supera[n]?|superior(?:es)? a|al menos|mais de|pelo menos"
)
_BELOW = (
    "under|below|(?:less|fewer) than|up to|at most|no more than|within|unter|weniger als|bis zu|höchstens"
    "|kleiner als|unterhalb von|moins de|inférieure?s? à|sous les"
    "|inferior(?:es)? a|por debajo de|abaixo de|jusqu.à|au plus|menos de|hasta|como máximo|até|no máximo"
)
_ABOUT = (
    "about|around|approximately|approx\\.?|circa|ca\\.?|roughly|etwa|rund|ungefähr|environ|aproximadamente|unos|unas"
    "|cerca de"
)
_BEFORE = re.compile(
    r"(?=\b[^\W\d_]|[~\u2248\u223c<>\u2264\u2265=+\u2212\u2013-])"  # how each begins, so that the others cost little
    rf"(?:(?:(?P<least>\b(?:{_AT_LEAST})\s|[>\u2265]=?)|(?P<below>\b(?:{_BELOW})\s|[<\u2264]=?))\s?)?"
    rf"(?:[~\u2248\u223c]\s?|\b(?:{_ABOUT})\s)?(?P<sign>(?<![\w.)%])[-+\u2212\u2013])?$",
    re.IGNORECASE,
)
_LOOK_BACK = 32
_SUFFIX = re.compile(
    r"(?P<exponent>[eE][+-]?\d{1,3})?(?P<suffix>[\s\u00a0]?(?:[kKMG](?![^\W\d_])|[kKM](?=(?:req|rps|qps|r/s|ops))"
    r"|(?:thousand|Tsd\.?|Mio\.?|Tausend|mila|mille|mil|(?:milliers|millions?|Millionen|millones|milhões)"
    r"(?:\sd(?:e\s|['\u2019])(?=requ|petic|solic|pedid))?)(?!(?<!\s)\w)"
    r"|[\u5343\u4e07\u5104]))?"
)
_RANGE = re.compile(r"\s?(?:[-\u2010-\u2015]|to\b|bis\b|\u00e0\b)\s?[~\u2248]?(?=\d)")
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre)\s$", re.IGNORECASE)
_AND = re.compile(r"\s(?:and|und|et|y)\s(?=\d)", re.IGNORECASE)
_SPREAD = re.compile(r"\s?(?:\u00b1|\+/-|\+-)\s?\d+(?:[.,]\d+)?(?P<suffix>[kM](?=\s))?\s?(?:%|[^\W\d_]+(?:/[a-z]+)?)?")
# No spaces stand between words of Chinese, Japanese and Korean, so that their letters before a number name nothing.
_PART_OF_A_NAME = re.compile(
    r"(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[^\W\d]|[#$\u20ac\u00a3@^_\\/:]|\d[.,:/]|[^\W\d]-|\[\^)$"
)
_GOES_ON = re.compile(r"[^\W\d_]|[:/]\d|-[A-Za-z]*\d|\.\d")
_MULTIPLIERS = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "thousand": 1e3, "million": 1e6, "Tsd": 1e3, "Mio": 1e6}
_MULTIPLIERS |= {
    "Tausend": 1e3,
    "mil": 1e3,
    "mila": 1e3,
    "mille": 1e3,
    "milliers": 1e3,
    "millions": 1e6,
    "Millionen": 1e6,
    "millones": 1e6,
    "milhões": 1e6,
}
_MIL_IS_THOUSAND = frozenset({"es", "pt", "ca", "gl"})  # elsewhere it can be a million, too
_MULTIPLIERS |= {"\u5343": 1e3, "\u4e07": 1e4, "\u5104": 1e8}  # a thousand, ten thousand, a hundred million


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text.

    Attributes:
        start, end: Where it begins, with its sign or bound, and ends, with its unit.
        low, high: The number, or both ends of a range; without the suffix.
        multiplier: What the suffix multiplies it by: 1000 of `2.5k`.
        key: The key of a figures file: value, range, at_least or below.
        unit: The name of its unit; None without one.
        is_signed: Whether it has a sign, as a difference has.
        other: Its second reading; None if it has one only.
        digits: Its digits as printed.
    """

    start: int
    end: int
    low: float
    high: float
    multiplier: float
    key: str
    unit: str | None
    is_signed: bool
    other: float | None
    digits: str

    @property
    def is_in_words(self) -> bool:
        """Whether it is a factor in words: `twice`."""
        return not any(map(str.isdecimal, self.digits))


def factor_amounts(text: str) -> Iterator[Amount]:
    """Yield the factors in words of a sentence as amounts, in order: `more than twice as fast` is at least 2x."""
    for one in factors_in(text):
        before = _BEFORE.search(text, max(0, one.start - _LOOK_BACK), one.start)
        key = "value" if before is None else "at_least" if before["least"] else "below" if before["below"] else "value"
        start = one.start if before is None or before["sign"] else before.start()
        number = float(one.digits)
        yield Amount(
            start=start,
            end=one.end,
            low=number,
            high=number,
            multiplier=1.0,
            key=key,
            unit="x",
            is_signed=False,
            other=None,
            digits=text[one.start : one.end],
        )


def amounts_in(text: str, convention: Convention, *, spaces: bool = True) -> Iterator[Amount]:
    """Yield the amounts of a text, in order.

    Args:
        text: The text.
        convention: How its page writes numbers.
        spaces: Whether a space separates groups of digits; if not, such a number has two readings.
    """
    text, position = narrow(text), 0
    while (found := DIGITS.search(text, position)) is not None:
        start, printed = found.start(), found[0]
        position = start + len(printed)
        if _PART_OF_A_NAME.search(text, max(0, start - 3), start):
            position = _end_of_name(text, position)
            continue
        amount = _amount(text, start, printed, convention)
        if amount is not None:
            if " " in printed and not spaces and " 0" not in printed:  # `Flask 2 300 req/s`
                amount = replace(amount, other=float(printed.rpartition(" ")[2].replace(",", ".")))
            yield amount
            position = max(position, amount.end)


def _end_of_name(text: str, position: int) -> int:
    while position < len(text) and (text[position].isalnum() or text[position] == "_"):
        position += 1
    return position


def _amount(text: str, start: int, printed: str, convention: Convention) -> Amount | None:
    end = start + len(printed)
    readings = convention.readings(printed)
    if not readings:
        return None
    multiplier, end = _suffix(text, end, convention)
    before = _BEFORE.search(text, max(0, start - _LOOK_BACK), start)
    begin = before.start() if before else start
    sign = before["sign"] if before else None
    number = -readings[0].value if sign and sign != "+" else readings[0].value
    amount = Amount(
        start=begin + len(text[begin:start]) - len(text[begin:start].lstrip()),
        end=end,
        low=number,
        high=number,
        multiplier=multiplier,
        key="value" if before is None else "at_least" if before["least"] else "below" if before["below"] else "value",
        unit=None,
        is_signed=bool(sign),
        other=readings[1].value if len(readings) > 1 else None,
        digits=printed,
    )
    amount = _with_range(text, amount, convention)
    if text.endswith("mil", amount.start, amount.end) and convention.language[:2] not in _MIL_IS_THOUSAND:
        amount = replace(amount, multiplier=1.0, other=amount.low * amount.multiplier)
    return _with_unit(text, amount, convention)


def _suffix(text: str, end: int, convention: Convention) -> tuple[float, int]:
    """Return what exponent and suffix multiply a number by, and where they end; `Mio` is a unit on French pages."""
    found = _SUFFIX.match(text, end)
    if found is None:
        return 1.0, end
    factor = float(f"1{found['exponent']}") if found["exponent"] else 1.0
    word = "".join((found["suffix"] or "").split()[:1]).rstrip(".")
    if word == "Mio" and convention.language.startswith("fr"):
        return factor, found.start("suffix")
    return factor * _MULTIPLIERS.get(word, 1.0), found.end()


def _with_range(text: str, amount: Amount, convention: Convention) -> Amount:
    """Return an amount with the second end of its range, if it has one: `25-35 ms`, `50 MB - 100 MB`."""
    own = UNIT.match(text, amount.end)
    between = _RANGE.match(text, amount.end) or (_RANGE.match(text, own.end()) if own else None)
    if between is None and _BETWEEN.search(text, max(0, amount.start - _LOOK_BACK), amount.start):
        between = _AND.match(text, amount.end)
    if between is None or amount.key != "value" or amount.is_signed:
        return amount
    found = DIGITS.match(text, between.end())
    readings = convention.readings(found[0]) if found else ()
    if found is None or not readings:
        return amount
    multiplier, end = _suffix(text, found.end(), convention)
    if own and own.end() <= between.start() and not _are_alike(own, UNIT.match(text, end)):
        return amount  # `0,3 ms à 1 000 req/s`
    high = readings[0].value
    scale = multiplier if amount.multiplier == 1 else amount.multiplier
    if high * multiplier < amount.low * (amount.multiplier if amount.multiplier != 1 else multiplier):
        return amount
    other = amount.other if amount.other is not None else (high if len(readings) > 1 else None)
    high = high * multiplier / scale
    return replace(amount, key="range", high=high, end=end, multiplier=scale, other=other)


def _are_alike(unit: re.Match[str], other: re.Match[str] | None) -> bool:
    """Return whether two printed units can be those of the ends of one range."""
    kinds = [unit_named(unit_of(one)) for one in (unit, other) if one]
    return len({kind.base for kind in kinds if kind}) <= 1


def _with_unit(text: str, amount: Amount, convention: Convention) -> Amount | None:
    """Return an amount with its plus sign, spread and unit; None for a part of a name such as `64bit`."""
    end, unit = amount.end, None
    has_plus = text.startswith("+", end) and not text[end + 1 : end + 2].isdigit() and not text.startswith("+/", end)
    end += has_plus
    octets = OCTETS.match(text, end) if convention.language.startswith("fr") else None
    if octets:  # before `Mio` is taken for a million
        unit, end = bytes_of(octets), octets.end()
    elif found := UNIT.match(text, end):
        unit, end = unit_of(found), found.end()
        if unit == "x" and text.startswith("+", end):
            has_plus, end = True, end + 1
    elif not has_plus and _GOES_ON.match(text, end):
        return None
    if spread := _SPREAD.match(text, end):
        end = spread.end()
        unit = unit or _unit_of_spread(spread[0])
    if has_plus and amount.key in {"value", "range"}:
        return replace(amount, end=end, unit=unit, key="at_least", high=amount.low)
    return amount if (end, unit) == (amount.end, None) else replace(amount, end=end, unit=unit)


def _unit_of_spread(text: str) -> str | None:
    found = UNIT.search(text)
    return unit_of(found) if found and unit_of(found) != "%" else None
