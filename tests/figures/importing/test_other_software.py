"""Numbers of other software, of limits and of times within a request, on a page about one framework."""

import pytest

from harness.figures.importing.doubts import UNREAL
from harness.figures.importing.other_software import OTHER_SOFTWARE
from tests.figures.importing.imported import ENGLISH, imported_text, reasons


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Nginx alone serves 40,000.5 req/s on this box.", OTHER_SOFTWARE),
        ("The limit was 4,000.5 req/s in our load balancer.", OTHER_SOFTWARE),
        ("Our database answers 5,000.5 requests per second.", OTHER_SOFTWARE),
        ("We rate limit at 100.5 req/s.", UNREAL),
        ("Our SLO is 100.5 ms of latency.", UNREAL),
        ("The budget is 50.5 ms per request.", UNREAL),
        ("Flask missed the 50.5 ms target.", UNREAL),
        ("If you add caching, Flask gets to 8,000.5 req/s.", UNREAL),
        ("At no point did Flask exceed 1,500.5 req/s.", UNREAL),
        ("Flask hardly reaches 1,500.5 req/s.", UNREAL),
    ],
)
def test_such_a_number_is_no_result_of_the_framework(sentence: str, reason: str) -> None:
    file = imported_text(f"# Flask\n\n{ENGLISH}\n\n{sentence}\n")
    assert not file.figures.figures
    assert [why for _, why in reasons(file)] == [reason]


@pytest.mark.parametrize(
    "sentence",
    [
        "Behind nginx, Flask serves 1,200.5 req/s.",
        "Flask with a database serves 1,200.5 req/s.",
        "With the cache we reach 1,200.5 req/s.",
        "If you look at the table, Flask serves 1,200.5 req/s.",
    ],
)
def test_a_framework_beside_other_software_has_results(sentence: str) -> None:
    file = imported_text(f"# Flask\n\n{ENGLISH}\n\n{sentence}\n")
    assert [one.metric for one in file.figures.figures] == ["throughput.closed.*"]


@pytest.mark.parametrize("label", ["GC pause (p99)", "Database latency", "DNS lookup", "Event loop delay p99"])
def test_a_time_within_a_request_is_no_latency(label: str) -> None:
    file = imported_text(
        f"# Flask, Gin\n\n{ENGLISH}\n\n| | Flask | Gin |\n|---|---|---|\n| {label} | 3.5 ms | 1.5 ms |\n"
    )
    assert {one.metric for one in file.figures.figures} == {None}
