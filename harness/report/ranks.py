"""The rankings as a table: a row for each headline metric, with the ranks and the pairs that are not distinguished.

The table is plain words, the same for the page and the Markdown. This module must not know markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from harness.metrics.catalogue import family_of
from harness.metrics.words import enumeration, sort_key, title_of
from harness.report.wording import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Ranking
    from harness.report.material import Material


RANK_MEANING = (
    "A rank is 1, plus the number of targets that are shown to be ahead. "
    "Targets that share a rank are not distinguished."
)


@dataclass(frozen=True, slots=True)
class RankRow:
    """A ranking by one metric.

    Attributes:
        ranks: Each rank with the names that have it, the best first.
        untold: The pairs of different ranks that are not distinguished, in words.
        missing: The names without a rank, each with the reason why it has no number.
    """

    metric: str
    title: str
    scenario: str | None
    ranks: tuple[tuple[int, str], ...]
    untold: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """The ranks as text, and who has none: `1 Gin; 2 FastAPI and Starlette; 4 Flask; no rank for Express: ...`."""
        ranks = (f"{rank}\N{NO-BREAK SPACE}{names}" for rank, names in self.ranks)
        return "; ".join((*ranks, *self.missing))


def rank_rows(material: Material) -> tuple[RankRow, ...]:
    """Return the rankings of a page of more than two targets, in the order of the result table."""
    rankings = sorted(material.rankings, key=lambda one: sort_key(one.metric))
    return tuple(rank_row(material, ranking) for ranking in rankings)


def rank_row(material: Material, ranking: Ranking) -> RankRow:
    """Return the row of a ranking."""
    groups = groupby(ranking.places, key=lambda place: place.rank)
    ranks = tuple(
        (rank, enumeration([material.name_of(place.subject) for place in of_rank])) for rank, of_rank in groups
    )
    title = f"{family_of(ranking.metric)}: {title_of(ranking.metric)}"
    return RankRow(
        ranking.metric,
        title,
        ranking.scenario,
        ranks,
        tuple(_untold(material, ranking)),
        tuple(_missing(material, ranking)),
    )


def _missing(material: Material, ranking: Ranking) -> Iterator[str]:
    """Yield who has no rank for want of a number, once for each reason."""
    ranked = {place.subject for place in ranking.places}
    reasons: dict[str, list[str]] = {}
    for subject in material.contestants:
        result = material.result(ranking.metric, ranking.scenario, subject)
        if subject not in ranked:
            reason = reason_of(result) if result and result.estimate is None else "it is not compared"
            reasons.setdefault(reason, []).append(material.name_of(subject))
    for reason, names in reasons.items():
        yield f"no rank for {enumeration(names)}: {reason}"


def _untold(material: Material, ranking: Ranking) -> Iterator[str]:
    rank_of = {place.subject: place.rank for place in ranking.places}
    for place in ranking.places:
        for other in place.tied:
            if place.rank < rank_of[other]:
                names = (material.name_of(place.subject), material.name_of(other))
                yield " and ".join(names)
