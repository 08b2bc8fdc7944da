"""Gates on the throughput of a single trial: it must be steady and must not break the laws of queues.

A trial that fails a gate keeps its number. The result has a warning with the number of such trials.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.analysis.laws import little_holds, utilisation_holds
from harness.analysis.pairing import batch_of
from harness.analysis.steady import is_steady
from harness.histogram import Histogram
from harness.metrics.catalogue import CPU_PER_REQUEST
from harness.model import LoadKind, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.analysis.pairing import Batch
    from harness.model import Load, Run, Trial

NOT_STEADY = "not steady"
BREAKS_LITTLES_LAW = "connections differ by more than 2 % from rate times service time (Little's law)"
BREAKS_UTILISATION_LAW = "more CPU time than there are CPUs (utilisation law)"


def target_cpus(run: Run) -> int | None:
    """Return the number of CPUs of the targets of a run; None if it is not stored."""
    cpus = run.environment.get("cpus")
    target = cpus.get("target") if isinstance(cpus, Mapping) else None
    return len(target) if isinstance(target, list | tuple) else None


class Notices:
    """Finds the warnings about the throughputs of the trials of one run."""

    def __init__(self, run: Run) -> None:
        self._cpus = target_cpus(run)

    def of(self, trial: Trial, rates: Mapping[Batch, NDArray[np.float64]]) -> Mapping[Batch, tuple[str, ...]]:
        """Return the warnings of each batch; omit clean batches.

        Args:
            trial: A trial without a failure.
            rates: The rates of its rounds, by batch.
        """
        noticed: dict[Batch, list[str]] = defaultdict(list)
        for batch, of_batch in rates.items():
            if not is_steady(of_batch):
                noticed[batch].append(NOT_STEADY)
        values = {(one.scenario, one.metric): one.value for one in trial.measurements}
        for (scenario, load), whole_per_s in _whole_rates(trial).items():
            cost_s = values.get((scenario, CPU_PER_REQUEST.name(connections=load.connections)))
            if self._cpus and cost_s and not utilisation_holds(whole_per_s, cost_s, self._cpus):
                noticed[batch_of(scenario, load)].append(BREAKS_UTILISATION_LAW)
        gaps_s = _gaps_s(trial)
        for of_load in trial.distributions:
            if of_load.span is not Span.SERVICE or of_load.load.kind is not LoadKind.CLOSED:
                continue
            batch = batch_of(of_load.scenario, of_load.load)
            service = Histogram.from_text(of_load.histogram)
            rate_per_s, gap_s = values.get(batch), gaps_s.get((of_load.scenario, of_load.load), 0.0)
            connections = of_load.load.connections
            if rate_per_s and service.count and not little_holds(connections, rate_per_s, service.mean_s, gap_s):
                noticed[batch].append(BREAKS_LITTLES_LAW)
        return {batch: tuple(found) for batch, found in noticed.items()}


def _whole_rates(trial: Trial) -> Mapping[tuple[str, Load], float]:
    """Return the verified answers per second of each closed load over its whole wall time, as for CPU time per request.

    The throughput is not suitable: it covers only the counted part. A target that is slower at the beginning of slices
    would then seem to use more CPU time than there is.
    """
    verified: Counter[tuple[str, Load]] = Counter()
    wall_s: dict[tuple[str, Load], float] = defaultdict(float)
    for driven in trial.slices:
        if driven.plan.load.kind is LoadKind.CLOSED:
            of_load = driven.plan.scenario, driven.plan.load
            verified[of_load] += driven.result.verified
            wall_s[of_load] += driven.result.wall_s
    return {of_load: count / wall_s[of_load] for of_load, count in verified.items() if wall_s[of_load] > 0}


def _gaps_s(trial: Trial) -> Mapping[tuple[str, Load], float]:
    """Return the generator's mean gap in each closed load, over all counted answers."""
    counted: dict[tuple[str, Load], float] = defaultdict(float)
    gap_s: dict[tuple[str, Load], float] = defaultdict(float)
    for driven in trial.slices:
        of_load = driven.plan.scenario, driven.plan.load
        counted[of_load] += driven.result.counted
        gap_s[of_load] += driven.result.gap_s * driven.result.counted
    return {of_load: total / counted[of_load] for of_load, total in gap_s.items() if counted[of_load]}
