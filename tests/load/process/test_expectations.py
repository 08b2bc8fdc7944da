from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.load.http1 import Response
from harness.load.process.expectations import Complaint, Expectation, equal_json, redirect, satisfying, text
from harness.model import ErrorKind


def answer(
    body: bytes = b"Hello, Ada!", status: int = 200, media_type: str | None = "text/plain", name: str | None = None
) -> Response:
    typed = (("content-type", media_type),) if media_type is not None else ()
    named = (("x-name", name),) if name is not None else ()
    return Response(status, typed + named, body, keep_alive=True)


class TestStatus:
    def test_another_status_is_a_complaint(self) -> None:
        assert text("Hello, Ada!").complaint(answer(status=201)) == Complaint(
            ErrorKind.STATUS, "status 201, expected 200"
        )

    def test_any_status_can_be_expected(self) -> None:
        assert text("no", status=404).complaint(answer(b"no", 404)) is None

    def test_the_status_is_checked_first(self) -> None:
        found = text("x").complaint(answer(b"y", 500, "text/html"))
        assert found is not None
        assert found.kind is ErrorKind.STATUS


class TestHeaders:
    @pytest.mark.parametrize("given", ["text/plain", "text/plain; charset=utf-8", "Text/Plain ;charset=x"])
    def test_parameters_and_case_of_a_media_type_do_not_matter(self, given: str) -> None:
        assert text("Hello, Ada!").complaint(answer(media_type=given)) is None

    @pytest.mark.parametrize("given", [None, "", "text/html", "text/plainer", "application/json"])
    def test_another_or_a_missing_media_type_is_a_complaint(self, given: str | None) -> None:
        found = text("Hello, Ada!").complaint(answer(media_type=given))
        assert found is not None
        assert found.kind is ErrorKind.HEADER

    def test_without_an_expected_media_type_any_is_accepted(self) -> None:
        assert text("Hello, Ada!", media_type=None).complaint(answer(media_type=None)) is None

    def test_further_headers_must_have_exactly_their_values(self) -> None:
        expected = Expectation(headers={"X-Name": "{name}"}).filled({"name": "Ada"})
        assert expected.complaint(answer(name="Ada")) is None
        for other in (answer(name="Eve"), answer()):
            found = expected.complaint(other)
            assert found is not None
            assert found.kind is ErrorKind.HEADER


class TestText:
    @pytest.mark.parametrize("body", [b"", b"Hello, Ada", b"Hello, Ada!\n", b"hello, ada!", b"Hello, Eve!"])
    def test_other_bytes_are_a_complaint(self, body: bytes) -> None:
        found = text("Hello, Ada!").complaint(answer(body))
        assert found is not None
        assert found.kind is ErrorKind.BODY

    def test_placeholders_get_the_values_of_the_request(self) -> None:
        expected = text("Hello, {name}!").filled({"name": "Zoë"})
        assert expected.complaint(answer("Hello, Zoë!".encode())) is None
        assert expected.complaint(answer(b"Hello, {name}!")) is not None

    def test_a_long_body_is_shortened_in_the_message(self) -> None:
        found = text("x").complaint(answer(b"y" * 1000))
        assert found is not None
        assert found.message.endswith("... of 1000 bytes")
        assert len(found.message) < 150


class TestJson:
    @pytest.mark.parametrize("body", [b'{"a":1,"b":[true]}', b' {"b": [true],\n "a": 1}\n'])
    def test_white_space_and_the_order_of_keys_do_not_matter(self, body: bytes) -> None:
        assert equal_json({"a": 1, "b": [True]}).complaint(answer(body, media_type="application/json")) is None

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"null", b'{"a":1}', b'{"a":true,"b":[true]}', b'{"a":1,"b":[1]}', b'{"a":1,"b":[true],"c":0}'],
    )
    def test_another_value_is_a_complaint(self, body: bytes) -> None:
        found = equal_json({"a": 1, "b": [True]}).complaint(answer(body, media_type="application/json"))
        assert found is not None
        assert found.kind is ErrorKind.BODY

    def test_placeholders_get_the_values_of_the_request(self) -> None:
        expected = equal_json({"message": "Hello, {name}! You are {age}.", "age": "{age}"})
        filled = expected.filled({"name": "Ada", "age": 36})
        body = b'{"message": "Hello, Ada! You are 36.", "age": 36}'
        assert filled.complaint(answer(body, media_type="application/json")) is None
        assert expected.names() == {"name", "age"}


def test_a_predicate_checks_the_body() -> None:
    expected = satisfying(lambda body: len(body) == 2)
    assert expected.complaint(answer(b"ok")) is None
    found = expected.complaint(answer(b"not ok"))
    assert found is not None
    assert found.kind is ErrorKind.BODY


def test_a_body_that_no_parser_can_nest_is_a_complaint() -> None:
    found = equal_json({"a": 1}).complaint(answer(b"[" * 60_000, media_type="application/json"))
    assert found is not None
    assert (found.kind, found.message[:10]) == (ErrorKind.BODY, "not JSON: ")


def test_a_check_that_raises_is_a_complaint_about_the_answer() -> None:
    found = satisfying(lambda body: bool(json.loads(body)["a"][3])).complaint(answer(b'{"a": []}'))
    assert found == Complaint(
        ErrorKind.BODY, "the check fails with 'IndexError: list index out of range' on b'{\"a\": []}'"
    )


def test_a_long_header_is_shortened_in_the_message() -> None:
    found = text("x").complaint(answer(b"x", media_type="a" * 60_000))
    assert found is not None
    assert len(found.message) < 200


@pytest.mark.parametrize(
    ("expected", "longest"),
    [
        (text("Hello"), 65_536),
        (text("x" * 100_000), 800_000),
        (equal_json({"a": "x" * 100_000}), 8 * 100_009),
        (satisfying(bool), 16 << 20),
        (Expectation(), 16 << 20),
    ],
)
def test_a_body_is_read_up_to_a_few_times_the_expected_length(expected: Expectation, longest: int) -> None:
    assert expected.longest_body_bytes() == longest


def test_a_redirect_has_a_status_and_exactly_this_location() -> None:
    expected = redirect("/notes/{id}", status=303).filled({"id": 7})
    right = Response(303, (("location", "/notes/7"),), b"", keep_alive=True)
    assert expected.complaint(right) is None
    away = expected.complaint(replace(right, headers=(("location", "http://192.0.2.1/notes/7"),)))
    assert away == Complaint(ErrorKind.HEADER, "location: 'http://192.0.2.1/notes/7', expected '/notes/7'")
