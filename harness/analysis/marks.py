"""Words in the reasons and warnings of results by which terminal and page recognise their kind.

They stand alone: whoever only prints them must not wait until scipy is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPLAINTS = "from the script's failure() or exception"
"""End of the warning with what a scenario itself called a failure or raised."""

NOT_ENOUGH = "not enough"
"""Beginning of the reason of a percentile that had too few requests."""

INCONCLUSIVE = "inconclusive: "
"""Beginning of the warning of a comparison that is not judged; of two runs, behind the id of one of them."""

DISTURBED = "the machine was disturbed"
"""Beginning of the words on disturbed blocks; their kinds follow in brackets."""


def why_inconclusive(warnings: Iterable[str]) -> str | None:
    """Return why a comparison is not judged, without what differs between comparisons; None without such a warning."""
    reasons = (text.partition(INCONCLUSIVE)[2] for text in warnings if INCONCLUSIVE in text)
    return next((reason.partition(";")[0] for reason in reasons), None)
