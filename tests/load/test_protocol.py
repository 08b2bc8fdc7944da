from __future__ import annotations

import json

import pytest

from harness.errors import HarnessError, MachineError, MeasurementError, UsageError
from harness.load.protocol import (
    decode_error,
    decode_result,
    decode_slice,
    decode_traits,
    encode_error,
    encode_result,
    encode_slice,
    encode_traits,
    line,
)
from harness.model import (
    EndpointResult,
    ErrorKind,
    Load,
    LoadKind,
    Pace,
    ScenarioTraits,
    Slice,
    SliceResult,
    Subject,
    Window,
)

SLICE = Slice(
    3, Subject("gin_app", "release"), "hello", Load(LoadKind.POISSON, 64, 1000.0), 2.0, 0.25, 42, 1.5, (0.0, 0.5), 0.125
)
RESULT = SliceResult(
    number=3,
    sent=12,
    verified=9,
    errors={ErrorKind.TIMEOUT: 1, ErrorKind.BODY: 2},
    counted=8.25,
    counted_s=1.75,
    wall_s=2.1,
    generator_cpu_s=2.0,
    utilisation=0.25,
    planned=12,
    reconnects=1,
    received_bytes=999,
    service="1:2:3:x",
    response="1:2:3:y",
    lateness="1:2:3:z",
    first_error="body: GET /: no",
    endpoints={
        "GET /": EndpointResult(8, 5, {ErrorKind.TIMEOUT: 1, ErrorKind.BODY: 2}, "1:2:3:u", "1:2:3:v", "1:2:3:w"),
        "GET /json": EndpointResult(4, 4, {}),
    },
    windows=(Window(5, 1), Window(4, 2)),
    gap_s=1e-5,
)


@pytest.mark.parametrize("order", [SLICE, Slice(1, Subject("a", "b"), "hello", Load(LoadKind.CLOSED, 1), 0.2, 0.04, 0)])
def test_a_slice_is_decoded_as_it_was_encoded(order: Slice) -> None:
    assert decode_slice(json.loads(line(encode_slice(order)))) == order


def test_a_result_is_decoded_as_it_was_encoded() -> None:
    read = decode_result(json.loads(line(encode_result(RESULT))))
    assert read == RESULT
    assert all(isinstance(kind, ErrorKind) for kind in [*read.errors, *read.endpoints["GET /"].errors])


def test_traits_are_decoded_as_they_were_encoded() -> None:
    paced = ScenarioTraits("shop", ("A.b",), drives_open=False, pace=Pace.PACED, pauses=("A: constant(1)",), shape="S")
    eager = ScenarioTraits("hello", ("GET /",), drives_open=True)
    read = decode_traits(json.loads(line(encode_traits([paced, eager]))))
    assert read == {"shop": paced, "hello": eager}
    assert read["shop"].pace is Pace.PACED


@pytest.mark.parametrize("kind", [UsageError, MachineError, MeasurementError])
def test_an_error_is_decoded_as_it_was_encoded(kind: type[HarnessError]) -> None:
    error = kind("bad scenario", where="hello.py:3", cause="no\nrequests", remedy="Add one.")
    read = decode_error(json.loads(line(encode_error(error))))
    assert (type(read), str(read)) == (kind, str(error))


def test_a_message_with_line_breaks_is_still_one_line() -> None:
    written = line({"op": "load", "text": "two\nlines\r\n"})
    assert written.count(b"\n") == 1
    assert written.endswith(b"\n")


def test_half_a_pair_of_surrogates_becomes_a_character_that_every_file_takes() -> None:
    message = json.loads(line({"complaints": {"half \ud83d pair": 1}, "whole": "\U0001f600"}))
    assert message == {"complaints": {"half \ufffd pair": 1}, "whole": "\U0001f600"}
