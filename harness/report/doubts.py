"""The reasons why a run ranks no target: it is partial, invalid or noisy.

A claim about two targets has rules of its own, which weigh the disturbed blocks (`harness.analysis.rulings`). So a
noisy run may still say how two targets differ. It only gives no ranks and no advice. This module must not know markup.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from harness.analysis.marks import DISTURBED
from harness.errors import MeasurementError
from harness.experiment.outcome import invalidity
from harness.figures.cautions import disturbed_share, is_partial, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import StoredRun


class Doubt(StrEnum):
    """A reason why a run ranks no target."""

    PARTIAL = "partial"
    INVALID = "invalid"
    NOISY = "noisy"


NO_CLAIM = frozenset({Doubt.PARTIAL, Doubt.INVALID})
"""The doubts under which the short answer has no ratio either."""
_MOST_DISTURBED = 0.5


def doubts_of(stored: StoredRun) -> dict[Doubt, str]:
    """Return each doubt about a run, with its sentence for the top of the page; empty for a sound run."""
    return dict(_doubts(stored))


def _doubts(stored: StoredRun) -> Iterator[tuple[Doubt, str]]:
    if is_partial(stored):
        yield Doubt.PARTIAL, "This run is partial, so it ranks no target."
    error = invalidity(stored)
    if isinstance(error, MeasurementError):
        yield Doubt.INVALID, f"This run is invalid, so it ranks no target: {error.what}, {error.cause}."
    disturbed = [trial for trial in stored.trials if trial.flags]
    if len(disturbed) > _MOST_DISTURBED * len(stored.trials):
        yield Doubt.NOISY, f"This run is noisy: {DISTURBED} in {disturbed_share(stored)} ({kinds_of(disturbed)})."
