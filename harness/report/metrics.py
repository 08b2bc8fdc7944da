"""What each metric is called and how it is defined.

A metric's definition is part of its name, so both stand here once; the method section of a report prints the
definitions of those that the run measured. Nothing here knows a result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model import AttributeName

if TYPE_CHECKING:
    from collections.abc import Callable


class Family(StrEnum):
    """Metrics that are read together. In this order they appear."""

    THROUGHPUT = "Throughput"
    LATENCY = "Latency"
    MEMORY = "Memory"
    COLD_START = "Cold start"
    CPU = "CPU time"
    LIMITS = "Limits"
    FOOTPRINT = "Footprint"
    OTHER = "Other"


KEY_FAMILIES = (Family.THROUGHPUT, Family.LATENCY, Family.MEMORY, Family.COLD_START)


@dataclass(frozen=True, slots=True)
class MetricKind:
    """All metrics that one definition covers.

    Attributes:
        name: The metric's name with its parameters in angle brackets.
        pattern: What such a metric's name matches as a whole; its named groups are the parameters.
        title: Names the metric below its family's name; `phrase` names it anywhere. Both take the parameters.
    """

    name: str
    pattern: str
    family: Family
    title: str
    phrase: str
    definition: str

    def parameters(self, metric: str) -> dict[str, str] | None:
        """Return the parameters in a metric's name; None where it is not of this kind."""
        match = re.fullmatch(self.pattern, metric)
        return match.groupdict() if match else None


_QUANTILE = r"p(?P<quantile>50|90|95|99|999)"
_RATE = r"r(?P<rate>\d+(?:\.\d+)?)"

KINDS: tuple[MetricKind, ...] = (
    MetricKind(
        "throughput.closed.c<N>",
        r"throughput\.closed\.c(?P<connections>\d+)",
        Family.THROUGHPUT,
        "{connections}",
        "throughput over {connections}",
        "Verified responses per second over N keep-alive connections without think time; the head of each slice is "
        "not counted. Every response is compared with what the target must answer, and one that fails or is wrong "
        "leaves the level without a number.",
    ),
    MetricKind(
        "throughput.peak",
        r"throughput\.peak",
        Family.THROUGHPUT,
        "peak",
        "peak throughput",
        "The largest throughput over all connection levels of the profile.",
    ),
    MetricKind(
        "latency.open.r<R>.p<Q>",
        rf"latency\.open\.{_RATE}\.{_QUANTILE}",
        Family.LATENCY,
        "{quantile} at {rate} req/s",
        "{quantile} latency at {rate} req/s",
        "Percentile Q of the response times under Poisson arrivals at R requests per second. The clock starts when a "
        "request was meant to be sent, whatever made it late, and stops at its last byte. A percentile is given only "
        "where enough samples lie beyond it.",
    ),
    MetricKind(
        "latency.own60.p<Q>",
        rf"latency\.own60\.{_QUANTILE}",
        Family.LATENCY,
        "{quantile} at 60 % of its own peak",
        "{quantile} latency at 60 % of its own peak",
        "The same under arrivals at 60 % of the target's own measured peak.",
    ),
    MetricKind(
        "memory.idle",
        r"memory\.idle",
        Family.MEMORY,
        "idle",
        "idle memory",
        "Anonymous, shared and kernel memory of the container as the kernel accounts it, before the first load; the "
        "page cache is not counted.",
    ),
    MetricKind(
        "memory.loaded", r"memory\.loaded", Family.MEMORY, "loaded", "loaded memory", "The same at the end of load."
    ),
    MetricKind(
        "memory.peak",
        r"memory\.peak",
        Family.MEMORY,
        "peak",
        "peak memory",
        "The kernel's own high-water mark of the container since load began, page cache included. Where the kernel "
        "can't reset it, it counts from the start, and a warning says so.",
    ),
    MetricKind(
        "memory.after",
        r"memory\.after",
        Family.MEMORY,
        "after load",
        "memory after load",
        "The same as idle memory, once the targets have been idle again for as long as the profile says, 10 s in full, "
        "and before any limit is searched.",
    ),
    MetricKind(
        "memory_pss.idle",
        r"memory_pss\.idle",
        Family.MEMORY,
        "idle, as processes",
        "idle memory, as processes",
        "The proportional set size of all processes of the target, before the first load: of what n processes of the "
        "machine share, each counts an n-th, and files that are mapped count, too. No container's number compares.",
    ),
    MetricKind(
        "memory_pss.loaded",
        r"memory_pss\.loaded",
        Family.MEMORY,
        "loaded, as processes",
        "loaded memory, as processes",
        "The same at the end of load.",
    ),
    MetricKind(
        "memory_pss.peak",
        r"memory_pss\.peak",
        Family.MEMORY,
        "peak, as processes",
        "peak memory, as processes",
        "The kernel keeps a high-water mark of each process, and their sum is no peak of the sum: always absent.",
    ),
    MetricKind(
        "memory_pss.after",
        r"memory_pss\.after",
        Family.MEMORY,
        "after load, as processes",
        "memory after load, as processes",
        "The same as idle memory, once the targets have been idle again for as long as the profile says, 10 s in full, "
        "and before any limit is searched.",
    ),
    MetricKind(
        "cold_start.create",
        r"cold_start\.create",
        Family.COLD_START,
        "create",
        "time to create",
        "How long the engine takes to create a container, which it does not start yet.",
    ),
    MetricKind(
        "cold_start.start",
        r"cold_start\.start",
        Family.COLD_START,
        "start",
        "time to start",
        "From the engine's start call until that call returns, which is before the target answers.",
    ),
    MetricKind(
        "cold_start.ready",
        r"cold_start\.ready",
        Family.COLD_START,
        "ready",
        "time to the first right answer",
        "From the same start call to the first answer that is right to the byte. An open port is not ready.",
    ),
    MetricKind(
        "cold_start.app",
        r"cold_start\.app",
        Family.COLD_START,
        "the app's own share",
        "the app's own share of cold start",
        "Ready, less the null target's ready in the same block, each the mean of the block's timed starts: what is "
        "left when engine, container and poller are taken away. A start no longer than the null target's leaves it "
        "without a number.",
    ),
    MetricKind(
        "cold_start.first_request",
        r"cold_start\.first_request",
        Family.COLD_START,
        "first request",
        "first request after the start",
        "From send to the last right byte of the first request to a target that is ready, which has answered none but "
        "the one that found it so; once a block, on a connection that is open.",
    ),
    MetricKind(
        "cold_start.next_requests",
        r"cold_start\.next_requests",
        Family.COLD_START,
        "next requests",
        "next requests after the start",
        "The median of the 20 requests that follow the first, one after the other on the same connection where the "
        "target keeps it.",
    ),
    MetricKind(
        "process_start.ready",
        r"process_start\.ready",
        Family.COLD_START,
        "ready, as a process",
        "time to the first right answer, as a process",
        "From the word on which a prepared process becomes the target to the first answer that is right to the byte, "
        "without a container.",
    ),
    MetricKind(
        "process_start.app",
        r"process_start\.app",
        Family.COLD_START,
        "the app's own share, as a process",
        "the app's own share of the start, as a process",
        "The same, less that of the null target in the same block.",
    ),
    MetricKind(
        "process_start.first_request",
        r"process_start\.first_request",
        Family.COLD_START,
        "first request, as a process",
        "first request after the start, as a process",
        "From send to the last right byte of the first request to a process that is ready; once a block.",
    ),
    MetricKind(
        "process_start.next_requests",
        r"process_start\.next_requests",
        Family.COLD_START,
        "next requests, as a process",
        "next requests after the start, as a process",
        "The median of the 20 requests that follow the first.",
    ),
    MetricKind(
        "cpu_per_request.closed.c<N>",
        r"cpu_per_request\.closed\.c(?P<connections>\d+)",
        Family.CPU,
        "per request over {connections}",
        "CPU time per request over {connections}",
        "CPU time of all processes of the target over its verified responses, while N connections load it.",
    ),
    MetricKind(
        "connections.practical",
        r"connections\.practical",
        Family.LIMITS,
        "practical connections",
        "practical connections",
        "The largest number of connections at which p99 stays under 100 ms without an error.",
    ),
    MetricKind(
        "rate.slo",
        r"rate\.slo",
        Family.LIMITS,
        "rate within the objective",
        "rate within the objective",
        "The largest open rate that the target sustains within its objective for latency and errors.",
    ),
)
KINDS += tuple(
    MetricKind(f"footprint.{name}", rf"footprint\.{name}", Family.FOOTPRINT, title, phrase, definition)
    for name, title, phrase, definition in (
        ("image", "image", "image size", "Everything in the target's image, its base included."),
        ("build", "build", "size of the build", "Everything that was built for processes; no image compares."),
        (
            "framework",
            "framework",
            "size of the framework",
            (
                "The framework's own files: of a Python distribution what its RECORD names, compiled copies left out; "
                "of a Go module the source files of its packages that are linked."
            ),
        ),
        ("binary", "binary", "size of the binary", "The binary that serves."),
        (
            "dependencies",
            "dependencies",
            "dependencies",
            "Installed distributions, or modules linked into the binary, the framework among them.",
        ),
        (
            "app_lines",
            "smallest app",
            "lines of the smallest app",
            "Lines of the smallest app that works, without blank ones and comments.",
        ),
    )
)
KINDS += tuple(
    MetricKind(
        f"{start}_uncached.{step}",
        rf"{start}_uncached\.{step}",
        Family.COLD_START,
        f"{title}{as_process}, from the disk",
        f"{phrase}{as_process}, from the disk",
        definition,
    )
    for start, as_process in (("cold_start", ""), ("process_start", ", as a process"))
    for step, title, phrase, definition in (
        (
            "ready",
            "ready",
            "time to the first right answer",
            "As ready, after the machine's page cache was dropped and before any target of the block was up.",
        ),
        ("app", "the app's own share", "the app's own share of the start", "The same, less the null target's."),
    )
)
ATTRIBUTE_TITLES = {
    AttributeName.LANGUAGE_VERSION: "Oldest language version",
    AttributeName.ASYNC_VIEWS: "Native async views",
    AttributeName.VALIDATION: "Built-in validation",
    AttributeName.WEBSOCKET: "WebSocket without an add-on",
    AttributeName.ADMIN: "Admin interface",
    AttributeName.ORM: "Object-relational mapper",
    AttributeName.AUTHENTICATION: "Authentication",
    AttributeName.DOCUMENTATION: "Automatic documentation",
    AttributeName.SINGLE_BINARY: "Single-binary deployment",
}
_ROOMS = {kind.name.partition(".")[0]: kind.family for kind in KINDS}


def kind_of(metric: str) -> MetricKind | None:
    """Return the kind that a metric is of; None for a metric without words of its own."""
    return next((kind for kind in KINDS if kind.parameters(metric) is not None), None)


def family_of(metric: str) -> Family:
    """Return the family of a metric, or of a wildcard such as `throughput.*`."""
    return _ROOMS.get(metric.partition(".")[0], Family.OTHER)


def title_of(metric: str) -> str:
    """Name a metric below its family's name: `32 connections`, `p99 at 1,000 req/s`; its raw name without words."""
    kind = kind_of(metric)
    return kind.title.format(**_in_words(kind.parameters(metric) or {})) if kind else metric


def phrase_of(metric: str) -> str:
    """Name a metric anywhere: `throughput over 32 connections`; its raw name where it has no words."""
    kind = kind_of(metric)
    return kind.phrase.format(**_in_words(kind.parameters(metric) or {})) if kind else metric


def quantile_of(metric: str) -> float | None:
    """Return the quantile that a latency metric states, 0 to 1; None for any other metric."""
    kind = kind_of(metric)
    digits = (kind.parameters(metric) or {}).get("quantile") if kind else None
    return float(f"0.{digits}") if digits else None


def connections_of(metric: str) -> int | None:
    """Return the number of connections of a closed-load throughput; None for any other metric."""
    digits = (KINDS[0].parameters(metric) or {}).get("connections")
    return int(digits) if digits else None


def sort_key(metric: str) -> tuple[int, int, tuple[float, ...], str]:
    """Order metrics as people read them: by family, kind, and then their parameters as numbers."""
    kind = kind_of(metric)
    place = KINDS.index(kind) if kind else len(KINDS)
    numbers = tuple(float(text) for text in (kind.parameters(metric) or {}).values()) if kind else ()
    return list(Family).index(family_of(metric)), place, numbers, metric


def _in_words(parameters: dict[str, str]) -> dict[str, str]:
    return {name: _WORDS[name](text) for name, text in parameters.items()}


def _connections(digits: str) -> str:
    return f"{int(digits):,} connection{'' if int(digits) == 1 else 's'}"


def _quantile(digits: str) -> str:
    return {"50": "median", "999": "p99.9"}.get(digits, f"p{digits}")


def _rate(digits: str) -> str:
    return f"{float(digits):,g}"


_WORDS: dict[str, Callable[[str], str]] = {"connections": _connections, "quantile": _quantile, "rate": _rate}
