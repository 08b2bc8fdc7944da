"""Test whether the ratios of several stored runs differ by more than their own intervals allow.

    .venv/bin/python benchmarks/between_runs.py RUN RUN... [--json] [--metric throughput.closed]

It reads stored runs and measures nothing. For each comparison that all runs have, it tests the ratios of the runs
against each other. As Markdown it prints the difference between runs, and the interval of a single run widened by it;
then the ratios of every run. `harness.analysis.heterogeneity` explains the rule. The exit code is 1 if runs differ by
more than their intervals allow, and 2 if the runs can't be compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analysis.between import condition_differences
from harness.analysis.heterogeneity import LEAST_RUNS, REJECTED, Heterogeneity, heterogeneity, usual_run, widened
from harness.analysis.intervals import Interval, Moments, log_t_interval, moments, t_interval
from harness.analysis.summary import summarise
from harness.errors import FindingError, HarnessError, UsageError
from harness.manifest import load_project
from harness.metrics.names import is_within
from harness.model import RunStatus
from harness.project import open_store
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.model import Run, Subject, Summary

ROOT = Path(__file__).parents[1]
SMALLEST_P = 0.0001  # no smaller p is printed: the number of draws does not support it


@dataclass(frozen=True, slots=True)
class ComparisonKey:
    """The subject, reference, scenario and metric of a comparison, the same in every run."""

    subject: Subject
    reference: Subject
    scenario: str | None
    metric: str

    def __str__(self) -> str:
        over = f"{self.subject.target.removesuffix('_app')} / {self.reference.target.removesuffix('_app')}"
        return f"{over}, {self.metric}" + (f", {self.scenario}" if self.scenario else "")


@dataclass(frozen=True, slots=True)
class Spread:
    """One comparison in all runs.

    Attributes:
        ratios: The ratio of each run, in the order of the runs.
        mean: The geometric mean of the ratios, one value per run.
        found: The heterogeneity of the ratios.
        usual: The interval of a typical run.
        widened: The same interval, widened by the difference between runs.
    """

    ratios: tuple[Interval, ...]
    mean: Interval
    found: Heterogeneity
    usual: Interval
    widened: Interval


def read_runs(words: Sequence[str]) -> tuple[Summary, ...]:
    """Return the summaries of stored runs.

    Raises:
        UsageError: A run is unknown, not complete, named twice, or not like the first; or there are too few runs.
    """
    store = open_store(load_project(ROOT))
    summaries = tuple(summarise(store.load(word)[1]) for word in words)
    runs = [summary.run for summary in summaries]
    if len({run.id for run in runs}) < max(LEAST_RUNS, len(runs)):
        raise _refused(runs, "two different runs are needed", "`harness list` shows the runs.")
    for run in runs:
        if run.status is not RunStatus.COMPLETE:
            raise _refused([run], f"its status is {run.status}", "Leave this run out.")
        for one in condition_differences(runs[0], run):
            raise _refused(
                [runs[0], run], f"{one.key}: {one.a} and {one.b}", "Compare runs with the same machine and profile."
            )
    return summaries


def _refused(runs: Iterable[Run], cause: str, remedy: str) -> UsageError:
    where = ", ".join(run.id for run in runs)
    return UsageError("the runs can't be compared", where=where, cause=cause, remedy=remedy)


def compared(summaries: Sequence[Summary], metric: str) -> dict[ComparisonKey, Spread]:
    """Return the spread of each comparison that all runs have, for a family of metrics.

    Raises:
        UsageError: There is no such comparison.
    """
    of_runs = [dict(_ratios(summary, metric)) for summary in summaries]
    shared = [name for name in of_runs[0] if all(name in of_run for of_run in of_runs)]
    if not shared:
        cause = "not all runs have a comparison of this metric"
        raise UsageError("nothing to compare", where=metric, cause=cause, remedy="`harness report` shows all metrics.")
    for name in dict.fromkeys(name for of_run in of_runs for name in of_run if name not in shared):
        print(f"left out: {name}: not in all runs", file=sys.stderr)  # noqa: T201
    return {name: _spread([of_run[name] for of_run in of_runs]) for name in shared}


def _ratios(summary: Summary, metric: str) -> Iterator[tuple[ComparisonKey, tuple[Interval, Moments]]]:
    """Yield each ratio with the moments of its interval. A compared metric has a number in every block of its run."""
    blocks = {(one.subject, one.scenario, one.metric): one.trials for one in summary.results}
    for one in summary.comparisons:
        if is_within(one.metric, metric):
            ratio = Interval(one.ratio, one.low, one.high)
            of_ratio = moments(ratio, blocks[one.subject, one.scenario, one.metric])
            if of_ratio.error:  # a ratio without an error can't be weighted against others
                yield ComparisonKey(one.subject, one.reference, one.scenario, one.metric), (ratio, of_ratio)


def _spread(of_runs: Sequence[tuple[Interval, Moments]]) -> Spread:
    ratios, of_ratios = zip(*of_runs, strict=True)
    found, usual = heterogeneity(of_ratios), usual_run(of_ratios)
    mean = log_t_interval([ratio.estimate for ratio in ratios])
    return Spread(ratios, mean, found, t_interval(usual), widened(usual, found))


def spread_table(spreads: Mapping[ComparisonKey, Spread]) -> Iterator[str]:
    """Yield the lines of the table of comparisons, in Markdown."""
    yield "| comparison | mean ratio | smallest to largest | one run | Q (degrees) | p, χ² | p | I² | τ | widened |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, spread in spreads.items():
        found, values = spread.found, [ratio.estimate for ratio in spread.ratios]
        cells = (
            str(name),
            _interval(spread.mean),
            f"{significant(min(values))} to {significant(max(values))}",
            _half_width(spread.usual),
            f"{found.q:.1f} ({found.freedom})",
            _probability(found.p_chi2),
            _probability(found.p),
            f"{100 * found.share:.0f} %",
            f"{100 * found.between:.1f} %",
            _half_width(spread.widened) if found.is_rejected else "–",
        )
        yield f"| {' | '.join(cells)} |"


def runs_table(spreads: Mapping[ComparisonKey, Spread], runs: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the table of the ratios of every run, in Markdown."""
    yield f"| run | {' | '.join(map(str, spreads))} |"
    yield f"|---|{'---|' * len(spreads)}"
    for place, run in enumerate(runs):
        yield f"| {run} | {' | '.join(_interval(spread.ratios[place]) for spread in spreads.values())} |"


def _interval(ratio: Interval) -> str:
    return f"{significant(ratio.estimate)} [{significant(ratio.low)}, {significant(ratio.high)}]"


def _half_width(ratio: Interval) -> str:
    return f"± {100 * ratio.half_width:.1f} %"


def _probability(p: float) -> str:
    return significant(p, 2) if p >= SMALLEST_P else f"< {SMALLEST_P}"


def document_of(spreads: Mapping[ComparisonKey, Spread], runs: Sequence[str], metric: str) -> dict[str, Any]:
    """Return the spreads as a JSON document."""
    rows = []
    for name, spread in spreads.items():
        found = spread.found
        row = {
            "subject": str(name.subject),
            "reference": str(name.reference),
            "scenario": name.scenario,
            "metric": name.metric,
            **asdict(found),
            "is_rejected": found.is_rejected,
            "half_width": spread.usual.half_width,
            "widened_half_width": spread.widened.half_width if found.is_rejected else None,
            "mean": asdict(spread.mean),
            "ratios": [asdict(ratio) for ratio in spread.ratios],
        }
        rows.append(row)
    return {"schema": "benchmarks.between_runs/1", "metric": metric, "runs": list(runs), "comparisons": rows}


def show(spreads: Mapping[ComparisonKey, Spread], runs: Sequence[str]) -> None:
    """Print both tables."""
    lines = [*spread_table(spreads), "", *runs_table(spreads, runs)]
    print("\n".join(lines))  # noqa: T201


def judge(spreads: Mapping[ComparisonKey, Spread]) -> None:
    """Check that the runs do not differ by more than their intervals allow.

    Raises:
        FindingError: They do.
    """
    rejected = [str(name) for name, spread in spreads.items() if spread.found.is_rejected]
    if rejected:
        cause = f"Cochran's Q is rejected at {100 * REJECTED:g} %"
        remedy = "Use the widened intervals."
        where = "; ".join(rejected)
        raise FindingError("runs differ by more than their intervals allow", where=where, cause=cause, remedy=remedy)


def main() -> int:
    """Read the runs, print their spreads, and return the exit status."""
    parser = argparse.ArgumentParser(description="Test whether several runs differ by more than their intervals allow.")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids or names of stored runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--metric", default="throughput.closed", help="the beginning of the metrics' names")
    options = parser.parse_args()
    try:
        summaries = read_runs(options.runs)
        spreads = compared(summaries, options.metric)
        runs = [summary.run.id for summary in summaries]
        if options.json:
            print(json.dumps(document_of(spreads, runs, options.metric), indent=1))  # noqa: T201
        else:
            show(spreads, runs)
        judge(spreads)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
