"""Slice clock of a user group: it goes during slices and stands still between them.

Users pause by this clock. So a pause that the end of a slice interrupts goes on in the next slice. The rate of paced
users then depends neither on the length of the slices nor on the time between them.
"""

from __future__ import annotations

import time

import gevent
from gevent.event import Event


class SliceClock:
    """Clock of a user group, in seconds; it stands still at first."""

    def __init__(self) -> None:
        self._goes = Event()
        self._before_s = 0.0
        self._began_s = 0.0
        self._stopped_s: float | None = None

    @property
    def goes(self) -> bool:
        """Whether a slice is on."""
        return bool(self._goes.is_set())

    def start(self, began_s: float) -> None:
        """Begin a slice, at this time of `perf_counter`."""
        self._began_s = began_s
        self._goes.set()

    def stop(self) -> None:
        """End the slice."""
        self._stopped_s = time.perf_counter()
        self._before_s += self._stopped_s - self._began_s
        self._goes.clear()

    def now_s(self) -> float:
        """Return the time of all slices so far."""
        return self._before_s + (time.perf_counter() - self._began_s if self.goes else 0.0)

    def since_stop_s(self) -> float:
        """Return the time since the end of the last slice; 0 during a slice, and before the first."""
        return 0.0 if self.goes or self._stopped_s is None else time.perf_counter() - self._stopped_s

    def wait(self) -> None:
        """Wait until a slice is on."""
        self._goes.wait()

    def sleep(self, seconds: float) -> None:
        """Sleep this long by this clock."""
        end_s = self.now_s() + seconds
        while (left_s := end_s - self.now_s()) > 0:
            self.wait()
            gevent.sleep(left_s)
