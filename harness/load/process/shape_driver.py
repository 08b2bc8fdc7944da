"""Driver of a LoadTestShape: it changes the number of users once a second, by the clock of the slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent

from harness.load.process.faults import raised
from harness.load.share import WHOLE_LOAD

if TYPE_CHECKING:
    from locust import LoadTestShape

    from harness.load.process.slice_clock import SliceClock
    from harness.load.process.user_groups import UserPool

_TICK_S = 1.0


class ShapeDriver:
    """Driver of the shape of one user group. A shape that has ended begins anew.

    Attributes:
        share: The share of the users that this process has.
    """

    def __init__(self, kind: type[LoadTestShape], pool: UserPool, clock: SliceClock) -> None:
        self.share = WHOLE_LOAD
        self._pool = pool
        self._clock = clock
        self._began_s = 0.0
        self._last: tuple[Any, ...] | None = None
        self._running: gevent.Greenlet | None = None
        self._shape: Any = kind()
        self._shape.runner = pool.runner
        vars(self._shape).update(get_run_time=lambda: clock.now_s() - self._began_s, reset_time=self._reset)
        pool.environment.shape_class = self._shape

    def start(self) -> None:
        """Begin with the first tick; later calls do nothing, because the ticks go on with the clock."""
        if self._running is None:
            with self._pool.entered():
                self._running = gevent.spawn(self._run)

    def stop(self) -> None:
        """End the ticks."""
        if self._running is not None:
            self._running.kill()

    def _reset(self) -> None:
        self._began_s = self._clock.now_s()

    def _run(self) -> None:
        while True:
            try:
                ticked = self._shape.tick()
                if ticked is None:
                    self._reset()
                    ticked = self._shape.tick()
            except Exception as error:  # noqa: BLE001 - the shape's own code
                self._pool.complaints.add(f"{type(self._shape).__name__}.tick: {raised(error)}")
                return
            if ticked is not None and ticked != self._last:
                users, spawn_rate, *classes = ticked
                self._pool.dispatcher.share, self._pool.dispatcher.users = self.share, users
                own, own_rate = self.share.connections(users), spawn_rate / self.share.of
                self._pool.ramp(own, own_rate, classes[0] if classes else None)
                self._last = ticked
            self._clock.sleep(_TICK_S)
