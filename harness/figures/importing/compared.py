"""Whom a sentence compares with: the other side of a ratio, and frameworks that are only named beside another."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from harness.figures.directed import behind_comparison
from harness.figures.factors import OF_WHAT, WORD
from harness.figures.importing.subjects import end_of_name
from harness.figures.importing.words_of_comparison import COMPARED_TO, VERSUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.subjects import Mention

_MOST_BETWEEN = 60
LISTED = re.compile(r"\s*(?:,|and|or|und|oder|et|ou|y|vs\.?|versus|against|&|/)\s*", re.IGNORECASE)
"""What stands between the names of a list."""
_THAN = re.compile(
    rf"\b(?:than|as|over|{COMPARED_TO}|versus|vs\.?|against|of)\s+(?:the |that of )?$",
    re.IGNORECASE,
)
# The same in other languages: behind a comparison (`schneller`, `menos`) only words for what is compared, and `als`.
_WHAT = (
    r"(?:de|d['\u2019]|pro|por|par|per|ram|cpu|(?:arbeits)?speicher|speicherverbrauch|verbrauch|m[eé]moire|mem[oó]ria"
    r"|uso|consumo|anfragen|requ[êe]tes|peticiones|solicitudes|requisições|richieste|sekunde|seconde|segundo|secondo"
    r"|latenz|latence|latencia|latência|latenza|durchsatz|d[ée]bit|rendimiento|antwortzeit|startzeit)"
)
_THAN_ABROAD = (
    r"(?:als|wie|que|do que|di|gegen\u00fcber|par rapport \u00e0|frente a|rispetto a)\s"
    r"(?:(?:bei|mit|unter|das von|die von|el de|la de|celle de|celui de|con|avec|o|a|el|la|le)\s)?|qu['\u2019]\s"
)
_OWNER = re.compile(r"['\u2019]s?\s")
_WHAT_IT_HAS = re.compile(rf"\s(?:of\s)?{OF_WHAT}\s(?:(?:that|which)\s)?", re.IGNORECASE)
_HAS = re.compile(r"\s(?:needs|uses|takes|has|does|requires|consumes|serves|handles|reaches)\b", re.IGNORECASE)
_MULTIPLE = re.compile(r"\s(?:(?:that\s)?of\s|von\s|de\s)?")
# Before a framework that is no subject, and what shows behind it that the sentence goes on about another one.
_COMPARED = re.compile(
    rf"\b(?:{WORD}\sof|{COMPARED_TO}|unlike|in\scontrast\sto|than|as\s\w+\sas|im\sgegensatz\szu|anders\sals|\w+er\s(?:\w+\s)?als"
    r"|contrairement\sà|(?:plus|moins|más|menos|mais)\s\w+\s(?:do\s)?que|a\sdiferencia\sde|ao\scontrário\sd[oe])"
    r"\s(?:the\s|o\s|that\sof\s|what\s)?$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:['\u2019]s?)?(?!,?\s(?:which|whose|who|that|das|der|die|welche\w*|qui|dont|que|cuyo)\b)"
    r"(?:\s?[,;.!?)]|$|\s(?:and|but|while|und|aber|et|mais|y|pero|e)\b)",
    re.IGNORECASE,
)
_AT_FIRST = re.compile(rf"\W*{COMPARED_TO}\s(?:the\s|o\s)?", re.IGNORECASE)
# Between the name at first and the subject: a verb, as in German, or what is added to the name.
_TO_SUBJECT = re.compile(
    r"\s(?:(?!(?:and|or|und|oder|et|ou|y|o|e|vs)\s)(?-i:[a-zäöüß]+)\s(?:(?:also|auch|das|der|die)\s)?)?|\s(?:on|with|under|behind|auf|mit|unter|sur|avec|sous|con|com|sob|sobre)"
    r"\s[\w.]+,\s(?:the\s|o\s)?",
    re.IGNORECASE,
)
# Between the subject and the name that it is compared with, both before the number: `Gin is, compared to Flask, 15x`.
_AFTER_SUBJECT = re.compile(rf"[^,;:.!?]{{0,40}}?(?:,\s)?\b{COMPARED_TO}\s(?:the\s|o\s)?", re.IGNORECASE)
_ELSE = re.compile(r"[^,;.]{0,60}\b(?:than|als|wie|que|as)\b", re.IGNORECASE)  # it is compared with something else
_LOOK_BACK = 60
OF_EITHER = "two numbers are compared, and its sentence does not tell whose each of them is"
_AGAINST = re.compile(rf"\s\(?(?:{VERSUS}|{COMPARED_TO}|against|as opposed to)\s(?:only\s|just\s)?", re.IGNORECASE)
_OF_NAME = re.compile(
    r"\s(?:of|for|with|on|by|in|using|from|für|mit|bei|von|pour|avec|chez|de|do|para|con|com|en|em|no)\s(?:the\s|o\s)?",
    re.IGNORECASE,
)


_OF_OWNER = re.compile(
    r"\s*(?:for|with|on|by|in|using|from|für|mit|bei|von|pour|avec|chez|sur|de|do|para|con|com|en|em|no)\s*"
)
_CLOSES = re.compile(r"[^():=\d]*\)")


def compared_in(plain: str, amounts: Sequence[Amount], mentions: Sequence[Mention]) -> list[Mention]:
    """Return the frameworks of a sentence that it only compares with: no number is theirs by standing behind them."""
    ratios = [one for one in amounts if one.unit in {"x", "%"}]
    sides = [side for one in ratios for side in [other_side(plain, one, mentions)] if side]
    previous: Mention | None = None
    for one, following in zip_longest(mentions, mentions[1:]):
        is_listed = previous is not None and previous in sides and LISTED.fullmatch(plain[previous.end : one.start])
        is_compared = is_listed or _COMPARED.search(plain, max(0, one.start - _LOOK_BACK), one.start)
        end = end_of_name(plain, one)
        goes_on = _GOES_ON.match(plain, end) or (following and _TO_SUBJECT.fullmatch(plain, end, following.start))
        if one not in sides and is_compared and goes_on:
            sides.append(one)
        previous = one
    return sides


def is_of_either(plain: str, amount: Amount, amounts: Sequence[Amount], mentions: Sequence[Mention]) -> bool:
    """Return whether an amount is one of two that are compared, `44 MB vs 10 MB`, and no name behind them is theirs."""
    for one, other in pairwise(amounts):
        if amount in {one, other} and _AGAINST.fullmatch(plain, one.end, other.start):
            return not any(_OF_NAME.fullmatch(plain, other.end, mention.start) for mention in mentions)
    return False


def other_side(plain: str, amount: Amount, mentions: Sequence[Mention]) -> Mention | None:
    """Return the framework that a ratio compares with: `20x faster than Flask`."""
    for one in mentions:
        between = plain[amount.end : one.start]
        if 0 < len(between) <= _MOST_BETWEEN and (
            _THAN.search(between)
            or _is_than_abroad(between)
            or _is_of_another(plain, between, one)
            or is_multiple_of(plain, amount, one)
        ):
            return one
    return _compared_at_first(plain, amount, mentions)


def _compared_at_first(plain: str, amount: Amount, mentions: Sequence[Mention]) -> Mention | None:
    """Return the framework of `Compared to Flask, Gin is 30 % slower` that the other one is compared with.

    So it is in `Gin is, compared to Flask, 30 % slower`.
    """
    named = [one for one in mentions if one.end <= amount.start]
    if len({one.target for one in mentions}) != 2 or len(named) != 2 or _ELSE.match(plain, amount.end):  # noqa: PLR2004 - two
        return None
    first, second = named
    end = end_of_name(plain, first)
    if _AT_FIRST.fullmatch(plain, 0, first.start):
        is_compared = _GOES_ON.match(plain, end) or _TO_SUBJECT.fullmatch(plain, end, second.start)
        return first if is_compared else None
    return second if _AFTER_SUBJECT.fullmatch(plain, end, second.start) else None


def _is_of_another(plain: str, between: str, one: Mention) -> bool:
    """Return whether a multiple is of what another one has: `half of Flask's memory`, `the memory Flask needs`."""
    if _OWNER.match(plain, one.end):
        return between in {" ", " of "}
    return _WHAT_IT_HAS.fullmatch(between) is not None and _HAS.match(plain, one.end) is not None


@lru_cache(maxsize=256)
def _is_than_abroad(between: str) -> bool:
    """Return whether a text is a comparison of another language up to its other side: ` menos memoria que `."""
    what = re.match(rf"(?:(?!(?:de|en)\s(?:moins|plus)\b)(?:an|{_WHAT})\b\s?)*", between.strip(), re.IGNORECASE)
    behind = behind_comparison(between.strip()[what.end() if what else 0 :] + " ")
    if behind is None:
        return False
    return re.fullmatch(rf"\s*(?:{_WHAT}\s?){{0,5}}(?:{_THAN_ABROAD})", behind, re.IGNORECASE) is not None


def is_multiple_of(plain: str, amount: Amount, one: Mention) -> bool:
    """Return whether an amount is a multiple of a framework itself: `28,600 rps, i.e. 5.28x Flask`."""
    is_owner = _OWNER.match(plain, one.end) is not None
    return amount.unit == "x" and not is_owner and _MULTIPLE.fullmatch(plain, amount.end, one.start) is not None


def is_owner_behind(plain: str, amount: Amount, name: Mention) -> bool:
    """Return whether a number is that of a name behind it: `9 ms for Gin`, `9 ms (Gin)`; not `9 ms (Gin: 2 ms)`."""
    between = plain[amount.end : name.start]
    return _OF_OWNER.fullmatch(between) is not None or (
        between.strip() == "(" and _CLOSES.match(plain, end_of_name(plain, name)) is not None
    )
