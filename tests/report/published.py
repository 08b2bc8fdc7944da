"""The figures of an invented page, with judgements that fit the invented run."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.figures.printed import UNITS
from harness.figures.published import Contradiction, Evidence, Figure, FigureSet, JudgedFigures, Judgement, Rule
from harness.model import Verdict
from harness.units import Unit
from tests.report.measured import FLASK, GIN, NUMBERS, unit_of

if TYPE_CHECKING:
    from harness.model import Subject


def figure(  # noqa: PLR0913 - a figure has that many fields
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
    value = NUMBERS[subject][metric, scenario]
    return Evidence(subject, None, scenario, metric, unit_of(metric), value, value * 0.98, value * 1.02)


def ratio_evidence(subject: Subject, reference: Subject, metric: str) -> Evidence:
    ratio = NUMBERS[subject][metric, "hello"] / NUMBERS[reference][metric, "hello"]
    return Evidence(subject, reference, "hello", metric, Unit.ONE, ratio, ratio * 0.97, ratio * 1.03, at_most=math.inf)


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
        in_short="Other figures of its own page exclude it.",
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
JUDGED = JudgedFigures(FIGURES, JUDGEMENTS, (CONTRADICTION,))
