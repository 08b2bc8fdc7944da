"""Rates that a sentence states as the load of other numbers: `a p99 latency of 1.49 ms at 1,000 req/s`.

Such a rate is a condition, and no throughput. Where words don't tell whether a rate beside a latency was offered or
reached, it is neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.subjects import Mention

OFFERED_OR_REACHED = "a rate beside another number, and the page does not tell whether it was offered or reached"
OFFERED_ALONE = "a load that is offered, and no rate that is reached"
NO_SINGLE_RATE = "its load is no single rate"
_RATES = frozenset({"req/s", "req/min", "req/hour", "req/day"})
_TIMES = frozenset({"ns", "µs", "ms", "s"})
_UNDER_LOAD = _TIMES | {"KB", "MB", "GB", "KiB", "MiB", "GiB", "%"}
_KIND = (
    r"(?:constant|fixed|steady|sustained|offered|target|request|arrival|incoming|open|konstante[nrm]?|feste[nrm]?|fixe)"
)
_LOAD = (
    r"(?:load|rate|throughput|traffic|pressure|last|charge|débit(?:\s(?:constant|fixe))?|carga)"
    r"(?:\s(?:of|von|de)|\sd['\u2019])?"
)
_OF = rf"(?:\s(?:an?|the|eine[rmn]?|une?|una|uma))?(?:\s{_KIND})*(?:\s{_LOAD})?\s*"
_AT = (
    r"(?:at|under|@|(?:when\s|while\s|if\s)?(?:offered|given|fed|driven\s(?:at|with)|loaded\s(?:at|with))"
    rf"|bei|unter|à|sous|bajo|sob){_OF}"
)
_WORDS = r"(?:\s\(?(?!(?:and|or|but|while|whereas|vs\.?|versus)\s)\w[\w'\u2019-]*(?:,\d+)*\)?){0,7}"
# Between a number and the rate behind it, and before a rate that begins its part of the sentence.
_BEHIND = re.compile(rf"{_WORDS},?\s\(?{_AT}", re.IGNORECASE)
_MEASURED = r"(?:(?:when\s)?(?:measured|tested|driven|loaded|running|run|sampled|taken)\s)?"
_HEAD = re.compile(rf"(?:.*[.;:(]\s?|\s*)(?:and\s|but\s|while\s)?{_MEASURED}{_AT}", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rf"\s*(?:[^\W\d][\w'\u2019-]*\s){{1,5}}\(?{_AT}", re.IGNORECASE)  # `Latency at 1,000 req/s: ...`
_OF_NAME = re.compile(rf",?\s\(?{_MEASURED}{_AT}", re.IGNORECASE)
# `The p99 latency of Flask at 1,000 req/s is ...`
_OF_NOUN = re.compile(
    r".*\b(?:latenc\w+|p\d{2,3}|percentile|response\stimes?|memory|usage|median|mean)(?:\s?\(p\d{2,3}\))?"
    rf"(?:\s(?:of|for)\s\w+)?,?\s\(?{_MEASURED}{_AT}",
    re.IGNORECASE | re.DOTALL,
)
_HAS = re.compile(
    r"\)?,?:?\s(?:an?\s|the\s)?(?:has|have|had|shows?|showed|needs?|needed|keeps?|kept|is|was|uses?|used|answers?"
    r"|answered|responds?|responded|takes?|took|gives?|gave|stays?|p\d\d|median|mean|average|latency|memory)\b",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"\b(?:peak\w*|reach\w*|sustain\w*|handl\w*|serv(?:e[sd]?|ing)|topp?(?:s|ped|ing)?\sout|max\w*|satur\w*|achiev\w*"
    r"|deliver\w*|process\w*|manag\w*|throughput|breaks?|broke|collaps\w*"
    r"|lieg\w+|schaff\w+|erreich\w*|verarbeit\w*|bedien\w*|kommt|durchsatz|bewältig\w*"
    r"|att(?:ein|eign)\w*|trait\w*|sert|tient|plafonn\w*|culmin\w*|alcan[zç]\w*|atiend\w*|atend\w*|sirve|procesa\w*)\b",
    re.IGNORECASE,
)
# What is done to a framework with a rate, before the rate and behind it.
_SUCH = rf"(?:(?:an?|the|about|around|roughly|up|to|of|{_KIND}|{_LOAD}|eine[rmn]?|etwa|rund|ca\.|une?|environ)\s)*"
_OFFERS = re.compile(
    r"\b(?:(?:hit|loaded|load-?tested|hammer\w*|bombard\w*|flood\w*|stress\w*|tested|driven|fed|pushed|subjected|exposed)"
    r"\s(?:(?!and\b|but\b)\w+\s){0,3}?(?:with|to)"
    r"|(?:we|i|they|wrk2?|hey|oha|k6|locust|vegeta|tool|generator|client)\s(?:\w+\s)?(?:sen[dt]s?|offer\w*|fire[ds]?|push\w*|threw"
    r"|throws?|generat\w*)|(?:was|were|is|are|been|got|gets)\s(?:\w+\s)?(?:offered|given|fed|sent)|receiv(?:es?|ed|ing)"
    r"|under(?=\s(?:\w+\s){0,2}(?:load|traffic)\sof\s)"
    r"|(?:belaste\w*|beschoss\w*|getestet)\s(?:\w+\s){0,3}?mit|(?:wir|ich)\s(?:schick\w*|send\w*)|(?:schick\w*|send\w*)\swir"
    r"|unter(?=\s(?:\w+\s){0,2}last\svon\s)"
    r"|(?:avons|ai|on\sa|on|nous)\s(?:envoy\w+|envoie)|soumis\w*\sà|sollicit\w+\s(?:\w+\s){0,2}?(?:avec|à|par)|(?:testé|chargé|bombardé)e?s?\savec"
    rf"|sous(?=\s(?:\w+\s){{0,2}}(?:charge|trafic)\sde\s)|(?:enviamos|enviando|hemos\senviado))\s{_SUCH}$",
    re.IGNORECASE,
)
_OFFERED_BEHIND = re.compile(
    r"\s(?:of\s)?(?:offered\s|incoming\s|constant\s)?(?:load|traffic)\b|\s(?:was|were)\s(?:sent|offered)\b"
    r"|\s(?:\w+\s){0,3}(?:belastet|beschossen|gesendet|geschickt)\b|\s(?-i:Last)\b|\sde\s(?:charge|carga)\b|\senvoyées\b",
    re.IGNORECASE,
)
_LONGEST_OFFER = 80
_WITH = re.compile(
    r"(?:\sp\d+|\slatency)*\s(?:with\s|\(|(?:while|when|and|,)\s(?:it\s)?(?:serv|handl|process|do)(?:es|e?s|ing)\s|for\s)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Loads:
    """The rates of a sentence that are no throughput.

    Attributes:
        rates: The rates that are offered.
        of: The load of each number that has one, in the words of a condition.
        unclear: The numbers whose load is no single rate.
        doubtful: The rates that may be offered or reached.
        alone: The rates that are offered, and are the load of no number in the sentence.
    """

    rates: list[Amount] = field(default_factory=list)
    of: dict[int, str] = field(default_factory=dict)
    unclear: set[int] = field(default_factory=set)
    doubtful: list[Amount] = field(default_factory=list)
    alone: list[Amount] = field(default_factory=list)


def loads_in(plain: str, amounts: Sequence[Amount], mentions: Sequence[Mention]) -> Loads:
    """Return the offered rates of a sentence, and the numbers that they are the load of, by their starts.

    Args:
        plain: The sentence.
        amounts: Its amounts that are no other conditions.
        mentions: The frameworks that it names.
    """
    loads = Loads()
    for number, rate in enumerate(amounts):
        if rate.unit not in _RATES:
            continue
        before, behind = amounts[:number], amounts[number + 1 :]
        is_offered = _is_offered(plain, amounts, number)
        of = [*_before(plain, before, rate, mentions)] or [*_behind(plain, behind, rate, mentions)]
        if not of and is_offered:
            of = [one.start for one in behind if one.unit in _UNDER_LOAD and _is_last_rate(one, rate, amounts)]
            loads.alone += [] if of else [rate]
        elif not of:
            loads.doubtful += [rate] if before and _is_doubtful(plain, before[-1], rate) else []
        if not of:
            continue
        loads.rates.append(rate)
        condition = _condition(rate)
        if condition:
            loads.of |= dict.fromkeys(of, condition)
        else:
            loads.unclear |= set(of)
    return loads


def rate_of_heading(title: str, amounts: Sequence[Amount]) -> Amount | None:
    """Return the offered rate that a heading states for its section: `Latency at 1,000 req/s`; None without one."""
    if len(amounts) != 1 or _condition(amounts[0]) is None or _REACHED.search(title):
        return None
    [rate] = amounts
    is_at = _HEAD.fullmatch(title, 0, rate.start) or _TITLE.fullmatch(title, 0, rate.start)
    return rate if is_at and not any(map(str.isalnum, title[rate.end :])) else None


def load_of_heading(title: str, amounts: Sequence[Amount]) -> tuple[str, ...]:
    """Return the load that a heading states by an offered rate, as a condition."""
    rate = rate_of_heading(title, amounts)
    return () if rate is None else (str(_condition(rate)),)


def _condition(rate: Amount) -> str | None:
    """Return an offered rate as a condition; None if it is no single number of requests per second."""
    is_single = rate.key == "value" and rate.unit == "req/s" and rate.other is None and not rate.is_signed
    return f"{rate.low * rate.multiplier:,.12g} req/s offered" if is_single else None


def _before(plain: str, before: Sequence[Amount], rate: Amount, mentions: Sequence[Mention]) -> Iterator[int]:
    """Yield the numbers before a rate that it is the load of: back to a framework's name or another rate."""
    if not before or before[-1].unit not in _UNDER_LOAD:
        return
    between = plain[before[-1].end : rate.start]
    if not _BEHIND.fullmatch(between) or _REACHED.search(between):
        return
    begins = max([one.end for one in mentions if one.end <= before[-1].start], default=0)
    for one in reversed(before):
        if one.unit not in _UNDER_LOAD or one.start < begins:
            return
        yield one.start


def _behind(plain: str, behind: Sequence[Amount], rate: Amount, mentions: Sequence[Mention]) -> Iterator[int]:
    """Yield the numbers behind a rate that it is the load of, if it begins its part of a sentence or follows a name."""
    if not behind or behind[0].unit not in _UNDER_LOAD or _REACHED.search(plain, rate.end, behind[0].start):
        return
    is_of_name = any(_OF_NAME.fullmatch(plain, one.end, rate.start) for one in mentions) and _HAS.match(plain, rate.end)
    is_title = re.match(r"\)?:\s", plain[rate.end :]) is not None and _TITLE.fullmatch(plain, 0, rate.start)
    is_of_noun = _HAS.match(plain, rate.end) is not None and _OF_NOUN.fullmatch(plain, 0, rate.start)
    if not (is_of_name or is_title or is_of_noun or _HEAD.fullmatch(plain, 0, rate.start)):
        return
    ends = min([one.start for one in mentions if is_of_name and one.start >= rate.end], default=len(plain))
    for one in behind:
        if one.unit in _RATES or one.start > ends or (is_of_noun and ";" in plain[rate.end : one.start]):
            return
        if one.unit in _UNDER_LOAD:
            yield one.start


def _is_offered(plain: str, amounts: Sequence[Amount], number: int) -> bool:
    """Return whether a rate is what a framework was given: `tested with 10k requests per second of load`."""
    rate = amounts[number]
    begin = max(0, rate.start - _LONGEST_OFFER, amounts[number - 1].end if number else 0)
    before = plain[begin : rate.start]
    if _REACHED.search(before):
        return False
    return _OFFERS.search(before) is not None or _OFFERED_BEHIND.match(plain, rate.end) is not None


def _is_last_rate(one: Amount, rate: Amount, amounts: Sequence[Amount]) -> bool:
    """Return whether no other rate stands between a rate and a number behind it."""
    return not any(other.unit in _RATES and rate.start < other.start < one.start for other in amounts)


def _is_doubtful(plain: str, before: Amount, rate: Amount) -> bool:
    """Return whether a rate behind a time can be offered or reached: `12 ms (1,000 req/s)`."""
    between = plain[before.end : rate.start]
    is_at = _BEHIND.fullmatch(between) is not None  # with a word of what is reached
    return before.unit in _TIMES and (is_at or _WITH.fullmatch(between) is not None)
