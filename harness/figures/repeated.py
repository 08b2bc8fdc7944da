"""Verdicts of one run on published figures, and whether another run gives the same.

Only verdicts that say something are conclusions: confirmed, refuted, not reproduced. The opposites are confirmed and
refuted. A figure that one machine gives and another does not give differs: throughput, latency and starts depend on the
machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Conclusion, ConclusionKind, Outcome, Said, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.figures.published import JudgedFigures, Judgement

_OUTCOMES: Mapping[str, Mapping[str, Outcome]] = {
    Verdict.CONFIRMED: {
        Verdict.CONFIRMED: Outcome.HOLDS,
        Verdict.REFUTED: Outcome.REVERSED,
        Verdict.NOT_REPRODUCED: Outcome.DIFFERS,
    },
    Verdict.REFUTED: {Verdict.REFUTED: Outcome.HOLDS, Verdict.CONFIRMED: Outcome.REVERSED},
    Verdict.NOT_REPRODUCED: {
        Verdict.NOT_REPRODUCED: Outcome.HOLDS,
        Verdict.REFUTED: Outcome.HOLDS,
        Verdict.CONFIRMED: Outcome.DIFFERS,
    },
}
_UNMEASURED = (Verdict.NOT_MEASURED, Verdict.CONTRADICTED)


def verdict_conclusions(there: Iterable[JudgedFigures], here: Iterable[JudgedFigures]) -> Iterator[Conclusion]:
    """Yield the verdicts of a run that say something, each with its outcome in another run.

    Args:
        there: The figures as judged by the run of the conclusions.
        here: The same figures as judged by the other run.
    """
    for said, mine in zip(there, here, strict=True):
        by_id = {one.figure.id: one for one in mine.judgements}
        for one in said.judgements:
            if one.verdict in _OUTCOMES:
                yield _conclusion(one, by_id[one.figure.id])


def _conclusion(said: Judgement, here: Judgement) -> Conclusion:
    is_measured, figure = here.verdict not in _UNMEASURED, said.figure
    outcome = _OUTCOMES[said.verdict].get(here.verdict, Outcome.NOT_SHOWN)
    return Conclusion(
        kind=ConclusionKind.VERDICT,
        subject=figure.target,
        reference=figure.of,
        metric=figure.metric,
        scenario=None,
        figure=figure.id,
        said=Said(f"{figure.printed}: {_words(said)}", str(said.verdict)),
        here=Said(_words(here), str(here.verdict)) if is_measured else None,
        outcome=outcome if is_measured else Outcome.NOT_MEASURED,
    )


def _words(judgement: Judgement) -> str:
    return judgement.verdict.replace("_", " ")
