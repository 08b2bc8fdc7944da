"""Growth of a function's CPU time with its input, for tests that must hold on a machine of any speed."""

import time
from collections.abc import Callable


def growth(call: Callable[[int], object], short: int, long: int) -> float:
    """Return how many times as much CPU time a long input costs as a short one; the least of three each."""
    return _least_s(call, long) / _least_s(call, short)


def _least_s(call: Callable[[int], object], size: int) -> float:
    times_s = []
    for _ in range(3):
        began_s = time.process_time()
        call(size)
        times_s.append(time.process_time() - began_s)
    return max(min(times_s), 1e-6)
