"""The invented run of several conditions: variants of Flask, Gin on more CPUs, and published throughputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.figures.published import Figure, FigureSet, JudgedFigures, Judgement
from harness.model import Bound, Result, StoredRun, Subject, Summary, Variant, VariantClass, Verdict
from harness.units import Unit
from tests.report.material import TARGETS, material
from tests.report.measured import FLASK, GIN
from tests.report.published import figure

if TYPE_CHECKING:
    from harness.report.material import Material

DEV = Subject("flask_app", "dev-server")
GIN_2 = replace(GIN, cpus=2)
RATES_PER_S: dict[Subject, dict[int, float]] = {
    FLASK: {1: 1_300.0, 64: 3_000.0},
    GIN: {1: 9_000.0, 64: 40_000.0},
    DEV: {1: 700.0, 64: 1_200.0},
    GIN_2: {1: 9_100.0, 64: 70_000.0},
}
_VARIANTS = (
    Variant("gthread", VariantClass.PRODUCTION, "gunicorn with threads", workers_per_cpu=1),
    Variant("dev-server", VariantClass.DEVELOPMENT, "for developers", workers=1, closes_connections=True),
)
_RELEASE = Variant("release", VariantClass.PRODUCTION, "release mode", workers_per_cpu=1)
_RATE = "throughput.closed.*"
FLOORS = {"throughput.closed.c1": 0.031, "throughput.closed.c64": 0.0224, "memory.idle": 0.004}


def published(name: str, printed: str, value: float | tuple[float, float], target: str = "flask_app") -> Figure:
    return figure(name, printed, value, _RATE, "req/s", target=target)


FIGURES = (
    published("benchmark", "~1,200 req/s", 1_200),
    published("again", "1,200 requests a second", 1_200),
    published("concurrent", "~2,000 RPS", 2_000),
    published("range", "500-1,500 req/s", (500, 1_500)),
    published("framework", "30,000", 30_000),
    published("slow", "100 req/s", 100),
    published("gin", "~20,000 req/s", 20_000, "gin_app"),
    published("gin at most", "1,000,000 req/s", 1_000_000, "gin_app"),
    figure("ratio", "20x", 20, _RATE, "x", target="gin_app", of="flask_app"),
    figure("memory", "35 MB", 35, "memory.idle", "MB"),
)


def conditions_material(*figures: Figure, has_control: bool = True) -> Material:
    """Return the run with these figures, by default all of `FIGURES`; one number and one noise floor of it are absent.

    Args:
        figures: The published figures.
        has_control: Whether the reference was driven twice; runs of older versions have no control.
    """
    subjects = tuple(RATES_PER_S)
    whole = material()
    run = whole.summary.run
    plan = replace(run.plan, subjects=subjects, orders=(subjects,) * len(run.plan.orders), scenarios=("hello",))
    plan = replace(plan, control=replace(FLASK, is_control=True) if has_control else None)
    run = replace(run, plan=replace(plan, profile=replace(plan.profile, name="conditions", connections=(1, 64))))
    source = FigureSet("Flask vs Gin", "a public comparison page", "Jun 2026", Path("a.toml"), figures or FIGURES)
    judgements = tuple(Judgement(one, Verdict.NOT_COMPARABLE, "It states no load.") for one in source.figures)
    return replace(
        whole,
        summary=Summary(run, tuple(_results()), (), FLOORS if has_control else {}),
        stored=StoredRun(run, ()),
        judged=(JudgedFigures(source, judgements, ()),),
        targets=TARGETS
        | {
            "flask_app": replace(TARGETS["flask_app"], variants=_VARIANTS),
            "gin_app": replace(TARGETS["gin_app"], variants=(_RELEASE,)),
        },
    )


def _results() -> list[Result]:
    found = [
        Result(
            subject,
            "hello",
            f"throughput.closed.c{level}",
            Unit.PER_SECOND,
            trials=4,
            confidence=0.95,
            estimate=rate_per_s,
            low=0.95 * rate_per_s,
            high=1.05 * rate_per_s,
            bound=Bound.GENERATOR if rate_per_s > 50_000 else Bound.TARGET,
        )
        for subject, levels in RATES_PER_S.items()
        for level, rate_per_s in levels.items()
    ]
    absent = Result(DEV, "hello", "throughput.closed.c8", Unit.PER_SECOND, 0, 0.95, reason="it breaks Little's law")
    return [*found, absent]
