"""Throughput of one level: exact sums, the bound at its thresholds, and the reason where there is no number."""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.capacity import (
    GENERATOR_BUSY,
    TARGET_BUSY,
    absences,
    bound_of,
    capacity,
    errors_in_words,
    too_many_errors,
    troubles,
)
from harness.model import Absence, Bound, DrivenSlice, ErrorKind, Load, LoadKind, Measurement, Slice
from harness.units import Unit
from tests.fakes import driven
from tests.trials import GIN

PLAN = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 8), 0.2, 0.04, seed=1)


def a_slice(  # noqa: PLR0913 - a throughput depends on this many numbers
    *,
    counted: float = 16,
    counted_s: float = 0.16,
    verified: int = 20,
    wall_s: float = 0.2,
    utilisation: float = 0.5,
    errors: Mapping[ErrorKind, int] | None = None,
) -> DrivenSlice:
    result = replace(
        driven(PLAN),
        counted=counted,
        counted_s=counted_s,
        verified=verified,
        wall_s=wall_s,
        utilisation=utilisation,
        errors=errors or {},
    )
    return DrivenSlice(PLAN, result)


@pytest.mark.parametrize(
    ("counted", "counted_s", "wall_s"), [(0, 0.16, 0.2), (0.0, 0.0, 0.2), (3, 0.0, 0.2), (3, 0.16, 0.0)]
)
def test_without_a_counted_answer_or_counted_time_there_is_no_number(
    counted: float, counted_s: float, wall_s: float
) -> None:
    found = capacity([a_slice(counted=counted, counted_s=counted_s, wall_s=wall_s)] * 3, 0.1, 1)
    assert found == absences(
        "hello", PLAN.load, "no answer came in the counted part of a slice, and the longest slice took 0.2 s"
    )


def test_a_slice_without_an_answer_counts_with_its_time() -> None:
    """32.5 answers in twice 0.16 s."""
    (rate, _) = capacity([a_slice(counted=32.5), a_slice(counted=0, verified=0)], 0.1, 1)
    assert isinstance(rate, Measurement)
    assert rate.value == pytest.approx(32.5 / 0.32, rel=1e-12)


@pytest.mark.parametrize(
    ("target", "generator", "bound"),
    [
        (0.0, 0.0, Bound.NEITHER),
        (TARGET_BUSY, 0.0, Bound.NEITHER),
        (math.nextafter(TARGET_BUSY, 1), 0.0, Bound.TARGET),
        (1.0, math.nextafter(GENERATOR_BUSY, 0), Bound.TARGET),
        (1.0, GENERATOR_BUSY, Bound.GENERATOR),
        (0.0, GENERATOR_BUSY, Bound.GENERATOR),
    ],
)
def test_the_bound_changes_at_its_thresholds(target: float, generator: float, bound: Bound) -> None:
    assert (TARGET_BUSY, GENERATOR_BUSY) == (0.90, 0.85)
    assert bound_of(2, target, generator) is bound


@pytest.mark.parametrize("generator", [0.0, GENERATOR_BUSY, 1.0])
def test_over_one_connection_the_limit_is_the_round_trip_unless_the_target_is_always_busy(generator: float) -> None:
    assert bound_of(1, TARGET_BUSY, generator) is Bound.ROUND_TRIP
    assert bound_of(1, math.nextafter(TARGET_BUSY, 1), generator) is Bound.TARGET


def test_the_rate_of_a_level_is_total_count_over_total_time_and_not_the_mean_of_rates() -> None:
    slices = [a_slice(counted=100, counted_s=0.1, verified=120), a_slice(counted=100, counted_s=0.4, verified=130)]
    rate, cost = capacity(slices, target_cpu_s=0.25, target_cpus=1)
    assert rate == Measurement("throughput.closed.c8", Unit.PER_SECOND, 400.0, "hello", Bound.NEITHER)
    assert cost == Measurement("cpu_per_request.closed.c8", Unit.SECOND, 0.001, "hello")


@pytest.mark.parametrize(
    ("cpu_s", "cpus", "bound"), [(0.38, 1, Bound.TARGET), (0.38, 2, Bound.NEITHER), (0.74, 2, Bound.TARGET)]
)
def test_a_target_is_busy_only_if_all_its_cpus_are_busy(cpu_s: float, cpus: int, bound: Bound) -> None:
    rate, _ = capacity([a_slice(), a_slice()], cpu_s, cpus)
    assert isinstance(rate, Measurement)
    assert rate.bound is bound


@pytest.mark.parametrize(("second", "bound"), [(0.79, Bound.NEITHER), (0.81, Bound.GENERATOR)])
def test_the_generators_utilisation_is_weighted_by_the_duration_of_slices(second: float, bound: Bound) -> None:
    """0.1 s at 1.0 and 0.3 s at 0.8 are 0.4 s at 0.85."""
    slices = [a_slice(wall_s=0.1, utilisation=1.0), a_slice(wall_s=0.3, utilisation=second)]
    rate, _ = capacity(slices, 0.0, 1)
    assert isinstance(rate, Measurement)
    assert rate.bound is bound


def test_one_error_in_any_slice_leaves_absences_with_the_reason() -> None:
    slices = [a_slice(), a_slice(errors={ErrorKind.RESET: 1}, verified=19)]
    why = "1 of 40 requests failed (1 reset)"
    assert capacity(slices, 0.1, 1) == (
        Absence("throughput.closed.c8", Unit.PER_SECOND, why, "hello"),
        Absence("cpu_per_request.closed.c8", Unit.SECOND, why, "hello"),
    )


def test_slices_without_answers_leave_absences() -> None:
    found = capacity([a_slice(verified=0, counted=0)], 0.1, 1)
    assert [one.reason for one in found if isinstance(one, Absence)] == ["no request was answered"] * 2


@pytest.mark.parametrize(
    "silent", [a_slice(counted=0), a_slice(counted_s=0.0), a_slice(wall_s=0.0)], ids=["no answer", "no part", "no time"]
)
def test_slices_without_answers_in_their_counted_part_leave_absences(silent: DrivenSlice) -> None:
    why = "no answer came in the counted part of a slice, and the longest slice took 0.2 s"
    found = capacity([silent, silent], 0.1, 1)
    assert [one.reason for one in found if isinstance(one, Absence)] == [why] * 2


def test_a_target_without_counted_cpu_time_has_a_throughput_and_no_cpu_time_per_request() -> None:
    rate, cost = capacity([a_slice()], 0.0, 1)
    assert isinstance(rate, Measurement)
    why = "the kernel counted no more CPU time of the target than at rest"
    assert cost == Absence("cpu_per_request.closed.c8", Unit.SECOND, why, "hello")


class TestErrorsInWords:
    def test_errors_are_added_up_by_kind_over_the_slices(self) -> None:
        many = a_slice(errors={ErrorKind.TIMEOUT: 2, ErrorKind.RESET: 1})
        more = a_slice(errors={ErrorKind.RESET: 4, ErrorKind.BODY: 0})
        crowd = [a_slice(errors={ErrorKind.RESET: 1234})]
        assert errors_in_words(crowd) == "1,234 of 20 requests failed (1,234 reset)"
        thousand = replace(many, result=replace(many.result, sent=1980))
        assert errors_in_words([thousand, more]) == "7 of 2,000 requests failed (5 reset, 2 timeout)"

    def test_requests_of_own_clients_are_named_with_what_can_be_done_about_a_rejection(self) -> None:
        texts = {"GET /cart: status 404": 3, "GET /: status 500": 1, "GET /a: status 404": 1, "GET /b: status 403": 1}
        one = a_slice(errors={ErrorKind.REJECTED: 5, ErrorKind.STATUS: 1})
        named = replace(one, result=replace(one.result, failed=texts))
        assert errors_in_words([named, named]) == (
            "12 of 40 requests failed (10 rejected, 2 status): 6 \N{MULTIPLICATION SIGN} 'GET /cart: status 404', "
            "2 \N{MULTIPLICATION SIGN} 'GET /: status 500', 2 \N{MULTIPLICATION SIGN} 'GET /a: status 404', and 1 more"
            "; correct or remove the rejected requests, or accept their status (catch_response, success())"
        )
        reset = a_slice(errors={ErrorKind.RESET: 1})
        named = replace(reset, result=replace(reset.result, failed={"GET /: reset": 1}))
        assert errors_in_words([named]) == (
            "1 of 20 requests failed (1 reset): 1 \N{MULTIPLICATION SIGN} 'GET /: reset'"
        )

    @pytest.mark.parametrize("errors", [{}, {ErrorKind.BODY: 0}])
    def test_slices_without_errors_have_no_words(self, errors: dict[ErrorKind, int]) -> None:
        assert errors_in_words([a_slice(errors=errors)]) is None


@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0.01, 2.0)), min_size=1, max_size=20))
def test_the_rate_of_a_level_lies_between_those_of_its_slowest_and_fastest_slice(
    parts: list[tuple[int, float]],
) -> None:
    rate, _ = capacity([a_slice(counted=count, counted_s=length_s) for count, length_s in parts], 0.1, 1)
    assert isinstance(rate, Measurement)
    rates = [count / length_s for count, length_s in parts]
    assert min(rates) * (1 - 1e-12) <= rate.value <= max(rates) * (1 + 1e-12)


@pytest.mark.parametrize(("failed", "is_too_many"), [(0, False), (20, False), (21, True)])
def test_one_failed_request_in_a_hundred_leaves_the_number(failed: int, is_too_many: bool) -> None:  # noqa: FBT001
    [one] = [a_slice(errors={ErrorKind.RESET: failed}, verified=2000 - failed)]
    slices = [replace(one, result=replace(one.result, sent=2000))]
    assert (too_many_errors(slices) is not None) is is_too_many
    assert isinstance(capacity(slices, 0.1, 1)[0], Absence if is_too_many else Measurement)


def test_failed_and_repeated_requests_are_said() -> None:
    one = a_slice(errors={ErrorKind.RESET: 1})
    again = replace(one, result=replace(one.result, resent=3))
    assert troubles([a_slice()]) == ()
    assert troubles([a_slice(), again]) == (
        "1 of 40 requests failed (1 reset)",
        "75 of 1,000 requests were sent again: the target had closed a kept connection",
    )


def test_connections_that_the_target_closed_after_an_answer_are_said_per_thousand_requests() -> None:
    [one] = [a_slice(errors={ErrorKind.TIMEOUT: 1})]
    recycled = replace(one, result=replace(one.result, sent=2000, resent=2, reconnects=67))
    assert troubles([recycled])[1:] == (
        "1 of 1,000 requests were sent again: the target had closed a kept connection",
        "32 of 1,000 requests opened a new connection: the target had closed the one before",
    )


def test_connections_are_not_counted_for_a_target_that_closes_them_after_every_answer() -> None:
    one = a_slice()
    assert troubles([replace(one, result=replace(one.result, reconnects=one.result.sent - 1))]) == ()


def test_without_a_sent_request_there_is_no_share_of_requests_that_were_sent_again() -> None:
    one = a_slice(verified=0)
    assert troubles([DrivenSlice(one.plan, replace(one.result, sent=0, resent=2))]) == ()
