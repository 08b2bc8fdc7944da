"""Conversion of SIGINT, SIGTERM and SIGHUP into the exception `Interrupted`.

Inside `shielded()` the exception waits until the section ends: a container under creation is registered before cleanup
begins. Only the first signal counts, so a second one can't interrupt the cleanup.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _State:
    depth = 0
    pending: int | None = None
    raised = False


def _raise_pending() -> None:
    if _State.pending is not None and not _State.raised and _State.depth == 0:
        _State.raised = True
        raise Interrupted(_State.pending, where="run")


def _on_signal(number: int, _frame: FrameType | None) -> None:
    if _State.pending is None:
        _State.pending = number
    _raise_pending()


@contextmanager
def raising() -> Iterator[None]:
    """Raise one `Interrupted` at the first SIGINT, SIGTERM or SIGHUP inside the context (main thread only).

    A SIGHUP that the process ignores, as under `nohup`, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    _State.depth, _State.pending, _State.raised = 0, None, False
    try:
        for number in before:
            signal.signal(number, _on_signal)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """Delay an interrupt until the outermost shielded section has ended, with or without an error."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _State.depth += 1
    try:
        yield
    finally:
        _State.depth -= 1
        _raise_pending()  # also after an error: its handler may let the run continue
