"""Merge of reports: the newest report of each worker counts, and all results add up exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.histogram import Histogram
from harness.load import protocol
from harness.load.process.merge import ReportMerge, merge
from harness.model import EndpointResult, ErrorKind, SliceResult, Window


def text(samples_ns: list[int]) -> str | None:
    histogram = Histogram()
    histogram.record(np.array(samples_ns, dtype=np.int64))
    return histogram.to_text() if samples_ns else None


def result(samples_ns: list[int], errors: dict[ErrorKind, int] | None = None) -> SliceResult:
    """Return the result of a worker after these samples."""
    failed = errors or {}
    return SliceResult(
        number=3,
        sent=len(samples_ns) + sum(failed.values()),
        verified=len(samples_ns),
        errors=failed,
        counted=len(samples_ns),
        counted_s=0.5,
        wall_s=0.625,
        generator_cpu_s=0.25,
        utilisation=0.5,
        planned=len(samples_ns),
        reconnects=1,
        received_bytes=10 * len(samples_ns),
        service=text(samples_ns),
    )


SAMPLES = st.lists(st.lists(st.integers(0, 2**40), max_size=6), min_size=1, max_size=4)


@given(workers=st.lists(SAMPLES, min_size=1, max_size=4), data=st.data())
def test_with_lost_repeated_and_shuffled_reports_the_newest_of_each_worker_are_merged(
    workers: list[list[list[int]]], data: st.DataObject
) -> None:
    truth: list[int] = []
    sent: list[tuple[str, dict[str, object]]] = []
    for number, batches in enumerate(workers):
        seen: list[int] = []
        reports = []
        for sequence, batch in enumerate(batches):
            seen = seen + batch
            reports.append({"sequence": sequence, "message": protocol.encode_result(result(seen))})
        lost = data.draw(st.sets(st.integers(0, len(reports) - 2))) if len(reports) > 1 else set()
        arrived = [report for sequence, report in enumerate(reports) if sequence not in lost]
        sent += [(f"w{number}", report) for report in arrived * data.draw(st.integers(1, 3))]
        truth += seen
    merged = ReportMerge()
    for worker, report in data.draw(st.permutations(sent)):
        merged.note(worker, report)
    newest = [merged.newest(f"w{number}") for number in range(len(workers))]
    total = merge([protocol.decode_result(report["message"]) for report in newest])
    assert (total.sent, total.verified, total.counted, total.planned) == (len(truth),) * 4
    assert total.service == text(truth)


def test_an_older_or_repeated_report_is_not_stored() -> None:
    merged = ReportMerge()
    assert merged.note("a", {"sequence": 2})
    assert not merged.note("a", {"sequence": 2})
    assert not merged.note("a", {"sequence": 1})
    assert merged.note("b", {"sequence": 1})
    assert merged.note("a", {"sequence": 3})
    assert (merged.newest("a"), merged.newest("b"), merged.newest("c")) == ({"sequence": 3}, {"sequence": 1}, {})


def test_all_counts_add_up() -> None:
    one = result([1000, 2000], {ErrorKind.RESET: 2, ErrorKind.BODY: 1})
    two = replace(result([3000], {ErrorKind.RESET: 1}), first_error="why", wall_s=0.75, utilisation=0.875)
    assert merge([one, two]) == SliceResult(
        number=3,
        sent=7,
        verified=3,
        errors={ErrorKind.RESET: 3, ErrorKind.BODY: 1},
        counted=3,
        counted_s=0.5,
        wall_s=0.75,
        generator_cpu_s=0.5,
        utilisation=0.875,
        planned=3,
        reconnects=2,
        received_bytes=30,
        service=text([1000, 2000, 3000]),
        first_error="why",
    )


def test_what_a_scenario_does_by_itself_adds_up() -> None:
    one = replace(result([1000]), complaints={"slow": 2}, failed={"GET /: status 404": 1}, prepared=3, users_ended=1)
    failed = {"GET /: status 404": 2, "GET /a: status 403": 1}
    two = replace(result([1000]), complaints={"slow": 1, "odd": 4}, first_complaint="odd", prepared=2, users_ended=1)
    two = replace(two, failed=failed)
    merged = merge([one, two])
    assert merged.complaints == {"slow": 3, "odd": 4}
    assert merged.failed == {"GET /: status 404": 3, "GET /a: status 403": 1}
    assert (merged.first_complaint, merged.prepared, merged.users_ended) == ("odd", 5, 2)


def test_endpoints_add_up_by_name_and_windows_by_second() -> None:
    one = replace(
        result([1000, 2000]),
        endpoints={"GET /": EndpointResult(3, 2, {ErrorKind.BODY: 1}, text([1000, 2000]))},
        windows=(Window(2, 1), Window(0, 0)),
    )
    two = replace(
        result([3000]),
        endpoints={
            "GET /json": EndpointResult(1, 1, {}, text([3]), text([5]), text([2])),
            "GET /": EndpointResult(4, 1, {ErrorKind.BODY: 1, ErrorKind.RESET: 2}, text([3000])),
        },
        windows=(Window(1, 2), Window(1, 1)),
    )
    merged = merge([one, two])
    assert merged.endpoints == {
        "GET /": EndpointResult(7, 3, {ErrorKind.BODY: 2, ErrorKind.RESET: 2}, text([1000, 2000, 3000])),
        "GET /json": EndpointResult(1, 1, {}, text([3]), text([5]), text([2])),
    }
    assert merged.windows == (Window(3, 3), Window(1, 1))


def test_a_merged_closed_load_has_no_planned_requests_and_no_lateness() -> None:
    merged = merge([replace(result([5]), planned=None)] * 2)
    assert (merged.planned, merged.response, merged.lateness) == (None, None, None)


def test_the_gap_is_the_mean_over_all_counted_answers() -> None:
    one = replace(result([5] * 3), counted=3.0, gap_s=1e-5)
    two = replace(result([5]), counted=1.0, gap_s=5e-5)
    merged = merge([one, two, replace(result([]), gap_s=0.0)])
    assert merged.counted == 4.0
    assert merged.gap_s == pytest.approx(2e-5)


def test_times_in_flight_are_added_up_and_are_none_if_no_worker_has_any() -> None:
    parts = [replace(result([5]), in_flight_s=0.25), replace(result([5]), in_flight_s=0.5)]
    assert merge(parts).in_flight_s == 0.75
    assert merge([result([5]), result([5])]).in_flight_s is None


def test_computed_sums_have_no_digits_without_a_meaning() -> None:
    one = replace(result([5]), counted=0.1, gap_s=1e-7, generator_cpu_s=0.1)
    merged = merge([one, replace(one, counted=0.2, gap_s=2e-7, generator_cpu_s=0.2)])
    assert (merged.counted, merged.generator_cpu_s, merged.gap_s) == (0.3, 0.3, 1.67e-7)


def test_parts_without_answers_have_no_gap() -> None:
    merged = merge([result([]), result([])])
    assert (merged.counted, merged.gap_s) == (0, 0.0)


def test_the_merge_of_one_part_is_that_part() -> None:
    only = result([7, 8], {ErrorKind.STATUS: 1})
    assert merge([only]) == only


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [result([1]), replace(result([1]), number=4)],
        [result([1]), replace(result([1]), windows=(Window(1, 0), Window(0, 0)))],
    ],
)
def test_parts_of_different_slices_are_refused(parts: list[SliceResult]) -> None:
    with pytest.raises(ValueError, match="different slices"):
        merge(parts)
