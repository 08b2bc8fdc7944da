from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.histogram import Histogram
from harness.load.process.accounts import Extent
from harness.load.process.memo import tag
from harness.load.process.recorder import CAPACITY, Effort, Recorder, shares
from harness.model import EndpointResult, ErrorKind, SliceResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EXTENT = Extent(1000, 2000)
EFFORT = Effort(wall_ns=4_000_000_000, cpu_ns=1_000_000_000, busy_ns=2_000_000_000, planned=7, reconnects=3, gap_s=1e-5)


def recorder(*, is_open: bool = False) -> Recorder:
    made = Recorder()
    made.begin(EXTENT, is_open=is_open)
    return made


class TestCountedPart:
    @pytest.mark.parametrize(
        ("sent", "done", "counted", "timed"),
        [
            (999, 1001, 0.5, 0),  # in flight when the counted part began: half of its time lies in it
            (1000, 1001, 1, 1),
            (1200, 1900, 1, 1),
            (1900, 2300, 0.25, 1),  # in flight when the counted part ended
            (500, 999, 0, 0),
            (999, 1000, 0, 0),
            (1500, 2000, 1, 1),
            (2000, 2001, 0, 0),
            (500, 4500, 0.25, 0),  # longer than the counted part
            (1500, 1500, 1, 1),  # it took no time by this clock
            (1000, 1000, 0, 1),
            (2000, 2000, 1, 0),
        ],
    )
    def test_closed_load_counts_by_the_share_of_time_and_times_by_the_send(
        self, sent: int, done: int, counted: float, timed: int
    ) -> None:
        made = recorder()
        made.add(sent, done, 0, tag(0, 10))
        made.settle()
        assert (made.verified, made.counted, made.service.count) == (1, counted, timed)

    @pytest.mark.parametrize(
        ("sent", "done", "in_flight_ns"), [(999, 1001, 1), (1200, 1900, 700), (500, 4500, 1000), (500, 999, 0)]
    )
    def test_the_time_of_every_request_in_the_counted_part_is_added_up(
        self, sent: int, done: int, in_flight_ns: int
    ) -> None:
        made = recorder()
        made.add(sent, done, 0, tag(0, 10))
        made.settle()
        made.fail(ErrorKind.STATUS, 0, sent, done, "GET /: status 500")
        assert made.result(9, EFFORT).in_flight_s == 2 * in_flight_ns / 1e9

    def test_open_and_paced_load_have_no_number_of_requests_in_flight(self) -> None:
        assert recorder(is_open=True).result(9, EFFORT).in_flight_s is None
        paced = Recorder()
        paced.begin(EXTENT, is_open=False, by_arrival=True)
        assert paced.result(9, EFFORT).in_flight_s is None

    def test_a_loop_of_equal_requests_is_counted_exactly_at_any_phase(self) -> None:
        for cycle, phase in product([7, 250, 999, 1001, 2600], range(0, 2600, 13)):
            sent = np.arange(phase - 2600, 5000, cycle)
            assert shares(sent, sent + cycle, EXTENT).sum() == pytest.approx(1000 / cycle, rel=1e-12)

    @pytest.mark.parametrize(("done", "counted"), [(999, 0), (1000, 1), (1999, 1), (2000, 0)])
    def test_open_load_counts_by_arrival(self, done: int, counted: int) -> None:
        made = recorder(is_open=True)
        made.add(900, done, 900, tag(0, 10))
        made.settle()
        assert made.counted == counted

    def test_paced_users_count_by_arrival_and_time_by_the_send(self) -> None:
        made = Recorder()
        made.begin(EXTENT, is_open=False, by_arrival=True)
        for sent, done in ((900, 1000), (1500, 2000), (1200, 1900)):
            made.add(sent, done, 0, tag(0, 10))
        made.settle()
        assert (made.verified, made.counted, made.service.count, made.response.count) == (3, 2, 2, 0)

    def test_open_load_times_by_the_due_time(self) -> None:
        made = recorder(is_open=True)
        made.add(1200, 1500, 999, tag(0, 10))
        made.add(2100, 2500, 1999, tag(0, 10))
        made.settle()
        assert (made.verified, made.counted) == (2, 1)
        assert (made.service.max_ns, made.response.max_ns, made.lateness.max_ns) == (400, 501, 101)
        assert made.response.count == 1


class TestAccounting:
    def test_flushed_rows_and_added_answers_are_summed(self) -> None:
        made = recorder()
        for row in range(5):
            made.samples.sent[row], made.samples.done[row], made.samples.tag[row] = 1000, 1100 + row, tag(0, 20)
        made.flush(5)
        made.add(1000, 1200, 0, tag(1, 30))
        made.settle()
        made.fail(ErrorKind.STATUS, 0, 1490, 1500, "GET /: status 500")
        made.fail(ErrorKind.BODY, 0, 1490, 1500, "GET /: no")
        result = made.result(9, EFFORT)
        assert (result.sent, result.verified, result.counted) == (8, 6, 6)
        assert result.errors == {ErrorKind.STATUS: 1, ErrorKind.BODY: 1}
        assert result.received_bytes == 5 * 20 + 30
        assert result.first_error == "status: GET /: status 500"

    def test_the_first_error_of_the_answers_is_named_before_one_of_the_scenarios_own_doing(self) -> None:
        made = recorder()
        for kind in (ErrorKind.REJECTED, ErrorKind.RESET, ErrorKind.STATUS, ErrorKind.REJECTED):
            made.fail(kind, 0, 1490, 1500, "it")
        assert made.first_error == "reset: it"

    def test_without_a_gap_the_result_has_none(self) -> None:
        assert recorder(is_open=True).result(9, Effort(wall_ns=1, cpu_ns=1, busy_ns=1)).gap_s == 0.0

    def test_computed_numbers_have_no_digits_without_a_meaning(self) -> None:
        made = recorder()
        made.add(700, 2200, 0, tag(0, 10))  # two thirds of it lie in the counted part
        made.settle()
        result = made.result(9, Effort(wall_ns=3, cpu_ns=1, busy_ns=1, gap_s=1 / 3e6))
        assert (result.counted, result.utilisation, result.gap_s) == (0.666667, 0.333333, 3.33e-7)

    def test_more_answers_than_rows_are_binned_in_between(self) -> None:
        made = recorder()
        for _ in range(CAPACITY + 10):
            made.add(1000, 1500, 0, tag(0, 1))
        made.settle()
        assert (made.verified, made.service.count) == (CAPACITY + 10, CAPACITY + 10)

    def test_answers_are_binned_about_a_thousand_at_a_time(self) -> None:
        observer, made = ListObserver(), Recorder()
        made.begin(EXTENT, is_open=False, observer=observer)
        for _ in range(40_000):
            made.add(1000, 1500, 0, tag(0, 1))
        made.settle()
        assert sum(observer.batches) == 40_000
        assert max(observer.batches) <= 1100

    def test_a_new_slice_has_nothing_of_the_previous_one(self) -> None:
        made = recorder()
        made.add(1000, 1500, 0, tag(0, 1))
        made.fail(ErrorKind.RESET, 0, 1499, 1500, "gone")
        made.begin(EXTENT, is_open=False)
        made.settle()
        assert (made.sent, made.service.count, made.first_error) == (0, 0, None)

    def test_a_result_is_in_base_units_and_without_empty_histograms(self) -> None:
        made = recorder()
        made.add(1000, 1500, 0, tag(0, 1))
        made.settle()
        result = made.result(9, EFFORT)
        assert (result.number, result.wall_s, result.generator_cpu_s, result.utilisation) == (9, 4.0, 1.0, 0.5)
        assert (result.planned, result.reconnects, result.gap_s) == (7, 3, 1e-5)
        assert result.counted_s == pytest.approx(1e-6)
        assert (result.response, result.lateness) == (None, None)
        assert result.service is not None
        assert Histogram.from_text(result.service) == made.service


class TestRequestsGivenUp:
    def test_in_closed_load_the_time_since_the_send_is_recorded(self) -> None:
        made = recorder()
        made.censor(0, 1500, 0, 9500)
        made.censor(0, 999, 0, 9500)
        assert (made.service.count, made.service.max_ns, made.response.count) == (1, 8000, 0)

    def test_in_open_load_the_time_since_the_due_time_is_also_recorded(self) -> None:
        made = recorder(is_open=True)
        made.censor(0, 1600, 1500, 9500)
        assert (made.service.max_ns, made.response.max_ns, made.lateness.max_ns) == (7900, 8000, 100)

    def test_an_unsent_request_has_a_response_time_and_no_service_time(self) -> None:
        made = recorder(is_open=True)
        made.drop_unsent(1500, 9500)
        assert (made.service.count, made.response.max_ns, made.lateness.max_ns) == (0, 8000, 8000)
        assert made.sent == 0

    def test_a_request_given_up_is_not_verified(self) -> None:
        made = recorder()
        made.censor(0, 1500, 0, 9500)
        assert (made.verified, made.counted) == (0, 0)


class ListObserver:
    """Observer that stores all samples and failures."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self.batches: list[int] = []
        self.failures: list[tuple[int, int, str]] = []

    def observe(
        self,
        endpoints: NDArray[np.int64],
        sizes: NDArray[np.int64],
        done_ns: NDArray[np.int64],
        elapsed_ns: NDArray[np.int64],
    ) -> None:
        columns = (column.tolist() for column in (endpoints, sizes, done_ns, elapsed_ns))
        self.rows += zip(*columns, strict=True)
        self.batches.append(len(endpoints))

    def observe_failure(self, endpoint: int, elapsed_ns: int, message: str) -> None:
        self.failures.append((endpoint, elapsed_ns, message))


def test_an_observer_gets_every_answer_and_failure_also_outside_the_counted_part() -> None:
    observer, made = ListObserver(), Recorder()
    made.begin(EXTENT, is_open=False, observer=observer)
    made.add(10, 30, 0, tag(2, 100_000))
    made.settle()
    made.fail(ErrorKind.BODY, 1, 30, 35, "no")
    assert observer.rows == [(2, 100_000, 30, 20)]
    assert observer.failures == [(1, 5, "body: no")]


SECOND_NS = 1_000_000_000
LONG = Extent(1_000 + SECOND_NS // 4, 1_000 + 5 * SECOND_NS // 2, began_ns=1_000)  # 2.5 s
NAMES = ("GET /", "GET /json", "GET /", "POST /hello")  # two are the same endpoint, and the last is never requested
STAMP = st.integers(LONG.began_ns or 0, LONG.end_ns + SECOND_NS)
ANSWERS = st.lists(st.tuples(STAMP, st.integers(0, SECOND_NS), st.integers(0, 1000), st.integers(0, 2)), max_size=30)
FAILURES = st.lists(st.tuples(st.sampled_from(ErrorKind), st.integers(0, 2), STAMP), max_size=8)


def spread(
    answers: Sequence[tuple[int, int, int, int]], failures: Sequence[tuple[ErrorKind, int, int]], sizes: Sequence[int]
) -> SliceResult:
    """Record one open slice, in batches of these sizes; the remaining answers are added one by one."""
    made = Recorder()
    made.begin(LONG, is_open=True, endpoints=NAMES)
    left = list(answers)
    for size in sizes:
        batch, left = left[:size], left[size:]
        for row, (sent, elapsed, late, endpoint) in enumerate(batch):
            columns = (made.samples.sent, made.samples.done, made.samples.due, made.samples.tag)
            values = (sent, sent + elapsed, sent - late, tag(endpoint, 10))
            for column, value in zip(columns, values, strict=True):
                column[row] = value
        made.flush(len(batch))
    for sent, elapsed, late, endpoint in left:
        made.add(sent, sent + elapsed, sent - late, tag(endpoint, 10))
    for kind, endpoint, now in failures:
        if kind is ErrorKind.TIMEOUT:
            made.censor(endpoint, now - 5, now - 7, now)
        made.fail(kind, endpoint, now - 5, now, "no")
    made.settle()
    return made.result(1, EFFORT)


def together(texts: Sequence[str | None]) -> str | None:
    total = Histogram()
    for text in texts:
        total.add(Histogram.from_text(text) if text else Histogram())
    return total.to_text() if total.count else None


class TestEndpointsAndWindows:
    @given(answers=ANSWERS, failures=FAILURES, sizes=st.lists(st.integers(0, 12), max_size=5))
    def test_endpoints_and_windows_add_up_and_do_not_depend_on_batches(
        self,
        answers: list[tuple[int, int, int, int]],
        failures: list[tuple[ErrorKind, int, int]],
        sizes: list[int],
    ) -> None:
        result = spread(answers, failures, sizes)
        assert result == spread(answers, failures, ())
        parts = list(result.endpoints.values())
        assert sum(part.verified for part in parts) == result.verified == len(answers)
        assert sum(part.sent for part in parts) == result.sent == len(answers) + len(failures)
        for kind in ErrorKind:
            assert sum(part.errors.get(kind, 0) for part in parts) == result.errors.get(kind, 0)
        assert together([part.service for part in parts]) == result.service
        assert together([part.response for part in parts]) == result.response
        assert together([part.lateness for part in parts]) == result.lateness
        assert sum(window.verified for window in result.windows) == result.verified
        assert sum(window.errors for window in result.windows) == sum(result.errors.values())

    @given(answers=ANSWERS, failures=FAILURES)
    def test_the_result_of_an_endpoint_does_not_depend_on_the_others(
        self, answers: list[tuple[int, int, int, int]], failures: list[tuple[ErrorKind, int, int]]
    ) -> None:
        shared = spread(answers, failures, ())
        alone = spread([a for a in answers if a[3] == 1], [f for f in failures if f[1] == 1], ())
        assert shared.endpoints["GET /json"] == EndpointResult(
            alone.sent, alone.verified, alone.errors, alone.service, alone.response, alone.lateness
        )

    def test_equal_names_are_one_endpoint_and_an_endpoint_without_requests_has_zeros(self) -> None:
        sent = LONG.start_ns
        result = spread([(sent, 5, 0, 0), (sent, 5, 0, 2), (sent, 5, 0, 1)], [], ())
        assert {name: part.verified for name, part in result.endpoints.items()} == {
            "GET /": 2,
            "GET /json": 1,
            "POST /hello": 0,
        }
        assert result.endpoints["POST /hello"] == EndpointResult(0, 0, {})

    def test_an_unsent_request_counts_for_the_slice_and_for_no_endpoint(self) -> None:
        made = Recorder()
        made.begin(LONG, is_open=True, endpoints=NAMES)
        made.drop_unsent(LONG.start_ns, LONG.end_ns)
        result = made.result(1, EFFORT)
        assert (result.sent, made.response.count, made.lateness.count) == (0, 1, 1)
        assert list(result.endpoints.values()) == [EndpointResult(0, 0, {})] * 3

    @pytest.mark.parametrize("endpoints", [(), ("GET /",), ("GET /", "GET /")])
    def test_a_single_endpoint_has_no_account_of_its_own(self, endpoints: tuple[str, ...]) -> None:
        made = Recorder()
        made.begin(EXTENT, is_open=False, endpoints=endpoints)
        made.add(1000, 1500, 0, tag(0, 1))
        made.fail(ErrorKind.BODY, 0, 1000, 1500, "no")
        made.settle()
        assert made.result(1, EFFORT).endpoints == {}
