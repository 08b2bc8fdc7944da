"""Rankings: which contestants are ahead of which by a headline metric, and which are not distinguished.

The ranking rests on the comparisons of all pairs, whose claims are corrected for their number by Holm's method. The
rank of a contestant is 1, plus the number of contestants that are ahead of it. So contestants that are not
distinguished from any other share a rank.

Claims of pairs need not fit together:

- A is better than B, B is better than C, and no difference is shown between A and C. Then A is ahead of C as well: a
  contestant that is shown to be better has the smaller rank in every case.
- A is better than B, B than C, and C than A. Then none of the three is ahead of another, and they share a rank.
- No difference is shown between A and B, nor between B and C, and A is better than C. Then B has the rank of A, because
  nothing is ahead of it. `Place.tied` has both A and C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.catalogue import more_is_better
from harness.metrics.names import natural
from harness.model import CLAIMS, LEAST_RANKED, Difference, Place, Ranking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from harness.model import Comparison, Subject


def rankings(
    contestants: Sequence[Subject], headlines: Iterable[tuple[str, str | None]], comparisons: Sequence[Comparison]
) -> tuple[Ranking, ...]:
    """Return the ranking by each headline metric; none by a metric that no two contestants are compared by.

    Args:
        contestants: The ranked subjects, in the order of the plan; one without a comparison has no place.
        headlines: Metrics and scenarios.
        comparisons: The comparisons of all pairs.
    """
    return tuple(_rankings(contestants, headlines, comparisons))


def _rankings(
    contestants: Sequence[Subject], headlines: Iterable[tuple[str, str | None]], comparisons: Sequence[Comparison]
) -> Iterator[Ranking]:
    for metric, scenario in sorted(headlines, key=lambda load: (natural(load[0]), load[1] or "")):
        of_load = [one for one in comparisons if (one.metric, one.scenario) == (metric, scenario)]
        compared = [one for one in of_load if one.subject in contestants and one.reference in contestants]
        sides = {side for one in compared for side in (one.subject, one.reference)}
        ranked = [one for one in contestants if one in sides]
        if len(ranked) >= LEAST_RANKED:
            yield Ranking(metric, scenario, places(ranked, _claims(metric, compared)))


def _claims(metric: str, comparisons: Iterable[Comparison]) -> list[tuple[Subject, Subject]]:
    """Return the pairs that differ, the better subject first."""
    better = Difference.HIGHER if more_is_better(metric) else Difference.LOWER
    claims = ((one, one.verdict is better) for one in comparisons if one.verdict in CLAIMS)
    return [(one.subject, one.reference) if is_ahead else (one.reference, one.subject) for one, is_ahead in claims]


def places(ranked: Sequence[Subject], claims: Iterable[tuple[Subject, Subject]]) -> tuple[Place, ...]:
    """Return the place of each contestant, in the order of the ranks; of equal ones in the given order.

    Args:
        ranked: The contestants.
        claims: The pairs that differ, the better contestant first.
    """
    ahead = _ahead(ranked, claims)
    found = [
        Place(
            subject,
            1 + int(ahead[:, place].sum()),
            behind=tuple(other for other, is_ahead in zip(ranked, ahead[:, place], strict=True) if is_ahead),
            tied=tuple(
                other
                for number, other in enumerate(ranked)
                if number != place and not ahead[number, place] and not ahead[place, number]
            ),
        )
        for place, subject in enumerate(ranked)
    ]
    return tuple(sorted(found, key=lambda one: one.rank))


def _ahead(ranked: Sequence[Subject], claims: Iterable[tuple[Subject, Subject]]) -> NDArray[np.bool_]:
    """Return whether the contestant of a row is ahead of that of a column, directly or by way of others."""
    number = {subject: place for place, subject in enumerate(ranked)}
    reached = np.eye(len(ranked), dtype=bool)
    for better, worse in claims:
        reached[number[better], number[worse]] = True
    for _ in ranked:
        reached = reached @ reached
    # in a circle each one reaches each other one: none of them is ahead
    return reached & ~reached.T
