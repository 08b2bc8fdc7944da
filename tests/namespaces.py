"""Two network namespaces with a cable between them: two machines for tests. They need root, `ip` and `unshare`."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = "192.0.2.1", "192.0.2.2"
NOBODY = "192.0.2.3"
"""An address on the cable that no machine has."""

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"), reason="needs root, ip and unshare"
)


@contextmanager
def cabled() -> Iterator[tuple[str, str]]:
    """Yield the names of two namespaces: the near one has the address HERE, the far one THERE. Remove them at the end.

    The test is skipped if this machine can't make them. With its namespace, the kernel removes an end of the cable.
    """
    near, far = f"near-{os.getpid()}", f"far-{os.getpid()}"
    cable = (f"a{os.getpid()}", f"b{os.getpid()}")
    with ExitStack() as ending:
        for name in (near, far):
            try:
                _run("ip", "netns", "add", name)
            except subprocess.CalledProcessError:
                pytest.skip("this machine can't make network namespaces")
            ending.callback(_run, "ip", "netns", "delete", name)
        _run("ip", "link", "add", cable[0], "netns", near, "type", "veth", "peer", "name", cable[1], "netns", far)
        for name, end, address in ((near, cable[0], HERE), (far, cable[1], THERE)):
            _run("ip", "-n", name, "address", "add", f"{address}/24", "dev", end)
            for link in (end, "lo"):
                _run("ip", "-n", name, "link", "set", link, "up")
        yield near, far


def inside(namespace: str, *command: str) -> list[str]:
    """Return the command that runs another one in a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
