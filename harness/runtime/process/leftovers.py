"""Processes of a run that nobody keeps any more: known by the marks in their environment, ended by their number.

Everything that the process runtime starts inherits the marks. Nothing without them is ever touched.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from harness.errors import MachineError
from harness.runtime.owner import HOST, PID, PID_START, RUN, SUBJECT, Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ENDED_WITHIN_S = 10.0
_PAUSE_S = 0.02
_LABELS = (RUN, SUBJECT, HOST, PID, PID_START)


@dataclass(frozen=True, slots=True)
class LeftoverProcess:
    """A process that a dead run left behind."""

    pid: int
    run_id: str
    subject: str


def marks(run_id: str, subject: str, owner: Owner) -> dict[str, str]:
    """Return the variables that mark the processes of a run."""
    return {_variable(label): value for label, value in {RUN: run_id, SUBJECT: subject, **owner.labels()}.items()}


def end_run(run_id: str) -> None:
    """End every process that a run has marked.

    Raises:
        MachineError: One can't be ended.
    """
    _end(lambda labels: labels.get(RUN) == run_id)


def sweep_processes() -> tuple[LeftoverProcess, ...]:
    """End the processes of this host's dead harness processes, and return what was ended.

    Raises:
        MachineError: One can't be ended.
    """
    return _end(lambda labels: (owner := Owner.of(labels)) is not None and owner.is_dead())


def leftover_processes() -> tuple[LeftoverProcess, ...]:
    """List the processes of this host's dead harness processes."""
    return tuple(
        LeftoverProcess(process.pid, labels[RUN], labels.get(SUBJECT, ""))
        for process, labels in _marked()
        if (owner := Owner.of(labels)) is not None and owner.is_dead()
    )


def _end(is_meant: Callable[[Mapping[str, str]], bool]) -> tuple[LeftoverProcess, ...]:
    """End processes until none is found: one may have started another while it was being ended."""
    ended: dict[psutil.Process, LeftoverProcess] = {}
    deadline_s = time.monotonic() + _ENDED_WITHIN_S
    while found := [(process, labels) for process, labels in _marked() if is_meant(labels)]:
        for process, labels in found:
            ended.setdefault(process, LeftoverProcess(process.pid, labels[RUN], labels.get(SUBJECT, "")))
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()  # psutil tells a later process of the same number apart
        if time.monotonic() > deadline_s:
            raise MachineError(
                "could not end every process",
                where=", ".join(str(process.pid) for process, _ in found),
                cause=f"they are still there {_ENDED_WITHIN_S:g} s after SIGKILL",
                remedy="End them as their owner or as root, or repeat `harness clean` later.",
            )
        time.sleep(_PAUSE_S)
    return tuple(ended.values())


def _marked() -> Iterator[tuple[psutil.Process, Mapping[str, str]]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            environment = process.environ()
            labels = {label: environment[name] for label in _LABELS if (name := _variable(label)) in environment}
            if RUN in labels:
                yield process, labels


def _variable(label: str) -> str:
    return label.upper().replace(".", "_")
