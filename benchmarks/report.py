"""Measure the time and the memory of `harness report`, of a run of two targets and of one with 1,000 trials.

    .venv/bin/python benchmarks/report.py [--json] [--run reference] [--trials 1000] [--rounds 5]

The runs are made of the trials of a stored run, in a temporary folder: its blocks of two targets and of the null
target, and the same blocks again and again. The exit code is 1 if a median is above its limit: 2 s and 8 s.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
TARGETS = frozenset({("flask_app", "gthread"), ("gin_app", "release"), ("null_app", "raw")})
MOST_S = {"two_targets": 2.0, "many_trials": 8.0}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one report took: time from start to end, CPU time of all its threads, and largest memory."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def make_run(source: Path, folder: Path, trials: int) -> None:
    """Write a run of two targets with at least so many trials, and at least the blocks of the source."""
    run = json.loads((source / "run.json").read_text())
    plan = run["plan"]
    orders = [[one for one in order if _is_kept(one)] for order in plan["orders"]]
    blocks = max(len(orders), -(-trials // len(orders[0])))
    plan["subjects"] = [one for one in plan["subjects"] if _is_kept(one)]
    plan["orders"] = [orders[block % len(orders)] for block in range(blocks)]
    plan["profile"]["blocks"] = blocks
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(run))
    stored = [json.loads(line) for line in (source / "trials.jsonl").read_text().splitlines()]
    by_block = [
        [one for one in stored if one["block"] == block and _is_kept(one["subject"])] for block in range(len(orders))
    ]
    with (folder / "trials.jsonl").open("w") as file:
        for block in range(blocks):
            file.writelines(json.dumps(_moved(one, block)) + "\n" for one in by_block[block % len(orders)])


def _is_kept(subject: dict[str, Any]) -> bool:
    return not subject["is_control"] and (subject["target"], subject["variant"]) in TARGETS


def _moved(trial: dict[str, Any], block: int) -> dict[str, Any]:
    """Return a trial in another block; no two histograms are equal, as in a measured run."""
    distributions = []
    for one in trial["distributions"]:
        sum_ns, rest = one["histogram"].split(":", 1)
        distributions.append(one | {"histogram": f"{int(sum_ns) + block}:{rest}"})
    return trial | {"block": block, "distributions": distributions}


def measured(run: str, results: Path) -> Cost:
    """Return the cost of one report."""
    began_s = time.perf_counter()
    process = subprocess.Popen(
        (sys.executable, "-m", "harness", "report", run),
        env=os.environ | {"HARNESS_RESULTS": str(results)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"harness report ended with {process.returncode}")
    return Cost(time.perf_counter() - began_s, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def medians(run: str, results: Path, rounds: int) -> dict[str, float]:
    """Return the median costs of a report; the first round warms the caches and is not counted."""
    costs = [asdict(measured(run, results)) for _ in range(rounds + 1)][1:]
    return {name: statistics.median(one[name] for one in costs) for name in costs[0]}


def _lines(found: dict[str, dict[str, float]]) -> Iterator[str]:
    for name, cost in found.items():
        yield (
            f"{name}: {cost['wall_s']:.2f} s (at most {MOST_S[name]:g} s), {cost['cpu_s']:.2f} s of CPU time, "
            f"{cost['peak_bytes'] / 2**20:.0f} MiB"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", type=Path, default=ROOT / "results" / "reference", help="folder of a stored run")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        for name, trials in (("two_targets", 0), ("many_trials", options.trials)):
            make_run(options.run, results / name, trials)
        found = {name: medians(name, results, options.rounds) for name in MOST_S}
    print(json.dumps(found) if options.json else "\n".join(_lines(found)))  # noqa: T201
    return 1 if any(found[name]["wall_s"] > most_s for name, most_s in MOST_S.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
