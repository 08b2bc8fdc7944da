"""Our own result files: run.json with its trials, and the document `harness.run/1` (report.json)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.analysis.gates import counted_rates, cycles_of
from harness.analysis.laws import broken_littles_law, busy_connections
from harness.analysis.summary import summarise
from harness.documents import as_json, run_document
from harness.errors import UsageError
from harness.figures.audit.numbers import Numbers, item, items_of, list_of
from harness.figures.audit.rows import Loop, Reading, Relation, Row
from harness.metrics.catalogue import LATENCY_CLOSED, LATENCY_CLOSED_MEAN, THROUGHPUT, THROUGHPUT_PEAK, parse
from harness.store import RunFolder
from harness.units import Unit, cpus_in_words, human, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.analysis.laws import Cycles
    from harness.model import StoredRun

_RATIO_TOLERANCE = 0.1  # a ratio is paired by rounds and trimmed, and the estimates are not
_PEAK_TOLERANCE = 0.01
_ROUNDING = 1e-5  # counted answers are stored to a millionth, and a slow target has few


def is_stored_run(document: object, _: Path) -> bool:
    """Return whether a document is the run.json of a stored run."""
    return item(document, "schema_version") is not None and item(document, "plan", "profile") is not None


def stored_run(_: object, path: Path) -> Iterator[Row]:
    """Yield the rows of a stored run: of its summary, of the rates of its trials, and of their cycles.

    Raises:
        UsageError: The file is not run.json, or has no trials.jsonl beside it.
    """
    if path.name != "run.json" or not (path.parent / "trials.jsonl").is_file():
        raise UsageError(
            "can't check a stored run",
            where=str(path),
            cause="run.json has the plan; the numbers are in trials.jsonl beside it",
            remedy="Name run.json in the folder of its run, or a report.json.",
        )
    stored = RunFolder(path.parent).load()
    yield from run_rows(as_json(run_document(summarise(stored))), path)
    yield from _rates(stored)
    yield from _broken_cycles(stored)


def _rates(stored: StoredRun) -> Iterator[Row]:
    """Yield a row for each closed load: the rate of each trial is what its slices counted."""
    loads: dict[tuple[str, str, str], list[Relation]] = defaultdict(list)
    for trial in stored.trials:
        counted = counted_rates(trial)
        for one in trial.measurements:
            if one.scenario is not None and (one.scenario, one.metric) in counted:
                found_per_s = counted[one.scenario, one.metric]
                stated = Reading.exact(one.value, f"{one.value:,.6g}/s in block {trial.block + 1}")
                of_slices = Reading.exact(found_per_s, f"{found_per_s:,.6g}/s in its slices")
                relation = Relation("a rate is what its slices counted", stated, of_slices, _ROUNDING)
                loads[str(trial.subject), one.scenario, one.metric].append(relation)
    for (subject, scenario, metric), relations in loads.items():
        test = f"{scenario}, {metric}"
        yield Row(subject=subject, test=test, place="trials.jsonl", relations=tuple(relations))


def _broken_cycles(stored: StoredRun) -> Iterator[Row]:
    """Yield a row for each closed load whose trials break Little's law, which the summary leaves out.

    Its numbers are held against the same rules as any other row: a few per cent of time in no cycle accuse no row.
    """
    loads: dict[tuple[str, str, str], list[Cycles]] = defaultdict(list)
    for trial in stored.trials:
        for (scenario, metric), cycles in cycles_of(trial).items():
            loads[str(trial.subject), scenario, metric].append(cycles)
    for (subject, scenario, metric), trials in loads.items():
        busy = busy_connections(trials)
        if busy is not None and broken_littles_law(trials) is not None:
            yield _row_of_cycles(trials, busy, subject, f"{scenario}, {metric}")


def _row_of_cycles(trials: Sequence[Cycles], busy: float, subject: str, test: str) -> Row:
    answers = sum(one.rate_per_s * one.counted_s for one in trials)
    rate_per_s = answers / sum(one.counted_s for one in trials)
    cycle_s = busy / rate_per_s
    return Row(
        subject=subject,
        test=test,
        place="trials.jsonl",
        loop=Loop.CLOSED,
        connections=trials[0].connections,
        rate_per_s=Reading.exact(rate_per_s, f"{significant(rate_per_s, 4)} answers/s"),
        mean_s=Reading.exact(cycle_s, f"a cycle of {human(cycle_s, Unit.SECOND)}"),
        answers=Reading.exact(answers, f"{answers:,.0f} answers"),
        reconnects=sum(one.reconnects for one in trials),
    )


def is_run_document(document: object, _: Path) -> bool:
    """Return whether a document is `harness.run/1`."""
    return item(document, "schema") == "harness.run/1"


def run_rows(document: object, _: Path) -> Iterator[Row]:
    """Yield a row for each closed load of each target, and one for every other number."""
    results: dict[tuple[str, str], dict[str, object]] = defaultdict(dict)
    for result in list_of(item(document, "results")):
        scenario = str(item(result, "scenario") or "")
        results[_subject(document, result), scenario][str(item(result, "metric"))] = result
    for (subject, scenario), metrics in results.items():
        levels = dict.fromkeys(level for name in metrics if (level := _connections(name)) is not None)
        yield from (_closed_row(subject, scenario, level, metrics) for level in levels)
        yield _other_row(subject, scenario, metrics)
    yield from _comparisons(document, results)


def _subject(document: object, result: object) -> str:
    """Return the name of a result's subject, as comparisons have it: with its CPUs if it has its own number of them."""
    cpus, of_all = item(result, "cpus"), item(document, "run", "target_cpus")
    own = f" on {cpus_in_words(cpus)}" if isinstance(cpus, int) and cpus != of_all else ""
    return f"{item(result, 'target')}:{item(result, 'variant')}{own}"


def _connections(metric: str) -> int | None:
    named = parse(metric)
    is_closed = named is not None and named.metric in {THROUGHPUT, LATENCY_CLOSED, LATENCY_CLOSED_MEAN}
    return named.parameters.connections if named is not None and is_closed else None


def _closed_row(subject: str, scenario: str, connections: int, metrics: Mapping[str, object]) -> Row:
    mean, rate = LATENCY_CLOSED_MEAN.name(connections=connections), THROUGHPUT.name(connections=connections)
    percentiles, relations, impossible = list[tuple[float, Reading]](), list[Relation](), list[str]()
    for name, result in metrics.items():
        named = parse(name)
        if _connections(name) == connections and named is not None:
            reading, unreadable = _reading(name, result)
            impossible += unreadable
            relations += _within(name, result)
            if named.parameters.quantile is not None and reading is not None:
                percentiles.append((named.parameters.quantile.share, reading))
    return Row(
        subject=subject,
        test=scenario,
        place=f"results of {subject}, {scenario}, c{connections}",
        loop=Loop.CLOSED,
        connections=connections,
        rate_per_s=_reading(rate, metrics.get(rate))[0],
        mean_s=_reading(mean, metrics.get(mean))[0],
        percentiles=tuple(sorted(percentiles, key=lambda one: one[0])),
        impossible=tuple(impossible),
        relations=(*relations, *_within_blocks(rate, metrics.get(rate))),
    )


def _other_row(subject: str, scenario: str, metrics: Mapping[str, object]) -> Row:
    """Return the row of all numbers that are not of a closed load."""
    relations, impossible = list[Relation](), list[str]()
    for name, result in metrics.items():
        if _connections(name) is None:
            impossible += _reading(name, result)[1]
            relations += _within(name, result)
    peak = _reading(THROUGHPUT_PEAK.name(), metrics.get(THROUGHPUT_PEAK.name()))[0]
    for name, result in metrics.items():
        level = _reading(name, result)[0]
        if peak is not None and level is not None and THROUGHPUT.parameters(name) is not None:
            says = "the peak is the largest throughput"
            relations.append(Relation(says, peak, level, _PEAK_TOLERANCE, is_equality=False))
    return Row(
        subject=subject,
        test=scenario,
        place=f"results of {subject}{f', {scenario}' if scenario else ''}",
        impossible=tuple(impossible),
        relations=tuple(relations),
    )


def _reading(name: str, result: object) -> tuple[Reading | None, list[str]]:
    """Return an estimate with its interval, and the texts of numbers that can't be."""
    numbers = Numbers(result)
    estimate, low, high = (numbers.count(key) for key in ("estimate", "low", "high"))
    impossible = [f"{name}: {text}" for text in numbers.impossible]
    if estimate is None or low is None or high is None:
        return None, impossible
    return Reading(estimate.value, low.value, high.value, f"{name} {estimate.value:,.6g}"), impossible


def _within(name: str, result: object) -> Iterator[Relation]:
    """Yield that an estimate lies within its interval."""
    numbers = Numbers(result)
    estimate, low, high = (numbers.count(key) for key in ("estimate", "low", "high"))
    if estimate is not None and low is not None and high is not None:
        says = f"{name}: an estimate lies within its interval"
        yield Relation(says, estimate, low, 1e-9, is_equality=False)
        yield Relation(says, high, estimate, 1e-9, is_equality=False)


def _within_blocks(name: str, result: object) -> Iterator[Relation]:
    """Yield that a throughput lies between those of its blocks."""
    estimate = Numbers(result).count("estimate")
    values = [reading for one in list_of(item(result, "blocks")) if (reading := Numbers(one).count("value"))]
    if estimate is not None and values:
        least, most = (which(values, key=lambda one: one.value) for which in (min, max))
        says = f"{name}: an average lies between its blocks"
        yield Relation(says, estimate, least, _PEAK_TOLERANCE, is_equality=False)
        yield Relation(says, most, estimate, _PEAK_TOLERANCE, is_equality=False)


def _comparisons(document: object, results: Mapping[tuple[str, str], Mapping[str, object]]) -> Iterator[Row]:
    """Yield a row for each comparison whose two results are in the document."""
    for comparison in list_of(item(document, "comparisons")):
        names = dict(items_of(comparison))
        metric, scenario = str(names.get("metric")), str(names.get("scenario") or "")
        subject, reference = str(names.get("subject")), str(names.get("reference"))
        sides = [_reading(metric, results.get((side, scenario), {}).get(metric))[0] for side in (subject, reference)]
        ratio, impossible = _reading_of_ratio(comparison)
        relations: tuple[Relation, ...] = ()
        top, bottom = sides
        if ratio is not None and top is not None and bottom is not None and bottom.low > 0:
            limits = (top.low / bottom.high, top.high / bottom.low)
            quotient = Reading(top.value / bottom.value, *limits, f"{top.text} over {bottom.text}")
            relations = (Relation("a ratio is that of its results", ratio, quotient, _RATIO_TOLERANCE),)
        yield Row(
            subject=f"{subject} over {reference}",
            test=scenario,
            place=f"comparisons, {metric}",
            impossible=tuple(impossible),
            relations=relations,
        )


def _reading_of_ratio(comparison: object) -> tuple[Reading | None, list[str]]:
    numbers = Numbers(comparison)
    ratio, low, high = (numbers.count(key) for key in ("ratio", "low", "high"))
    if ratio is None or low is None or high is None:
        return None, numbers.impossible
    return Reading(ratio.value, low.value, high.value, ratio.text), numbers.impossible
