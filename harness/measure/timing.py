"""Lengths of the slices of closed load, from the response times that warm-up has shown.

Let R be the longest response time of a batch's targets. A slice of closed load has three parts:

- The **head** is driven and not counted. It lasts 2 R at least. The first sends are quantiles of the residual response
  time, so the loop is stationary as soon as all have begun. A start that would be later than the head is at its end.
  The rest of the head is for response times that the warm-up has shown too short.
- The **counted part** lasts 2 R at least. A shorter part counts a share of each connection's one request, so few
  requests decide it. A longer part makes fewer rounds, and rounds are what averages out a noisy machine. With 2 R, two
  fifths of a slice are counted. With 4 R it would be four sevenths, and the slice would be 40 % longer.
- The **tail** lasts R. It is driven and not counted, so that the last counted requests end under full load.

Where R has time in an unfair queue, only the tail allows for it. See `harness.measure.responses`.

These are pure functions. They know neither targets that run nor the time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Profile, Slice

HEAD_RESPONSES = 2
COUNTED_RESPONSES = 2
TAIL_RESPONSES = 1
PLANNED_RESPONSE_S = 0.01
_SLICE_OVERHEAD_S = 0.005
LONGEST_SLICE_S = 10.0
SETTLING_S = 0.2
"""Time between the end of load and the beginning of a rest."""
FEWEST_ROUNDS = 3  # of very slow targets: two can't be told from one that was disturbed
_MOST_STRETCH = 2  # the load of a level is up to this many times as long as planned, before it has fewer rounds
_DECIMALS = 9  # nanoseconds
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class SliceTiming:
    """The length of a slice of closed load and of its uncounted ends, as in `Slice`."""

    duration_s: float
    discard_s: float
    tail_s: float

    def starts_s(self, residual_s: Sequence[float]) -> tuple[float, ...]:
        """Return the first sends of a slice: the quantiles of the residual response time, at most the head."""
        return tuple(min(one_s, self.discard_s) for one_s in residual_s)


def slice_timing(profile: Profile, own_s: float, longest_s: float = 0.0) -> SliceTiming:
    """Return the timing of all slices of a batch.

    Args:
        profile: Its least lengths apply where the answers are fast.
        own_s: The longest response time of the batch's targets without the time in unfair queues, in seconds.
        longest_s: The longest with that time, if it is longer.
    """
    discard_s = max(profile.least_discard_s, HEAD_RESPONSES * own_s)
    counted_s = max(profile.least_counted_s, COUNTED_RESPONSES * own_s)
    tail_s = TAIL_RESPONSES * max(own_s, longest_s)
    return SliceTiming(round(discard_s + counted_s + tail_s, _DECIMALS), discard_s, tail_s)


def idle_lasts_s(idle_s: float) -> float:
    """Return the duration of a rest for CPU time, in seconds, with the moment that it waits first; 0 without a rest."""
    return SETTLING_S + idle_s if idle_s else 0.0


def rounds(profile: Profile, slice_s: float, load_s: float) -> int:
    """Return the number of slices of each target in a batch.

    As many as its load time gives. If these are fewer than the profile's least rounds, the load may last up to twice
    as long; and there are three rounds at least, however slow the answers are.

    Args:
        profile: Has the least number of rounds.
        slice_s: The length of a slice, in seconds.
        load_s: The planned load time of each target, in seconds.
    """
    planned = int(load_s / slice_s + _ROUNDING)
    stretched = int(_MOST_STRETCH * load_s / slice_s + _ROUNDING)
    least = profile.least_rounds
    return max(planned, min(least, stretched), min(least, FEWEST_ROUNDS))


def lasts_s(part: Slice) -> float:
    """Return the expected duration of a slice with its end, in seconds."""
    return part.duration_s + ending_s(part.tail_s or PLANNED_RESPONSE_S)


def ending_s(response_s: float) -> float:
    """Return the expected time from the last send of a slice to the next slice, in seconds.

    A slice ends when its last request is answered, and not every target is the slowest.
    """
    return response_s / 2 + _SLICE_OVERHEAD_S


def planned_rounds(profile: Profile, *, is_headline: bool) -> int:
    """Return the number of slices of each target per block at a level, for answers within the planned response time."""
    load_s = (profile.headline_s if is_headline else None) or profile.level_s
    return rounds(profile, slice_timing(profile, PLANNED_RESPONSE_S).duration_s, load_s)
