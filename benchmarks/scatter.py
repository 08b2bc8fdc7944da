"""Show how the rates of slices scatter in stored runs, and how far the ratio of a block would by other estimators.

    .venv/bin/python benchmarks/scatter.py RUN... [--json]

It reads stored runs and measures nothing. The first table has the rates of single slices of closed load, as their
distances from the median of their block. The robust deviation is 1.48 times the median absolute distance. Where the
machine disturbs few slices much, it is far below the standard deviation.

The second table has the standard deviation between the blocks of a run, of the log-ratio of two targets in a block: the
geometric mean over all pairs of targets. `trimmed_20` is what a run uses (harness.analysis.pairing). The exit code is 2
if a run can't be read or has no slices of closed load.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import combinations
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from harness.analysis.intervals import LEAST_TRIALS
from harness.analysis.pairing import round_ratio
from harness.analysis.series import collect
from harness.errors import HarnessError, UsageError
from harness.manifest import load_project
from harness.project import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from harness.analysis.series import Series
    from harness.model import StoredRun

    Rates = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
FAR = 0.1  # a tenth off the median
ESTIMATORS: Mapping[str, Callable[[Rates, Rates], float]] = {
    "mean": lambda one, other: float(np.mean(np.log(one / other))),
    "trimmed_10": lambda one, other: float(stats.trim_mean(np.log(one / other), 0.1)),
    "trimmed_20": lambda one, other: float(np.log(round_ratio(one, other))),
    "trimmed_30": lambda one, other: float(stats.trim_mean(np.log(one / other), 0.3)),
    "median": lambda one, other: float(np.median(np.log(one / other))),
    "upper_quartiles": lambda one, other: float(np.log(np.quantile(one, 0.75) / np.quantile(other, 0.75))),
}
"""Log-ratio of a block from the rates of its rounds, by name. The last takes the undisturbed slices of each target."""

Level = tuple[str, str]
"""Scenario and throughput metric."""
Levels = Mapping[Level, Mapping[str, "Series"]]
"""The series of each level of closed load of a run, by target."""


def levels(stored: StoredRun) -> Levels:
    """Return the series of each level of closed load of a run.

    Raises:
        UsageError: The run has none.
    """
    found: dict[Level, dict[str, Series]] = defaultdict(dict)
    for key, one in collect(stored).items():
        if one.rounds and key.scenario is not None:
            found[key.scenario, key.metric][str(key.subject)] = one
    if not found:
        remedy = "Name a run that drove closed load."
        raise UsageError("there is nothing to show", where=stored.run.id, cause="it has no slices", remedy=remedy)
    return found


def slice_rows(run: Levels) -> Iterator[dict[str, Any]]:
    """Yield how the rates of slices scatter about the median of their block, for each level and target."""
    for (scenario, metric), of_level in run.items():
        for subject, series in of_level.items():
            blocks = [rates / np.median(rates) for rates in series.rounds.values() if np.median(rates) > 0]
            if not blocks:
                continue
            rates = np.concatenate(blocks)
            yield {
                "scenario": scenario,
                "metric": metric,
                "subject": subject,
                "slices": len(rates),
                "robust_deviation": float(stats.median_abs_deviation(rates, scale="normal")),
                "deviation": float(np.std(rates)),
                "slow": float(np.mean(rates < 1 - FAR)),
                "fast": float(np.mean(rates > 1 + FAR)),
            }


def estimator_rows(runs: Sequence[Levels]) -> Iterator[dict[str, Any]]:
    """Yield the deviation between blocks by each estimator, for each level of the runs.

    Pairs with a round without an answer, or of fewer than two blocks with the same rounds, are left out.
    """
    found: dict[Level, list[list[float]]] = defaultdict(list)
    for run in runs:
        for level, of_level in run.items():
            found[level] += filter(None, (_deviations(*pair) for pair in combinations(of_level.values(), 2)))
    for (scenario, metric), pairs in filter(itemgetter(1), found.items()):
        mean = stats.gmean(pairs, axis=0)
        deviations = dict(zip(ESTIMATORS, map(float, mean), strict=True))
        yield {"scenario": scenario, "metric": metric, "pairs": len(pairs), "deviations": deviations}


def _deviations(one: Series, other: Series) -> list[float] | None:
    both = [(rates, other.rounds.get(block, rates[:0])) for block, rates in one.rounds.items()]
    alike = [pair for pair in both if len(pair[0]) == len(pair[1]) and all(np.all(rates > 0) for rates in pair)]
    if len(alike) < LEAST_TRIALS:
        return None
    found = [float(np.std([ratio(*pair) for pair in alike], ddof=1)) for ratio in ESTIMATORS.values()]
    return found if min(found) > 0 else None


def show(slices: Sequence[Mapping[str, Any]], estimators: Sequence[Mapping[str, Any]]) -> None:
    """Print both tables as Markdown."""
    lines = ["| slices | number | robust deviation | deviation | a tenth slower | a tenth faster |", f"|{'---|' * 6}"]
    for row in slices:
        shares = [_percent(row[name]) for name in ("robust_deviation", "deviation", "slow", "fast")]
        name = f"{row['subject']}, {row['metric']}, {row['scenario']}"
        lines.append(f"| {name} | {row['slices']} | {' | '.join(shares)} |")
    lines += ["", f"| ratio of a block | pairs | {' | '.join(ESTIMATORS)} |", f"|{'---|' * (2 + len(ESTIMATORS))}"]
    for row in estimators:
        cells = map(_percent, row["deviations"].values())
        lines.append(f"| {row['metric']}, {row['scenario']} | {row['pairs']} | {' | '.join(cells)} |")
    print("\n".join(lines))  # noqa: T201


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def main() -> int:
    """Read the runs, print how their rates scatter, and return the exit status."""
    parser = argparse.ArgumentParser(description="Show how the rates of slices scatter, by different estimators.")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids or names of stored runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    try:
        store = open_store(load_project(ROOT))
        runs = {word: levels(store.load(word)[1]) for word in options.runs}
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    slices = [{"run": word, **row} for word, run in runs.items() for row in slice_rows(run)]
    estimators = list(estimator_rows(list(runs.values())))
    if options.json:
        document = {"schema": "benchmarks.scatter/1", "slices": slices, "ratios": estimators}
        print(json.dumps(document, indent=1))  # noqa: T201
    else:
        show(slices, estimators)
    return 0


if __name__ == "__main__":
    sys.exit(main())
