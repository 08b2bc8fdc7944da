"""One cell, or one short line under the name of a framework: its amounts and claims in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.conditions import State, understand
from harness.figures.directed import compares, differs, is_multiple
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.doubted_labels import doubt_in_label, is_of_runs
from harness.figures.importing.doubts import OF_SPREAD
from harness.figures.importing.found import ABSOLUTE, LESS_OR_OF, Found, scaled
from harness.figures.importing.in_words import refuse_words
from harness.figures.importing.of_load import can_have_load, inherits_load, shares_of_cpu, without_load
from harness.figures.importing.of_part import of_part, part_in
from harness.figures.importing.offered import NO_SINGLE_RATE, OFFERED_ALONE, loads_in
from harness.figures.importing.statistic_words import SPREAD, names_percentile
from harness.figures.importing.units import NOUNS, TRANSFER, units_in
from harness.figures.importing.vocabulary import (
    OF_LATENCY,
    asks_for_version,
    attribute_of,
    conditions_in_label,
    is_neutral,
    multiple_in_label,
    quantity_of,
    quantity_of_ratio,
    unit_in_label,
    without_units,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.source import Text
    from harness.figures.importing.vocabulary import Quantity

MOST_PRINTED = 90
_SEVERAL_UNITS = re.compile(r"\d\s?(?:h|hours?|m|min|mins|minutes?),?\s?\d+(?:\.\d+)?\s?(?:m|min|s|secs?|seconds?)\b")
_FOOTNOTE = re.compile(
    r"\s*\[\^(?P<raised>[^\]]*)\]\s*|\s*\[(?P<number>\d{1,2})\]\s*$|(?P<star>[*\u2020\u2021\u00a7]+)\s*$"
)
_TRAILING = re.compile(r"(?<=[\x21-\x7f])[^\x00-\x7f\u00b5\u00b0\u03bc]{1,2}$|\s[^\w\x00-\x7f]+$")
_VERSION = re.compile(r"(?:(?P<language>[A-Z]\w+)\s)?(?P<number>\d+\.\d+)\+?(?:\s*\((?P<note>[^()]*)\))?")
_TELLS = re.compile(r"[A-Z]\w+|warm|hot|cached|warm(?:ed)? up|uncached")
_STATED = re.compile(r"\b(?:per instance|idle|under load|to proficiency|globally)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands around a cell.

    Attributes:
        label: Its label: that of its row or of its column.
        target, of: Whom it is about, and for a ratio compared with whom.
        place: Its section.
        conditions: What head and row state.
        hint: The unit that table, caption or section give to all its numbers.
        unit: The unit that its row states in a cell of its own.
        is_ratio: Whether its column has ratios or differences.
        opposite: The other framework of a table of two, of which a signed share is the difference.
        of_unit: The unit of the numbers of which a ratio is; None where they do not tell.
        is_difference: Whether a share without a sign is a difference: `24 %` of 2,100 and 1,700.
        doubt: Why its row or column has no result of today; None if they do not tell it.
        part: Of what its sentence says that it is, if not of the whole: `worker`.
    """

    label: str
    target: str
    place: Place
    of: str | None = None
    conditions: tuple[str, ...] = ()
    hint: str | None = None
    unit: str | None = None
    is_ratio: bool = False
    opposite: str | None = None
    of_unit: str | None = None
    is_difference: bool = False
    words: str = field(default="")
    doubt: str | None = None
    part: str = ""


def read_cell(finder: Finder, text: Text, setting: Setting) -> None:
    """Find the figures of a cell."""
    start, end = _extent(text.plain)
    plain = text.plain[start:end]
    if setting.place.notes:
        found = (next(filter(None, one.groups()), "") for one in _FOOTNOTE.finditer(text.plain))
        marks = [mark.strip() for names in (*found, *(name for _, name in text.notes)) for mark in names.split(",")]
        noted = tuple(condition for mark in marks for condition in setting.place.notes.get(mark, ()))
        setting = replace(setting, conditions=(*setting.conditions, *noted))
    claim = attribute_of(setting.label, plain)
    if not plain[1:] and not plain.isdecimal() and claim is None:  # a dash, or what stands for it
        return
    if _versions(finder, text, start, plain, setting):
        return
    if claim is not None:
        finder.keep(_words(text.offset(start), plain, setting, *claim))
        return
    amounts = list(amounts_in(plain, finder.convention))
    if not amounts:
        refuse_words(finder, text, setting.target)
        return
    mentioned = {one.target for one in finder.subjects.mentions(plain)} - {setting.target, setting.of}
    if len(mentioned) > 1 or (mentioned and not compares(plain)):
        for amount in amounts:
            printed, offset = plain[amount.start : amount.end], text.offset(start + amount.start)
            finder.refuse(printed, offset, "its cell names another framework", setting.label, amount)
        return
    _read_amounts(finder, text.part(start, end), amounts, setting)


def _extent(plain: str) -> tuple[int, int]:
    """Return where the words of a cell begin and end, without footnotes and symbols behind them."""
    if plain.isalnum() and plain.isascii():
        return 0, len(plain)
    shown = _FOOTNOTE.sub(lambda found: " " * len(found[0]), plain)
    shown = _TRAILING.sub("", shown.rstrip())
    return len(shown) - len(shown.lstrip()), len(shown.rstrip(" *\u2020\u2021\u00a7"))


def _read_amounts(finder: Finder, text: Text, amounts: list[Amount], setting: Setting) -> None:
    """Find the figure of the one number of a cell, and a difference in brackets beside it."""
    plain = text.plain
    interval = _interval(plain, amounts)
    amounts = [one for one in amounts if one not in interval]
    loads = loads_in(plain, amounts, ())
    amounts = [one for one in amounts if one not in loads.rates]
    load = tuple(dict.fromkeys(loads.of.values()))
    setting = replace(setting, conditions=(*setting.conditions, *load)) if load else setting
    outer = [one for one in amounts if not _in_brackets(plain, one)]
    inner = [one for one in amounts if _in_brackets(plain, one)]
    if not outer:
        outer, inner = inner[:1], inner[1:]
    differences = [one for one in inner if one.is_signed or one.unit in {"%", "x"}]
    main = outer[0]
    if [one.unit for one in outer[1:]] == ["%"] and main.unit != "%" and not outer[1].is_signed:
        share = outer.pop()
        printed = plain[share.start : share.end]
        finder.refuse(printed, text.offset(share.start), "a share of a number that is not named", setting.label, share)
        differences = [share]  # so that the number alone is printed
    if len(outer) > 1:
        for one in outer:
            finder.refuse(
                plain[one.start : one.end], text.offset(one.start), "several numbers in one cell", setting.label, one
            )
        return
    if main.start in loads.unclear or main in loads.alone:
        reason = OFFERED_ALONE if main in loads.alone else NO_SINGLE_RATE
        finder.refuse(plain[main.start : main.end], text.offset(main.start), reason, setting.label, main)
        return
    if not inner and (doubt := doubt_in_label(plain, finder.dated)):
        setting = replace(setting, doubt=doubt)
    is_alone = not (differences or load)
    whole = (0, len(plain)) if is_alone and len(plain) <= MOST_PRINTED else (main.start, main.end)
    keep_amount(finder, text, whole, main, _compared(finder, plain, main, setting))
    for one in differences if inner else ():
        bare = Setting(
            setting.label, setting.target, setting.place, setting.opposite, setting.conditions, is_ratio=True
        )
        keep_amount(finder, text, (one.start, one.end), one, bare)


def _interval(plain: str, amounts: Sequence[Amount]) -> list[Amount]:
    """Return the ends of the interval behind the number of a cell: `5,420 req/s [4,950, 5,950]`."""
    brackets = re.search(r"\[[^\[\]]*\]\s*$", plain)
    main, *behind = amounts
    if brackets is None or main.start >= brackets.start() or any(one.start < brackets.start() for one in behind):
        return []
    ends = [end for one in behind for end in dict.fromkeys((one.low, one.high))]
    return behind if len(ends) == 2 and ends[0] <= main.low <= ends[1] else []  # noqa: PLR2004 - two ends


def _compared(finder: Finder, plain: str, amount: Amount, setting: Setting) -> Setting:
    """Return the setting of a ratio that names its other side: `50-65% less than Django`."""
    mentions = finder.subjects.mentions(plain[amount.end :])
    if amount.unit in {"x", "%"} and len(mentions) == 1 and compares(plain) and setting.of is None:
        return replace(setting, of=mentions[0].target, is_ratio=True)
    return setting


def keep_amount(finder: Finder, text: Text, extent: tuple[int, int], amount: Amount, setting: Setting) -> None:
    """Keep an amount as a figure, or the reason why it is none."""
    printed, offset = text.plain[slice(*extent)].replace("\n", " "), text.offset(extent[0])
    reason = _why_not(amount, printed, setting)
    if reason is not None:
        finder.refuse(printed, offset, reason, setting.label, amount)
        return
    hint = setting.hint if setting.hint and is_neutral(setting.label) else None
    if hint == "req/s" and (setting.words == OF_LATENCY or names_percentile(setting.label)):
        hint = None  # the section has rates and latencies
    unit = amount.unit or setting.unit or unit_in_label(setting.label) or _noun_after(text.plain, amount)
    unit = unit or _bytes_of_suffix(amount, setting.label) or hint
    words = f"{setting.label} {setting.words} {printed}"
    doubt = setting.doubt or setting.place.doubt
    if unit == TRANSFER or (doubt and is_of_runs(setting.of_unit or unit)):
        reason = doubt or "bytes per second, and no requests"
        finder.refuse(printed, offset, reason, setting.label, amount)
        return
    is_ratio = setting.of is not None
    if is_ratio:
        is_difference = unit == "%" and (amount.is_signed or setting.is_difference)
        unit = "% difference" if is_difference else amount.unit or "x"
    numbers, unit = scaled(amount, unit)
    quantity: Quantity | None = None
    if is_ratio:
        quantity = _compared_by(finder, setting, words, hint)
    elif unit:
        quantity = quantity_of(words, unit, setting.label)
        is_bare = unit == "req/s" and amount.unit is None and amount.multiplier == 1
        unit = (multiple_in_label(setting.label) if is_bare else None) or unit
    part = part_in(printed if setting.label.startswith("[") else f"{setting.label} {printed}")
    quantity = of_part(quantity, part or setting.part or setting.place.part) if quantity else None
    around = text.plain if setting.label.startswith("[") else f"{setting.label} {text.plain}"
    own = (*_conditions(printed, setting), *shares_of_cpu(around))
    conditions, has_load = _with_place(setting, own, quantity, unit)
    finder.keep(
        Found(
            printed=printed,
            offset=offset,
            label=without_units(setting.label) if not setting.label.startswith("[") else setting.label,
            section=setting.place.section,
            target=setting.target,
            of=setting.of,
            key=amount.key,
            numbers=numbers,
            unit=unit,
            quantity=quantity,
            conditions=conditions,
            has_load=has_load,
            digits=_digits(text.plain, amount),
            amount=amount,
            words=words,
        )
    )


def _compared_by(finder: Finder, setting: Setting, words: str, hint: str | None) -> Quantity | None:
    """Return the quantity of a ratio: that of the numbers beside it, else the one that its words or its label name."""
    if setting.of_unit:
        return quantity_of(f"{setting.label} {setting.words}", setting.of_unit, setting.label)
    quantity = quantity_of_ratio(f"{words} {hint or ''}")
    if quantity is None and not finder.subjects.mentions(setting.label):
        return quantity_of(words, unit_in_label(setting.label) or "", setting.label)
    return quantity


def _digits(plain: str, amount: Amount) -> str:
    """Return the digits of an amount as printed, of a range both ends."""
    if amount.key != "range":
        return amount.digits
    return plain[amount.start : amount.end].strip("~+<> ").partition(" ")[0]


def _why_not(amount: Amount, printed: str, setting: Setting) -> str | None:
    """Return why an amount is no figure; None if it is one."""
    if (reason := _unread(amount, printed, setting.label)) is not None:
        return reason
    if (setting.is_ratio or setting.of is not None) and amount.unit not in {"%", "x", None}:
        return ABSOLUTE
    is_share = amount.unit == "x" or (amount.unit == "%" and compares(printed))
    if (setting.is_ratio or is_share or amount.is_signed) and setting.of is None:
        return "a ratio or difference of which the page does not name the other side"
    if setting.of is not None and setting.of == setting.target:
        return "a comparison of two set-ups of one framework, which a figures file can't state"
    is_of_it = amount.is_in_words or is_multiple(printed)  # and no difference
    if amount.unit == "x" and amount.high < 1 and not is_of_it and differs(f"{printed} {setting.label}"):
        return LESS_OR_OF
    return None


@lru_cache(maxsize=4096)
def _is_spread(label: str) -> bool:
    return not label.startswith("[") and SPREAD.search(label) is not None


def _unread(amount: Amount, printed: str, label: str) -> str | None:
    """Return why an amount has no number that is a result; None if it has."""
    if amount.other is not None:
        return (
            f"{amount.digits!r} has two readings, {amount.low:g} and {amount.other:g}, and the page does not tell which"
        )
    if _is_spread(label):
        return OF_SPREAD
    return "a time in several units" if _SEVERAL_UNITS.search(printed) else None


def _bytes_of_suffix(amount: Amount, label: str) -> str | None:
    """Return the unit of bytes that the suffix of a size is: `45M` of memory are 45 MB."""
    unit = {1e3: "KB", 1e6: "MB", 1e9: "GB"}.get(amount.multiplier)
    return unit if unit and not label.startswith("[") and quantity_of(label, unit, label).metric else None


def _noun_after(plain: str, amount: Amount) -> str | None:
    """Return the noun that an amount counts, a few words behind it: `23,500+ Python web jobs`."""
    words = re.match(r"(?:\s+[A-Za-z][\w-]*){1,4}", plain[amount.end :])
    nouns = [unit for unit, *_ in units_in(words[0]) if unit in NOUNS] if words else []
    return nouns[0] if nouns else None


def _conditions(printed: str, setting: Setting) -> list[str]:
    """Return the conditions of head, row and label, and those in the cell itself."""
    inside = [part.strip() for part in re.findall(r"\(([^()]+)\)", printed)] if "(" in printed else []
    known = [part for part in inside if not understand((part,)).others or _TELLS.fullmatch(part)]
    known += [match[0] for match in _STATED.finditer(printed)]
    label = () if setting.label.startswith("[") else conditions_in_label(setting.label)
    if any(understand((one,)).statistic for one in setting.conditions):
        label = tuple(one for one in label if not understand((one,)).statistic)
    return [*setting.conditions, *label, *known]


def _with_place(
    setting: Setting, own: tuple[str, ...], quantity: Quantity | None, unit: str | None
) -> tuple[tuple[str, ...], bool]:
    """Return a figure's own conditions with those of its place, and whether the load of the place belongs to it."""
    own = own if can_have_load(quantity, unit) else without_load(own)
    has_load = inherits_load(quantity, unit, own)
    conditions = setting.place.with_conditions(setting.target, *own, has_load=has_load)
    is_idle = understand(conditions).state is State.IDLE
    return (without_load(conditions) if is_idle else conditions), has_load and not is_idle


def _versions(finder: Finder, text: Text, start: int, plain: str, setting: Setting) -> bool:
    """Find the versions of a language that a cell states: `Python 2.7+ (legacy) / 3.4+`."""
    if not asks_for_version(setting.label):
        return False
    language = ""
    for match in _VERSION.finditer(plain):
        language = match["language"] or language
        if language:
            note = (match["note"],) if match["note"] else ()
            found = _words(
                text.offset(start + match.start()),
                match[0],
                setting,
                "language_version",
                f"{language} {match['number']}",
            )
            finder.keep(replace(found, conditions=note))
    return True


def _words(offset: int, printed: str, setting: Setting, attribute: str, states: str) -> Found:
    return Found(
        printed=printed,
        offset=offset,
        label=without_units(setting.label),
        section=setting.place.section,
        target=setting.target,
        key="attribute",
        attribute=attribute,
        states=states,
    )


def _in_brackets(plain: str, amount: Amount) -> bool:
    before = plain[: amount.start]
    return before.count("(") > before.count(")")
