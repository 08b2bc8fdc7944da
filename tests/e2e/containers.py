"""What tests of real containers share: the conditions that one gets, and asking it."""

import os
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from harness.runtime.base import Launch
from harness.runtime.docker.containers import Container

CPU = min(os.sched_getaffinity(0))
LAUNCH = Launch(cpus=frozenset({CPU}), memory_limit_bytes=256 << 20, pids_limit=64)
PATIENCE_S = 20.0


def quiet(_line: str) -> None:
    """Hear a line of a build and say nothing."""


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process brings about."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def ask(container: Container, path: str) -> bytes:
    """Ask once; OSError where there is no answer."""
    with urllib.request.urlopen(container.url + path, timeout=PATIENCE_S) as response:  # noqa: S310 - http, always
        body: bytes = response.read()
    return body


def get(container: Container, path: str = "/") -> bytes:
    """Ask until there is an answer: a container that has been started does not listen at once."""
    answers: list[bytes] = []

    def answered() -> bool:
        with suppress(OSError):
            answers.append(ask(container, path))
        assert answers or container.running(), container.logs()
        return bool(answers)

    until(answered)
    return answers[0]
