"""How many rows a recorder holds, and what a result has where nothing was said."""

from __future__ import annotations

import pytest

from harness.load.process.accounts import Extent
from harness.load.process.memo import tag
from harness.load.process.recorder import CAPACITY, Effort, Recorder, Samples
from harness.model import ErrorKind

NAMES = ("GET /", "GET /json")
EFFORT = Effort(wall_ns=4_000_000_000, cpu_ns=1, busy_ns=1)


def recorder(*, is_open: bool = False, endpoints: tuple[str, ...] = NAMES) -> Recorder:
    made = Recorder()
    made.begin(Extent(1000, 2000, began_ns=1000), is_open=is_open, endpoints=endpoints)
    return made


def test_all_columns_have_as_many_rows_as_a_recorder_holds() -> None:
    samples = Samples()
    columns = (samples.sent, samples.done, samples.due, samples.tag)
    assert [len(column) for column in columns] == [CAPACITY] * 4
    assert [len(column) for column in samples.first(CAPACITY)] == [CAPACITY] * 4


def test_rows_that_fill_the_recorder_are_binned_at_once_and_no_sooner() -> None:
    made = recorder()
    for _ in range(CAPACITY - 1):
        made.add(1000, 1500, 0, tag(0, 1))
    assert made.verified == 0
    made.add(1000, 1500, 0, tag(0, 1))
    assert made.verified == CAPACITY


def test_a_recorder_that_was_never_begun_records_a_slice_without_extent() -> None:
    made = Recorder()
    made.add(0, 0, 0, tag(0, 1))
    made.settle()
    assert (made.verified, made.counted, made.service.count, made.response.count) == (1, 0, 0, 0)
    assert made.result(1, EFFORT).counted_s == 0.0


def test_an_effort_has_no_plan_and_no_reconnects_unless_told() -> None:
    result = recorder().result(1, EFFORT)
    assert (result.planned, result.reconnects) == (None, 0)


def test_a_failure_belongs_to_its_endpoint_and_the_first_message_stays() -> None:
    made = recorder()
    made.fail(ErrorKind.BODY, 1, 1100, 1200, "one")
    made.fail(ErrorKind.RESET, 0, 1100, 1300, "two")
    result = made.result(1, EFFORT)
    assert {name: dict(one.errors) for name, one in result.endpoints.items()} == {
        "GET /": {ErrorKind.RESET: 1},
        "GET /json": {ErrorKind.BODY: 1},
    }
    assert result.first_error == "body: one"


@pytest.mark.parametrize("endpoints", [(), NAMES])
def test_a_request_given_up_is_timed_in_the_account_of_its_endpoint_too(endpoints: tuple[str, ...]) -> None:
    made = recorder(endpoints=endpoints)
    made.censor(1, 1500, 0, 9500)
    result = made.result(1, EFFORT)
    assert made.service.count == 1
    assert [one.service == result.service for one in result.endpoints.values()] == [False, True][: len(endpoints)]


def test_bytes_and_endpoints_are_read_from_the_tag() -> None:
    made = recorder()
    made.add(1000, 1500, 0, tag(1, 700))
    made.add(1000, 1500, 0, tag(0, 5))
    made.settle()
    result = made.result(1, EFFORT)
    assert result.received_bytes == 705
    assert {name: one.verified for name, one in result.endpoints.items()} == {"GET /": 1, "GET /json": 1}
