from __future__ import annotations

import pytest

from harness.load.http1 import Response
from harness.load.process.captures import Cookies, from_header, from_json


def answer(body: bytes = b"", *headers: tuple[str, str]) -> Response:
    return Response(200, headers, body, keep_alive=True)


@pytest.mark.parametrize(("path", "value"), [("token", "t"), ("user.id", 7), ("items.1.name", "b")])
def test_a_member_of_json_is_found_by_its_path(path: str, value: str | int) -> None:
    body = b'{"token": "t", "user": {"id": 7}, "items": [{"name": "a"}, {"name": "b"}], "yes": true}'
    assert from_json(path).of(answer(body)) == value


@pytest.mark.parametrize(("body", "path"), [(b"no", "a"), (b"[]", "0"), (b"[1]", "a"), (b"1", "a"), (b"{}", "a.b")])
def test_a_member_that_is_not_there_is_an_error(body: bytes, path: str) -> None:
    with pytest.raises(ValueError, match="the answer has no JSON member"):
        from_json(path).of(answer(body))


@pytest.mark.parametrize("value", [b"true", b"null", b"[]", b"1.5"])
def test_a_member_that_is_neither_a_string_nor_an_integer_is_an_error(value: bytes) -> None:
    with pytest.raises(ValueError, match="neither a string nor an integer"):
        from_json("a").of(answer(b'{"a": ' + value + b"}"))


def test_a_member_that_no_request_can_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="half a pair of characters"):
        from_json("a").of(answer(b'{"a": "\\ud800"}'))


def test_a_header_is_found_by_its_name_in_any_case() -> None:
    assert from_header("X-Token").of(answer(b"", ("x-token", "t"))) == "t"


def test_cookies_are_sent_by_path_and_expiry() -> None:
    cookies = Cookies("127.0.0.1:8000")
    set_by_login = ("a=1; Path=/; HttpOnly", "b=2; Path=/admin", "c=3; Path=/; Max-Age=0", "d=4; Path=/; Secure")
    cookies.take("/login", answer(b"", *(("set-cookie", value) for value in set_by_login)))
    assert cookies.header("/notes") == "a=1"
    assert cookies.header("/admin/x") == "b=2; a=1"


def test_a_later_cookie_replaces_an_earlier_one_or_ends_it() -> None:
    cookies = Cookies("127.0.0.1:8000")
    for value in ("a=1; Path=/", "a=2; Path=/"):
        cookies.take("/", answer(b"", ("set-cookie", value)))
    assert cookies.header("/") == "a=2"
    cookies.take("/", answer(b"", ("set-cookie", "a=; Path=/; Max-Age=0")))
    assert cookies.header("/") is None
