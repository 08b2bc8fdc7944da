"""Simulated loads, written in the format of each tool as the tool prints them. Times are in seconds."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Document = Any
SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the connections of one load measured.

    Attributes:
        opened: How many of the connections the tool opened.
        times: The latencies of all answers, those with an error status included.
        whole: The times of whole cycles: the latency and the think time after it.
    """

    connections: int
    opened: int
    seconds: float
    times: Times
    whole: Times
    errors: int

    @property
    def answers(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is fixed of a simulated load; 0 is drawn. `errors` is the largest share of answers with an error status."""

    connections: int = 0
    mean_s: float = 0.0
    spread: float = 0.0
    errors: float = 0.01


ANY = Shape()


def draw_load(rng: np.random.Generator, shape: Shape, *, think: float = 0.0, threads: int = 1) -> Load:
    """Draw a closed load: each connection sends again after an answer; the end cuts off what is under way."""
    connections = shape.connections or int(rng.choice([8, 16, 32, 64, 128, 256]))
    mean_s = shape.mean_s or float(rng.uniform(0.05, 0.4))
    spread = shape.spread or float(rng.uniform(0.1, 1.5))
    opened = threads * (connections // threads)
    size = (opened, int(SECONDS / mean_s * 2) + 50)
    if rng.random() < 0.5:
        times = rng.gamma(1 / spread**2, mean_s * spread**2, size)
    else:
        sigma = np.sqrt(np.log1p(spread**2))
        times = rng.lognormal(np.log(mean_s) - sigma**2 / 2, sigma, size)
    times = np.maximum(times, 1e-5)
    gaps = mean_s * (rng.uniform(0, 0.02) + (rng.exponential(think, size) if think else 0.0))
    begins = rng.uniform(0, 0.01 * SECONDS, (opened, 1))  # ramp-up
    done = begins + np.cumsum(times + gaps, axis=1) <= SECONDS
    counted, whole = times[done], (times + gaps)[done]
    return Load(connections, opened, SECONDS, counted, whole, int(rng.uniform(0, shape.errors) * len(counted)))


def by_wrk(load: Load) -> Times:
    """Return the latencies as wrk corrects them for coordinated omission (stats_correct in its src/stats.c)."""
    interval = load.seconds / (load.answers // load.connections)
    corrected, left = [load.times], load.times[load.times >= 2 * interval]
    while len(left := left[left - interval > interval] - interval):
        corrected.append(left)
    return np.concatenate(corrected)


def printed(seconds: float) -> str:
    """Return a time as wrk prints it: two decimals of a unit."""
    for unit, size in (("us", 1e-6), ("ms", 1e-3)):
        if seconds < 1000 * size:
            return f"{seconds / size:.2f}{unit}"
    return f"{seconds:.2f}s"


def percentiles(times: Times, shares: Sequence[float]) -> list[float]:
    return [float(value) for value in np.quantile(times, shares)]


# Suites: a document of several programs.

LEVELS = (16, 64, 256)


def techempower(rng: np.random.Generator, shape: Shape = ANY, programs: int = 4) -> Document:
    def level(opened: int) -> dict[str, Any]:
        threads = int(rng.choice([1, 4, 6, 12]))
        load = draw_load(rng, replace(shape, connections=opened), threads=min(threads, opened))
        times = by_wrk(load)
        return {
            "latencyAvg": printed(times.mean()), "latencyStdev": printed(times.std()),
            "latencyMax": printed(times.max()),
            "totalRequests": load.answers, "5xx": load.errors,
        }  # fmt: skip

    levels = (shape.connections,) if shape.connections else LEVELS
    raw = {f"program{n}": [level(opened) for opened in levels] for n in range(programs)}
    return {"concurrencyLevels": list(levels), "duration": 15, "rawData": {"json": raw}}


def httparena(rng: np.random.Generator, shape: Shape = ANY, programs: int = 6) -> Document:
    def row(number: int) -> dict[str, Any]:
        load = draw_load(rng, replace(shape, connections=shape.connections or 512))
        good = load.answers - load.errors
        (p99,) = percentiles(load.times, [0.99])
        return {
            "framework": f"program{number}", "language": "?", "rps": int(good / SECONDS), "threads": 64,
            "avg_latency": printed(load.times.mean()), "p99_latency": printed(p99), "connections": load.connections,
            "duration": f"{SECONDS:.0f}s", "pipeline": 1, "bandwidth": "3.10MB/s", "reconnects": 0,
            "status_2xx": good, "status_3xx": 0, "status_4xx": 0, "status_5xx": load.errors,
        }  # fmt: skip

    return [row(number) for number in range(programs)]


ROUTES = 3
BENCHMARKER = (50, 75, 90, 99, 99.999)


def the_benchmarker(rng: np.random.Generator, shape: Shape = ANY, programs: int = 4) -> Document:
    def route(opened: int) -> dict[str, float]:
        load = draw_load(rng, replace(shape, connections=opened), threads=8)
        times = by_wrk(load) * 1e6
        values = {
            "duration_ms": SECONDS * 1e6, "total_requests": load.answers, "http_errors": load.errors,
            "total_requests_per_s": int(load.answers / SECONDS), "minimum_latency": int(times.min()),
            "maximum_latency": int(times.max()), "average_latency": int(times.mean()),
            "standard_deviation": int(times.std()), "request_timeouts": 0,
        }  # fmt: skip
        shares = [percent / 100 for percent in BENCHMARKER]
        return values | {
            f"percentile_{p}": int(v) for p, v in zip(BENCHMARKER, percentiles(times, shares), strict=True)
        }

    metrics = []
    for program, level in itertools.product(range(programs), (shape.connections,) if shape.connections else LEVELS):
        routes = [route(level) for _ in range(ROUTES)]
        for label in routes[0]:
            value = sum(one[label] for one in routes) / ROUTES
            metrics.append({"framework_id": program, "level": level, "label": label, "value": value})
    frameworks = [{"id": program, "label": f"program{program}", "language": "?"} for program in range(programs)]
    return {"metrics": metrics, "frameworks": frameworks}


# Tools: a document of one load.


def k6(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape, think=0.5)

    def trend(times: Times) -> dict[str, float]:
        low, median, p90, p95, high = percentiles(times * 1e3, [0, 0.5, 0.9, 0.95, 1])
        return {"avg": float(times.mean() * 1e3), "min": low, "med": median, "max": high, "p(90)": p90, "p(95)": p95}

    def counter(count: float) -> dict[str, float]:
        return {"count": count, "rate": count / SECONDS}

    return {
        "metrics": {
            "http_reqs": counter(load.answers), "iterations": counter(load.answers),
            "data_received": counter(load.answers * 207),
            "http_req_duration": trend(load.times), "iteration_duration": trend(load.whole),
            "http_req_sending": trend(load.times * 0.1), "http_req_waiting": trend(load.times * 0.7),
            "http_req_receiving": trend(load.times * 0.2),
            "http_req_failed": {"value": load.errors / load.answers, "passes": load.errors},
            "vus_max": {"value": load.connections, "min": load.connections, "max": load.connections},
        }
    }  # fmt: skip


def oha(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape)
    shares = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999]
    names = ["p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"]
    return {
        "summary": {
            "successRate": 1.0, "total": SECONDS, "slowest": float(load.times.max()),
            "fastest": float(load.times.min()), "average": float(load.times.mean()),
            "requestsPerSec": (load.answers + load.connections) / SECONDS,
        },
        "latencyPercentiles": dict(zip(names, percentiles(load.times, shares), strict=True)),
        "statusCodeDistribution": {"200": load.answers - load.errors, "500": load.errors},
        "errorDistribution": {"aborted due to deadline": load.connections},
    }  # fmt: skip


def autocannon(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape)
    times = np.floor(load.times * 1e3)
    shares = {"p2_5": 0.025, "p50": 0.5, "p97_5": 0.975, "p99": 0.99, "p99_9": 0.999}
    latency = {"average": round(float(times.mean()), 2), "min": int(times.min()), "max": int(times.max())}
    latency |= {name: int(np.quantile(times, share)) for name, share in shares.items()}
    return {
        "url": "http://127.0.0.1", "connections": load.connections, "pipelining": 1, "duration": SECONDS + 0.03,
        "samples": 15, "errors": 0, "timeouts": 0, "non2xx": load.errors, "2xx": load.answers - load.errors,
        "latency": latency,
        "requests": {"average": round(load.answers / SECONDS, 2), "total": load.answers},
    }  # fmt: skip


def bombardier(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape)
    values = percentiles(load.times * 1e6, [0.5, 0.75, 0.9, 0.95, 0.99])
    return {
        "spec": {"numberOfConnections": load.connections, "url": "http://127.0.0.1"},
        "result": {
            "timeTakenSeconds": SECONDS, "req2xx": load.answers - load.errors, "req5xx": load.errors, "others": 0,
            "latency": {
                "mean": float(load.times.mean() * 1e6), "stddev": float(load.times.std() * 1e6),
                "max": float(load.times.max() * 1e6),
                "percentiles": dict(zip(("50", "75", "90", "95", "99"), values, strict=True)),
            },
            "rps": {"mean": load.answers / SECONDS * rng.uniform(0.97, 1.03)},
        },
    }  # fmt: skip


def vegeta(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape)
    nanos = np.rint(load.times * 1e9)
    median, p90, p95, p99 = percentiles(nanos, [0.5, 0.9, 0.95, 0.99])
    wait = float(load.times.mean())
    return {
        "latencies": {
            "total": int(nanos.sum()), "mean": int(nanos.mean()), "50th": median, "90th": p90, "95th": p95, "99th": p99,
            "max": int(nanos.max()), "min": int(nanos.min()),
        },
        "duration": int(SECONDS * 1e9), "wait": int(wait * 1e9), "requests": load.answers,
        "rate": load.answers / SECONDS, "throughput": (load.answers - load.errors) / (SECONDS + wait),
        "success": 1 - load.errors / load.answers, "status_codes": {"200": load.answers}, "errors": [],
    }  # fmt: skip


def locust(rng: np.random.Generator, shape: Shape = ANY) -> Document:
    load = draw_load(rng, shape)
    millis = load.times * 1e3
    digits = np.where(millis < 100, 1, np.where(millis < 1000, 10, 100))
    keys, counts = np.unique(np.rint(millis / digits).astype(int) * digits, return_counts=True)
    return [
        {
            "name": "/", "method": "GET", "num_requests": load.answers, "num_none_requests": 0,
            "num_failures": load.errors, "total_response_time": float(millis.sum()),
            "max_response_time": float(millis.max()), "min_response_time": float(millis.min()),
            "response_times": {str(key): int(count) for key, count in zip(keys, counts, strict=True)},
            "num_reqs_per_sec": {"1": load.answers // 2, "2": load.answers - load.answers // 2},
        }
    ]  # fmt: skip


Simulation = Callable[..., Document]
SUITES: dict[str, Simulation] = {
    "techempower": techempower, "httparena": httparena, "the_benchmarker": the_benchmarker,
}  # fmt: skip
TOOLS: dict[str, Simulation] = {
    "k6": k6, "oha": oha, "autocannon": autocannon, "bombardier": bombardier, "vegeta": vegeta, "locust": locust,
}  # fmt: skip
