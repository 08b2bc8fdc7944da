"""Words in the reasons and warnings of results by which terminal and page recognise their kind.

They stand alone, because a module that only prints them must not import scipy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPLAINTS = "from the script, and not from the target"
"""End of the warning with a scenario's own complaints."""

NOT_ENOUGH = "not enough"
"""Beginning of the reason of a percentile that had too few requests."""

INCONCLUSIVE = "inconclusive: "
"""Beginning of the warning of a comparison that is not judged; of two runs, behind the id of one of them."""

DISTURBED = "the machine was disturbed"
"""Beginning of the words on disturbed blocks; their kinds follow in brackets."""

TOO_CLOSE = "closer to 1 than the noise floor"
"""Beginning of the warning of a comparison whose interval excludes 1 and that shows no difference all the same."""

NOT_RARE = "may be chance: one of"
"""Beginning of the same, for a headline that Holm's method takes back."""


def why_not_shown(warnings: Iterable[str]) -> str | None:
    """Return why a comparison shows no difference although its interval excludes 1; None without such a warning."""
    return next((text for text in warnings if text.startswith((TOO_CLOSE, NOT_RARE))), None)


def why_inconclusive(warnings: Iterable[str]) -> str | None:
    """Return why a comparison is not judged, without what differs between comparisons; None without such a warning."""
    reasons = (text.partition(INCONCLUSIVE)[2] for text in warnings if INCONCLUSIVE in text)
    return next((reason.partition(";")[0] for reason in reasons), None)
