"""Lengths of the slices of closed load, from the response times that warm-up has shown.

Let R be the longest response time of a batch's targets. A slice of closed load has three parts:

- The **head** is driven and not counted. It lasts 2 R at least: the first sends are spread over R, and after one more R
  the requests in flight are those of a loop that has run for a long time.
- The **counted part** lasts 2 R at least. A shorter part counts a share of each connection's one request, so few
  requests decide it. A longer part makes fewer rounds, and rounds are what averages out a noisy machine. With 2 R, two
  fifths of a slice are counted. With 4 R it would be four sevenths, and the slice would be 40 % longer.
- The **tail** lasts R. It is driven and not counted, so that the last counted requests end under full load.

These are pure functions. They know neither targets that run nor the time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Profile

HEAD_RESPONSES = 2
COUNTED_RESPONSES = 2
TAIL_RESPONSES = 1


@dataclass(frozen=True, slots=True)
class SliceTiming:
    """The length of a slice of closed load and of its uncounted ends, as in `Slice`."""

    duration_s: float
    discard_s: float
    tail_s: float


def slice_timing(profile: Profile, longest_s: float) -> SliceTiming:
    """Return the timing of all slices of a batch.

    Args:
        profile: Its least lengths apply where the answers are fast.
        longest_s: The longest response time of the batch's targets, in seconds.
    """
    discard_s = max(profile.least_discard_s, HEAD_RESPONSES * longest_s)
    counted_s = max(profile.least_counted_s, COUNTED_RESPONSES * longest_s)
    tail_s = TAIL_RESPONSES * longest_s
    return SliceTiming(discard_s + counted_s + tail_s, discard_s, tail_s)
