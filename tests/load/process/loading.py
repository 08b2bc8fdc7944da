"""Worker process that loads locustfiles, one set after another, and their text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.load import protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model import ScenarioTraits

HEAD = "from locust import *\n"  # its first line
USER = """
class Visitor(User):
    @task
    def visit(self):
        pass
"""


class Loader:
    """A worker process that loads one set of scenarios after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._receive()

    def load(self, *paths: Path, **message: object) -> dict[str, ScenarioTraits]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"op": "load", "scenarios": list(map(str, paths)), **message}) + "\n")
        self._process.stdin.flush()
        reply = self._receive()
        if reply["reply"] == "error":
            raise protocol.decode_error(reply)
        return protocol.decode_traits(reply)

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        received: dict[str, Any] = json.loads(self._process.stdout.readline())
        return received


@contextmanager
def loading(**environment: str) -> Iterator[Loader]:
    """Start a worker process with further variables of the environment, and end it."""
    command = [sys.executable, "-m", "harness.load.process.worker", "--cpus", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=os.environ | environment
    ) as started:
        try:
            yield Loader(started)
            assert started.stdin is not None
            started.stdin.close()
            started.wait(60)  # it removes its files
        finally:
            started.kill()


def write(project: Path, name: str, source: str) -> Path:
    path = project / "scenarios" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path
