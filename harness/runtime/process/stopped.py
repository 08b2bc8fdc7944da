"""Whether a process that watches a target or a step of a build is stopped, as one of the same user can do to it."""

from __future__ import annotations

import time

import psutil

LOOKS_EVERY_S = 0.2
"""Seconds between two looks at a process that something is awaited from."""

_STAYS_S = 0.5  # a batch system that suspends and resumes everything resumes one process after the other
_STOPPED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def stays_stopped(pid: int) -> bool:
    """Return whether a process is stopped, and still is after a moment; False if there is none."""
    if not _is_stopped(pid):
        return False
    time.sleep(_STAYS_S)
    return _is_stopped(pid)


def _is_stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() in _STOPPED
    except psutil.Error:
        return False
