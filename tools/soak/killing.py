"""Targets of this process's runs, found and killed: containers, or processes."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import docker
import psutil

from harness.runtime.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docker.models.containers import Container

SUBJECT = "HARNESS_SUBJECT"
_PAUSE_S = 0.01


def containers(client: docker.DockerClient) -> list[Container]:
    """Return the containers that this process has started: another checkout may measure on the same engine."""
    labels = [f"{name}={value}" for name, value in Owner.current().labels().items()]
    listed: list[Container] = client.containers.list(all=True, filters={"label": labels}, ignore_removed=True)
    return listed


def kill_a_container() -> str | None:
    """Kill a running container of a run and return the name of its subject; None if none runs."""
    with closing(docker.from_env()) as client:
        for container in containers(client):
            if container.status == "running":
                container.kill()
                return container.labels.get("harness.subject") or "a container"
    return None


def kill_a_process() -> str | None:
    """Kill a target's process that this process has started and return the name of its subject; None if none runs."""
    for child in psutil.Process().children(recursive=True):
        try:
            subject = child.environ().get(SUBJECT)
            if subject:
                child.kill()
                return subject
        except psutil.Error:  # it has just ended
            continue
    return None


@contextmanager
def killing(kill_one: Callable[[], str | None], wait_s: float) -> Iterator[list[str]]:
    """Kill one target of a run after a time; yield the list that gets its name."""
    killed: list[str] = []
    ended = threading.Event()

    def kill() -> None:
        if ended.wait(wait_s):
            return
        while not killed and not ended.wait(_PAUSE_S):
            name = kill_one()
            killed.extend([name] if name else [])

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()
