"""The data of memory by time of a trial, in base units, with the words of its chart.

This module must not know how `plots` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics.words import enumeration
from harness.report.wording import percentage
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import MemoryCurve, MemoryPoint, Subject
    from harness.report.material import Material

CAPTION = (
    "Lines are medians of the trials, and areas reach from the smallest trial to the largest. A target is ready before "
    "its load; 0 is its first load, with the warm-up. The loads come in random order. A hollow mark is the largest "
    "sample. The numbers stand at shares of the time from the first load to the last sample, and brackets have the "
    "smallest and the largest trial."
)


@dataclass(frozen=True, slots=True)
class MemoryTrack:
    """A subject's memory by time: its curve, and its index among the contestants."""

    name: str
    place: int
    ready: MemoryPoint
    points: tuple[MemoryPoint, ...]
    highest: MemoryPoint

    @property
    def quarter(self) -> int:
        """The steps of a quarter of the curve, between its marks, and between the columns of its table."""
        return (len(self.points) - 1) // 4

    @property
    def growth(self) -> float:
        """How much more it uses at the last sample than when it is ready, as a share; 0 without a memory when ready."""
        ready_bytes = self.ready.median_bytes
        return self.points[-1].median_bytes / ready_bytes - 1 if ready_bytes else 0.0


def memory_tracks(material: Material) -> tuple[MemoryTrack, ...]:
    """Return the memory by time of each contestant whose trials have samples."""
    curves = _curves(material)
    tracks = []
    for place, subject in enumerate(material.contestants):
        one = curves.get(subject)
        if one is not None and one.ready is not None and one.highest is not None:
            tracks.append(MemoryTrack(material.name_of(subject), place, one.ready, one.points, one.highest))
    return tuple(tracks)


def description_of(tracks: Sequence[MemoryTrack]) -> str:
    """Return the finding in words: the memory of each target when it is ready, at most and at the end, and who grew.

    Args:
        tracks: At least one.
    """
    each = "; ".join(
        f"{one.name} {_size(one.ready)} when ready, at most {_size(one.highest)}, {_size(one.points[-1])} at the end"
        for one in tracks
    )
    most = max(tracks, key=lambda track: track.growth)
    if most.growth <= 0:
        return f"Memory over a trial: {each}. None uses more at the end than when it is ready."
    return f"Memory over a trial: {each}. {most.name} grows most, by {percentage(most.growth)}."


def _size(point: MemoryPoint) -> str:
    return human(point.median_bytes, Unit.BYTE)


def why_without(material: Material) -> str:
    """Return the sentence on why there is no memory by time, with a space before it; empty if no reason is known."""
    curves = _curves(material)
    found = (curves[subject].reason for subject in material.contestants if subject in curves)
    said = enumeration(list(dict.fromkeys(filter(None, found))))
    return f" There is no curve between them: {said}." if said else ""


def _curves(material: Material) -> dict[Subject, MemoryCurve]:
    return {curve.subject: curve for curve in material.summary.memory_curves}
