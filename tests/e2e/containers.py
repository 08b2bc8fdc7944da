"""Conditions of real containers in tests, and functions to request from them."""

import os
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from harness.runtime.base import Launch
from harness.runtime.docker.containers import Container

CPU = min(os.sched_getaffinity(0))
LAUNCH = Launch(cpus=frozenset({CPU}), memory_limit_bytes=256 << 20, pids_limit=64)
PATIENCE_S = 300.0  # ends a test that hangs; a passing test never waits so long


def quiet(_line: str) -> None:
    """Ignore a line of a build's output."""


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that depends on another process."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.01)


def ask(container: Container, path: str) -> bytes:
    """Send one request and return the body; OSError without an answer."""
    with urllib.request.urlopen(container.url + path, timeout=PATIENCE_S) as response:  # noqa: S310 - http, always
        body: bytes = response.read()
    return body


def get(container: Container, path: str = "/") -> bytes:
    """Send requests until there is an answer, and return its body: a new container does not listen at once."""
    answers: list[bytes] = []

    def answered() -> bool:
        with suppress(OSError):
            answers.append(ask(container, path))
        assert answers or container.running(), container.logs()
        return bool(answers)

    until(answered)
    return answers[0]
