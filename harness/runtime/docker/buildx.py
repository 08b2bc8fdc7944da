"""Builds by BuildKit: with the docker command line and its plugin buildx, because the API needs a session for them.

The command gets the engine's own address and builder, so that it builds where the run's containers are, whatever
context or builder the user has chosen.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from docker.transport import UnixHTTPAdapter

from harness.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from docker import APIClient

    from harness.runtime.docker.dockerfile import Feature

_KNOWN_WITHIN_S = 20
_INSTALL = (
    "Install the docker command line with its plugin buildx (Debian: docker-cli and docker-buildx; Docker's own "
    "packages: docker-ce-cli and docker-buildx-plugin); `docker buildx version` must print a version."
)


def builds_all(api: APIClient) -> bool:
    """Return whether the engine's own build has all features of BuildKit, as Podman's has."""
    components = api.version().get("Components") or ()
    return any("podman" in component["Name"].lower() for component in components)


def require(dockerfile: Path, feature: Feature) -> None:
    """Refuse a Dockerfile that this machine can't build.

    Raises:
        ToolchainError: There is no docker command line with buildx.
    """
    try:
        done = subprocess.run(
            ["docker", "buildx", "version"], capture_output=True, text=True, check=False, timeout=_KNOWN_WITHIN_S
        )
        cause = "the docker command line has no buildx" if done.returncode else None
    except FileNotFoundError:
        cause = "there is no docker command line"
    except (OSError, subprocess.TimeoutExpired) as error:
        cause = f"docker can't be run: {error}"
    if cause is not None:
        raise ToolchainError(
            "a Dockerfile needs BuildKit",
            where=f"{dockerfile}:{feature.line}",
            cause=f"`{feature.text}` is a feature of BuildKit, and {cause}",
            remedy=_INSTALL,
        )


def command(tag: str, arguments: Mapping[str, str], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command that builds a context on its stdin into an image with these arguments and labels."""
    return (
        *("docker", "buildx", "build", "--builder=default", "--load", "--progress=plain", f"--tag={tag}"),
        *(f"--build-arg={name}={value}" for name, value in arguments.items()),
        *(f"--label={name}={value}" for name, value in labels.items()),
        "-",
    )


def run(api: APIClient, words: Sequence[str], context: IO[bytes], log: Callable[[str], None]) -> bool:
    """Run a build command, log each line, and return whether the image was built.

    Args:
        api: The client of the engine that builds.
        words: The command.
        context: The build context as a compressed tar file, at its beginning.
        log: Gets each line of output.
    """
    with subprocess.Popen(
        words,
        stdin=context,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_environment(api),
        start_new_session=True,  # so that ^C does not reach it, and that it ends together with the plugin
    ) as process:
        try:
            for line in process.stdout or ():
                log(line.rstrip())
            return process.wait() == 0
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the engine ends the build with its session
            raise


def _environment(api: APIClient) -> dict[str, str]:
    left_out = {"DOCKER_CONTEXT", "BUILDX_BUILDER", "DOCKER_HOST"}
    own = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**own, "DOCKER_HOST": _address(api), "BUILDKIT_PROGRESS": "plain"}


def _address(api: APIClient) -> str:
    adapter = api.get_adapter(api.base_url)
    if isinstance(adapter, UnixHTTPAdapter):
        return f"unix://{adapter.socket_path}"
    return str(api.base_url).replace("https://", "tcp://").replace("http://", "tcp://")
