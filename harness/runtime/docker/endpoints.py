"""The addresses where a container engine may answer: one list, in one order, and the rule that chooses from it.

The order is that of the docker command: DOCKER_HOST, DOCKER_CONTEXT, the current context of its configuration. If none
of these names an engine, the usual sockets are tried. HARNESS_ENGINE comes before all: only it can name an engine on
another machine. This module sends no request.

Sources: docker/cli, cli/command/cli.go, `resolveContextName`; the manuals of rootless Docker, Docker Desktop, Colima
and Podman (podman-system-service(1)).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from docker import TLSConfig
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.context.config import get_context_id
from docker.errors import DockerException
from docker.utils import kwargs_from_env, parse_host
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UsageError
from harness.runtime.cache import home_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ELSEWHERE = "HARNESS_ENGINE"
"""Environment variable: URL or context of an engine on another machine, which the user asks for."""

_DEFAULT = "default"
_DEFAULT_ADDRESS = DEFAULT_UNIX_SOCKET.removeprefix("http+")
_UNIX = "unix://"
_NO_HOME = Path("/nonexistent")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Candidate: one address where an engine may answer.

    Attributes:
        name: The variable, context or program that the address is from.
        address: The address, as in DOCKER_HOST; empty if `problem` says why it can't be read.
        is_named: Whether the user's environment or configuration names it. Then no other address is tried.
        is_asked: Whether HARNESS_ENGINE names it. Then it may be on another machine.
        tls: The certificates for the address.
        problem: Why the address can't be used, before any request.
    """

    name: str
    address: str
    is_named: bool = False
    is_asked: bool = False
    tls: TLSConfig | None = None
    problem: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the address is on this machine: a socket, a pipe, or the loopback."""
        return is_here(self.address)

    @property
    def may_be_contacted(self) -> bool:
        """Whether a request may be sent: it has an address, which is on this machine or which the user asked for."""
        return not self.problem and (self.is_asked or self.is_here)

    @property
    def socket(self) -> Path | None:
        """The path of its Unix socket; None for an address of another kind."""
        return Path(self.address.removeprefix(_UNIX)) if self.address.startswith(_UNIX) else None

    def __str__(self) -> str:
        shown = without_password(self.address)
        return f"{self.name} ({shown})" if shown else self.name


class _Endpoint(BaseModel):
    host: str = Field(_DEFAULT_ADDRESS, alias="Host")
    skips_verification: bool = Field(default=False, alias="SkipTLSVerify")


class _Context(BaseModel):
    model_config = ConfigDict(extra="ignore")
    endpoints: dict[str, _Endpoint] = Field(alias="Endpoints")


class _Configuration(BaseModel):
    model_config = ConfigDict(extra="ignore")
    current: str = Field(default="", alias="currentContext")


def candidates(environment: Mapping[str, str] | None = None, home: Path | None = None) -> tuple[Candidate, ...]:
    """Return all candidates in their order: the named ones, then the usual sockets.

    Args:
        environment: The environment variables; by default, those of this process.
        home: The user's home folder.
    """
    environment = os.environ if environment is None else environment
    home = home or home_folder() or _NO_HOME
    return (*_named(environment, home), *_usual(environment, home))


def to_try(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates that `connect` tries: the first named one alone, or else the usual sockets in order."""
    found = tuple(found)
    named = next((one for one in found if one.is_named), None)
    return found if named is None else (named,)


def is_asked_elsewhere() -> bool:
    """Return whether the user has asked for an engine on another machine."""
    return bool(os.environ.get(ELSEWHERE))


def require_target_host(host: str) -> None:
    """Refuse the loopback as the address of targets in an engine whose own address is on another machine.

    Raises:
        UsageError: The address of the targets is missing.
    """
    if not is_asked_elsewhere():
        return
    engine = to_try(candidates())[0]
    if not engine.is_here and is_here(f"tcp://{host}:1"):
        raise UsageError(
            "the address of the targets is missing",
            where=str(engine),
            cause=f"the engine is on another machine, and {host} is this one",
            remedy="Give an address of that machine with --target-host, and allow load to it with HARNESS_HOSTS.",
        )


def is_here(address: str) -> bool:
    """Return whether an address is on this machine: a socket, a pipe, or the loopback."""
    try:
        parts = urlsplit(str(parse_host(address, sys.platform == "win32")))
        if parts.scheme in {"http+unix", "npipe"}:
            return True
        return parts.scheme != "ssh" and (parts.hostname == "localhost" or ip_address(str(parts.hostname)).is_loopback)
    except (DockerException, ValueError):
        return False


def without_password(address: str) -> str:
    """Return an address without the password that it may have."""
    scheme, separator, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{user.partition(':')[0]}{at}{host}"


def _named(environment: Mapping[str, str], home: Path) -> Iterator[Candidate]:
    if asked := environment.get(ELSEWHERE):
        yield _asked(asked, environment, home)
    if host := environment.get("DOCKER_HOST"):
        yield _of_address("DOCKER_HOST", host, environment)
    if context := environment.get("DOCKER_CONTEXT"):
        yield _of_context("DOCKER_CONTEXT", context, _folder(environment, home))
        return
    try:
        current = _current_context(_folder(environment, home))
    except (OSError, ValidationError) as error:
        yield Candidate("current context", "", is_named=True, problem=_in_short(error))
        return
    if current and current != _DEFAULT:
        yield _of_context("current context", current, _folder(environment, home))


def _usual(environment: Mapping[str, str], home: Path) -> Iterator[Candidate]:
    """Yield the sockets that engines have when nothing else was set."""
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    colima = environment.get("COLIMA_HOME") or f"{home}/.colima"
    yield Candidate("default socket", _DEFAULT_ADDRESS)
    for name, path in (
        ("rootless Docker", f"{runtime}/docker.sock"),
        ("Docker Desktop", f"{home}/.docker/run/docker.sock"),
        ("Docker Desktop on Linux", f"{home}/.docker/desktop/docker.sock"),
        ("Colima", f"{colima}/default/docker.sock"),
        ("rootless Podman", f"{runtime}/podman/podman.sock"),
        ("Podman", "/run/podman/podman.sock"),
    ):
        yield Candidate(name, _UNIX + path)


def _asked(word: str, environment: Mapping[str, str], home: Path) -> Candidate:
    if "://" in word:
        return _of_address(ELSEWHERE, word, environment, is_asked=True)
    return _of_context(ELSEWHERE, word, _folder(environment, home), is_asked=True)


def _of_address(name: str, address: str, environment: Mapping[str, str], *, is_asked: bool = False) -> Candidate:
    """Return the candidate of a variable with an address; its certificates are those of DOCKER_CERT_PATH."""
    try:
        parse_host(address, sys.platform == "win32")
        tls = kwargs_from_env({**environment, "DOCKER_HOST": address}).get("tls")
    except (DockerException, ValueError) as error:
        return Candidate(name, address, is_named=True, is_asked=is_asked, problem=str(error))
    return Candidate(name, address, is_named=True, is_asked=is_asked, tls=tls or None)


def _of_context(name: str, context: str, folder: Path, *, is_asked: bool = False) -> Candidate:
    """Return the candidate of a context of the docker command, whose files are in its folder of settings."""
    name = f"{name} {context}"
    if context == _DEFAULT:
        return Candidate(name, _DEFAULT_ADDRESS, is_named=True, is_asked=is_asked)
    key = get_context_id(context)
    meta = folder / "contexts" / "meta" / key / "meta.json"
    try:
        endpoint = _Context.model_validate_json(meta.read_bytes()).endpoints["docker"]
        tls = _certificates(folder / "contexts" / "tls" / key / "docker", endpoint)
    except FileNotFoundError:
        problem = f"there is no context {context} in {folder}; `docker context ls` lists them"
        return Candidate(name, "", is_named=True, is_asked=is_asked, problem=problem)
    except (OSError, ValidationError, KeyError, DockerException) as error:
        problem = f"{meta} is damaged: {_in_short(error)}"
        return Candidate(name, "", is_named=True, is_asked=is_asked, problem=problem)
    return Candidate(name, endpoint.host, is_named=True, is_asked=is_asked, tls=tls)


def _certificates(folder: Path, endpoint: _Endpoint) -> TLSConfig | None:
    files = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key") if (folder / f"{name}.pem").exists()}
    if not files:
        return None
    client = (files["cert"], files["key"]) if {"cert", "key"} <= files.keys() else None
    return TLSConfig(client_cert=client, ca_cert=files.get("ca"), verify=not endpoint.skips_verification)


def _folder(environment: Mapping[str, str], home: Path) -> Path:
    """Return the docker command's folder of settings."""
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker")


def _current_context(folder: Path) -> str:
    try:
        return _Configuration.model_validate_json((folder / "config.json").read_bytes()).current
    except FileNotFoundError:
        return ""


def _in_short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
    return f"no {error}" if isinstance(error, KeyError) else str(error)
