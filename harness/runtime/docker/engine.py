"""Connection to the container engine, its description for the environment, and its failures as `MachineError`.

This module knows nothing of targets, images or containers.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import contextmanager
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import docker
from docker.errors import APIError, DockerException
from docker.utils import parse_host
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError, MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker import APIClient

_INSTALL = (
    "Start the engine, or install one (on Debian, as root: `make engine`), or name one with DOCKER_HOST; "
    "`docker version` must show a server."
)
_PERMISSION = "Add this user to the group that owns the engine's socket (often `docker`), or run as root."
_ELSEWHERE = "Targets must run on the generator's machine: name an engine on this machine with DOCKER_HOST."
_UNWELL = "Check whether the engine runs (`docker version`), read its log, then repeat the command."


class Network(StrEnum):
    """Network between generator and target.

    `HOST`: the target listens on this machine's loopback. `PUBLISHED`: the engine forwards a port of 127.0.0.1 to the
    target, which adds time that is not the target's.
    """

    HOST = "host"
    PUBLISHED = "published"


def connect() -> APIClient:
    """Connect to the engine that the environment names, with the newest API version that both sides support.

    No request is sent to an engine on another machine.

    Raises:
        MachineError: No engine answers, or the engine is on another machine.
    """
    try:
        address = str(parse_host(os.environ.get("DOCKER_HOST"), sys.platform == "win32"))
        api = docker.from_env().api if _is_local(address) else None  # `from_env` already sends a request
    except (DockerException, OSError, ValueError) as error:  # ValueError: DOCKER_HOST is not an address
        reason = _root_cause(error)
        raise MachineError(
            "no container engine answers",
            where=os.environ.get("DOCKER_HOST", "the default socket"),
            cause=str(reason),
            remedy=_PERMISSION if isinstance(reason, PermissionError) else _INSTALL,
        ) from error
    if api is None:
        raise MachineError(
            "the container engine can't be used",
            where=address,
            cause="it runs on another machine",
            remedy=_ELSEWHERE,
        )
    return api


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
    }


@contextmanager
def engine_call(action: str) -> Iterator[None]:
    """Turn a broken connection to the engine, and every refusal not handled inside, into a `MachineError`."""
    try:
        yield
    except (DockerException, OSError, HTTPError) as error:
        cause = refusal(error) if isinstance(error, APIError) else str(_root_cause(error))
        raise MachineError(f"could not {action}", where="container engine", cause=cause, remedy=_UNWELL) from error


def refusal(error: APIError) -> str:
    """Return the engine's reason for a refusal."""
    return str(error.explanation or error)


def _network(info: Mapping[str, Any]) -> Network:
    # Docker Desktop runs its containers in a virtual machine, on Linux too. A rootless engine has a separate network
    # namespace. So their host network is not this machine's network.
    same_kernel = sys.platform == "linux" and info["KernelVersion"] == platform.release()
    rootless = "name=rootless" in (info.get("SecurityOptions") or ())
    return Network.HOST if same_kernel and not rootless else Network.PUBLISHED


def _is_local(address: str) -> bool:
    """Return whether an address in docker-py's form is on this machine: a socket, a pipe, or the loopback."""
    parts = urlsplit(address)
    if parts.scheme in {"http+unix", "npipe"}:
        return True
    if parts.scheme == "ssh":
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ip_address(str(parts.hostname)).is_loopback
    except ValueError:
        return False


def _root_cause(error: BaseException) -> BaseException:
    # A HarnessError that was being handled at that moment, such as an interrupt, is not the cause.
    while (context := error.__context__) is not None and not isinstance(context, HarnessError):
        error = context
    return error
