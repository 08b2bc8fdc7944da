"""The CSV of load tools: results by their heads; and rows of single requests, which have no result."""

from pathlib import Path

import pytest

from harness.figures.consistency import find_contradictions
from tests.figures.importing.imported import imported_text, read_again, reasons

HEADS = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
HELLO = "GET,/hello,7200,0,3,3.214,1.0,88.5,13.0,119.87,0.0,3,4,4,5,6,8,12,17,61,88,88"
JSON = "GET,/json,3600,2,5,5.998,2.0,91.2,27.0,59.94,0.03,5,6,7,7,9,11,15,21,70,91,91"
ALL = ",Aggregated,10800,2,4,4.142,1.0,91.2,17.7,179.81,0.03,4,4,5,6,7,9,13,19,66,90,91"
ALONE = HELLO.replace("GET,/hello", ",Aggregated")


def test_the_only_request_of_a_locust_run_is_read_once() -> None:
    file = imported_text(f"{HEADS}\n{HELLO}\n{ALONE}\n", "flask_stats.csv")
    (rate,) = (one for one in file.figures.figures if one.unit.name == "req/s")
    times = [one for one in file.figures.figures if one is not rate]
    assert (rate.printed, rate.target, rate.metric, rate.low) == ("119.87", "flask_app", "throughput.closed.*", 119.87)
    assert [(one.printed, one.stated.statistic) for one in times if one.stated.statistic] == [
        ("3", "p50"),
        ("3.214", "mean"),
        ("3", "p50"),
        ("6", "p90"),
        ("8", "p95"),
        ("17", "p99"),
        ("61", "p999"),
    ]
    assert {one.unit.name for one in times} == {"ms"}
    assert all("Locust" in " ".join(one.stated.others) for one in file.figures.figures)
    assert not find_contradictions(file.figures)


def test_each_request_of_a_locust_run_has_its_name_as_a_condition(tmp_path: Path) -> None:
    file = imported_text(f"{HEADS}\n{HELLO}\n{JSON}\n{ALL}\n", "gin_stats.csv")
    rates = [(one.printed, one.conditions[0]) for one in file.figures.figures if one.unit.name == "req/s"]
    assert rates == [("119.87", "GET /hello"), ("59.94", "GET /json"), ("179.81", "Aggregated")]
    assert len(read_again(file, tmp_path)) == len(file.figures.figures)
    lines = f"{HEADS}\n{HELLO}\n{JSON}\n{ALL}\n".split("\n")
    for one in (one for group in file.file.groups for one in group.figures):
        assert one.place is not None
        assert lines[one.place[0] - 1][one.place[1] - 1 :].startswith(one.printed)
    assert not find_contradictions(file.figures)


def test_numbers_that_locust_does_not_have_are_none() -> None:
    none = f",Aggregated,0,0,0,0,0,0,0,0.0,0.0{',N/A' * 11}"
    file = imported_text(f"{HEADS}\n{none}\n", "Flask_stats.csv")
    assert not any(one.printed == "N/A" for one in file.figures.figures)


def test_a_file_that_names_no_framework_is_said_to_name_none() -> None:
    file = imported_text(f"{HEADS}\n{HELLO}\n{ALONE}\n", "results_stats.csv")
    assert file.figures.figures == ()
    assert {reason for _, reason in reasons(file)} == {"the output of a load tool names no framework"}


def test_the_percentages_of_ab_are_percentiles() -> None:
    rows = "".join(f"{share},{share / 10:.3f}\n" for share in range(100))
    file = imported_text(f"Percentage served,Time in ms\n{rows}100,48.010\n", "flask_ab.csv")
    assert [(one.printed, one.stated.statistic) for one in file.figures.figures] == [
        ("5.000", "p50"),
        ("9.000", "p90"),
        ("9.500", "p95"),
        ("9.900", "p99"),
    ]


SAMPLES = {
    "hey": "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    "0.0500,0,0,0,0.05,0,200,0\n0.0600,0,0,0,0.06,0,200,0.05\n",
    "k6": "metric_name,timestamp,metric_value,check,error,error_code,group,method,name,proto,scenario,status\n"
    "http_reqs,1595325560,1.000000,,,,,GET,http://flask,HTTP/1.1,default,200\n",
    "JMeter": "timeStamp,elapsed,label,responseCode,responseMessage,threadName\n1595325560,12,Home,200,OK,t1\n",
    "ab": "starttime\tseconds\tctime\tdtime\tttime\twait\nMon Mar 09 14:50:18 2020\t1583765418\t0\t3\t3\t3\n",
    "Locust": "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,Total Request Count\n"
    "1695325560,10,,Aggregated,119.87,0.0,3,4,120\n1695325561,10,,Aggregated,118.10,0.0,3,4,240\n",
}


@pytest.mark.parametrize(("tool", "text"), SAMPLES.items(), ids=SAMPLES.keys())
def test_rows_of_single_requests_or_seconds_are_said_once_to_have_no_result(tool: str, text: str) -> None:
    file = imported_text(text, "Flask.csv")
    assert file.figures.figures == ()
    ((_, reason),) = reasons(file)
    assert tool in reason
    assert "no result" in reason


def test_of_very_many_rows_of_single_requests_none_is_read() -> None:
    rows = "0.0500,0,0,0,0.05,0,200,0\n" * 20_000
    file = imported_text(f"{SAMPLES['hey']}{rows}", "Flask.csv")
    assert len(file.unplaced) == 1
