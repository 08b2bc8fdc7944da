"""Leftover processes of runs: found by marks in their environment variables, and killed.

Every process that the process runtime starts inherits the marks. A process without marks is never killed.
"""

from __future__ import annotations

import os
import secrets
import shlex
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from harness.errors import MachineError
from harness.runtime.owner import BOOT, HOST, MACHINE, NAMESPACE, PID, PID_START, RUN, SUBJECT, Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ENDED_WITHIN_S = 10.0
_PAUSE_S = 0.02
_TREE = "harness.tree"
_LABELS = (RUN, SUBJECT, HOST, PID, PID_START, BOOT, NAMESPACE, MACHINE, _TREE)


@dataclass(frozen=True, slots=True)
class LeftoverProcess:
    """Leftover process of a dead run.

    Attributes:
        subject: The subject that it served; its command line if its marks name none.
    """

    pid: int
    run_id: str
    subject: str


def marks(run_id: str, subject: str, owner: Owner) -> dict[str, str]:
    """Return the marks of a run's processes, as environment variables."""
    named = {RUN: run_id, SUBJECT: subject.replace("\0", "\ufffd"), **owner.labels()}  # no variable has a null byte
    return {_variable(label): value for label, value in named.items()}


def tree_mark() -> dict[str, str]:
    """Return a new mark of one process and all its descendants, as an environment variable."""
    return {_variable(_TREE): secrets.token_hex(8)}


def end_tree(mark: Mapping[str, str]) -> None:
    """Kill all processes with the mark of one tree, also those whose ancestors have ended.

    Raises:
        MachineError: A process can't be killed.
    """
    _end(lambda labels: labels.get(_TREE) == mark[_variable(_TREE)])


def end_run(run_id: str) -> None:
    """Kill all processes with a run's marks whose owner is this process, or dead.

    Raises:
        MachineError: A process can't be killed.
    """
    _end(lambda labels: labels.get(RUN) == run_id and _is_ours_or_left(labels))


def _is_ours_or_left(labels: Mapping[str, str]) -> bool:
    owner = Owner.of(labels)
    return SUBJECT in labels and owner is not None and owner.may_be_cleared()


def end_dead_runs() -> tuple[LeftoverProcess, ...]:
    """Kill the leftover processes of dead harness processes of this host, and return them.

    Raises:
        MachineError: A process can't be killed.
    """
    return _end(lambda labels: (owner := Owner.of(labels)) is not None and owner.is_dead())


def leftover_processes() -> tuple[LeftoverProcess, ...]:
    """Return the leftover processes of dead harness processes of this host."""
    return tuple(
        LeftoverProcess(process.pid, labels.get(RUN, ""), labels.get(SUBJECT) or _command(process))
        for process, labels in _marked()
        if (owner := Owner.of(labels)) is not None and owner.is_dead()
    )


def _end(is_leftover: Callable[[Mapping[str, str]], bool]) -> tuple[LeftoverProcess, ...]:
    """Kill processes until none is found: a process may start another one before it is killed."""
    ended: dict[psutil.Process, LeftoverProcess] = {}
    deadline_s = time.monotonic() + _ENDED_WITHIN_S
    while found := [(process, labels) for process, labels in _marked() if is_leftover(labels)]:
        for process, labels in found:
            subject = labels.get(SUBJECT) or _command(process)
            ended.setdefault(process, LeftoverProcess(process.pid, labels.get(RUN, ""), subject))
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()  # psutil recognises a later process with the same id
        if time.monotonic() > deadline_s:
            raise MachineError(
                "could not end every process",
                where=", ".join(str(process.pid) for process, _ in found),
                cause=f"they still exist {_ENDED_WITHIN_S:g} s after SIGKILL",
                remedy="End them as their owner or as root, or run `harness clean` again later.",
            )
        time.sleep(_PAUSE_S)
    return tuple(ended.values())


def _marked() -> Iterator[tuple[psutil.Process, Mapping[str, str]]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            environment = process.environ()
            labels = {label: environment[name] for label in _LABELS if (name := _variable(label)) in environment}
            if labels.keys() & {RUN, _TREE} and process.pid != os.getpid():
                yield process, labels


def _command(process: psutil.Process) -> str:
    try:
        return shlex.join(process.cmdline()) or process.name()
    except psutil.Error:
        return "an unknown command"


def _variable(label: str) -> str:
    return label.upper().replace(".", "_")
