"""Accounts and windows, and a real scenario with two endpoints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.load.generator import Generator
from harness.load.process.accounts import Account, Extent, Windows
from harness.model import EndpointResult, ErrorKind, LoadKind, Scenario, SliceResult, Window
from tests.load.conftest import SUBJECT, order
from tests.load.server import Answer, Call, Server, contract, response

if TYPE_CHECKING:
    from pathlib import Path

SECOND_NS = 1_000_000_000
TWO_ENDPOINTS = """
from harness.users import LaneUser, Request, Word, equal_json, text
class Both(LaneUser):
    requests = (
        Request("GET", "/hello/{name}", values={"name": Word()}, weight=3, expect=text("Hello, {name}!")),
        Request("GET", "/json", expect=equal_json({"message": "Hello, World!"})),
    )
"""


def every_ninth_wrong(call: Call) -> Answer:
    return Answer((response(b"no", status="500 Oops"),)) if call.number % 9 == 0 else contract(call)


class TestWindows:
    def test_a_window_is_one_second_and_the_last_one_includes_the_drain(self) -> None:
        began = 1_000
        windows = Windows(Extent(began, began + 5 * SECOND_NS // 2, began_ns=began))
        windows.enter(np.array([0, SECOND_NS - 1, SECOND_NS, 2 * SECOND_NS, 3 * SECOND_NS, 9 * SECOND_NS]) + began)
        windows.enter_error(began + SECOND_NS)
        windows.enter_error(began + 7 * SECOND_NS)
        assert windows.as_tuple() == (Window(2, 0), Window(1, 1), Window(3, 1))

    @pytest.mark.parametrize(
        ("extent", "windows"),
        [
            (Extent(0, SECOND_NS, began_ns=0), ()),
            (Extent(0, SECOND_NS + 1, began_ns=0), (Window(1, 1), Window(0, 0))),
            (Extent(0, 1 << 62), ()),  # an endless load, without windows
        ],
    )
    def test_only_a_slice_of_more_than_1_s_has_windows(self, extent: Extent, windows: tuple[Window, ...]) -> None:
        made = Windows(extent)
        made.enter(np.array([20]))
        made.enter_error(20)
        assert made.as_tuple() == windows


def test_a_request_given_up_is_in_the_histograms_and_counts_only_as_an_error() -> None:
    account = Account(Extent(1000, 2000), is_open=True)
    account.enter(np.array([1100]), np.array([1300]), np.array([1050]))
    account.enter_given_up(1200, 1150, 9200)
    account.errors[ErrorKind.TIMEOUT] += 1
    result = account.as_endpoint()
    assert (result.sent, result.verified, result.errors) == (2, 1, {ErrorKind.TIMEOUT: 1})
    assert [(one.count, one.min_ns, one.max_ns) for one in (account.service, account.response, account.lateness)] == [
        (2, 200, 8000),
        (2, 250, 8050),
        (2, 50, 50),
    ]


def endpoint_of(call: Call) -> str:
    return "GET /json" if call.path == "/json" else "GET /hello/{name}"


def assert_equal_to_counts_of_server(result: SliceResult, server: Server) -> None:
    assert {name: one.sent for name, one in result.endpoints.items()} == Counter(map(endpoint_of, server.seen))
    wrong = Counter(endpoint_of(call) for call in server.seen if call.number % 9 == 0)
    assert {name: one.errors for name, one in result.endpoints.items()} == {
        name: {ErrorKind.STATUS: count} for name, count in wrong.items()
    }
    assert sum(window.verified for window in result.windows) == result.verified
    assert sum(window.errors for window in result.windows) == result.errors[ErrorKind.STATUS] == sum(wrong.values())


def histogram_of_all(endpoints: list[EndpointResult]) -> Histogram:
    total = Histogram()
    for one in endpoints:
        assert one.service is not None
        total.add(Histogram.from_text(one.service))
    return total


@pytest.mark.locust
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("kind", "rate_per_s"), [(LoadKind.CLOSED, None), (LoadKind.POISSON, 300.0)])
def test_the_results_of_two_endpoints_are_equal_to_the_counts_of_the_server(
    tmp_path: Path, workers: int, kind: LoadKind, rate_per_s: float | None
) -> None:
    path = tmp_path / "written.py"
    path.write_text(TWO_ENDPOINTS)
    scenario = Scenario("written", "", path)
    with (
        Server(every_ninth_wrong) as server,
        Generator([scenario], frozenset({0}), spin=False, workers=workers) as own,
    ):
        wanted = order(name="written", kind=kind, rate_per_s=rate_per_s, duration_s=1.2, discard_s=0.1)
        (result,) = own.run([wanted], {SUBJECT: server.url})
        assert tuple(result.endpoints) == own.describe()["written"].requests
    assert_equal_to_counts_of_server(result, server)
    assert len(result.windows) == 2
    assert min(window.verified for window in result.windows) > 0
    assert result.service is not None
    assert histogram_of_all(list(result.endpoints.values())) == Histogram.from_text(result.service)
