"""The values of a ratio, the series that are compared, and the control."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.series import Key, Series
from harness.analysis.verdicts import compare, controls
from harness.model import Bound
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.analysis.rulings import Control

CONTROL = replace(FLASK, is_control=True)
PLAN = replace(a_plan(FLASK, GIN, scenarios=("hello", "json")), control=CONTROL)
RATE = "throughput.closed.c32"
BATCH = ("hello", RATE)


def series(
    *values: float, rounds: Sequence[Sequence[float]] = (), reasons: Sequence[str] = (), bound: Bound | None = None
) -> Series:
    made = Series(Unit.PER_SECOND, reasons=list(reasons), bounds=[bound] * len(values) if bound else [])
    made.by_block = defaultdict(list, {block: [value] for block, value in enumerate(values)})
    if rounds:
        made.batch = BATCH
        made.rounds = {block: np.array(of_block) for block, of_block in enumerate(rounds)}
    return made


def at(subject: object, scenario: str | None = "hello", metric: str = RATE) -> Key:
    return Key(subject, scenario, metric)  # type: ignore[arg-type]


def ratio_of(mine: Series, theirs: Series) -> float:
    (found,) = compare(PLAN, {at(GIN): mine, at(FLASK): theirs}, {})
    return found.ratio


class TestTheRatio:
    """The rounds have the ratio 3, and the values have the ratio 2."""

    MINE = series(200.0, 200.0, rounds=[[30.0, 60.0], [30.0, 60.0]])
    THEIRS = series(100.0, 100.0, rounds=[[10.0, 20.0], [10.0, 20.0]])

    def test_it_is_that_of_the_rounds_if_both_were_driven_in_the_same_rounds(self) -> None:
        assert ratio_of(self.MINE, self.THEIRS) == pytest.approx(3.0)

    def test_a_block_in_which_one_series_has_no_rounds_has_the_ratio_of_values(self) -> None:
        bare = series(100.0, 100.0)
        bare.batch = BATCH
        assert ratio_of(self.MINE, bare) == pytest.approx(2.0)
        bare = series(200.0, 200.0)
        bare.batch = BATCH
        assert ratio_of(bare, self.THEIRS) == pytest.approx(2.0)

    def test_series_of_different_batches_have_the_ratio_of_values(self) -> None:
        other = series(100.0, 100.0, rounds=[[10.0, 20.0], [10.0, 20.0]])
        other.batch = ("hello", "throughput.closed.c8")
        assert ratio_of(self.MINE, other) == pytest.approx(2.0)

    def test_series_with_different_numbers_of_rounds_have_the_ratio_of_values(self) -> None:
        assert ratio_of(self.MINE, series(100.0, 100.0, rounds=[[10.0], [10.0]])) == pytest.approx(2.0)

    @pytest.mark.parametrize("silent", [[0.0, 20.0], [10.0, 0.0]])
    def test_two_rounds_of_which_one_is_without_answers_have_the_ratio_of_values(self, silent: list[float]) -> None:
        assert ratio_of(self.MINE, series(100.0, 100.0, rounds=[silent, silent])) == pytest.approx(2.0)
        assert ratio_of(series(200.0, 200.0, rounds=[silent, silent]), self.THEIRS) == pytest.approx(2.0)


class TestTheComparedSeries:
    def metrics(self, mine: Mapping[str, Series], theirs: Mapping[str, Series]) -> list[str]:
        found = {at(GIN, None, name): one for name, one in mine.items()}
        found |= {at(FLASK, None, name): one for name, one in theirs.items()}
        return [one.metric for one in compare(PLAN, found, {})]

    def test_a_single_common_block_is_not_enough_and_two_are(self) -> None:
        one, two = series(1.0), series(1.0, 2.0)
        assert self.metrics({"a": one, "b": two}, {"a": two, "b": two}) == ["b"]

    @pytest.mark.parametrize("absent", ["mine", "theirs"])
    def test_a_metric_without_a_number_in_one_series_is_not_compared(self, absent: str) -> None:
        partial, complete = series(1.0, 2.0, reasons=["it died"]), series(1.0, 2.0)
        pair = (partial, complete) if absent == "mine" else (complete, partial)
        assert self.metrics({"a": pair[0]}, {"a": pair[1]}) == []

    def test_blocks_of_only_one_series_do_not_count(self) -> None:
        assert ratio_of(series(2.0, 2.0, 50.0), series(1.0, 1.0)) == pytest.approx(2.0)

    def test_the_ceiling_and_the_reference_itself_are_not_compared(self) -> None:
        found = {at(one): series(1.0, 2.0) for one in (FLASK, GIN, NULL, CONTROL)}
        assert [one.subject for one in compare(PLAN, found, {})] == [GIN]

    def test_only_headlines_have_an_adjusted_probability(self) -> None:
        found = {
            at(one, None, metric): series(*of)
            for one, of in ((FLASK, (1.0, 1.1)), (GIN, (2.0, 2.3)))
            for metric in ("memory.idle", "memory.loaded")
        }
        adjusted = {one.metric: one.p_holm for one in compare(PLAN, found, {})}
        assert adjusted["memory.idle"] is None
        assert adjusted["memory.loaded"] is not None

    @pytest.mark.parametrize(
        ("bounds", "warnings"),
        [
            ((Bound.GENERATOR, None), ("the generator was the limit of the subject: the ratio is a lower bound",)),
            ((None, Bound.GENERATOR), ("the generator was the limit of the reference: the ratio is an upper bound",)),
            ((Bound.TARGET, None), ()),
        ],
    )
    def test_a_warning_names_the_side_of_an_open_ratio(
        self, bounds: tuple[Bound | None, Bound | None], warnings: tuple[str, ...]
    ) -> None:
        mine, theirs = (series(2.0, 2.1, bound=bound) for bound in bounds)
        (found,) = compare(PLAN, {at(GIN): mine, at(FLASK): theirs}, {})
        assert found.warnings == warnings

    def test_a_bound_that_allows_no_claim_leaves_the_others_their_probability(self) -> None:
        """Its own p is not small, although its number is far from 1, so Holm's first step is not spent on it."""
        memory = {at(one, None, "memory.loaded"): series(*of) for one, of in ((FLASK, (1.0, 1.1)), (GIN, (2.0, 2.3)))}
        rates = {at(GIN): series(9.0, 9.1), at(FLASK): series(1.0, 1.01, bound=Bound.GENERATOR)}
        adjusted = {one.metric: one.p_holm for one in compare(PLAN, memory | rates, {})}
        [alone] = compare(PLAN, memory, {})
        assert alone.p_holm is not None
        assert adjusted == {"memory.loaded": 2 * alone.p_holm, RATE: 1.0}


class TestTheControl:
    def known(self, copy: Series, original: Series, scenario: str | None = "hello") -> dict[str, Control]:
        return controls(PLAN, {at(CONTROL, scenario): copy, at(FLASK, scenario): original})

    def test_the_control_needs_two_blocks_and_no_absence(self) -> None:
        two = series(1.0, 2.0)
        assert self.known(two, two)[RATE].by_block == {0: 1.0, 1: 1.0}
        assert self.known(series(1.0), two) == {}
        absent = series(1.0, 2.0, reasons=["it died"])
        assert self.known(absent, two) == self.known(two, absent) == {}

    def test_the_control_is_that_of_the_headline_scenario_or_without_a_scenario(self) -> None:
        two = series(1.0, 2.0)
        assert list(self.known(two, two, None)) == [RATE]
        assert self.known(two, two, "json") == {}
