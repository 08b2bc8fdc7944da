"""What must hold of a single trial before its throughput is believed: it is steady, and obeys the laws of queues.

A trial that breaks one keeps its number; the result says in how many trials it was so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.analysis.laws import little_holds, utilisation_holds
from harness.analysis.steady import is_steady
from harness.histogram import Histogram
from harness.model import LoadKind, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.analysis.pairing import Batch
    from harness.model import Run, Trial

NOT_STEADY = "not steady"
BREAKS_LITTLES_LAW = "connections differ by more than 2 % from rate times service time (Little's law)"
BREAKS_UTILISATION_LAW = "more CPU time than there are CPUs (utilisation law)"


class Notices:
    """Finds what speaks against the throughputs of the trials of one run."""

    def __init__(self, run: Run) -> None:
        cpus = run.environment.get("cpus")
        target = cpus.get("target") if isinstance(cpus, Mapping) else None
        self._cpus = len(target) if isinstance(target, list | tuple) else None

    def of(self, trial: Trial, rates: Mapping[Batch, NDArray[np.float64]]) -> Mapping[Batch, tuple[str, ...]]:
        """Return what is to be said of each batch of a trial; nothing of one that is as it should be.

        Args:
            trial: One that nothing stopped.
            rates: Its rounds' rates by batch.
        """
        noticed: dict[Batch, list[str]] = defaultdict(list)
        for batch, of_batch in rates.items():
            if not is_steady(of_batch):
                noticed[batch].append(NOT_STEADY)
        values = {(one.scenario, one.metric): one.value for one in trial.measurements}
        for batch, whole_per_s in _whole_rates(trial).items():
            cost_s = values.get((batch[0], batch[1].replace("throughput.", "cpu_per_request.")))
            if self._cpus and cost_s and not utilisation_holds(whole_per_s, cost_s, self._cpus):
                noticed[batch].append(BREAKS_UTILISATION_LAW)
        for of_load in trial.distributions:
            rate_per_s = values.get((of_load.scenario, f"throughput.{of_load.load}"))
            if of_load.span is Span.SERVICE and of_load.load.kind is LoadKind.CLOSED and rate_per_s:
                service_s = Histogram.from_text(of_load.histogram).mean_s
                if not little_holds(of_load.load.connections, rate_per_s, service_s):
                    noticed[of_load.scenario, f"throughput.{of_load.load}"].append(BREAKS_LITTLES_LAW)
        return {batch: tuple(found) for batch, found in noticed.items()}


def _whole_rates(trial: Trial) -> Mapping[Batch, float]:
    """Return the verified answers per second of each batch over all of its wall time, as CPU time a request is over it.

    The throughput won't do: it is of the counted part, and a target that is faster there than while its slices begin
    would seem to use more than it has.
    """
    verified: Counter[Batch] = Counter()
    wall_s: dict[Batch, float] = defaultdict(float)
    for driven in trial.slices:
        batch = driven.plan.scenario, f"throughput.{driven.plan.load}"
        verified[batch] += driven.result.verified
        wall_s[batch] += driven.result.wall_s
    return {batch: count / wall_s[batch] for batch, count in verified.items() if wall_s[batch] > 0}
