"""Run of a target's probe script in its own image, as user nobody and without a network.

This module does not know what the script tests or prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docker.errors import APIError
from docker.types import LogConfig
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import ReadTimeout

from harness.interrupts import shielded
from harness.runtime.docker.engine import refusal
from harness.runtime.docker.hardening import HARDENED, NOBODY
from harness.runtime.docker.leftovers import remove_container
from harness.runtime.failures import exited
from harness.runtime.probing import probes_failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docker import APIClient

    from harness.model import Target

_TIMEOUT_S = 60
_MEMORY_BYTES = 512 << 20
_PROCESSES = 64
_LOG_LIMIT = {"max-size": "1m", "max-file": "1"}  # a probe that prints without end must not fill disk and memory


def run_script(api: APIClient, target: Target, identity: str, command: Sequence[str], labels: Mapping[str, str]) -> str:
    """Run the command of a script in a container of an image and return its stdout.

    Raises:
        TargetError: The script can't be started, does not exit with 0, or does not end within 60 s.
    """
    with shielded():
        container = api.create_container(
            identity,
            entrypoint=list(command),
            user=NOBODY,
            labels=dict(labels),
            host_config=api.create_host_config(
                network_mode="none",
                mem_limit=_MEMORY_BYTES,
                pids_limit=_PROCESSES,
                log_config=LogConfig(type=LogConfig.types.JSON, config=dict(_LOG_LIMIT)),
                **HARDENED,
            ),
        )["Id"]
    try:
        api.start(container)
        code = api.wait(container, timeout=_TIMEOUT_S)["StatusCode"]
        if code:
            said = filter(None, (exited(code), _printed(api, container, stderr=True)))
            raise probes_failed(target, "; ".join(said))
        return _printed(api, container, stderr=False)
    except APIError as error:
        raise probes_failed(target, refusal(error)) from error
    except (ReadTimeout, NoAnswer) as error:
        raise probes_failed(target, f"they did not end within {_TIMEOUT_S} s") from error
    finally:
        remove_container(api, container)


def _printed(api: APIClient, container: str, *, stderr: bool) -> str:
    text: str = api.logs(container, stdout=not stderr, stderr=stderr, tail=20).decode(errors="replace").strip()
    return text
