"""Which amounts of a sentence that are no figure look like one and are listed. A version or a date does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.importing.subjects import version_behind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.subjects import Mention

NO_UNIT = "a number without a unit"
_DATE = re.compile(r"(?:19|20)\d\d$")
_VERSION = re.compile(r"(?:\bv|[A-Z][\w.+#-]*\s|\bversions?\s|\bpython\s|[@/(])$", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:ports?|pages?|sections?|chapters?|figures?|fig\.|tables?|rounds?|steps?|issues?|rfc|http|status|codes?|errors?|lines?"
    r"|no\.|number|ubuntu|debian|windows|macos|linux|kernel|line|pid|seed)\s$",
    re.IGNORECASE,
)
_LOOK_BACK = 24
_LEAST_DIGITS = 3
_LONGEST_VERSION = 5


def why_no_figure(plain: str, amount: Amount, mentions: Sequence[Mention]) -> str | None:
    """Return why an amount of a sentence is no figure; None for one that does not look like a figure."""
    if amount.unit == "%":
        return "a share"
    if amount.unit == "x":
        is_times = re.search(r"\d\s?[x\u00d7]\+?$", plain[amount.start : amount.end]) is not None
        return "a ratio or difference of which the page does not name the other side" if is_times else None
    if amount.unit is not None or _DATE.match(amount.digits):
        return None
    return NO_UNIT if _counts_something(plain, amount) or _looks_measured(plain, amount, mentions) else None


def is_version_of(plain: str, amount: Amount, mentions: Sequence[Mention]) -> bool:
    """Return whether an amount is the version behind the name of a framework: `Flask 3.1`."""
    return any(
        one.end <= amount.start < one.end + _LOOK_BACK
        and version_behind(plain, one)
        and not plain[one.end : amount.start].strip(" =@(/-v")
        for one in mentions
    )


def _counts_something(plain: str, amount: Amount) -> bool:
    return re.match(r"\s[a-z]{3,}", plain[amount.end : amount.end + 10]) is not None


def _looks_measured(plain: str, amount: Amount, mentions: Sequence[Mention]) -> bool:
    """Return whether a number has the digits of a result, or stands behind a name and a colon."""
    before = plain[max(0, amount.start - _LOOK_BACK) : amount.start]
    if any(re.fullmatch(r"\s?[:=]\s?", plain[one.end : amount.start]) for one in mentions):
        return True
    if _LABEL.search(before):
        return False
    digits = sum(map(str.isdecimal, amount.digits))
    is_version = len(amount.digits) <= _LONGEST_VERSION and "." in amount.digits and _VERSION.search(before)
    has_mark = not amount.digits.isdecimal() and not is_version
    return has_mark or amount.multiplier != 1 or (digits >= _LEAST_DIGITS and amount.digits.isdecimal())
