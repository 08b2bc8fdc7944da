"""A run made of exact numbers, with everything that a report can meet, to be varied by the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.figures.printed import UNITS
from harness.figures.published import Contradiction, Evidence, Figure, FigureSet, Judgement, Rule, Verdict
from harness.histogram import Histogram
from harness.model import (
    Absence,
    Bound,
    Distribution,
    Failure,
    Load,
    LoadKind,
    Measurement,
    Plan,
    Profile,
    Run,
    RunStatus,
    Span,
    Stage,
    StoredRun,
    Subject,
    Target,
    Trial,
    Variant,
    VariantClass,
)
from harness.report.material import Material
from harness.statements import Comparison, Difference, Result, Summary
from harness.units import Unit

FLASK, FLASK_SYNC = Subject("flask_app", "gthread"), Subject("flask_app", "sync")
GIN, NULL = Subject("gin_app", "release"), Subject("null_app", "default")
BLOCKS = 5

PROFILE = Profile(
    name="quick",
    summary="five blocks",
    blocks=BLOCKS,
    scenarios=("hello", "json_body"),
    connections=(1, 8, 32, 64),
    other_connections=32,
    rounds=8,
    slice_s=0.2,
    discard_s=0.04,
    warmup_s=3.0,
    open_rates_per_s=(1000.0,),
    open_rounds=3,
    open_slice_s=1.7,
    open_discard_s=0.2,
    cold_starts=2,
    discarded_starts=2,
)

TARGETS = {
    "flask_app": Target(
        name="flask_app",
        title="Flask",
        language="Python",
        summary="Flask on gunicorn",
        folder=Path("targets/flask_app"),
        variants=(
            Variant("gthread", VariantClass.PRODUCTION, "gunicorn with threads", "https://gunicorn.org/design/"),
            Variant("sync", VariantClass.PRODUCTION, "gunicorn's default worker"),
        ),
        default_variant="gthread",
    ),
    "gin_app": Target(
        name="gin_app",
        title="Gin",
        language="Go",
        summary="Gin on net/http",
        folder=Path("targets/gin_app"),
        variants=(Variant("release", VariantClass.PRODUCTION, "release mode, no request log"),),
        default_variant="release",
    ),
    "null_app": Target(
        name="null_app",
        title="Null responder",
        language="Go",
        summary="the cheapest correct responder",
        folder=Path("targets/null_app"),
        variants=(Variant("default", VariantClass.PRODUCTION, "a raw static responder"),),
        default_variant="default",
        is_null=True,
    ),
}

ENVIRONMENT = {
    "machine": {
        "cpu": "Imaginary CPU @ 2.50GHz",
        "cpus": 2,
        "memory_bytes": 8 * 2**30,
        "kernel": "6.1.0-13-amd64",
        "system": "Debian GNU/Linux 12 (bookworm)",
        "governor": None,
        "cgroup": "v1",
    },
    "cpus": {"target": [0], "generator": [1], "shared": False},
    "runtime": {"engine": "20.10.24", "engine_interface": "1.41", "network": "host"},
    "images": {
        "flask_app": {"id": "sha256:" + "0f" * 32, "size_bytes": 150 * 2**20, "versions": {"flask": "3.1.2"}},
        "gin_app": {"id": "sha256:" + "1e" * 32, "size_bytes": 12 * 2**20, "versions": {}},
    },
    "versions": {"python": "3.11.2", "harness": "0.1.0"},
    "commit": "0123456789ab",
}

# The estimate of each metric; intervals reach 2 % to either side.
_NUMBERS: dict[Subject, dict[tuple[str, str | None], float]] = {
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
_CEILED = frozenset(key for key in _NUMBERS[NULL] if key[0].startswith("throughput."))
_TAIL_ABSENT = "2,400 samples a trial, and p999 takes 4,000"
_UNITS = {"throughput": Unit.PER_SECOND, "memory": Unit.BYTE}


def unit_of(metric: str) -> Unit:
    return _UNITS.get(metric.partition(".")[0], Unit.SECOND)


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
            ceiling_share=value / _NUMBERS[NULL][metric, scenario]
            if is_ceiled and (metric, scenario) in _CEILED
            else None,
        )
        for (metric, scenario), value in _NUMBERS[subject].items()
    ]
    if subject in (FLASK, GIN):
        levels = [r for r in found if r.metric.startswith("throughput.closed.") and r.scenario == "hello"]
        top = max(levels, key=lambda r: r.estimate or 0.0)
        found.append(replace(top, metric="throughput.peak", detail=f"at {top.metric.rpartition('c')[2]} connections"))
        found.append(absent(subject, "latency.open.r1000.p999", "hello", _TAIL_ABSENT))
    return found


def absent(subject: Subject, metric: str, scenario: str | None, reason: str) -> Result:
    return Result(subject, scenario, metric, unit_of(metric), 0, 0.95, reason=reason)


def comparisons_of(subject: Subject, reference: Subject) -> list[Comparison]:
    found = []
    for (metric, scenario), value in _NUMBERS[subject].items():
        theirs = _NUMBERS[reference].get((metric, scenario))
        if theirs is None:
            continue
        ratio = value / theirs
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
            )
        )
    return found


def _verdict(ratio: float) -> Difference:
    if ratio * 0.97 > 1:
        return Difference.HIGHER
    return Difference.LOWER if ratio * 1.03 < 1 else Difference.NO_DIFFERENCE_SHOWN


def trial_of(subject: Subject, block: int) -> Trial:
    latency = Histogram()
    scale_ns = 1e9 * _NUMBERS[subject].get(("latency.open.r1000.p50", "hello"), 1e-3)
    # 2,000 samples whose median is the subject's own and whose tail is heavy, the same in every block
    shares = (np.arange(2_000) + 0.5) / 2_000
    latency.record((scale_ns * (0.7 + 0.21 / (1.005 - shares) ** 0.5)).astype(np.int64))
    return Trial(
        block=block,
        position=0,
        subject=subject,
        started_at="2026-06-01T12:00:00Z",
        measurements=tuple(
            Measurement(metric, unit_of(metric), value * (1 + 0.001 * block), scenario, bound_of(subject, metric))
            for (metric, scenario), value in _NUMBERS[subject].items()
        ),
        absences=(Absence("latency.open.r1000.p999", Unit.SECOND, _TAIL_ABSENT, "hello"),),
        distributions=(
            Distribution("hello", Load(LoadKind.POISSON, 64, 1000.0), Span.RESPONSE, latency.to_text()),
            Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, latency.to_text()),
        ),
    )


def figure(  # noqa: PLR0913 - a figure has that many sides
    name: str,
    printed: str,
    value: float | tuple[float, float],
    metric: str | None,
    unit: str,
    *,
    target: str = "flask_app",
    of: str | None = None,
    section: str = "Key Facts & Figures",
) -> Figure:
    low, high = value if isinstance(value, tuple) else (value, value)
    return Figure(
        id=f"{section}.{target}.{name}",
        label=name,
        printed=printed,
        section=section,
        target=target,
        metric=metric,
        unit=UNITS[unit],
        low=UNITS[unit].to_base(low),
        high=UNITS[unit].to_base(high),
        rounding=0.0,
        of=of,
    )


def evidence(subject: Subject, metric: str, scenario: str | None) -> Evidence:
    value = _NUMBERS[subject][metric, scenario]
    return Evidence(subject, None, scenario, metric, unit_of(metric), value, value * 0.98, value * 1.02)


def ratio_evidence(subject: Subject, reference: Subject, metric: str) -> Evidence:
    ratio = _NUMBERS[subject][metric, "hello"] / _NUMBERS[reference][metric, "hello"]
    return Evidence(
        subject, reference, "hello", metric, Unit.ONE, ratio, ratio * 0.97, ratio * 1.03, may_be_higher=True
    )


_RPS = "Requests Per Second"
_LEVELS = tuple(evidence(FLASK, f"throughput.closed.c{level}", "hello") for level in (1, 8, 64, 32))
_RPS_FIGURE = figure(_RPS, "~2,500 req/sec", 2_500, "throughput.closed.*", "req/s")
_COLD_FIGURE = figure("Cold Start Time (Serverless)", "~450 ms", 450, "cold_start.ready", "ms")

JUDGEMENTS = (
    Judgement(_RPS_FIGURE, Verdict.NOT_COMPARABLE, "It states no load; one connection gives about this much.", _LEVELS),
    Judgement(
        replace(_RPS_FIGURE, section="Full Comparison", id="full.rps"),
        Verdict.NOT_COMPARABLE,
        "It states no load; one connection gives about this much.",
        _LEVELS,
    ),
    Judgement(
        figure("Framework Requests Per Second", "30,000", 30_000, "throughput.closed.*", "req/s"),
        Verdict.REFUTED,
        "No load that was driven gives it.",
        tuple(reversed(_LEVELS)),
    ),
    Judgement(
        figure(
            "[throughput]", "500-1,500 req/s", (500, 1_500), "throughput.closed.*", "req/s", section="Key Differences"
        ),
        Verdict.REFUTED,
        "Every load that was driven gives more.",
        _LEVELS,
    ),
    Judgement(
        figure("[speed]", "20x faster than Flask", 20, "throughput.closed.*", "x", target="gin_app", of="flask_app"),
        Verdict.INCONCLUSIVE,
        "The generator was the limit of Gin.",
        (ratio_evidence(GIN, FLASK, "throughput.closed.c32"),),
    ),
    Judgement(
        figure("Memory Usage (Idle)", "~35 MB per instance", 35, "memory.idle", "MB"),
        Verdict.REFUTED,
        "It uses more.",
        (evidence(FLASK, "memory.idle", None),),
    ),
    Judgement(
        figure("Memory Usage", "5-15 MB", (5, 15), "memory.*", "MB", target="gin_app"),
        Verdict.CONFIRMED,
        "Idle, loaded and peak lie inside.",
        (evidence(GIN, "memory.loaded", None), evidence(GIN, "memory.idle", None)),
    ),
    Judgement(
        replace(_COLD_FIGURE, conditions=("Serverless",)),
        Verdict.NOT_COMPARABLE,
        "It is stated for 'Serverless', which no run here reproduces.",
    ),
    Judgement(
        figure("Latency", "25-35 ms", (25, 35), "latency.*", "ms", target="gin_app"),
        Verdict.NOT_MEASURED,
        "The run has no latency.* of gin_app.",
    ),
    Judgement(
        figure("GitHub Stars", "68,000", 68_000, None, "stars"),
        Verdict.CONTRADICTED,
        "No metric of this harness measures GitHub stars. The page contradicts itself here: 68,000 and 68,000+.",
    ),
    Judgement(
        figure("Job Postings | Global", "23,500 positions", 23_500, None, "positions"),
        Verdict.NOT_MEASURED,
        "No metric of this harness measures job postings.",
    ),
)
FIGURES = FigureSet(
    title="Flask vs Gin: Python Web Frameworks",
    source="a public comparison page",
    date="Jun 2026",
    path=Path("figures/flask_vs_gin.toml"),
    figures=tuple(judgement.figure for judgement in JUDGEMENTS),
)
CONTRADICTION = Contradiction(
    Rule.ONE_QUANTITY,
    "Flask's throughput can't be both 2,500 req/s and 30,000 req/s.",
    (_RPS_FIGURE, JUDGEMENTS[2].figure),
)


def material(
    *subjects: Subject,
    ceiling: Subject | None = None,
    status: RunStatus = RunStatus.COMPLETE,
    failures: tuple[Failure, ...] = (),
    compared: bool = True,
) -> Material:
    """Return a run of these subjects, by default Flask and Gin, the first being the reference."""
    subjects = subjects or (FLASK, GIN)
    driven = (*subjects, ceiling) if ceiling else subjects
    plan = Plan(PROFILE, subjects, PROFILE.scenarios, 42, "docker", (driven,) * BLOCKS, ceiling)
    run = Run("20260601-120000-quick", status, plan, "2026-06-01T12:00:00Z", ENVIRONMENT, 192.0, 84.5, failures)
    results = tuple(result for subject in driven for result in results_of(subject, is_ceiled=ceiling is not None))
    reference, *others = subjects
    ratios = tuple(c for subject in others for c in comparisons_of(subject, reference)) if compared else ()
    trials = tuple(trial_of(subject, block) for block in range(BLOCKS) for subject in driven)
    return Material(
        summary=Summary(run, results, ratios),
        stored=StoredRun(run, trials),
        targets=TARGETS,
        document={"schema": "harness.run/1", "run": {"id": run.id}},
        figures=FIGURES,
        judgements=JUDGEMENTS,
        contradictions=(CONTRADICTION,),
    )


def failed_material() -> Material:
    """Return a run in which Gin never started: it has no trial, no result and no comparison."""
    failure = Failure(GIN, Stage.START, "a target did not start (gin_app:release): it ended by itself\npanic: <nil>")
    whole = material(status=RunStatus.FAILED, failures=(failure,))
    trials = tuple(
        replace(trial, measurements=(), distributions=(), failure=failure) if trial.subject == GIN else trial
        for trial in whole.stored.trials
    )
    results = tuple(
        absent(GIN, result.metric, result.scenario, "block 1: the target failed (start)")
        if result.subject == GIN
        else result
        for result in whole.summary.results
    )
    summary = replace(whole.summary, results=results, comparisons=())
    return replace(whole, summary=summary, stored=replace(whole.stored, trials=trials))


def empty_material() -> Material:
    """Return a run that ended before anything was measured."""
    whole = material(status=RunStatus.INTERRUPTED)
    summary = replace(whole.summary, results=(), comparisons=())
    return replace(
        whole,
        summary=summary,
        stored=replace(whole.stored, trials=()),
        figures=None,
        judgements=(),
        contradictions=(),
    )
