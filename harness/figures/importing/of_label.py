"""What labels of rows and heads of columns state: loads, states and brackets, also in other languages.

`Median bei 1.000 Anfragen/s` states an offered rate, `Throughput (32 Verbindungen)` connections, and
`Memory (RSS, idle)` that the server had no requests. RSS states nothing: it is another word for memory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.consistency.vocabulary import NAMES, words_in
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.stated import stated_in
from harness.figures.importing.statistic_words import statistic_of_label
from harness.figures.importing.units import only_unit
from harness.units import counted

if TYPE_CHECKING:
    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.numerals import Convention

_STATES = {
    "idle": r"\bidle\b|\bat rest\b|\b(?:im )?(?:leerlauf|ruhezustand)\b|\bau repos\b|\b\u00e0 vide\b|\ben reposo\b"
    r"|\binactiv[oa]\b|\bem repouso\b|\boci?os[oa]\b",
    "under load": r"\bafter (?:the )?load\b|\bnach (?:der )?last\b|\bapr\u00e8s charge\b"
    r"|\bunder load\b|\bunter (?:voll)?last\b|\bsous charge\b|\ben charge\b|\bbajo carga\b|\bcon carga\b"
    r"|\bsob carga\b|\bcom carga\b",
}
# Words of a memory that is read at a time; a peak of a rate is its ceiling.
_STATES_OF_MEMORY = {
    "loaded": r"\bloaded\b|\bbelastet\b",
    "peak": r"\bpeak\b|\bspitze\w*|\bmax(?:im(?:um|al\w*|[oa]))?\b|\bm[á]xim[oa]\b|\bpico\b|\bpic\b|\bcr\u00eate\b",
}
_MEMORY = re.compile(r"\b(?:mem(?:ory)?|ram|rss|\w*speicher\w*|m[\u00e9e]moire|mem[\u00f3o]ria)\b", re.IGNORECASE)
_BETWEEN_PARTS = re.compile(r"\s*[,;]\s+")
_NUMBER = re.compile(r"^\d[\d.,'\u2009\u202f\u00a0 ]*k?")
_SHARE = re.compile(r"(50|90|95|99)\s?%")
_LOADS = {"req/s": "rate_per_s", "connections": "connections"}
_LEAST_GROUPED = 1000


@lru_cache(maxsize=4096)
def states_in_label(label: str) -> tuple[str, ...]:
    """Return the state of the server that a label names, in the page's words if they are English."""
    patterns = {**_STATES, **_STATES_OF_MEMORY} if _MEMORY.search(label) else _STATES
    for name, pattern in patterns.items():
        if found := re.search(pattern, label, re.IGNORECASE):
            return (name if understand((found[0],)).others else found[0],)
    return ()


@lru_cache(maxsize=4096)
def stated_in_brackets(text: str) -> tuple[str, ...]:
    """Return what stands in the brackets of a label as conditions; words that only name a quantity are none."""
    if not understand((text,)).others:
        return (text,)
    return tuple(dict.fromkeys(one for part in _BETWEEN_PARTS.split(text) for one in _stated_by(part)))


def _stated_by(part: str) -> tuple[str, ...]:
    if {word.casefold() for word in words_in(part)} <= NAMES and understand((part,)).others:
        return ()
    if only_unit(_NUMBER.sub("", part)) in _LOADS:  # `loads_in_label` reads it by the convention of the page
        return ()
    if share := _SHARE.fullmatch(part):
        return (f"p{share[1]}",)
    if (statistic := statistic_of_label(part)) and not understand(statistic).others and understand((part,)).others:
        return statistic
    rest = " ".join(word for word in part.split() if word.casefold() not in NAMES)
    for known in (part, rest):
        if known and not understand((known,)).others:
            return (known,)
    return stated_in(part) or states_in_label(part) or (part,)


def loads_in_label(label: str, convention: Convention) -> tuple[str, ...]:
    """Return the load that a label states for its numbers: `Median bei 1.000 Anfragen/s`, `p99 (32 connexions)`."""
    if not any(map(str.isdecimal, label)):
        return ()
    found = {
        _LOADS[one.unit]: one
        for one in amounts_in(label, convention)
        if one.unit in _LOADS and (one.key == "value" or label[one.start : one.end].casefold().startswith("over "))
    }
    own = understand((label,)).stated()
    return tuple(_condition(one) for field, one in found.items() if field not in own)


def offered_rate(amount: Amount, scale: float = 1.0) -> str:
    """Return an offered rate as a condition."""
    return f"{_number(amount) * scale:,.12g} req/s offered"


def _condition(amount: Amount) -> str:
    return offered_rate(amount) if amount.unit == "req/s" else counted(round(_number(amount)), "connection")


def _number(amount: Amount) -> float:
    """Return the number of a load; of two readings, 1.000 is a thousand."""
    readings = [one for one in (amount.low, amount.other) if one is not None]
    return max(readings) * amount.multiplier if max(readings) >= _LEAST_GROUPED else amount.low * amount.multiplier
