from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.load.address import Address, is_local, require_local, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Clear the cache of resolved URLs, because tests change the list of own hosts."""
    resolve.cache_clear()
    yield
    resolve.cache_clear()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:4001", Address(socket.AF_INET, "127.0.0.1", 4001, "127.0.0.1:4001")),
        ("http://127.9.9.9:1/", Address(socket.AF_INET, "127.9.9.9", 1, "127.9.9.9:1")),
        ("http://127.0.0.1", Address(socket.AF_INET, "127.0.0.1", 80, "127.0.0.1")),
        ("http://localhost:4001", Address(socket.AF_INET, "127.0.0.1", 4001, "localhost:4001")),
    ],
)
def test_addresses_of_this_machine_are_accepted(url: str, address: Address) -> None:
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
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="load refused"):
        resolve(url)


@pytest.mark.parametrize("hosts", ["192.0.2.1", " 198.51.100.7 , 192.0.2.1,", "192.0.2.1,2001:db8::1"])
def test_a_machine_in_harness_hosts_is_accepted(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", hosts)
    assert resolve("http://192.0.2.1:80") == Address(socket.AF_INET, "192.0.2.1", 80, "192.0.2.1:80")
    with pytest.raises(UsageError, match="load refused"):
        resolve("http://203.0.113.2:80")


@pytest.mark.parametrize("address", ["0.0.0.0", "224.0.0.1", "255.255.255.255"])  # noqa: S104 - to be refused
def test_an_address_that_is_no_host_is_refused_even_in_harness_hosts(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", address)
    with pytest.raises(UsageError, match="load refused"):
        resolve(f"http://{address}:80")


@pytest.mark.parametrize("hosts", ["192.0.2.0/24", "*", "example", "192.0.2.1 192.0.2.2"])
def test_a_list_of_own_hosts_with_anything_except_addresses_is_refused(
    monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", hosts)
    with pytest.raises(UsageError, match="HARNESS_HOSTS"):
        resolve("http://192.0.2.1:80")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "0.0.0.0"])  # noqa: S104 - it means this machine
def test_packets_to_an_own_address_stay(address: str) -> None:
    assert is_local(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["203.0.113.1", "127.255.255.255", "255.255.255.255", "2001:db8:1::1"])
def test_packets_to_others_and_broadcasts_do_not_stay(address: str) -> None:
    assert not is_local(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["203.0.113.1", "::1", "localhost", ""])
def test_targets_listen_only_on_an_ipv4_address_of_this_machine(host: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        require_local(host)
