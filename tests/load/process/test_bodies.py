from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

import pytest

from harness.load.process.bodies import File
from harness.load.process.exchanges import Request, exchanges_for
from harness.load.process.values import Integer, OneOf

ZOE = {"word": OneOf(("Zoë & Co",))}


def sent(request: Request) -> tuple[dict[str, str], bytes]:
    [[exchange]] = exchanges_for([request], "h")
    head, _, body = exchange.payload.partition(b"\r\n\r\n")
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:]), body


def test_a_form_is_sent_with_its_type_and_length() -> None:
    headers, body = sent(Request("POST", "/", form={"title": "{word}"}, values=ZOE, pool=1))
    assert (headers["Content-Type"], headers["Content-Length"]) == ("application/x-www-form-urlencoded", str(len(body)))
    assert parse_qs(body.decode()) == {"title": ["Zoë & Co"]}


def test_a_form_with_files_is_sent_as_multipart() -> None:
    files = {"photo": File("a.png", b"\0\r\n\xff", "image/png"), "note": File("n.txt", "Zoë", "text/plain")}
    headers, body = sent(Request("POST", "/", form={"title": "{word}"}, files=files, values=ZOE, pool=1))
    assert headers["Content-Length"] == str(len(body))
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(
        b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body
    )
    title, photo, note = message.iter_parts()
    assert title.get_payload(decode=True) == "Zoë & Co".encode()
    assert (photo.get_filename(), photo.get_content_type()) == ("a.png", "image/png")
    assert photo.get_payload(decode=True) == b"\0\r\n\xff"
    assert note.get_payload(decode=True) == "Zoë".encode()


def test_equal_values_give_equal_bytes_in_every_run() -> None:
    request = Request("POST", "/", files={"a": File("a", b"1")}, headers={"X": "{n}"}, values={"n": Integer(1, 9)})
    first, second = (exchanges_for([request], "h")[0] for _ in range(2))
    assert [one.payload for one in first] == [one.payload for one in second]


def test_a_file_that_has_the_boundary_is_refused() -> None:
    with pytest.raises(ValueError, match="the boundary between the parts"):
        File("a", "harness-boundary-1f6c2f6e9a7b4d20")


def test_one_of_no_values_is_refused() -> None:
    with pytest.raises(ValueError, match="one of no values"):
        OneOf(())
