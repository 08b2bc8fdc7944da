"""Processes that draw beside the command: one imports matplotlib while the command reads and summarises its run.

It is a fork of the command, so it has imported the same modules. It does not outlive the command: the command waits for
its last call, and the kernel ends it if the command is killed. When it draws, the command mostly waits. So it gives
half of the charts to a fork of its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")
_PR_SET_PDEATHSIG = 1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def beside() -> Iterator[Executor]:
    """Return a process for calls beside this one; a thread where there is one core, or where a fork may hang.

    The process is forked with the first call. When the context ends, it has ended, and calls that wait are dropped.

    Raises:
        MachineError: The process was ended from outside.
    """
    executor = _fork() or ThreadPoolExecutor(1)
    try:
        yield executor
    except BrokenExecutor as error:
        raise MachineError(
            "can't draw the charts",
            where="report",
            cause="the process that draws them was ended: memory may have run out",
            remedy="Repeat the command.",
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def in_halves(function: Callable[[_Item], _Found], items: Sequence[_Item]) -> list[_Found]:
    """Return what a function makes of each item; a fork of this process takes every second one, where it may fork.

    Raises:
        BrokenExecutor: The fork was ended from outside.
    """
    executor = _fork() if items[1:] else None
    if executor is None:
        return _each(function, items)
    with executor:
        others = executor.submit(_each, function, items[1::2])
        found = _each(function, items[::2])
        for place, one in enumerate(others.result()):
            found.insert(2 * place + 1, one)
    return found


def _each(function: Callable[[_Item], _Found], items: Sequence[_Item]) -> list[_Found]:
    return [function(one) for one in items]


def _fork() -> ProcessPoolExecutor | None:
    """Return a pool of one process, None where it can't be. With two, one that is killed leaves the other for ever."""
    if len(os.sched_getaffinity(0)) > 1 and _is_single_threaded():
        with suppress(OSError, NotImplementedError):  # the system has no semaphores
            return ProcessPoolExecutor(1, get_context("fork"), _begin)
    return None


def _is_single_threaded() -> bool:
    """Return whether this process has one thread only: in a fork, a lock that another thread holds stays locked."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _begin() -> None:
    """Leave the signals to the command, which ends this process, and end when the command is killed."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
