from __future__ import annotations

import socket

import pytest

from harness.errors import UsageError
from harness.load.address import Address, resolve


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:4001", Address(socket.AF_INET, "127.0.0.1", 4001, "127.0.0.1:4001")),
        ("http://127.9.9.9:1/", Address(socket.AF_INET, "127.9.9.9", 1, "127.9.9.9:1")),
        ("http://127.0.0.1", Address(socket.AF_INET, "127.0.0.1", 80, "127.0.0.1")),
        ("http://localhost:4001", Address(socket.AF_INET, "127.0.0.1", 4001, "localhost:4001")),
    ],
)
def test_this_machine_is_where_load_may_go(url: str, address: Address) -> None:
    assert resolve(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:80",
        "http://8.8.8.8",
        "http://[2001:db8::1]:80",
        "http://0.0.0.0:80",
        "http://[::]:80",
        "http://224.0.0.1:80",
        "http://255.255.255.255:80",
        "http://no.such.host.invalid:80",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="load refused") as caught:
        resolve(url)
    assert caught.value.where == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:80",
        "https://127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?query",
    ],
)
def test_what_is_no_plain_http_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="load refused"):
        resolve(url)
