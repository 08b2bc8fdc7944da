"""The thresholds of `--fail-on` in the document of a run: one row for each threshold and target."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """Threshold that a run was judged by, and its outcome for a target.

    Attributes:
        threshold: As written: `throughput<-5%`.
        subject: `TARGET:VARIANT`; null for a threshold that had no target to judge.
        outcome: `holds`, `failed` or `not_judged`.
        reason: The outcome in words.
        fails: Whether it makes the exit code 1.
    """

    threshold: str
    subject: str | None
    outcome: Literal["holds", "failed", "not_judged"]
    reason: str
    fails: bool
