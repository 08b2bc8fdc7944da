"""Numbers as pages write them: their readings, bounds and approximations.

Pure text; this module must not know figures or runs. A number can have two readings: `1,234` is 1234, or 1.234 with a
decimal comma. This module returns all of them, and the number in the figures file decides.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.factors import factors_in
from harness.figures.printed import PrintedUnit, rounding_of, unit_named

if TYPE_CHECKING:
    from collections.abc import Iterator

# Full-width digits, comma, point, percent and plus, as Chinese and Japanese pages have them.
_WIDE = {**{0xFF10 + digit: str(digit) for digit in range(10)}, 0xFF0C: ",", 0xFF0E: ".", 0xFF05: "%", 0xFF0B: "+"}
_SPACES = " \u00a0\u2009\u202f"
_SEPARATORS = f"{_SPACES}.,'\u2019"
# A run of digits with single separators between them, an exponent, and a letter or word that multiplies it.
_NUMBER = re.compile(
    rf"(?P<digits>\d+(?:[{_SEPARATORS}]\d+)*)(?P<exponent>[eE][+-]?\d+)?(?P<suffix>\s?(?:[kKMG](?![^\W\d_])|[kKM](?=(?:req|rps|qps|r/s|ops))|(?:thousand|millions?|Tausend|Millionen|millones|milhões|mila|mille|milliers|mil)\b|(?:Tsd|Mio)\b\.?|[\u5343\u4e07\u5104]))?"
)
_GROUPED = re.compile(
    rf"(?P<whole>[1-9]\d{{0,2}}(?P<mark>[{_SEPARATORS}])\d{{3}}(?:(?P=mark)\d{{3}})*)(?:(?P<decimal>[.,])(?P<part>\d+))?"
)
_LAKHS = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?")  # 1,20,000 as in India
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
_EXPONENTS = {"k": 3, "K": 3, "thousand": 3, "M": 6, "million": 6, "G": 9, "Tsd": 3, "Mio": 6}
_EXPONENTS |= {
    "Tausend": 3,
    "mil": 3,
    "mila": 3,
    "mille": 3,
    "milliers": 3,
    "millions": 6,
    "Millionen": 6,
    "millones": 6,
    "milhões": 6,
}
_EXPONENTS |= {"\u5343": 3, "\u4e07": 4, "\u5104": 8}  # a thousand, ten thousand, a hundred million
# The units that stand for the suffix, so that the number before it is in them.
_UNITS_OF = {
    "k": ("KB", "KiB", "thousand"),
    "K": ("KB", "KiB", "thousand"),
    "thousand": ("thousand",),
    "Tsd": ("thousand",),
    "\u5343": ("thousand",),
    "M": ("MB", "MiB", "million"),
    "million": ("million",),
    "Mio": ("million", "MiB"),  # mebioctets on French pages
    **dict.fromkeys(("Tausend", "mil", "mila", "mille", "milliers"), ("thousand",)),
    **dict.fromkeys(("millions", "Millionen", "millones", "milhões"), ("million",)),
    "G": ("GB", "GiB"),
}


_RANGE = re.compile(r"\s?(?:[-\u2010-\u2015]|to)\s?")
_SPREAD = re.compile(r"(?:\u00b1|\+/-|\+-)\s?(?P<number>\d+(?:[.,]\d+)?)\s?(?P<unit>%|[^\W\d_]+(?:/[a-z]+)?)?")


def readings(printed: str, unit: PrintedUnit) -> tuple[str, ...]:
    """Return all readings of the numbers in a phrase as decimal digits in a unit.

    `2.5k` is `2.5e3` in req/s, and `twice as fast` is `2` in x.
    """
    return tuple(dict.fromkeys(_readings(printed, unit)))


def reading_of(printed: str, value: float, unit: PrintedUnit) -> str | None:
    """Return the reading of a phrase that is a value in a unit; None if the phrase has no such reading."""
    return next((one for one in _readings(printed, unit) if math.isclose(float(one), value, rel_tol=1e-12)), None)


def narrow(text: str) -> str:
    """Return a text of the same length with ASCII digits and marks for full-width ones."""
    return text if text.isascii() else text.translate(_WIDE)


def _readings(printed: str, unit: PrintedUnit) -> Iterator[str]:
    printed = narrow(printed)
    matches = list(_NUMBER.finditer(printed))
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        suffixes = [_suffix(match)]
        if following and not suffixes[0] and _RANGE.fullmatch(printed[match.end() : following.start()]):
            suffixes.append(_suffix(following))  # `10-20k` is 10k to 20k
        for suffix in suffixes:
            yield from _scaled(match, suffix, unit)
    if unit.name == "x":
        yield from (one.digits for one in factors_in(printed))


def rounding_in(printed: str, numbers: tuple[str, ...]) -> float:
    """Return the rounding of numbers that were read in a phrase, in printed units: the largest of theirs."""
    in_words = {one.digits: one.rounding for one in factors_in(printed)}
    return max(in_words.get(number, rounding_of((number,))) for number in numbers)


def _suffix(match: re.Match[str]) -> str:
    return (match["suffix"] or "").strip().rstrip(".")


def _scaled(match: re.Match[str], suffix: str, unit: PrintedUnit) -> Iterator[str]:
    power = int((match["exponent"] or "e0")[1:])
    if suffix and not unit.name.startswith(_UNITS_OF.get(suffix, ())):
        power += _EXPONENTS[suffix]
    for digits in _digits(match["digits"]):
        yield f"{digits}e{power}" if power else digits


def _digits(text: str) -> Iterator[str]:
    """Yield the readings of digits with separators, each with a decimal point and without other separators."""
    if text.isdecimal():
        yield text
        return
    if _LAKHS.fullmatch(text):
        yield text.replace(",", "")
        return
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped["mark"] != grouped["decimal"]:
        whole = re.sub(r"\D", "", grouped["whole"])
        yield f"{whole}.{grouped['part']}" if grouped["part"] else whole
    if _DECIMAL.fullmatch(text):
        yield text.replace(",", ".")
        return
    if grouped and grouped["mark"] not in _SPACES:
        return
    pieces = re.split(f"[{_SPACES}]", text)
    for piece in pieces if len(pieces) > 1 else re.findall(r"\d+(?:\.\d+)?", text):
        yield from _digits(piece)


def spread_of(printed: str, value: float, unit: PrintedUnit) -> float:
    """Return the spread that a phrase prints beside its value (`0.72 ms ± 31 µs`), in the value's unit; 0 without one.

    A spread in a unit that does not fit is 0.
    """
    match = _SPREAD.search(printed)
    if match is None:
        return 0.0
    number = float(match["number"].replace(",", "."))
    if match["unit"] == "%" and unit.name != "%":
        return abs(value) * number / 100
    spread_unit = unit_named(match["unit"]) if match["unit"] else None
    if spread_unit is None:
        return number if match["unit"] is None or match["unit"] == unit.name else 0.0
    return number * spread_unit.factor / unit.factor if spread_unit.base is unit.base else 0.0


class Bound(NamedTuple):
    """A kind of bound.

    Attributes:
        sign: Makes a number a bound: `12+`, `< 5`.
        word: Allows a number to be read as a bound: `over 12,000`. "20x over Flask" is none.
        example: The sign and a word, for an error.
    """

    sign: re.Pattern[str]
    word: re.Pattern[str]
    example: str

    def is_printed(self, printed: str) -> bool:
        """Return whether a phrase can be read as such a bound."""
        return bool(self.sign.search(printed) or self.word.search(printed))


BOUNDS = {
    "at_least": Bound(
        re.compile(r"\d\s?[^\W\d_]*\+(?![/\-\d])|(?<![-=])[>\u2265]=?\s?[~\u2248]?\s?\d"),
        re.compile(
            r"\b(?:over|(?<!no )(?<!not )more than|greater than|at least|above|exceed(?:s|ing)?|upwards of|beyond"
            r"|minimum|min|(?:no|not) (?:less|fewer) than|or more"
            r"|über|übersteigt|überschreitet|größer als|höher als|mehr als|mindestens|plus de|au moins"
            r"|dépass(?:e|ent|ant)|supérieure?s? à|más de|al menos|supera[n]?|superior(?:es)? a|mais de|pelo menos)\b",
            re.IGNORECASE,
        ),
        "'+', '>' or a word such as 'over'",
    ),
    "below": Bound(
        re.compile(r"[<\u2264]=?\s?[~\u2248]?\s?\d"),
        re.compile(
            r"\b(?:under|below|(?<!no )(?<!not )(?:less|fewer) than|up to|at most|(?:no|not) more than|maximum|max"
            r"|within|or less|unter|weniger als|bis zu|höchstens|maximal|kleiner als|unterhalb von|moins de|jusqu['’]à"
            r"|au plus|inférieure?s? à|sous les|menos de|hasta|inferior(?:es)? a|por debajo de|abaixo de"
            r"|como máximo|até|no máximo)\b",
            re.IGNORECASE,
        ),
        "'<' or a word such as 'under'",
    ),
}
