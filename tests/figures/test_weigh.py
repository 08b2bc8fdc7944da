"""The weighing of a figure against its evidence: which rule applies, and its limits."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.analysis.latencies import GENERATOR_LIMITED
from harness.figures.evidence import evidence_of
from harness.figures.published import Evidence, Figure
from harness.figures.weigh import Relation, relation, weigh
from harness.model import Bound, Comparison, Difference, FlagKind, Result, Summary, Verdict
from harness.units import Unit
from tests.figures.cases import GIN, GTHREAD, RUN, SYNC, comparison, figure, judge_one, result

RATE = "throughput.closed.c64"


def ready(low: float, estimate: float, high: float) -> Result:
    return result(GTHREAD, "cold_start.ready", (low, estimate, high), scenario=None)


def rate(low: float, estimate: float, high: float, bound: Bound | None = None, level: int = 64) -> Result:
    return result(GTHREAD, f"throughput.closed.c{level}", (low, estimate, high), bound=bound)


def rates(printed: float, rounding: float = 0.0) -> Figure:
    return figure("throughput.closed.*", "req/s", printed, rounding=rounding)


def verdict(one: Figure, *facts: Result | Comparison) -> Verdict:
    return judge_one(one, *facts).verdict


class TestConfirmed:
    @pytest.mark.parametrize(
        ("printed", "rounding", "expected"),
        [
            (250, 5, Verdict.INCONCLUSIVE),
            (270, 5, Verdict.INCONCLUSIVE),
            (300, 5, Verdict.INCONCLUSIVE),
            (330, 5, Verdict.INCONCLUSIVE),
            (287, 0.5, Verdict.CONFIRMED),
            (290, 5, Verdict.CONFIRMED),
            (430, 5, Verdict.NOT_REPRODUCED),
        ],
    )
    def test_an_overlap_is_inconclusive_and_the_same_number_as_printed_is_confirmed(
        self, printed: float, rounding: float, expected: Verdict
    ) -> None:
        wide = ready(0.249, 0.287, 0.330)
        assert verdict(figure("cold_start.ready", "ms", printed, rounding=rounding), wide) is expected

    @pytest.mark.parametrize(
        ("printed", "expected"), [(287, Verdict.CONFIRMED), (300, Verdict.INCONCLUSIVE), (250, Verdict.INCONCLUSIVE)]
    )
    def test_the_tolerance_confirms_an_interval_inside_it_and_never_less_than_the_plain_number(
        self, printed: float, expected: Verdict
    ) -> None:
        about = replace(figure("cold_start.ready", "ms", printed, rounding=0.5), tolerance=printed / 1e4)
        assert verdict(about, ready(0.249, 0.287, 0.330)) is expected
        narrow = ready(printed * 0.92e-3, printed * 0.95e-3, printed * 1.08e-3)
        assert verdict(about, narrow) is Verdict.CONFIRMED

    def test_the_reason_prints_claim_and_tolerance(self) -> None:
        about = replace(figure("cold_start.ready", "ms", 300, rounding=5), tolerance=0.03, printed="~300 ms")
        assert judge_one(about, ready(0.249, 0.287, 0.330)).reason == (
            "The interval lies only partly inside the claim: measured 287 ms [249, 330] (flask_app:gthread, "
            "time to the first right answer), claimed 270 ms to 330 ms (± 10 % for ~)."
        )

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (0.125, 0.25, Verdict.CONFIRMED),
            (0.1249, 0.25, Verdict.INCONCLUSIVE),
            (0.125, 0.2501, Verdict.INCONCLUSIVE),
            (0.25, 0.3, Verdict.INCONCLUSIVE),
            (0.2501, 0.3, Verdict.NOT_REPRODUCED),
            (0.1, 0.1249, Verdict.NOT_REPRODUCED),
        ],
    )
    def test_a_range_contains_the_whole_interval_or_is_not_confirmed(
        self, low: float, high: float, expected: Verdict
    ) -> None:
        measured = ready(low, math.sqrt(low * high), high)
        assert verdict(figure("cold_start.ready", "s", 0.125, 0.25), measured) is expected

    def test_the_number_itself_is_confirmed_even_if_its_interval_is_wide_and_never_one_and_a_half_times_it(
        self,
    ) -> None:
        wide = result(GTHREAD, RATE, (100, 1_234, 9_000))
        for times, expected in ((1, Verdict.CONFIRMED), (1.5, Verdict.INCONCLUSIVE)):
            one = figure(RATE, "req/s", 1_234 * times, rounding=0.5)
            assert verdict(one, wide) is expected


@pytest.mark.parametrize(
    ("conditions", "load"),
    [
        ((), "no load"),
        (("JSON",), "no load"),
        (("Concurrent Load",), "'Concurrent Load' without a number of connections or a rate"),
        (("under load", "Est."), "'under load' without a number of connections or a rate"),
    ],
)
def test_the_reason_has_the_load_that_the_page_states_without_a_number(conditions: tuple[str, ...], load: str) -> None:
    one = figure("throughput.closed.*", "req/s", 6_000, rounding=500, conditions=conditions)
    levels = [rate(5_900, 6_000, 6_100, level=8), rate(7_900, 8_000, 8_100)]
    judgement = weigh(one, evidence_of(one, Summary(RUN, tuple(levels), ())), Summary(RUN, (), ()), states_load=False)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert f" fits it, but the page states {load}; measured in all:" in judgement.reason


class TestTheEnvelope:
    def test_the_envelope_covers_all_evidence(self) -> None:
        one = result(GTHREAD, "memory.idle", (10e6, 30e6, 50e6), scenario=None)
        other = result(SYNC, "memory.idle", (20e6, 25e6, 90e6), scenario=None)
        verdicts = [verdict(figure("memory.idle", "MB", at), one, other) for at in (9, 10, 90, 91)]
        assert verdicts == [
            Verdict.NOT_REPRODUCED,
            Verdict.NOT_COMPARABLE,
            Verdict.NOT_COMPARABLE,
            Verdict.NOT_REPRODUCED,
        ]


class TestReadingsOfMegabytes:
    @pytest.mark.parametrize(
        ("printed", "expected"),
        [(48.2, Verdict.CONFIRMED), (46.0, Verdict.CONFIRMED), (47.1, Verdict.NOT_REPRODUCED)],
    )
    def test_a_megabyte_is_ten_to_the_sixth_or_two_to_the_twentieth(self, printed: float, expected: Verdict) -> None:
        measured = result(GTHREAD, "memory.idle", (48.15e6, 48.2e6, 48.25e6), scenario=None)
        assert verdict(figure("memory.idle", "MB", printed, rounding=0.1), measured) is expected

    def test_the_reason_names_the_second_reading(self) -> None:
        measured = result(GTHREAD, "memory.idle", (48.15e6, 48.2e6, 48.25e6), scenario=None)
        reason = judge_one(figure("memory.idle", "MB", 46, rounding=0.1), measured).reason
        assert reason.endswith(", with MB as a power of 2.")


class TestLimits:
    @pytest.mark.parametrize("bound", [Bound.GENERATOR, Bound.ROUND_TRIP])
    def test_a_claim_above_a_limited_rate_is_inconclusive_up_to_what_the_cpu_time_allows(self, bound: Bound) -> None:
        measured = replace(rate(11_900, 12_100, 12_300, bound), at_most=60_000.0)
        above = judge_one(rates(20_000), measured)
        assert above.verdict is Verdict.INCONCLUSIVE
        assert above.reason == (
            "The generator or the round trip was the limit of 12,100 req/s [11,900, 12,300] (flask_app:gthread, hello, "
            "64 connections), so the true number may lie beyond it."
        )
        assert verdict(rates(3e9), measured) is Verdict.NOT_REPRODUCED
        assert verdict(rates(5_000), measured) is Verdict.NOT_REPRODUCED

    def test_a_limited_level_does_not_shelter_a_claim_far_beyond_the_others(self) -> None:
        limited = rate(4_900, 5_000, 5_100, Bound.GENERATOR, level=1)
        free = rate(7_900, 8_000, 8_100, Bound.TARGET)
        assert verdict(rates(3e9), limited, free) is Verdict.NOT_REPRODUCED
        assert verdict(rates(15_000), limited, free) is Verdict.INCONCLUSIVE
        assert verdict(rates(3e9), limited) is Verdict.INCONCLUSIVE

    def test_a_claim_between_limited_and_free_numbers_is_placed(self) -> None:
        limited = rate(4_900, 5_000, 5_100, Bound.ROUND_TRIP, level=1)
        assert verdict(rates(6_000), limited, rate(7_900, 8_000, 8_100)) is Verdict.NOT_COMPARABLE

    def test_a_limited_latency_may_be_lower(self) -> None:
        limited = result(GIN, "latency.open.r1000.p99", (0.009, 0.010, 0.011), bound=Bound.GENERATOR)
        assert verdict(figure("latency.*", "ms", 1, target="gin_app"), limited) is Verdict.INCONCLUSIVE
        assert verdict(figure("latency.*", "ms", 30, target="gin_app"), limited) is Verdict.NOT_REPRODUCED
        free = result(GIN, "latency.open.r500.p99", (0.009, 0.010, 0.011))
        assert verdict(figure("latency.*", "ms", 1, target="gin_app"), limited, free) is Verdict.NOT_REPRODUCED

    def test_a_limited_number_that_meets_its_claim_is_inconclusive(self) -> None:
        limited = result(GIN, "throughput.peak", (11_900, 12_100, 12_300), bound=Bound.GENERATOR)
        one = figure("throughput.peak", "req/s", 12_000, rounding=500, target="gin_app")
        assert verdict(one, limited) is Verdict.INCONCLUSIVE

    def test_a_latency_below_one_that_the_generator_limited_is_inconclusive_and_one_above_is_not_reproduced(
        self,
    ) -> None:
        measured = result(GIN, "latency.closed.c64.p99", (0.009, 0.010, 0.011))
        limited = replace(measured, warnings=(GENERATOR_LIMITED,))
        for value_s, expected in ((0.005, Verdict.INCONCLUSIVE), (0.05, Verdict.NOT_REPRODUCED)):
            one = figure("latency.closed.c64.p99", "s", value_s, rounding=1e-4, target="gin_app")
            assert verdict(one, limited) is expected

    def test_a_memory_has_no_limit_by_the_generator(self) -> None:
        measured = result(GTHREAD, "memory.idle", (46e6, 46.2e6, 46.4e6), scenario=None, bound=Bound.GENERATOR)
        assert verdict(figure("memory.idle", "MB", 46, rounding=0.5), measured) is Verdict.CONFIRMED

    @pytest.mark.parametrize(
        ("bounds", "below", "within", "above"),
        [
            ((None, None), Verdict.NOT_REPRODUCED, Verdict.CONFIRMED, Verdict.NOT_REPRODUCED),
            ((Bound.GENERATOR, None), Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
            ((None, Bound.GENERATOR), Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED),
            ((Bound.GENERATOR,) * 2, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
            ((Bound.TARGET, Bound.NEITHER), Verdict.NOT_REPRODUCED, Verdict.CONFIRMED, Verdict.NOT_REPRODUCED),
        ],
    )
    def test_a_ratio_is_open_on_the_side_that_the_generator_limited(
        self, bounds: tuple[Bound | None, Bound | None], below: Verdict, within: Verdict, above: Verdict
    ) -> None:
        gin, flask = (
            result(one, RATE, (1.0, 2.0, 3.0), bound=bound) for one, bound in zip((GIN, GTHREAD), bounds, strict=True)
        )
        facts = gin, flask, comparison(RATE, (1.9, 2.0, 2.1))
        ratios = (figure("throughput.closed.*", "x", at, target="gin_app", of="flask_app") for at in (1.0, 2.0, 3.0))
        assert [verdict(ratio, *facts) for ratio in ratios] == [below, within, above]

    def test_a_ratio_of_latencies_is_open_on_the_other_side(self) -> None:
        name = "latency.open.r1000.p99"
        slow = result(GTHREAD, name, (1.0, 2.0, 3.0), bound=Bound.GENERATOR)
        facts = slow, result(GIN, name, (1.0, 2.0, 3.0)), comparison(name, (1.9, 2.0, 2.1))
        low, high = (figure("latency.*", "x", at, target="gin_app", of="flask_app") for at in (1.0, 9.0))
        assert (verdict(low, *facts), verdict(high, *facts)) == (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)

    def test_the_limit_of_a_ratio_is_the_comparisons_own(self) -> None:
        limited = result(GIN, RATE, (11_900, 12_100, 12_300), bound=Bound.GENERATOR)
        two = replace(comparison(RATE, (1.9, 2.0, 2.1)), at_least=1.9, at_most=9.0)
        eight, ten = (figure("throughput.closed.*", "x", at, target="gin_app", of="flask_app") for at in (8, 10))
        assert verdict(eight, limited, two) is Verdict.INCONCLUSIVE
        assert verdict(ten, limited, two) is Verdict.NOT_REPRODUCED
        inverse = figure("throughput.closed.*", "% difference", -88, of="gin_app")
        assert verdict(inverse, limited, two) is Verdict.INCONCLUSIVE
        assert verdict(replace(inverse, low=0.1, high=0.1), limited, two) is Verdict.NOT_REPRODUCED


class TestDisturbances:
    def disturbed(self, clean: tuple[float, float] | None, trials: int = 3) -> Result:
        low, high = clean or (None, None)
        middle = None if low is None or high is None else (low + high) / 2
        return replace(
            result(GTHREAD, RATE, (990.0, 1_000.0, 1_010.0)),
            clean_trials=trials,
            clean_estimate=middle,
            clean_low=low,
            clean_high=high,
        )

    def judged(self, printed: float, measured: Result, floor: float | None = None) -> tuple[Verdict, str]:
        one = figure(RATE, "req/s", printed, rounding=0.5)
        floors = {} if floor is None else {RATE: floor}
        summary = Summary(RUN, (measured,), (), floors)
        judgement = weigh(one, evidence_of(one, summary), summary, states_load=True)
        return judgement.verdict, judgement.reason

    def test_undisturbed_trials_that_agree_leave_the_verdict(self) -> None:
        agreeing = self.disturbed((980.0, 1_030.0))
        assert self.judged(1_000, agreeing)[0] is Verdict.CONFIRMED
        assert self.judged(2_000, agreeing)[0] is Verdict.NOT_REPRODUCED

    def test_undisturbed_trials_that_disagree_make_it_inconclusive(self) -> None:
        found, reason = self.judged(1_000, self.disturbed((1_100.0, 1_200.0)))
        assert found is Verdict.INCONCLUSIVE
        assert reason == (
            "The machine was disturbed too much to decide: 1,000 req/s [990, 1,010] (flask_app:gthread, hello, 64 "
            "connections) by all trials, 1,100 req/s to 1,200 req/s by the undisturbed ones."
        )
        assert self.judged(1_150, self.disturbed((1_100.0, 1_200.0)))[0] is Verdict.INCONCLUSIVE
        assert self.judged(1_050, self.disturbed((1_100.0, 1_200.0)))[0] is Verdict.INCONCLUSIVE

    def test_without_undisturbed_trials_a_rate_may_be_lower_by_the_noise_floor_and_higher_by_a_factor_of_two(
        self,
    ) -> None:
        none = self.disturbed(None, trials=0)
        assert self.judged(900, none, floor=0.05)[0] is Verdict.NOT_REPRODUCED
        found, reason = self.judged(900, none, floor=0.2)
        assert found is Verdict.INCONCLUSIVE
        assert reason.endswith("by all trials, 825 req/s to 2,020 req/s with the noise.")
        assert self.judged(1_000, none, floor=0.2)[0] is Verdict.CONFIRMED
        assert self.judged(2_000, none, floor=0.05)[0] is Verdict.INCONCLUSIVE
        assert self.judged(2_100, none, floor=0.05)[0] is Verdict.NOT_REPRODUCED

    def test_without_undisturbed_trials_a_time_may_be_higher_by_the_noise_floor_and_lower_by_a_factor_of_two(
        self,
    ) -> None:
        latency = "latency.open.r1000.p50"
        slow = replace(result(GTHREAD, latency, (990e-6, 1e-3, 1_010e-6)), clean_trials=0)
        summary = Summary(RUN, (slow,), (), {latency: 0.25})
        [piece] = evidence_of(figure(latency, "ms", 0.6, rounding=0.05), summary)
        assert piece.second == pytest.approx((495e-6, 1_262.5e-6))

    def test_without_undisturbed_trials_a_rate_may_be_what_its_cpu_time_allows(self) -> None:
        none = self.disturbed(None, trials=0)
        cost = result(GTHREAD, "cpu_per_request.closed.c64", (249e-6, 250e-6, 251e-6))
        run = replace(RUN, environment={"cpus": {"target": [1]}})
        summary = Summary(run, (none, cost), (), {RATE: 0.05})
        verdicts = [
            weigh(one, evidence_of(one, summary), summary, states_load=True).verdict
            for one in (figure(RATE, "req/s", printed, rounding=0.5) for printed in (3_900, 4_500))
        ]
        assert verdicts == [Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED]

    def test_without_a_known_noise_floor_only_a_factor_of_two_counts(self) -> None:
        assert self.judged(1_900, self.disturbed(None, trials=0))[0] is Verdict.INCONCLUSIVE
        assert self.judged(2_100, self.disturbed(None, trials=1))[0] is Verdict.NOT_REPRODUCED

    @pytest.mark.parametrize("kind", [FlagKind.THROTTLED, FlagKind.PAUSED])
    @pytest.mark.parametrize("printed", [1_000, 1_100, 30_000])
    def test_a_rate_that_a_quota_or_a_stop_may_have_changed_decides_nothing(self, kind: FlagKind, printed: int) -> None:
        hit = replace(self.disturbed(None, trials=0), disturbances=(FlagKind.STEAL, kind))
        found, reason = self.judged(printed, hit, floor=0.02)
        assert found is Verdict.INCONCLUSIVE
        assert reason == (
            "The machine was disturbed too much to decide: 1,000 req/s [990, 1,010] (flask_app:gthread, hello, 64 "
            "connections) by all trials, and a quota or a stop may have taken any share of the target's time."
        )

    def test_the_undisturbed_trials_decide_beside_a_quota(self) -> None:
        hit = replace(self.disturbed((980.0, 1_030.0)), disturbances=(FlagKind.THROTTLED,))
        assert self.judged(1_000, hit)[0] is Verdict.CONFIRMED
        assert self.judged(2_000, hit)[0] is Verdict.NOT_REPRODUCED

    def test_memory_beside_a_quota_is_widened_by_a_factor_of_two_and_not_by_the_noise_floor(self) -> None:
        size = result(GTHREAD, "memory.idle", (29e6, 30e6, 31e6))
        hit = replace(size, clean_trials=0, disturbances=(FlagKind.THROTTLED,))
        summary = Summary(RUN, (hit,), (), {"memory.idle": 0.01})
        [piece] = evidence_of(figure("memory.idle", "MB", 50, rounding=0.5), summary)
        assert (piece.second, piece.is_doubtful) == ((14.5e6, 62e6), False)

    @pytest.mark.parametrize(
        ("kind", "far"), [(FlagKind.STEAL, Verdict.NOT_REPRODUCED), (FlagKind.THROTTLED, Verdict.INCONCLUSIVE)]
    )
    def test_an_inconclusive_comparison_beside_a_quota_excludes_nothing(self, kind: FlagKind, far: Verdict) -> None:
        doubtful = replace(comparison(RATE, (9.5, 10, 10.5)), verdict=Difference.INCONCLUSIVE)
        hit = replace(result(GIN, RATE, (990.0, 1_000.0, 1_010.0)), clean_trials=0, disturbances=(kind,))
        printed = figure("throughput.closed.*", "x", 30, rounding=0.5, target="gin_app", of="flask_app")
        assert verdict(printed, doubtful, hit) is far

    def test_an_inconclusive_comparison_decides_nothing_within_a_factor_of_two(self) -> None:
        doubtful = replace(comparison(RATE, (9.5, 10, 10.5)), verdict=Difference.INCONCLUSIVE)
        verdicts = [
            verdict(figure("throughput.closed.*", "x", at, rounding=0.5, target="gin_app", of="flask_app"), doubtful)
            for at in (4, 10, 20, 30)
        ]
        assert verdicts == [
            Verdict.NOT_REPRODUCED,
            Verdict.INCONCLUSIVE,
            Verdict.INCONCLUSIVE,
            Verdict.NOT_REPRODUCED,
        ]


class TestOtherDefinitions:
    READY = ready(0.165, 0.172, 0.180)
    APP = result(GTHREAD, "cold_start.app", (0.110, 0.115, 0.120), scenario=None)

    def test_a_start_is_not_accused_if_another_definition_of_start_gives_it(self) -> None:
        about = replace(figure("cold_start.ready", "ms", 120, rounding=5), tolerance=0.012)
        judgement = judge_one(about, self.READY, self.APP)
        assert judgement.verdict is Verdict.NOT_COMPARABLE
        assert judgement.reason.startswith(
            "115 ms [110, 120] (the app's own share of cold start, flask_app:gthread) fits it, but the page does not"
        )

    def test_the_definition_that_the_file_names_decides_first(self) -> None:
        assert verdict(figure("cold_start.ready", "ms", 172, rounding=0.5), self.READY, self.APP) is Verdict.CONFIRMED
        assert verdict(figure("cold_start.ready", "ms", 500), self.READY, self.APP) is Verdict.NOT_REPRODUCED


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((None, None), Relation.BELOW),
        ((None, 99.0), Relation.BELOW),
        ((None, 100.0), Relation.LIMITED_BELOW),
        ((0.0, None), Relation.BELOW),
    ],
)
def test_a_number_below_the_claim_is_open_only_up_to_its_limit(
    limits: tuple[float | None, float | None], expected: Relation
) -> None:
    piece = Evidence(GTHREAD, None, "hello", RATE, Unit.PER_SECOND, 50, 49, 51, *limits)
    assert relation(figure(RATE, "req/s", 100), piece) is expected
