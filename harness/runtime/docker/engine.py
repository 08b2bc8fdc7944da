"""Connection to the container engine, its description for the environment, and its failures as `MachineError`.

This module knows nothing of targets, images or containers.
"""

from __future__ import annotations

import platform
import re
import sys
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import Timeout
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError, MachineError
from harness.runtime.docker.endpoints import (
    ELSEWHERE,
    Candidate,
    candidates,
    is_asked_elsewhere,
    is_here,
    to_try,
    without_password,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

    from docker import APIClient

_INSTALL = (
    "Start the engine, or install one (on Debian, as root: `make engine`), or name one with DOCKER_HOST; "
    "`docker version` must show a server."
)
_PERMISSION = "Add this user to the group that owns the engine's socket (often `docker`), or run as root."
_ASK = (
    f"Name an engine on this machine with DOCKER_HOST, or set {ELSEWHERE} to this address to run targets there "
    "(docs/platforms.md)."
)
_TUNNEL = "Open a tunnel to its socket (docs/platforms.md), or install the Python package paramiko."
_UNWELL = "Check whether the engine runs (`docker version`), read its log, then repeat the command."
_MAKE_ROOM = "Free some space on the engine's disk (`docker system df` shows what it holds), then repeat the command."
_NO_ROOM = re.compile(r"(no space left on device|disk quota exceeded)(: unknown)?\.?\s*$", re.IGNORECASE)
_ENDING = re.compile(
    r"((transport|client connection) is closing|containerd\.sock: connect: [a-z ]+)\"?(: unknown)?\s*$", re.IGNORECASE
)
NO_SOCKET = "there is no such socket"
_CALL_TIMEOUT_S = 60  # of a call's reply; builds and pulls have the limit of a build instead
_CLEANUP_TIMEOUT_S = 20
_SILENT_TIMEOUT_S = 1  # of the further calls of a cleanup, when one had no reply
_KNOCK_TIMEOUT_S = 5  # a socket whose engine never replies must not stop the search


class Network(StrEnum):
    """Network between generator and target.

    `HOST`: the target listens on this machine's loopback. `PUBLISHED`: the engine forwards a port of 127.0.0.1 to the
    target, which adds time that is not the target's.
    """

    HOST = "host"
    PUBLISHED = "published"


class EngineClient(docker.APIClient):
    """Client with the proxies and certificate authorities of the docker command.

    With the defaults of requests, HTTP_PROXY would get the requests to an engine on this machine, and
    REQUESTS_CA_BUNDLE would replace the authority of the engine.
    """

    def merge_environment_settings(
        self,
        url: str | bytes | None,
        proxies: MutableMapping[str, str] | None,
        stream: bool | None,  # noqa: FBT001 - as inherited
        verify: bool | str | None,  # noqa: FBT001 - as inherited
        cert: str | tuple[str, str] | None,
    ) -> Any:  # noqa: ANN401 - the stubs keep its type for themselves
        """Return the settings of a request, which those of the environment complete."""
        verify = self.verify if verify is None else verify
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if is_here(self.base_url):
            settings["proxies"] = {}
        return settings


class CountersFrom(StrEnum):
    """Source of a target's counters.

    `KERNEL`: the control groups of this machine. `ENGINE`: the engine's own statistics, because the target runs under
    another kernel, on another machine or in a virtual machine.
    """

    KERNEL = "kernel"
    ENGINE = "engine"


def connect() -> APIClient:
    """Connect to the engine that `endpoints` chooses, with the newest API version that both sides support.

    No request is sent to an engine on another machine, unless HARNESS_ENGINE names it.

    Raises:
        MachineError: No engine answers, or the engine is on another machine.
    """
    tried = to_try(candidates())
    found = [one for one in tried if one.is_named or (one.socket and one.socket.exists())]
    errors: list[MachineError] = []
    for candidate in found or tried[:1]:
        try:
            return _open(candidate)
        except MachineError as error:
            errors.append(error)
    raise errors[0]


def describe_candidates(found: tuple[Candidate, ...]) -> Iterator[tuple[Candidate, str]]:
    """Yield each candidate with what is there, in words: whether it answers, is used, and why or why not."""
    tried = to_try(found)
    used: Candidate | None = None
    for one in found:
        problem = _why_unusable(one)
        if problem:
            yield one, problem
        elif used is None and one in tried:
            used = one
            why = "the first one that is named" if one.is_named else "the first one that answers"
            yield one, f"answers; it is used, because it is {why}"
        else:
            yield one, f"answers; it is not used, because {(used or tried[0]).name} comes first"


def _why_unusable(candidate: Candidate) -> str:
    """Return why an engine can't be used; empty if it answers."""
    if not candidate.is_named and candidate.socket is not None and not candidate.socket.exists():
        return NO_SOCKET
    try:
        _open(candidate).close()
    except MachineError as error:
        return error.cause
    return ""


def _open(candidate: Candidate) -> APIClient:
    """Connect to an engine; this already sends a request for its version.

    Raises:
        MachineError: It does not answer, or is on another machine.
    """
    where = without_password(candidate.address) or candidate.name
    if candidate.problem:
        raise MachineError("no container engine answers", where=where, cause=candidate.problem, remedy=_INSTALL)
    if not candidate.may_be_contacted:
        cause = f"not contacted: {candidate.name} names an engine on another machine, and only {ELSEWHERE} allows one"
        raise MachineError("the container engine is on another machine", where=where, cause=cause, remedy=_ASK)
    try:
        return _client(candidate)
    except (DockerException, OSError, ValueError) as error:
        reason = _root_cause(error)
        remedy = _TUNNEL if candidate.address.startswith("ssh://") else _INSTALL
        raise MachineError(
            "no container engine answers",
            where=where,
            cause=str(reason),
            remedy=_PERMISSION if isinstance(reason, PermissionError) else remedy,
        ) from error


def _client(candidate: Candidate) -> APIClient:
    tls, by_ssh = candidate.tls or False, candidate.address.startswith("ssh://")
    connected = partial(EngineClient, base_url=candidate.address, tls=tls, use_ssh_client=by_ssh)
    with closing(connected(version="auto", timeout=_KNOCK_TIMEOUT_S)) as knocking:
        version = knocking.api_version
    return connected(version=version, timeout=_CALL_TIMEOUT_S)


def describe(api: APIClient) -> Mapping[str, str]:
    """Return what the numbers depend on: versions and settings of the engine, and the network to targets."""
    with engine_call("describe the engine"):
        info, version = api.info(), api.version()
    components = {part["Name"].lower(): part["Version"] for part in version.get("Components") or ()}
    return {
        "engine": version["Version"],
        "engine_interface": api.api_version,
        "engine_system": info["OperatingSystem"],
        "kernel": info["KernelVersion"],
        "cgroup_version": info.get("CgroupVersion") or "1",
        "cgroup_driver": info["CgroupDriver"],
        "storage_driver": info["Driver"],
        "containerd": components.get("containerd", "unknown"),
        "runc": components.get("runc", "unknown"),
        "network": _network(info).value,
        "counters": _counters_from(info).value,
    }


@contextmanager
def engine_call(action: str) -> Iterator[None]:
    """Turn a broken connection to the engine, and every refusal not handled inside, into a `MachineError`."""
    try:
        yield
    except (DockerException, OSError, HTTPError) as error:
        cause = refusal(error) if isinstance(error, APIError) else str(_root_cause(error))
        raise MachineError(f"could not {action}", where="container engine", cause=cause, remedy=_UNWELL) from error


@contextmanager
def cleanup_call(api: APIClient) -> Iterator[None]:
    """Wait less for the reply to a call of a cleanup, and hardly at all after one that had none."""
    before_s = api.timeout
    api.timeout = min(before_s, _CLEANUP_TIMEOUT_S)
    try:
        yield
    except (Timeout, NoAnswer):
        api.timeout = _SILENT_TIMEOUT_S
        raise
    api.timeout = before_s


def reason_of(error: APIError) -> str:
    """Return the engine's reason for any refusal."""
    return str(error.explanation or error)


def refusal(error: APIError) -> str:
    """Return the engine's reason for a refusal that may be a target's fault.

    Raises:
        MachineError: The reason is the engine's own failure: no target can do anything about it.
    """
    reason = reason_of(error)
    require_able(reason)
    return reason


def require_able(reason: str) -> None:
    """Refuse a reason that is the engine's own failure: its disk is full, or it is ending.

    Only the end of the reason counts. The engine quotes commands and file names of a target before it.

    Raises:
        MachineError: It is.
    """
    if _NO_ROOM.search(reason):
        raise MachineError("the engine's disk is full", where="container engine", cause=reason, remedy=_MAKE_ROOM)
    if _ENDING.search(reason):
        raise MachineError("the container engine is ending", where="container engine", cause=reason, remedy=_UNWELL)


def _network(info: Mapping[str, Any]) -> Network:
    # A rootless engine has a separate network namespace, so its host network is not this machine's network.
    rootless = "name=rootless" in (info.get("SecurityOptions") or ())
    return Network.HOST if _is_under_this_kernel(info) and not rootless else Network.PUBLISHED


def _counters_from(info: Mapping[str, Any]) -> CountersFrom:
    return CountersFrom.KERNEL if _is_under_this_kernel(info) else CountersFrom.ENGINE


def _is_under_this_kernel(info: Mapping[str, Any]) -> bool:
    # Docker Desktop and Colima run their containers in a virtual machine, on Linux too.
    same = sys.platform == "linux" and info["KernelVersion"] == platform.release()
    return same and not is_asked_elsewhere()


def _root_cause(error: BaseException) -> BaseException:
    # A HarnessError that was being handled at that moment, such as an interrupt, is not the cause.
    while (context := error.__context__) is not None and not isinstance(context, HarnessError):
        error = context
    return error
