"""Conversion of SIGINT, SIGTERM and SIGHUP into the exception `Interrupted`, and of the end of a limit into an error.

Inside `shielded()` the exception waits until the section ends, for 3 s at most. So a container under creation is
registered before cleanup begins. Only the first signal counts, so a second one can't interrupt the cleanup.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from harness.errors import HarnessError

PATIENCE_S = 3.0
"""Longest delay of an interrupt by a shielded section, in seconds."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_JOINS_WITHIN_S = 1.0  # a handler may have interrupted code that holds a lock which the thread needs for its end


class _State:
    depth = 0
    pending: int | None = None
    raised = False
    is_patient = True  # whether an interrupt waits for the end of shielded sections
    timer: threading.Timer | None = None
    overdue: Callable[[], HarnessError] | None = None  # makes the error of a limit that has passed
    where, remedy = "harness", "Repeat the command."  # of the error


def _raise_pending() -> None:
    if (overdue := _State.overdue) is not None and _State.depth == 0:
        _State.overdue = None
        raise overdue()
    if _State.pending is not None and not _State.raised and (_State.depth == 0 or not _State.is_patient):
        _State.raised = True
        _cancel_timer()
        raise Interrupted(_State.pending, where=_State.where, remedy=_State.remedy)


def _on_signal(number: int, _frame: FrameType | None) -> None:
    if _State.pending is None:
        _State.pending = number
        if _State.depth:
            _State.timer = threading.Timer(PATIENCE_S, _insist, (number,))
            _State.timer.daemon = True
            _State.timer.start()
    _raise_pending()


def _insist(number: int) -> None:
    """Repeat a signal to the main thread, from another one: this time it does not wait for shielded sections."""
    _State.is_patient = False
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def _cancel_timer() -> None:
    """Cancel the timer; one that already repeats its signal has done so on return, so none comes after the context."""
    if _State.timer is not None:
        _State.timer.cancel()
        _State.timer.join(_JOINS_WITHIN_S)
        _State.timer = None


@contextmanager
def raising(where: str = _State.where, remedy: str = _State.remedy) -> Iterator[None]:
    """Raise one `Interrupted` at the first SIGINT, SIGTERM or SIGHUP inside the context (main thread only).

    A SIGHUP that the process ignores, as under `nohup`, stays ignored.

    Args:
        where: What is interrupted.
        remedy: What is kept, or what the user can do.
    """
    said_before = _State.where, _State.remedy
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    _State.depth, _State.pending, _State.raised, _State.is_patient = 0, None, False, True
    _State.where, _State.remedy = where, remedy
    try:
        for number in before:
            signal.signal(number, _on_signal)
        yield
    finally:
        _cancel_timer()
        _State.where, _State.remedy = said_before
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def limited(limit_s: float, error: Callable[[], HarnessError]) -> Iterator[None]:
    """Raise an error if the context takes longer than its limit (main thread only); limits can't be nested.

    It is raised wherever the thread is, as an interrupt is, so the same cleanup follows.

    Args:
        limit_s: The limit, more than 0.
        error: Makes the error when the limit has passed.
    """
    was_interrupted = _State.raised

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        if _State.raised and not was_interrupted:
            return  # an interrupt has ended the context: nothing may cut its cleanup
        _State.overdue = error
        _raise_pending()

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _State.overdue = None


@contextmanager
def shielded() -> Iterator[None]:
    """Delay an interrupt until the outermost shielded section has ended, with or without an error.

    The delay is PATIENCE_S at most: the section may wait for an engine that never replies.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _State.depth += 1
    try:
        yield
    finally:
        _State.depth -= 1
        _raise_pending()  # also after an error: its handler may let the run continue
