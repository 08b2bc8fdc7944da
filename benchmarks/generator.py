"""Compare the generator with wrk and stock Locust: the rate of one core when every answer is verified and timed.

    .venv/bin/python benchmarks/generator.py [--json] [--rounds 12] [--connections 32] [--workers]

Everything runs in one session on this machine. The targets run in containers on one core, and the tools run one at a
time on another core. Within each round the order of targets and of the tools for a target is random. Only ratios within
a round are reported, because rates change from minute to minute. Each measurement of a tool begins and ends without
connections. So no tool is slowed by the connections of another, thousands of connections fit into the limit of open
files, and the rates of wrk and the lane both include the first connects. k6 is measured if it is on PATH. The exit code
is 3 without wrk, a container engine or enough open files.

`lane_stamped_over_plain` is the lane's rate with a null target that gives each answer a request id of its own, over its
rate without. `lane_over_http_user` is the lane's rate over that of the same scenario as a stock HttpUser.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import interrupts
from harness.analysis.comparison import ratio_interval
from harness.errors import HarnessError, Interrupted, MachineError
from harness.experiment.environment import plan_cpus
from harness.experiment.loop import new_id
from harness.histogram import Histogram
from harness.load.generator import Generator
from harness.manifest import load_scenarios, load_targets
from harness.measure.running import running_target
from harness.model import Load, LoadKind, Slice, Subject
from harness.runtime.base import Launch
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.experiment.environment import CpuPlan
    from harness.model import SliceResult

HERE = Path(__file__).parent
ROOT = HERE.parent
SLICE_S = 1.0
CONNECTS_PER_S = 2000  # a slice is long enough for its connects at this rate
MOST_STOCK_CONNECTIONS = 1000  # with more, stock Locust would still be starting users at the end of its measurement
OTHER_FILES = 256  # open files of a tool besides its connections
DISCARD_S = 0.05
OPEN_S = 3.0
OPEN_RATES_PER_S = (1000.0, 5000.0)
STOCK_S = 3
STAMPED_S = 0.1  # a slice with or without stamps, without its head
STAMPED_TURNS = 10  # slices of each kind in a round
QUANTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}


@dataclass(slots=True)
class Bench:
    """The generator, the targets and the rates of all rounds.

    Attributes:
        generator: The generator whose lane is measured.
        cpus: The CPUs of the tools, as a list for taskset.
        connections: The number of connections of each tool.
        urls: The URLs of the null target, the stamping null target and Gin, by name.
        rates_per_s: All rates so far, by tool and target, one value per round.
    """

    generator: Generator
    cpus: str
    connections: int
    urls: dict[str, str]
    rates_per_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def slice_s(self) -> float:
        """The duration of a measurement of wrk or the lane, in seconds."""
        return max(SLICE_S, self.connections / CONNECTS_PER_S)


def lane_slice(bench: Bench, target: str, load: Load, duration_s: float, seed: int) -> SliceResult:
    """Drive one slice with the lane, with all verification and recording of the harness; return its result."""
    subject = Subject(target, "default")
    order = Slice(1, subject, "hello", load, duration_s, DISCARD_S, seed)
    [result] = bench.generator.run([order], {subject: bench.urls[target]})
    if sum(result.errors.values()):
        raise MachineError(
            "requests failed", where=target, cause=str(result.first_error), remedy="Run it on a quiet machine."
        )
    return result


def lane(bench: Bench, target: str) -> float:
    """Return the lane's rate, per second."""
    result = closed_slice(bench, target)
    return result.counted / result.counted_s


def closed_slice(bench: Bench, target: str) -> SliceResult:
    """Drive one slice of closed load with the lane, close its connections, and return the result."""
    load = Load(LoadKind.CLOSED, bench.connections)
    result = lane_slice(bench, target, load, bench.slice_s + DISCARD_S, 1)
    bench.generator.disconnect([bench.urls[target]])
    return result


def pinned(bench: Bench, *command: str) -> str:
    """Run a command on the generator's core and return its stdout."""
    done = subprocess.run(
        ["taskset", "--cpu-list", bench.cpus, *command], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it printed no error"]
        raise MachineError(
            "a command failed", where=command[0], cause=last[0], remedy="Run the command by hand to see why."
        )
    return done.stdout


def wrk(bench: Bench, target: str) -> float:
    """Return the rate of wrk with one thread, per second."""
    script = str(HERE / "wrk_report.lua")
    options = ("-t1", f"-c{bench.connections}", f"-d{math.ceil(bench.slice_s)}s", "-s", script)
    report = json.loads(pinned(bench, "wrk", *options, bench.urls[target] + "/").splitlines()[-1])
    return float(report["requests"]) / (float(report["duration_us"]) / 1e6)


def stock(bench: Bench, target: str, locustfile: str) -> float:
    """Return the rate of a locustfile under stock Locust, from Locust's own statistics, per second."""
    users = str(bench.connections)
    options = ("--headless", "--json", "-u", users, "-r", users, "-t", f"{STOCK_S}s", "--host", bench.urls[target])
    locust = str(Path(sys.executable).with_name("locust"))
    [entry] = json.loads(pinned(bench, locust, "-f", str(HERE / locustfile), *options))
    elapsed_s = float(entry["last_request_timestamp"]) - float(entry["start_time"])
    return float(entry["num_requests"]) / elapsed_s


def k6(bench: Bench, target: str) -> float:
    """Return the rate of k6, per second. Every answer must be correct."""
    options = ("--vus", str(bench.connections), "--duration", f"{STOCK_S}s", "--quiet", "--no-usage-report")
    environment = ("--env", f"URL={bench.urls[target]}/")
    report = json.loads(pinned(bench, "k6", "run", *options, *environment, str(HERE / "k6.js")).splitlines()[-1])
    if report["wrong"]:
        cause = f"{report['wrong']:,} of {report['requests']:,} answers to k6 were wrong or missing"
        raise MachineError("requests failed", where=target, cause=cause, remedy="Run it on a quiet machine.")
    return float(report["requests"]) / (float(report["duration_ms"]) / 1e3)


def measurements(bench: Bench) -> list[list[tuple[str, Callable[[], float]]]]:
    """Return the measurements of a round: for each target, the names and functions of its tools."""
    found: dict[str, list[tuple[str, Callable[[], float]]]] = {}
    for target in ("null", "gin"):
        found[target] = [
            (f"lane_{target}", partial(lane, bench, target)),
            (f"wrk_{target}", partial(wrk, bench, target)),
        ]
    if bench.connections <= MOST_STOCK_CONNECTIONS:
        found["null"].append(("fasthttp_null", partial(stock, bench, "null", "fast_http.py")))
        found["null"].append(("httpuser_null", partial(stock, bench, "null", "http_user.py")))
    if shutil.which("k6"):
        found["null"].append(("k6_null", partial(k6, bench, "null")))
    return list(found.values())


def run_rounds(bench: Bench, rounds: int) -> None:
    """Make all measurements once per round, in random order. The tools for one target are measured consecutively."""
    rng = random.Random(0)  # noqa: S311 - an order, no secret
    by_target = measurements(bench)
    for number in range(rounds):
        rng.shuffle(by_target)
        for entries in by_target:
            rng.shuffle(entries)
        for name, measure in itertools.chain.from_iterable(by_target):
            rate_per_s = measure()
            bench.rates_per_s[name].append(rate_per_s)
            print(f"round {number + 1} of {rounds}: {name} {rate_per_s:,.0f}/s", file=sys.stderr)  # noqa: T201


def ratios(bench: Bench) -> dict[str, dict[str, float]]:
    """Return the ratio of the lane's rate to each other tool's rate, with its interval over rounds."""
    rates_per_s = bench.rates_per_s
    found = {}
    for name, other_rates_per_s in rates_per_s.items():
        tool, _, target = name.rpartition("_")
        if tool != "lane":
            key = "lane_over_http_user" if tool == "httpuser" else f"lane_over_{name}"
            found[key] = ratio_interval(rates_per_s[f"lane_{target}"], other_rates_per_s)
    return {name: asdict(ratio) for name, ratio in found.items()}


def stamped_over_plain(bench: Bench, rounds: int) -> dict[str, float]:
    """Return the ratio of the lane's rate with stamped answers to its rate without, with its interval over rounds.

    The slices of a round alternate, so that both rates are from the same seconds.
    """
    load, targets = Load(LoadKind.CLOSED, bench.connections), ("stamped", "null")
    subjects = {target: Subject(target, "default") for target in targets}
    urls = {subjects[target]: bench.urls[target] for target in targets}
    for number in range(rounds):
        orders = [
            Slice(turn, subjects[target], "hello", load, STAMPED_S + DISCARD_S, DISCARD_S, number + 1)
            for turn, target in enumerate((*targets, *targets[::-1]) * (STAMPED_TURNS // 2))
        ]
        counted = dict.fromkeys(targets, 0.0)
        for order, result in zip(orders, bench.generator.run(orders, urls), strict=True):
            counted[order.subject.target] += result.counted
        for target in targets:
            rate_per_s = counted[target] / (STAMPED_S * STAMPED_TURNS)
            bench.rates_per_s[f"lane_{target}_alternating"].append(rate_per_s)
            print(f"round {number + 1} of {rounds}: lane_{target} {rate_per_s:,.0f}/s", file=sys.stderr)  # noqa: T201
    bench.generator.disconnect([bench.urls[target] for target in targets])
    return asdict(ratio_interval(*(bench.rates_per_s[f"lane_{target}_alternating"] for target in targets)))


def open_lateness(bench: Bench) -> Iterator[dict[str, Any]]:
    """Yield the lateness of open load at each rate, and that of a bare spinning loop just after it."""
    for rate_per_s in OPEN_RATES_PER_S:
        load = Load(LoadKind.POISSON, 64, rate_per_s)
        result = lane_slice(bench, "null", load, OPEN_S + DISCARD_S, 2)
        rate, duration = f"{rate_per_s:g}", f"{OPEN_S:g}"
        loop = ("-m", "harness.selftest.bare_loop", "--cpus", bench.cpus, "--rate", rate, "--duration", duration)
        bare = pinned(bench, sys.executable, *loop, "--seed", "2").strip()
        yield {
            "rate_per_s": rate_per_s,
            "planned": result.planned,
            "sent": result.sent,
            "lane_s": quantiles(result.lateness or ""),
            "bare_loop_s": quantiles(bare),
        }


def quantiles(text: str) -> dict[str, float]:
    """Return the quantiles of a stored histogram, in seconds."""
    histogram = Histogram.from_text(text)
    return {name: histogram.quantile_s(q) for name, q in QUANTILES.items()}


def per_cpu_s(bench: Bench, generator: Generator) -> float:
    """Return a generator's verified answers per second of its CPU time, with the null target."""
    result = closed_slice(replace(bench, generator=generator), "null")
    return result.verified / result.generator_cpu_s


def two_workers(bench: Bench, cpus: CpuPlan, rounds: int) -> dict[str, float]:
    """Return the ratio of two workers' answers per second of CPU time to one worker's, with its interval over rounds.

    All workers share the generator's cores: this measures the cost of distribution, not the gain of another core.
    """
    rng = random.Random(0)  # noqa: S311 - an order, no secret
    found: dict[str, list[float]] = {"one": [], "two": []}
    with Generator([load_scenarios(ROOT)["hello"]], cpus.generator, spin=not cpus.shared, workers=2) as pair:
        entries = [("one", bench.generator), ("two", pair)]
        for number in range(rounds):
            rng.shuffle(entries)
            for name, generator in entries:
                found[name].append(per_cpu_s(bench, generator))
                print(f"round {number + 1} of {rounds}: {name} {found[name][-1]:,.0f} per CPU second", file=sys.stderr)  # noqa: T201
    return asdict(ratio_interval(found["two"], found["one"]))


def start_targets(ending: ExitStack, cpus: frozenset[int], poller: frozenset[int]) -> dict[str, str]:
    """Start the null target, one that stamps its answers, and Gin in containers that `ending` stops; return URLs."""
    targets = load_targets(ROOT)
    null = targets["null_app"]
    raw = null.variant(null.default_variant)
    stamped = replace(null, variants=(replace(raw, environment={**raw.environment, "NULL_STAMPS": "1"}),))
    urls = {}
    for name, target in (("null", null), ("stamped", stamped), ("gin", targets["gin_app"])):
        running = running_target(RuntimeName.DOCKER, new_id("benchmark"), target, Launch(cpus), poller)
        urls[name] = ending.enter_context(running).url
    return urls


def raise_file_limit(connections: int) -> None:
    """Raise the limit of open files of this process and its children to the number that a measurement needs.

    Raises:
        MachineError: The hard limit is too low.
    """
    needed = connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != hard < needed:
        most = max(0, hard - OTHER_FILES)
        raise MachineError(
            "too many connections",
            where=f"--connections {connections}",
            cause=f"a process may have {hard:,} open files here, but {needed:,} are needed",
            remedy=f"Use at most {most}, or raise the hard limit (`ulimit -Hn`).",
        )
    if resource.RLIM_INFINITY != soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def measure(rounds: int, connections: int, *, workers: bool) -> dict[str, Any]:
    """Run the benchmark, and if `workers` compare two workers with one; return its document.

    Raises:
        MachineError: wrk or an engine is missing, or the limit of open files is too low.
    """
    raise_file_limit(connections)
    if not shutil.which("wrk"):
        raise MachineError("wrk is missing", where="PATH", cause="no such command", remedy="apt-get install wrk")
    cpus = plan_cpus()
    with ExitStack() as ending:
        urls = start_targets(ending, cpus.target, cpus.generator)
        scenario = load_scenarios(ROOT)["hello"]
        generator = ending.enter_context(Generator([scenario], cpus.generator, spin=not cpus.shared))
        pins = ",".join(map(str, sorted(cpus.generator)))
        bench = Bench(generator, pins, connections, urls)
        began_s = time.monotonic()
        run_rounds(bench, rounds)
        others = ratios(bench)
        stamped = stamped_over_plain(bench, rounds)
        lateness = list(open_lateness(bench))
        pair = {"two_workers_over_one_per_cpu_s": two_workers(bench, cpus, rounds)} if workers else {}
        return {
            "schema": "benchmarks.generator/1",
            "rounds": rounds,
            "connections": connections,
            "lane_stamped_over_plain": stamped,
            **others,
            **pair,
            "rates_per_s": dict(bench.rates_per_s),
            "lateness": lateness,
            "wall_s": time.monotonic() - began_s,
        }


def show(document: dict[str, Any]) -> None:
    """Print the document as text."""
    lines = [f"{document['connections']} connections, {document['rounds']} rounds, 95 % intervals"]
    for name, row in document.items():
        if "_over_" in name:
            lines.append(f"{name:<30} {row['estimate']:.3f} [{row['low']:.3f}, {row['high']:.3f}]")
    for row in document["lateness"]:
        lines.append(f"open load at {row['rate_per_s']:g}/s: planned {row['planned']}, sent {row['sent']}; lateness")
        for tool in ("lane_s", "bare_loop_s"):
            late = ", ".join(f"{name} {value * 1e6:.1f} µs" for name, value in row[tool].items())
            lines.append(f"  {tool.removesuffix('_s'):<12} {late}")
    print("\n".join(lines))  # noqa: T201


def main() -> int:
    """Run the benchmark and return the exit status."""
    parser = argparse.ArgumentParser(description="Compare the generator with wrk and stock Locust.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, default=12, help="number of rounds, at least 2")
    parser.add_argument("--connections", type=int, default=32, help="number of connections of each tool")
    parser.add_argument("--workers", action="store_true", help="also compare two workers with one")
    options = parser.parse_args()
    try:
        with interrupts.raising():
            document = measure(max(2, options.rounds), options.connections, workers=options.workers)
    except Interrupted as error:
        print("interrupted: nothing is left running, and nothing is stored", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    if options.json:
        print(json.dumps(document, indent=1))  # noqa: T201
    else:
        show(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
