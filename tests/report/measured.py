"""The numbers of the invented run, exact for each subject, as results, comparisons and trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.histogram import Histogram
from harness.metrics.catalogue import parse
from harness.model import (
    Absence,
    Attribute,
    AttributeName,
    Bound,
    Comparison,
    Difference,
    Distribution,
    Footprint,
    Load,
    LoadKind,
    Measurement,
    Result,
    Span,
    Subject,
    Support,
    Trial,
)
from harness.units import Unit

FLASK, FLASK_SYNC = Subject("flask_app", "gthread"), Subject("flask_app", "sync")
GIN, NULL = Subject("gin_app", "release"), Subject("null_app", "default")
BLOCKS = 5

# The estimate of each metric; its interval is ± 2 %.
NUMBERS: dict[Subject, dict[tuple[str, str | None], float]] = {
    FLASK: {
        ("throughput.closed.c1", "hello"): 2_450.0,
        ("throughput.closed.c8", "hello"): 5_900.0,
        ("throughput.closed.c32", "hello"): 6_120.0,
        ("throughput.closed.c64", "hello"): 6_050.0,
        ("throughput.closed.c32", "json_body"): 5_480.0,
        ("latency.open.r1000.p50", "hello"): 0.000_412,
        ("latency.open.r1000.p90", "hello"): 0.000_655,
        ("latency.open.r1000.p99", "hello"): 0.001_84,
        ("cpu_per_request.closed.c32", "hello"): 0.000_161,
        ("memory.idle", None): 46.5 * 2**20,
        ("memory.loaded", None): 49.25 * 2**20,
        ("memory.peak", None): 58.0 * 2**20,
        ("cold_start.create", None): 0.0214,
        ("cold_start.start", None): 0.0723,
        ("cold_start.ready", None): 0.2312,
    },
    FLASK_SYNC: {
        ("throughput.closed.c32", "hello"): 3_100.0,
        ("memory.loaded", None): 80.0 * 2**20,
    },
    GIN: {
        ("throughput.closed.c1", "hello"): 14_300.0,
        ("throughput.closed.c8", "hello"): 61_200.0,
        ("throughput.closed.c32", "hello"): 85_300.0,
        ("throughput.closed.c64", "hello"): 86_900.0,
        ("throughput.closed.c32", "json_body"): 80_100.0,
        ("latency.open.r1000.p50", "hello"): 0.000_058_2,
        ("latency.open.r1000.p90", "hello"): 0.000_081_4,
        ("latency.open.r1000.p99", "hello"): 0.000_142,
        ("cpu_per_request.closed.c32", "hello"): 0.000_011_4,
        ("memory.idle", None): 5.25 * 2**20,
        ("memory.loaded", None): 9.75 * 2**20,
        ("memory.peak", None): 11.5 * 2**20,
        ("cold_start.create", None): 0.0209,
        ("cold_start.start", None): 0.0689,
        ("cold_start.ready", None): 0.0761,
    },
    NULL: {
        ("throughput.closed.c1", "hello"): 24_000.0,
        ("throughput.closed.c8", "hello"): 95_000.0,
        ("throughput.closed.c32", "hello"): 143_000.0,
        ("throughput.closed.c64", "hello"): 145_000.0,
        ("memory.idle", None): 1.5 * 2**20,
    },
}
WITHOUT_COMPILED = "the 34 files that its RECORD names, without compiled copies"
WITHOUT_DEBUGGING = "static, without symbol table and debugging information"
FOOTPRINT = (
    Footprint("flask_app", "footprint.image", Unit.BYTE, 150.0 * 2**20, "all of its files"),
    Footprint("flask_app", "footprint.framework", Unit.BYTE, 346_112.0, WITHOUT_COMPILED),
    Footprint("flask_app", "footprint.app_lines", Unit.ONE, 5.0, "code lines of probes/hello.py"),
    Footprint("gin_app", "footprint.image", Unit.BYTE, 12.0 * 2**20, "all of its files"),
    Footprint("gin_app", "footprint.binary", Unit.BYTE, 11.0 * 2**20, WITHOUT_DEBUGGING),
    Footprint("gin_app", "footprint.app_lines", Unit.ONE, 9.0, "code lines of probes/hello/main.go"),
)
ATTRIBUTES = (
    Attribute("gin_app", AttributeName.VALIDATION, Support.YES, 'a body that breaks `binding:"min=0"` gives 400'),
    Attribute("gin_app", AttributeName.LANGUAGE_VERSION, "Go 1.25", "its go.mod: go 1.25.0"),
    Attribute("flask_app", AttributeName.LANGUAGE_VERSION, "Python 3.9", "Requires-Python: >=3.9"),
    Attribute("flask_app", AttributeName.ASYNC_VIEWS, Support.EXTENSION, "Install Flask with the 'async' extra"),
)
_CEILED = frozenset(key for key in NUMBERS[NULL] if key[0].startswith("throughput."))
_TAIL_ABSENT = "2,400 samples a trial, and p999 takes 4,000"


def unit_of(metric: str) -> Unit:
    named = parse(metric)
    assert named is not None, metric
    return named.metric.unit


def bound_of(subject: Subject, metric: str) -> Bound | None:
    if not metric.startswith("throughput."):
        return None
    if metric.endswith(".c1"):
        return Bound.NEITHER
    return Bound.TARGET if subject.target == "flask_app" else Bound.GENERATOR


def results_of(subject: Subject, *, is_ceiled: bool = False) -> list[Result]:
    found = [
        Result(
            subject=subject,
            scenario=scenario,
            metric=metric,
            unit=unit_of(metric),
            trials=BLOCKS,
            confidence=0.95,
            estimate=value,
            low=value * 0.98,
            high=value * 1.02,
            bound=bound_of(subject, metric),
            warnings=("the kernel can't reset the mark, so the peak counts from the start",)
            if metric == "memory.peak"
            else (),
            ceiling_share=value / NUMBERS[NULL][metric, scenario]
            if is_ceiled and (metric, scenario) in _CEILED
            else None,
        )
        for (metric, scenario), value in NUMBERS[subject].items()
    ]
    if subject in (FLASK, GIN):
        levels = [r for r in found if r.metric.startswith("throughput.closed.") and r.scenario == "hello"]
        top = max(levels, key=lambda r: r.estimate or 0.0)
        found.append(replace(top, metric="throughput.peak", detail=f"at {top.metric.rpartition('c')[2]} connections"))
        found.append(absent(subject, "latency.open.r1000.p999", "hello", _TAIL_ABSENT))
    return found


def footprint_of(subject: Subject) -> list[Result]:
    return [
        Result(subject, None, one.metric, one.unit, 1, 1.0, one.value, one.value, one.value, detail=one.evidence)
        for one in FOOTPRINT
        if one.target == subject.target
    ]


def absent(subject: Subject, metric: str, scenario: str | None, reason: str) -> Result:
    return Result(subject, scenario, metric, unit_of(metric), 0, 0.95, reason=reason)


def comparisons_of(subject: Subject, reference: Subject) -> list[Comparison]:
    found = []
    for (metric, scenario), value in NUMBERS[subject].items():
        base = NUMBERS[reference].get((metric, scenario))
        if base is None:
            continue
        ratio = value / base
        warnings = ("the generator was the limit of the subject: the ratio is a lower bound",)
        is_floor = bound_of(subject, metric) is Bound.GENERATOR
        found.append(
            Comparison(
                metric=metric,
                scenario=scenario,
                subject=subject,
                reference=reference,
                ratio=ratio,
                low=ratio * 0.97,
                high=ratio * 1.03,
                p=0.0625,
                verdict=_verdict(ratio),
                warnings=warnings if is_floor else (),
                at_least=ratio * 0.97 if is_floor else None,
            )
        )
    return found


def _verdict(ratio: float) -> Difference:
    if ratio * 0.97 > 1:
        return Difference.HIGHER
    return Difference.LOWER if ratio * 1.03 < 1 else Difference.NO_DIFFERENCE_SHOWN


def trial_of(subject: Subject, block: int) -> Trial:
    latency = Histogram()
    scale_ns = 1e9 * NUMBERS[subject].get(("latency.open.r1000.p50", "hello"), 1e-3)
    # 2,000 samples with the subject's median and a heavy tail, the same in every block
    shares = (np.arange(2_000) + 0.5) / 2_000
    latency.record((scale_ns * (0.7 + 0.21 / (1.005 - shares) ** 0.5)).astype(np.int64))
    return Trial(
        block=block,
        position=0,
        subject=subject,
        started_at="2026-06-01T12:00:00Z",
        measurements=tuple(
            Measurement(metric, unit_of(metric), value * (1 + 0.001 * block), scenario, bound_of(subject, metric))
            for (metric, scenario), value in NUMBERS[subject].items()
        ),
        absences=(Absence("latency.open.r1000.p999", Unit.SECOND, _TAIL_ABSENT, "hello"),),
        distributions=(
            Distribution("hello", Load(LoadKind.POISSON, 64, 1000.0), Span.RESPONSE, latency.to_text()),
            Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, latency.to_text()),
        ),
    )
