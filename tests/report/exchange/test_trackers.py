"""Numbers for trackers of benchmarks."""

from __future__ import annotations

import json

import jsonschema
import pytest

from harness.metrics.catalogue import Better
from harness.model import RunStatus
from harness.report.exchange.files import EXCHANGES
from harness.report.exchange.numbers import numbers
from harness.report.exchange.trackers import action_benchmark, bencher
from harness.report.material import Format
from tests.report.material import material

# https://bencher.dev/bmf.json
BENCHER = {
    "$schema": "http://json-schema.org/draft-07/schema",
    "type": "object",
    "patternProperties": {
        ".+": {
            "type": "object",
            "patternProperties": {
                ".+": {
                    "type": "object",
                    "properties": {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")},
                    "required": ["value"],
                }
            },
        }
    },
}


def test_each_number_is_in_the_file_of_its_direction() -> None:
    bigger = json.loads(action_benchmark(numbers(material()), Better.HIGHER))
    smaller = json.loads(action_benchmark(numbers(material()), Better.LOWER))
    assert len(bigger) + len(smaller) == len([*numbers(material())])
    assert {"Gin release, hello: throughput.closed.c32"} <= {row["name"] for row in bigger}
    assert {"Gin release: memory.idle"} <= {row["name"] for row in smaller}
    for row in (*bigger, *smaller):
        assert (type(row["name"]), type(row["unit"]), type(row["value"])) == (str, str, float)


def test_bencher_has_each_number_with_its_interval() -> None:
    document = json.loads(bencher(numbers(material())))
    jsonschema.validate(document, BENCHER)
    for number in numbers(material()):
        assert document[number.series][number.metric] == {
            "value": number.estimate,
            "lower_value": number.low,
            "upper_value": number.high,
        }


@pytest.mark.parametrize("wanted", [Format.ACTION_BENCHMARK, Format.BENCHER])
@pytest.mark.parametrize("status", RunStatus)
def test_only_a_complete_run_gives_a_tracker_numbers(wanted: Format, status: RunStatus) -> None:
    of_run = dict(EXCHANGES[wanted](material(status=status)))
    assert [bool(json.loads(text)) for text in of_run.values()] == [status is RunStatus.COMPLETE] * len(of_run)
