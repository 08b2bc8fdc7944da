"""Verdicts of a run on published figures, and whether another run gives the same."""

from pathlib import Path
from typing import Any

import pytest

from harness.figures.published import FigureSet, JudgedFigures, Judgement
from harness.figures.repeated import verdict_conclusions
from harness.model import Conclusion, ConclusionKind, Outcome, Verdict
from tests.figures.cases import figure


def judged(**verdicts: Any) -> JudgedFigures:  # noqa: ANN401 - a verdict, or the name of one that is to come
    judgements = tuple(
        Judgement(figure("memory.idle", "MB", 30e6, name=name), verdict, "") for name, verdict in verdicts.items()
    )
    source = FigureSet("", "", "", Path("page.toml"), tuple(one.figure for one in judgements))
    return JudgedFigures(source, judgements, ())


def repeated(said: Any, here: Any) -> list[Conclusion]:  # noqa: ANN401 - as above
    return list(verdict_conclusions([judged(f=said)], [judged(f=here)]))


@pytest.mark.parametrize(
    ("said", "here", "outcome"),
    [
        ("confirmed", "confirmed", Outcome.HOLDS),
        ("confirmed", "refuted", Outcome.REVERSED),
        ("confirmed", "not_reproduced", Outcome.DIFFERS),
        ("confirmed", "inconclusive", Outcome.NOT_SHOWN),
        ("confirmed", "not_comparable", Outcome.NOT_SHOWN),
        ("refuted", "refuted", Outcome.HOLDS),
        ("refuted", "confirmed", Outcome.REVERSED),
        ("refuted", "not_reproduced", Outcome.NOT_SHOWN),
        ("not_reproduced", "not_reproduced", Outcome.HOLDS),
        ("not_reproduced", "refuted", Outcome.HOLDS),
        ("not_reproduced", "confirmed", Outcome.DIFFERS),
        ("not_reproduced", "inconclusive", Outcome.NOT_SHOWN),
    ],
)
def test_only_a_confirmed_and_a_refuted_figure_are_opposites(said: str, here: str, outcome: Outcome) -> None:
    [one] = repeated(said, here)
    assert (one.kind, one.subject, one.metric, one.figure) == (
        ConclusionKind.VERDICT,
        "flask_app",
        "memory.idle",
        "f",
    )
    assert one.outcome is outcome
    assert one.said.verdict == said
    assert one.said.text.endswith(f": {said.replace('_', ' ')}")
    assert one.here is not None
    assert (one.here.verdict, one.here.text) == (here, here.replace("_", " "))


@pytest.mark.parametrize("here", [Verdict.NOT_MEASURED, Verdict.CONTRADICTED])
def test_a_verdict_without_a_measurement_is_not_measured(here: Verdict) -> None:
    [one] = repeated(Verdict.REFUTED, here)
    assert (one.here, one.outcome) == (None, Outcome.NOT_MEASURED)


@pytest.mark.parametrize(
    "said", [Verdict.NOT_MEASURED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE]
)
def test_a_verdict_that_says_nothing_of_the_run_is_no_conclusion(said: Verdict) -> None:
    assert repeated(said, Verdict.CONFIRMED) == []


def test_all_files_and_figures_are_gone_through_in_their_order() -> None:
    there = [judged(a=Verdict.CONFIRMED, b=Verdict.REFUTED), judged(c=Verdict.CONFIRMED)]
    assert [one.figure for one in verdict_conclusions(there, there)] == ["a", "b", "c"]
