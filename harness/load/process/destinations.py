"""Destinations of requests of other clients: the target, or another service of this machine.

A locustfile may ask another service, by an absolute URL, a proxy or a client of its own. What that service answers is
no answer of the target, and what it refuses is no error of the target. The event of a request has its URL. An error of
a connect has its address, which the guard notes; so it is known also without a URL.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.load.process.failures import peer_in, refusal_in
from harness.load.process.faults import Fault
from harness.model import ErrorKind

if TYPE_CHECKING:
    from harness.load.address import Address
    from harness.load.process.guard import Peer

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_URLS = 1024


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Destination that is not the target.

    Attributes:
        place: Its host and port.
        is_redirect: Whether the target redirected to it.
        is_asked: Whether the URL of the request names it.
    """

    place: str
    is_redirect: bool = False
    is_asked: bool = False


def placed(
    fault: Fault | None,
    target: Address,
    url: object,
    response: object = None,
    error: BaseException | str | None = None,
) -> Fault | None:
    """Return the fault of a request, or another one if the request did not go to the target.

    Args:
        fault: What is wrong with the request; None for nothing.
        target: The target.
        url: The whole URL of the request, if it has one.
        response: Its response, which knows where redirects have led.
        error: What the request raised, or its response has as an error.
    """
    is_error = fault is not None and fault.kind is not None
    if is_error and error is not None and refusal_in(error) is not None:  # the guard has said all of it
        return fault
    peer = peer_in(error) if is_error and error is not None else None
    there = _beside(url, target, response) if peer is None else _at(peer, url, target)
    return fault if there is None else _elsewhere(fault, there)


def spanning(fault: Fault | None) -> Fault:
    """Return the fault of an event of the scenario's own that spans requests: each of them counts by itself."""
    also = f" ({fault.text})" if fault else ""
    return Fault(f"it spans other requests, so it is in no number{also}", is_uncounted=True)


def _at(peer: Peer, url: object, target: Address) -> _Elsewhere | None:
    if target.is_at(peer.host, peer.port):
        return None
    is_asked = not peer.is_redirect and _place_beside(url, target) is not None
    return _Elsewhere(f"{peer.host}:{peer.port}", is_redirect=peer.is_redirect, is_asked=is_asked)


def _beside(url: object, target: Address, response: object) -> _Elsewhere | None:
    if (asked := _place_beside(url, target)) is not None:
        return _Elsewhere(asked, is_asked=True)
    ended = _place_beside(getattr(getattr(response, "request", None), "url", None), target)
    return None if ended is None else _Elsewhere(ended, is_redirect=True)


def _place_beside(url: object, target: Address) -> str | None:
    """Return host and port of a URL that is not one of the target; None for the target's, and for all that is none."""
    return _place_in(url, target) if isinstance(url, str) else None


@functools.lru_cache(_URLS)
def _place_in(url: str, target: Address) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    host = parts.hostname
    return None if host is None or target.is_at(host, port) else f"{host}:{port}"


def _elsewhere(fault: Fault | None, there: _Elsewhere) -> Fault:
    also = f" ({fault.text})" if fault else ""
    if there.is_redirect:
        return Fault(f"the target redirected to {there.place}, which is another service{also}", ErrorKind.REDIRECT)
    said = f"it went to {there.place}, which is not the target"
    if fault is None or fault.kind is None:
        return Fault(f"{said}, so it is in no number{also}", is_uncounted=True)
    advice = "; write its path alone" if there.is_asked else ""
    return replace(fault, text=f"{said}{advice}{also}", kind=ErrorKind.OUTSIDE)
