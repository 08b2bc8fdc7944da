"""Addresses that load may go to: this machine, and the user's own machines in HARNESS_HOSTS.

Load on another person's host is an attack. So every URL is checked here before a socket is opened, and `process.guard`
checks every connect. The environment variable HARNESS_HOSTS names the user's other machines, on each machine that sends
load.
"""

from __future__ import annotations

import _socket
import contextlib
import functools
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from harness.errors import UsageError

OWN_HOSTS = "HARNESS_HOSTS"

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_ANY_PORT = 9


@dataclass(frozen=True, slots=True)
class Address:
    """Address of a target, and its name in requests.

    Attributes:
        family: AF_INET or AF_INET6.
        authority: Host and port for the Host header.
    """

    family: socket.AddressFamily
    host: str
    port: int
    authority: str

    @property
    def endpoint(self) -> tuple[str, int]:
        """Argument for `connect`: host and port."""
        return self.host, self.port

    def is_at(self, host: str, port: int) -> bool:
        """Return whether a host and a port are those of this address; a name counts as this host."""
        if port != self.port or host == self.host:
            return port == self.port
        try:
            other, own = ipaddress.ip_address(host), ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return is_local(other) and is_local(own)  # a target may listen on all addresses of its machine


@functools.cache  # every user of a target calls it; a look-up needs a thread, and threads get little time from the lane
def resolve(url: str) -> Address:
    """Return the address of a URL on this machine, or on a machine in HARNESS_HOSTS.

    Raises:
        UsageError: It is not an http URL, its host has no address, or the address is not one of these machines'.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if parts.scheme != "http" or not host or parts.path not in {"", "/"} or parts.query:
        raise _refused(url, "it is not of the form http://host:port")
    try:
        address = _look_up(host)
    except OSError as error:
        raise _refused(url, f"{host} has no address: {error.strerror}") from error
    if not _is_host(address) or not (address in own_hosts() or is_local(address)):
        raise _refused(url, f"{address} is not an address of this machine")
    return Address(_family(address), str(address), port, parts.netloc.rpartition("@")[2])


def endpoint_of(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`.

    Raises:
        UsageError: The text has another form.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError("bad address", where=text, cause="it is not HOST:PORT", remedy="Write it as 192.0.2.1:5557.")
    return host, int(port)


def own_hosts() -> frozenset[IPAddress]:
    """Return the addresses in HARNESS_HOSTS: the other machines that load may go to.

    Raises:
        UsageError: An entry is not an address.
    """
    words = [word.strip() for word in os.environ.get(OWN_HOSTS, "").split(",") if word.strip()]
    try:
        return frozenset(map(ipaddress.ip_address, words))
    except ValueError as error:
        raise UsageError(
            "bad list of allowed hosts",
            where=OWN_HOSTS,
            cause=str(error),
            remedy="Name addresses, separated by commas.",
        ) from error


def _look_up(host: str) -> IPAddress:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    found = [ipaddress.ip_address(str(entry[4][0])) for entry in socket.getaddrinfo(host, None)]
    # a name may have both kinds of address; targets listen on 127.0.0.1 more often than on ::1
    return min(found, key=lambda address: address.version)


def _is_host(address: IPAddress) -> bool:
    return not (address.is_unspecified or address.is_multicast or address.is_reserved)


def require_local(host: str) -> None:
    """Refuse an address that is not one of this machine's IPv4 addresses.

    Raises:
        UsageError: It is not such an address, or the address of another machine.
    """
    try:
        address = ipaddress.IPv4Address(host)  # the contract's targets listen on these
        if _is_host(address) and is_local(address):
            return
        cause = "this machine has no such address"
    except ValueError as error:
        cause = str(error)
    raise UsageError("bad address", where=host, cause=cause, remedy="`ip address` shows its addresses.")


class Probe(_socket.socket):
    """Socket that asks the kernel for a route, and sends nothing."""


def is_local(address: IPAddress) -> bool:
    """Return whether packets to an address stay on this machine.

    The source of a packet to an own address is that address, or a loopback address. A test whether the kernel binds to
    the address would accept broadcasts, and with `ip_nonlocal_bind` every address.
    """
    try:
        with contextlib.closing(Probe(_family(address), socket.SOCK_DGRAM)) as probe:
            probe.connect((str(address), _ANY_PORT))
            source = ipaddress.ip_address(probe.getsockname()[0].partition("%")[0])
    except OSError:
        return False
    return source.packed == address.packed or source.is_loopback


def _family(address: IPAddress) -> socket.AddressFamily:
    return socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - the protocol's version


def _refused(url: str, cause: str) -> UsageError:
    return UsageError(
        "load refused",
        where=url,
        cause=cause,
        remedy=f"Load may only go to this machine, as in http://127.0.0.1:8080, and to the machines in {OWN_HOSTS}.",
    )
