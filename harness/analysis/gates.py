"""Gates on the throughput of a single trial: what the laws of queues say about its counts and times.

A trial that breaks the utilisation law keeps its number, and the result has a warning with the number of such trials.
Little's law is judged over all trials of a result, from their cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.analysis.absent import no_value
from harness.analysis.laws import Cycles, utilisation_holds
from harness.analysis.pairing import batch_of
from harness.histogram import Histogram
from harness.metrics.catalogue import CPU_PER_REQUEST
from harness.model import LoadKind, Span, by_load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.analysis.pairing import Batch
    from harness.model import Load, Run, SliceResult, Subject, Trial

BREAKS_UTILISATION_LAW = "more CPU time than there are CPUs (utilisation law)"


def target_cpus(run: Run, subject: Subject) -> int | None:
    """Return the number of CPUs of a subject of a run; None if it is not stored."""
    if subject.cpus is not None:
        return subject.cpus
    cpus = run.environment.get("cpus")
    target = cpus.get("target") if isinstance(cpus, Mapping) else None
    return len(target) if isinstance(target, list | tuple) else None


class Notices:
    """Finds the warnings about the throughputs of the trials of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def of(self, trial: Trial) -> Mapping[Batch, tuple[str, ...]]:
        """Return the warnings of each batch of a trial without a failure; omit clean batches."""
        noticed: dict[Batch, tuple[str, ...]] = {}
        cpus = target_cpus(self._run, trial.subject)
        values = {(one.scenario, one.metric): one.value for one in trial.measurements}
        for (scenario, load), whole_per_s in _whole_rates(trial).items():
            cost_s = values.get((scenario, CPU_PER_REQUEST.name(connections=load.connections)))
            if cpus and cost_s and not utilisation_holds(whole_per_s, cost_s, cpus):
                noticed[batch_of(scenario, load)] = (BREAKS_UTILISATION_LAW,)
        return noticed


def _whole_rates(trial: Trial) -> Mapping[tuple[str, Load], float]:
    """Return the verified answers per second of each closed load over its whole wall time, as for CPU time per request.

    The throughput is not suitable: it covers only the counted part. A target that is slower at the beginning of slices
    would then seem to use more CPU time than there is.
    """
    return {
        of_load: sum(one.verified for one in results) / wall_s
        for of_load, results in _closed(trial).items()
        if (wall_s := sum(one.wall_s for one in results)) > 0
    }


def counted_rates(trial: Trial) -> Mapping[Batch, float]:
    """Return the answers per second that the slices of each closed load counted, by batch."""
    return {
        batch_of(*of_load): sum(one.counted for one in results) / counted_s
        for of_load, results in _closed(trial).items()
        if (counted_s := sum(one.counted_s for one in results)) > 0
    }


def cycles_of(trial: Trial, decode: Callable[[str], Histogram] = Histogram.from_text) -> Mapping[Batch, Cycles]:
    """Return the cycles of each closed load of a trial that has a throughput, by batch; `decode` reads a histogram."""
    usable = (one for one in trial.measurements if no_value(one.value) is None)
    rates = {(one.scenario, one.metric): one.value for one in usable}
    closed = _closed(trial)
    found = {}
    for of_load in trial.distributions:
        batch = batch_of(of_load.scenario, of_load.load)
        results = closed.get((of_load.scenario, of_load.load))
        if of_load.span is Span.SERVICE and batch in rates and results:
            found[batch] = Cycles(
                connections=of_load.load.connections,
                rate_per_s=rates[batch],
                service=decode(of_load.histogram),
                gap_s=_mean_gap_s(results),
                in_flight=_mean_in_flight(results),
                counted_s=sum(result.counted_s for result in results),
                reconnects=sum(result.reconnects for result in results),
            )
    return found


def _closed(trial: Trial) -> Mapping[tuple[str, Load], list[SliceResult]]:
    """Return the results of the slices of each closed load of a trial."""
    loads = by_load(trial.slices).items()
    return {of_load: [one.result for one in slices] for of_load, slices in loads if of_load[1].kind is LoadKind.CLOSED}


def _mean_in_flight(results: Sequence[SliceResult]) -> float | None:
    """Return the mean number of requests in flight in all counted time; None if slices have none, as in older runs."""
    counted_s = sum(result.counted_s for result in results)
    times_s = [result.in_flight_s for result in results if result.in_flight_s is not None]
    return sum(times_s) / counted_s if counted_s and len(times_s) == len(results) else None


def _mean_gap_s(results: Sequence[SliceResult]) -> float | None:
    """Return the generator's mean gap over all counted answers; None if slices have none, as in older runs."""
    counted = sum(result.counted for result in results)
    if not counted or not all(result.gap_s for result in results if result.counted):
        return None
    return sum(result.gap_s * result.counted for result in results) / counted
