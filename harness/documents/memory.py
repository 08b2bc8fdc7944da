"""The memory of the subjects of a run through their trials."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import MemoryCurve, MemoryPoint, Plan, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPointRow:
    """Memory at one time.

    Attributes:
        at_s: The time since the beginning of the first load; before it, it is negative.
        median_bytes: The median of the trials.
        smallest_bytes, largest_bytes: The smallest and the largest trial.
    """

    at_s: float
    median_bytes: float
    smallest_bytes: float
    largest_bytes: float

    @classmethod
    def of(cls, point: MemoryPoint) -> "MemoryPointRow":
        """Return the row of a point."""
        return cls(
            at_s=point.at_s,
            median_bytes=point.median_bytes,
            smallest_bytes=point.smallest_bytes,
            largest_bytes=point.largest_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryCurveRow:
    """Memory of a subject through its trials, counted as its loaded memory.

    Attributes:
        target: Its name.
        variant: The variant that serves it.
        cpus: The number of CPUs that the subject may use.
        trials: The number of trials with samples.
        ready: Before any load.
        points: At equal shares of the trial, from the first load to the last sample.
        highest: The largest sample of each trial.
        reason: Why there are no samples; null if there are.
    """

    target: str
    variant: str
    cpus: int
    trials: int
    ready: MemoryPointRow | None
    points: list[MemoryPointRow]
    highest: MemoryPointRow | None
    reason: str | None

    @classmethod
    def of(cls, curve: MemoryCurve, plan: Plan) -> "MemoryCurveRow":
        """Return the row of a curve; the plan has the number of CPUs."""
        return cls(
            target=curve.subject.target,
            variant=curve.subject.variant,
            cpus=plan.cpus_of(curve.subject),
            trials=curve.trials,
            ready=MemoryPointRow.of(curve.ready) if curve.ready else None,
            points=list(map(MemoryPointRow.of, curve.points)),
            highest=MemoryPointRow.of(curve.highest) if curve.highest else None,
            reason=curve.reason,
        )


def memory_rows(summary: Summary) -> Iterator[MemoryCurveRow]:
    """Yield the row of each contestant of a run."""
    return (MemoryCurveRow.of(curve, summary.run.plan) for curve in summary.memory_curves)
