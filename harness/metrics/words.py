"""The words for metrics: title, phrase and definition of each, and the order of all metrics.

A metric has one definition, which the page and GLOSSARY.md both print. It states what is counted, the start and end of
a time, and what is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics import catalogue as c
from harness.metrics.names import Quantile, stem_of
from harness.units import counted, unrounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrics.names import Parameters


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one metric.

    Attributes:
        title: Its name under the heading of its family; can contain `{connections}`, `{users}`, `{rate}`, `{quantile}`,
            `{share}`.
        phrase: Its name in any other text; can contain the same.
        definition: Whole sentences.
        short: Its label in a narrow table; without one, `short_of` shortens the phrase.
    """

    title: str
    phrase: str
    definition: str
    short: str = ""


_CONTAINER = "Anonymous, shared and kernel memory of the target's container {when}. The page cache is not counted."
_PROCESSES = (
    "Proportional set size of all processes of the target {when}, as if they ran alone: of memory that n of them "
    "share, each counts an n-th. Mapped files are counted, those of each program once."
)
_RESIDENT = (
    "Resident set sizes of all processes of the target {when}, added up: memory that n processes share counts n times. "
    "Mapped files are counted."
)
# The letters of a metric's pattern, which its definition explains
_LETTERS = {"connections": "N connections", "users": "N users", "rate": "R", "share": "S %", "quantile": "pQ"}
_AFTER = "after load, when all targets have rested (10 s in the profile full)"
_ANSWER = "the first answer that is right to the byte"
_OWN = (
    "The app's own share of a start: its time to the first right answer less that of the null target in the same "
    "block, each the mean of the block's timed starts. It has no number where a target is ready no later than the null "
    "target."
)
_FIRST_REQUEST = (
    "Time of the first request to a target that is ready, from send to last byte, on an open connection; once a block. "
    "Before it the target has answered only the request that found it ready."
)
_NEXT_REQUESTS = (
    "Median time of the 20 requests after the first, one after the other, on the same connection where the target "
    "keeps it."
)
_UNCACHED = "The page cache was dropped before it, and no target of the block was up; only with --cold-page-cache."

WORDS = {
    c.THROUGHPUT: Words(
        "{connections}",
        "throughput over {connections}",
        "Verified answers per second over N keep-alive connections without think time. Head and tail of each slice are "
        "not counted; a request on their border counts by the share of its time in the counted part. One failed or "
        "wrong answer leaves the level without a number.",
    ),
    c.THROUGHPUT_PEAK: Words(
        "peak",
        "peak throughput",
        "The largest closed-load throughput over all connection levels of the profile.",
    ),
    c.LATENCY_OPEN: Words(
        "{quantile} at {rate} req/s",
        "{quantile} latency at {rate} req/s",
        "Percentile Q (50, 90, 99, 99.9) of the response times of all blocks under Poisson arrivals at R requests per "
        "second, from the intended send to the last byte. No number if clearly less than 99 % of the rate was "
        f"answered, or with too few samples: a p99 takes {Quantile.P99.least_samples:,}, a p99.9 "
        f"{Quantile.P999.least_samples:,}, more if in bursts.",
    ),
    c.LATENCY_OWN_RATE: Words(
        "{quantile} at {share} of its own peak",
        "{quantile} latency at {share} of its own peak",
        "Percentile Q (50, 90, 99, 99.9) of the response times, from the intended send to the last byte, under Poisson "
        "arrivals at S % of the target's own largest throughput in the same block.",
    ),
    c.LATENCY_CLOSED: Words(
        "{quantile} over {connections}",
        "{quantile} latency over {connections}",
        "Percentile Q (50, 90, 99, 99.9) of the times from send to last byte, of all blocks, over N keep-alive "
        "connections without think time. Requests sent in the head of a slice are not counted. The connections wait "
        "for each other, so it grows with N.",
    ),
    c.LATENCY_CLOSED_MEAN: Words(
        "mean over {connections}",
        "mean latency over {connections}",
        "Mean of the times from send to last byte, of all blocks, over N keep-alive connections without think time.",
    ),
    c.MEMORY_IDLE: Words("idle", "idle memory", _CONTAINER.format(when="before the first load")),
    c.MEMORY_LOADED: Words("loaded", "loaded memory", _CONTAINER.format(when="at the end of load")),
    c.MEMORY_PEAK: Words(
        "peak",
        "peak memory",
        "The kernel's own high-water mark of the target's container since load began, page cache included. Where the "
        "kernel can't reset the mark, it counts from the start, and a warning says so.",
    ),
    c.MEMORY_AFTER: Words("after load", "memory after load", _CONTAINER.format(when=_AFTER)),
    c.MEMORY_PSS_IDLE: Words(
        "idle, as processes", "idle memory, as processes", _PROCESSES.format(when="before the first load")
    ),
    c.MEMORY_PSS_LOADED: Words(
        "loaded, as processes", "loaded memory, as processes", _PROCESSES.format(when="at the end of load")
    ),
    c.MEMORY_PSS_PEAK: Words(
        "peak, as processes",
        "peak memory, as processes",
        "Always absent. The kernel keeps a high-water mark of each process, and their sum is no peak of the sum.",
    ),
    c.MEMORY_PSS_AFTER: Words(
        "after load, as processes", "memory after load, as processes", _PROCESSES.format(when=_AFTER)
    ),
    c.MEMORY_RSS_IDLE: Words(
        "idle, resident sizes added up",
        "idle memory, resident sizes added up",
        _RESIDENT.format(when="before the first load"),
    ),
    c.MEMORY_RSS_LOADED: Words(
        "loaded, resident sizes added up",
        "loaded memory, resident sizes added up",
        _RESIDENT.format(when="at the end of load"),
    ),
    c.MEMORY_RSS_PEAK: Words(
        "peak, resident sizes added up",
        "peak memory, resident sizes added up",
        "Largest resident set size of each process since its start, added up at the end of load: memory that n "
        "processes share counts n times, and they may have reached their largest size at different times.",
    ),
    c.MEMORY_RSS_AFTER: Words(
        "after load, resident sizes added up",
        "memory after load, resident sizes added up",
        _RESIDENT.format(when=_AFTER),
    ),
    c.COLD_START_CREATE: Words(
        "create", "time to create", "Duration of the engine's create call. It does not start the container."
    ),
    c.COLD_START_START: Words(
        "start", "time to start", "Duration of the engine's start call. It returns before the target answers."
    ),
    c.COLD_START_READY: Words(
        "time to the first right answer",
        "time to the first right answer",
        f"Time from the engine's start call to {_ANSWER}. An open port is not ready.",
        "cold start",
    ),
    c.COLD_START_APP: Words("the app's own share", "the app's own share of cold start", _OWN),
    c.COLD_START_FIRST_REQUEST: Words("first request", "first request after the start", _FIRST_REQUEST),
    c.COLD_START_NEXT_REQUESTS: Words("next requests", "next requests after the start", _NEXT_REQUESTS),
    c.PROCESS_START_READY: Words(
        "time to the first right answer, as a process",
        "time to the first right answer, as a process",
        f"Time from the command that turns a prepared process into the target to {_ANSWER}. An open port is not ready.",
        "process start",
    ),
    c.PROCESS_START_APP: Words(
        "the app's own share, as a process",
        "the app's own share of the start, as a process",
        _OWN,
    ),
    c.PROCESS_START_FIRST_REQUEST: Words(
        "first request, as a process", "first request after the start, as a process", _FIRST_REQUEST
    ),
    c.PROCESS_START_NEXT_REQUESTS: Words(
        "next requests, as a process", "next requests after the start, as a process", _NEXT_REQUESTS
    ),
    c.COLD_START_UNCACHED_READY: Words(
        "time to the first right answer, from the disk",
        "time to the first right answer, from the disk",
        f"Time from the engine's start call to {_ANSWER}. {_UNCACHED}",
        "cold start from the disk",
    ),
    c.COLD_START_UNCACHED_APP: Words(
        "the app's own share, from the disk",
        "the app's own share of the start, from the disk",
        _OWN,
    ),
    c.PROCESS_START_UNCACHED_READY: Words(
        "time to the first right answer, as a process, from the disk",
        "time to the first right answer, as a process, from the disk",
        f"Time from the command that turns a prepared process into the target to {_ANSWER}. {_UNCACHED}",
        "process start from the disk",
    ),
    c.PROCESS_START_UNCACHED_APP: Words(
        "the app's own share, as a process, from the disk",
        "the app's own share of the start, as a process, from the disk",
        _OWN,
    ),
    c.CPU_PER_REQUEST: Words(
        "per request over {connections}",
        "CPU time per request over {connections}",
        "CPU time of all processes of the target divided by its verified answers, while N connections load it.",
    ),
    c.CPU_PER_REQUEST_LADDER: Words(
        "per further request",
        "CPU time per further request",
        "Slope of the line through CPU seconds per second against answers per second, at rest and at each rate that is "
        "a share of the target's own peak, in the same block.",
    ),
    c.CPU_LOAD_IDLE: Words(
        "per second, at rest",
        "CPU seconds per second at rest",
        "CPU time of all processes of the target divided by the time of a rest without load, with the generator's "
        "connections open, after the warm-up.",
    ),
    c.CPU_LOAD_OWN_RATE: Words(
        "per second, at {share} of its own peak",
        "CPU seconds per second at {share} of its own peak",
        "CPU time of all processes of the target divided by the time in which it is loaded, under Poisson arrivals at "
        "S % of the target's own largest throughput in the same block. What it uses at rest while other targets are "
        "loaded is subtracted.",
    ),
    c.CONNECTIONS_PRACTICAL: Words(
        "practical connections",
        "practical connections",
        "The largest number of connections without think time, up to 1,024, at which p99 stays under 100 ms and no "
        "request fails.",
    ),
    c.RATE_SLO: Words(
        "rate within the objective",
        "rate within the objective",
        "The largest rate of Poisson arrivals at which p99 keeps the profile's objective (25 ms in full), at most "
        "0.1 % of the requests fail and at least 99 % of the rate is answered.",
    ),
    c.PACED_RATE: Words(
        "rate of {users}",
        "rate of {users} (paced)",
        "Verified answers per second of N users who pause between their requests, or of a LoadTestShape with at most N "
        "users. Given by the users and not by the target, so it is no throughput and ranks nothing. With a single "
        "block its interval is that of a Poisson count.",
    ),
    c.PACED_LATENCY: Words(
        "{quantile} of {users}",
        "{quantile} latency of {users} (paced)",
        "Percentile Q (50, 90, 99, 99.9) of the response times by Locust's own request events, of all blocks, of N "
        "users who pause between their requests. Requests sent in the head of a slice are not counted.",
    ),
    c.PACED_LATENCY_MEAN: Words(
        "mean of {users}",
        "mean latency of {users} (paced)",
        "Mean of the response times by Locust's own request events, of all blocks, of N users who pause between their "
        "requests.",
    ),
    c.FOOTPRINT_IMAGE: Words("image", "image size", "Size of the target's image, its base included."),
    c.FOOTPRINT_BUILD: Words(
        "build",
        "size of the build",
        "Size of everything that is built for a target that runs as processes. It does not compare with an image.",
    ),
    c.FOOTPRINT_FRAMEWORK: Words(
        "framework",
        "size of the framework",
        "Size of the framework's own files: of a Python distribution those in its RECORD, without compiled copies; of "
        "a Go module the source files of its packages that are linked; of a Node package all its files; "
        "of a gem the files of its library.",
    ),
    c.FOOTPRINT_BINARY: Words("binary", "size of the binary", "Size of the binary that serves."),
    c.FOOTPRINT_DEPENDENCIES: Words(
        "dependencies",
        "dependencies",
        "Number of distributions or packages that the framework's production variants need, or of modules linked into "
        "the binary; the framework is one of them.",
    ),
    c.FOOTPRINT_APP_LINES: Words(
        "smallest app",
        "lines of the smallest app",
        "Code lines of the smallest app that works, without blank lines and comments.",
    ),
}


def title_of(name: str) -> str:
    """Return a metric's title: `32 connections`, `p99 at 1,000 req/s`; the name itself for an unknown metric."""
    named = c.parse(name)
    return WORDS[named.metric].title.format(**_in_words(named.parameters)) if named else name


def phrase_of(name: str) -> str:
    """Return a phrase for a metric: `throughput over 32 connections`; the name itself for an unknown metric."""
    named = c.parse(name)
    return WORDS[named.metric].phrase.format(**_in_words(named.parameters)) if named else name


def form_of(metric: c.Metric) -> str:
    """Return a phrase for all names of a metric, with letters for their parameters: `pQ latency at R req/s`."""
    return WORDS[metric].phrase.format(**_LETTERS)


def short_of(name: str) -> str:
    """Return a metric's label for a narrow table: `cold start`, or its phrase without the load: `p99 latency`."""
    named = c.parse(name)
    if named is not None and (short := WORDS[named.metric].short):
        return short
    phrase = phrase_of(name)
    for joint in (" over ", " at ", " of ", ", "):
        phrase = phrase.partition(joint)[0]
    return phrase


def load_of(name: str) -> str:
    """Return the load of a name, with the percentile as a number: `p50 at 1,000 req/s`; without a load its phrase."""
    named = c.parse(name)
    if named is None or not named.metric.depends_on_load:
        return phrase_of(name)
    words = _in_words(named.parameters)
    if named.parameters.quantile:
        words["quantile"] = percentile(named.parameters.quantile)
    return WORDS[named.metric].title.format(**words)


def wanted_in_words(wanted: str) -> str:
    """Return a phrase for a metric or wildcard of a figure: `idle memory`, of `latency.*` its family `latency`."""
    if stem_of(wanted) is None:
        return phrase_of(wanted)
    family = c.family_of(wanted).value
    return family if family[1].isupper() else family.lower()


def percentile(quantile: Quantile) -> str:
    """Return a percentile with a decimal point: `p99.9`."""
    return f"p{100 * quantile.share:g}"


def sort_key(name: str) -> tuple[int, int, tuple[float, ...], str]:
    """Return a sort key of names: by family, by metric, then by their parameters as numbers."""
    named, family = c.parse(name), list(c.Family).index(c.family_of(name))
    if named is None:
        return family, len(c.CATALOGUE), (), name
    p = named.parameters
    numbers = (p.connections, p.users, p.rate_per_s, p.share, p.quantile and p.quantile.share)
    known = tuple(float(number) for number in numbers if number is not None)
    return family, c.CATALOGUE.index(named.metric), known, name


def _in_words(parameters: Parameters) -> dict[str, str]:
    connections, rate_per_s, quantile = parameters.connections, parameters.rate_per_s, parameters.quantile
    words = {}
    if connections is not None:
        words["connections"] = counted(connections, "connection")
    if parameters.users is not None:
        words["users"] = counted(parameters.users, "user")
    if rate_per_s is not None:
        words["rate"] = unrounded(rate_per_s)
    if parameters.share is not None:
        words["share"] = f"{100 * parameters.share:.3g} %"
    if quantile is not None:
        words["quantile"] = "median" if quantile is Quantile.P50 else percentile(quantile)
    return words


def enumeration(words: Sequence[str], joint: str = "and") -> str:
    """Return words joined as in a sentence: `a, b and c`."""
    return f" {joint} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
