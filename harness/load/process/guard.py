"""Guard of a generator process: its sockets reach only this machine and the machines in HARNESS_HOSTS.

Python raises an audit event before a socket connects or sends to an address, and before a name is looked up, whichever
class or library makes the call: sockets of the standard library, of gevent, and all clients on top of them. The guard
refuses in that event. So no packet leaves, not even to a name server. An allowed connect costs a look-up in a set, and
a send on a connection costs nothing.

Not seen: child processes, and libraries in C with sockets of their own. ZeroMQ is one, which joins workers and master.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import ipaddress
import socket
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.request import HTTPRedirectHandler

import gevent
from gevent.monkey import get_original
from geventhttpclient.useragent import UserAgent
from requests.sessions import SessionRedirectMixin
from urllib3.poolmanager import PoolManager

from harness.errors import UsageError
from harness.load.address import OWN_HOSTS, IPAddress, Probe, is_local, own_hosts
from harness.model import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_HOSTS_FILE = Path("/etc/hosts")
_IP = (socket.AF_INET, socket.AF_INET6)
_INSIDE = (socket.AF_UNIX, getattr(socket, "AF_NETLINK", socket.AF_UNIX))  # sockets of the machine itself
_VERBS = {"socket.connect": "connect to", "socket.sendto": "send to", "socket.sendmsg": "send to"}
_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})

_Address: TypeAlias = tuple[Any, ...]


PEER = "harness_peer"
"""Attribute of the error of a connect: the `Peer` that could not be reached."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Host and port of a connect, and whether a client went there by a redirect."""

    host: str
    port: int
    is_redirect: bool


class OutsideError(PermissionError):
    """A connect, a send or a look-up of a name would have left this machine.

    Attributes:
        kind: Whose wish it was: the scenario's, or the target's by a redirect.
    """

    def __init__(self, kind: ErrorKind, sentence: str) -> None:
        super().__init__(errno.EACCES, sentence)
        self.kind = kind

    def __str__(self) -> str:
        return str(self.strerror)


class Guard:
    """Guard: checks audit events, and counts what it refused.

    A scenario may hide the error of a refused connect from its own statistics. `take_refused` says it all the same.
    """

    def __init__(self, hosts: frozenset[IPAddress]) -> None:
        """Allow this machine and these other machines."""
        self._hosts = hosts
        self._allowed: set[object] = set()  # host names and addresses that were allowed before
        self._counts: Counter[ErrorKind] = Counter()
        self._first: dict[ErrorKind, str] = {}

    def check(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse an audit event that would leave this machine.

        Raises:
            OutsideError: It would.
        """
        if event in _VERBS:
            self._check_address(_VERBS[event], *arguments)
        elif event in _NAMES:
            self.check_name(arguments[0])
        elif event == "socket.gethostbyaddr":
            self._require_in_file(_text(arguments[0]))
        elif event == "socket.getnameinfo":
            self._require_in_file(_text(arguments[0][0]))

    def check_name(self, host: str | bytes | bytearray | None) -> None:
        """Refuse to look up a name that is not in the hosts file, because a name server would be asked.

        Raises:
            OutsideError: It is such a name.
        """
        if host and _numeric(name := _text(host)) is None:
            self._require_in_file(name)

    def take_refused(self) -> list[tuple[ErrorKind, int, str]]:
        """Return kind, number and first message of all that was refused since the last call."""
        taken = [(kind, count, self._first[kind]) for kind, count in self._counts.items()]
        self._counts.clear()
        self._first.clear()
        return taken

    def _require_in_file(self, name: str) -> None:
        if name not in self._allowed and not _addresses_in_file(name):
            why = f"which is not in {_HOSTS_FILE}, so a name server would be asked; add it there, or use its address"
            raise self._refused(f"look up {name}", name, why)
        self._allowed.add(name)

    def _check_address(self, verb: str, sender: socket.socket, address: object) -> None:
        if address is None or isinstance(sender, Probe) or sender.family in _INSIDE:  # None: to its own peer
            return
        if sender.family not in _IP or not isinstance(address, tuple):
            raise self._refused(f"{verb} {address!r}", repr(address), "which is not an address of this machine")
        # a broadcast needs this option, and its address counts as the machine's own
        is_broadcast = bool(sender.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))
        if (key := (address[0], *address[3:], is_broadcast)) in self._allowed:
            return
        found = _addresses_of(address)
        if not found or not all(self._is_allowed(one, is_broadcast=is_broadcast) for one in found):
            where = f"[{address[0]}]:{address[1]}" if ":" in str(address[0]) else f"{address[0]}:{address[1]}"
            raise self._refused(f"{verb} {where}", where, f"which is not this machine; allow it with {OWN_HOSTS}")
        self._allowed.add(key)

    def _is_allowed(self, address: IPAddress, *, is_broadcast: bool) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain in self._hosts or plain.is_unspecified:  # to an unspecified address means to this machine
            return True
        return not plain.is_multicast and (plain.is_loopback or not is_broadcast) and is_local(plain)

    def _refused(self, act: str, where: str, why: str) -> OutsideError:
        if _is_redirect(sys._getframe()):  # noqa: SLF001 - the stack of the greenlet that connects
            kind, sentence = ErrorKind.REDIRECT, f"the target redirected to {where}, {why}"
        else:
            kind, sentence = ErrorKind.OUTSIDE, f"the scenario wanted to {act}, {why}"
        self._counts[kind] += 1
        self._first.setdefault(kind, sentence)
        return OutsideError(kind, sentence)


@functools.cache
def install() -> Guard:
    """Put this process under a guard for the rest of its life, and return the guard; only one in a process."""
    try:
        guard = Guard(own_hosts())
    except UsageError:  # `address.resolve` says it before the first slice
        guard = Guard(frozenset())
    gevent.config.resolver = "block"  # other resolvers look up in another thread, or with sockets of their own
    del gevent.get_hub().resolver
    for kind in {get_original("socket", "socket"), socket.socket}:  # the second one is gevent's after its patch
        for name in ("bind", "connect", "connect_ex", "sendto", "sendmsg"):
            setattr(kind, name, _with_checked_name(guard, getattr(kind, name)))
        setattr(kind, "connect", _with_noted_peer(kind.connect))  # noqa: B010 - mypy allows no assignment
    sys.addaudithook(guard.check)
    return guard


def _with_checked_name(guard: Guard, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a socket's method that checks a name first: Python looks it up before it raises the event."""

    @functools.wraps(method)
    def checked(self: socket.socket, *arguments: Any) -> Any:  # noqa: ANN401 - the socket's own arguments
        for argument in arguments:
            if isinstance(argument, tuple) and argument and isinstance(argument[0], str | bytes | bytearray):
                guard.check_name(argument[0])
        return method(self, *arguments)

    return checked


def _with_noted_peer(connect: Callable[..., None]) -> Callable[..., None]:
    """Return a socket's `connect` whose error has the peer: the error of a client alone does not say it."""

    @functools.wraps(connect)
    def noted(self: socket.socket, address: object) -> None:
        try:
            connect(self, address)
        except OSError as error:
            if self.family in _IP and isinstance(address, tuple):
                peer = Peer(_text(address[0]), address[1], _is_redirect(sys._getframe()))  # noqa: SLF001 - as above
                vars(error).setdefault(PEER, peer)
            raise

    return noted


def _addresses_of(address: _Address) -> list[IPAddress]:
    if not (host := _text(address[0])):
        return [ipaddress.IPv4Address(0)]
    if (numeric := _numeric(host)) is None:
        return _addresses_in_file(host)
    has_scope = len(address) > 3 and address[3] and "%" not in host  # noqa: PLR2004 - host, port, flow and scope
    return [ipaddress.ip_address(f"{numeric}%{address[3]}")] if has_scope else [numeric]


def _numeric(host: str) -> IPAddress | None:
    """Return the address that a text stands for without a look-up, also in the short forms as `127.1`."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return None if host.split() != [host] else ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _addresses_in_file(name: str) -> list[IPAddress]:
    """Return the addresses in the lines of the hosts file that have a name, or an address."""
    with contextlib.suppress(OSError):
        lines = _HOSTS_FILE.read_text(encoding="utf-8", errors="replace").lower().splitlines()
        entries = (line.partition("#")[0].split() for line in lines)
        found = (_numeric(words[0]) for words in entries if name.lower() in words)
        return [address for address in found if address is not None]
    return []


def _text(host: str | bytes | bytearray) -> str:
    return host if isinstance(host, str) else host.decode(errors="replace")


def _is_redirect(frame: FrameType | None) -> bool:
    """Return whether a client in the stack follows a redirect."""
    seen = 0
    while frame is not None:
        code = frame.f_code
        if code in _FOLLOWING or (code is _FAST and frame.f_locals.get("history")):
            return True
        seen += code is _POOL
        frame = frame.f_back
    return seen > 1  # this client calls itself


_FOLLOWING = frozenset({SessionRedirectMixin.resolve_redirects.__code__, HTTPRedirectHandler.http_error_302.__code__})
_FAST, _POOL = UserAgent.urlopen.__code__, PoolManager.urlopen.__code__
