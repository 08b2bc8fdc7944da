"""Where load may go: to this machine and to those that its owner has named as own, and nowhere else.

A load generator aimed at somebody else's host is an attack. Every URL passes through here before a socket is opened.
Other machines of one's own are named in the environment, in HARNESS_HOSTS, on each machine that sends load.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.errors import UsageError

OWN_HOSTS = "HARNESS_HOSTS"

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect, and how requests name it.

    Attributes:
        family: AF_INET or AF_INET6.
        authority: The host and port as the Host header gives them.
    """

    family: socket.AddressFamily
    host: str
    port: int
    authority: str

    @property
    def endpoint(self) -> tuple[str, int]:
        """What `connect` takes."""
        return self.host, self.port


@functools.cache  # each user of a target asks; a look-up takes a thread, and the lane leaves little time to threads
def resolve(url: str) -> Address:
    """Return the address of a URL on this machine, or on one that HARNESS_HOSTS names.

    Raises:
        UsageError: It is no http URL, its host has no address, or the address is somebody else's.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if parts.scheme != "http" or not host or parts.path not in {"", "/"} or parts.query:
        raise _refused(url, "it is no http://host:port")
    try:
        address = _look_up(host)
    except OSError as error:
        raise _refused(url, f"no address of {host}: {error.strerror}") from error
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - the protocol's version
    if not _can_be_one(address) or not (address in own_hosts() or _is_here(family, address)):
        raise _refused(url, f"{address} is not an address of this machine")
    return Address(family, str(address), port, parts.netloc.rpartition("@")[2])


def endpoint_of(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`.

    Raises:
        UsageError: It is something else.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError("bad address", where=text, cause="it is no HOST:PORT", remedy="Write it as 192.0.2.1:5557.")
    return host, int(port)


def own_hosts() -> frozenset[_IPAddress]:
    """Return the other machines that load may go to: the addresses in HARNESS_HOSTS, several with commas.

    Raises:
        UsageError: Something in it is no address.
    """
    words = [word.strip() for word in os.environ.get(OWN_HOSTS, "").split(",") if word.strip()]
    try:
        return frozenset(map(ipaddress.ip_address, words))
    except ValueError as error:
        raise UsageError(
            "bad list of own hosts", where=OWN_HOSTS, cause=str(error), remedy="Name addresses, several with commas."
        ) from error


def _look_up(host: str) -> _IPAddress:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    found = [ipaddress.ip_address(str(entry[4][0])) for entry in socket.getaddrinfo(host, None)]
    # a name may have both kinds of address, and a target listens on 127.0.0.1 more often than on ::1
    return min(found, key=lambda address: address.version)


def _can_be_one(address: _IPAddress) -> bool:
    return not (address.is_unspecified or address.is_multicast or address.is_reserved)


def require_here(host: str) -> None:
    """Refuse an address that is not this machine's.

    Raises:
        UsageError: It is another machine's, or no address at all.
    """
    try:
        address = ipaddress.ip_address(host)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - the protocol's version
        if _can_be_one(address) and _is_here(family, address):
            return
        cause = "this machine has no such address"
    except ValueError as error:
        cause = str(error)
    raise UsageError("bad address", where=host, cause=cause, remedy="`ip address` shows those that it has.")


def _is_here(family: socket.AddressFamily, address: _IPAddress) -> bool:
    # the kernel knows best: it binds to own addresses only
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def _refused(url: str, cause: str) -> UsageError:
    return UsageError(
        "load refused",
        where=url,
        cause=cause,
        remedy=f"Load goes to this machine, as in http://127.0.0.1:8080, and to those that {OWN_HOSTS} names as own.",
    )
