"""Builders of small runs and figures for the judge's tests."""

from collections.abc import Iterable
from pathlib import Path

from harness.figures.judge import judge
from harness.figures.printed import UNITS
from harness.figures.published import Figure, FigureSet, Judgement
from harness.manifest import load_profiles
from harness.metrics.catalogue import parse
from harness.model import Bound, Comparison, Difference, Plan, Result, Run, RunStatus, Subject, Summary

GTHREAD, SYNC = Subject("flask_app", "gthread"), Subject("flask_app", "sync")
GIN, NULL = Subject("gin_app", "release"), Subject("null_app", "raw")
RUN = Run(
    "r", RunStatus.COMPLETE, Plan(load_profiles()["smoke"], (GTHREAD, GIN), ("hello",), 1, "docker", ()), "2026-06-01"
)


def result(
    subject: Subject,
    metric: str,
    interval: tuple[float, float, float],
    scenario: str | None = "hello",
    bound: Bound | None = None,
) -> Result:
    named = parse(metric)
    assert named is not None, metric
    low, estimate, high = interval
    return Result(
        subject=subject,
        scenario=scenario,
        metric=metric,
        unit=named.metric.unit,
        trials=5,
        confidence=0.95,
        estimate=estimate,
        low=low,
        high=high,
        bound=bound,
    )


def comparison(metric: str, interval: tuple[float, float, float], scenario: str | None = "hello") -> Comparison:
    low, ratio, high = interval
    return Comparison(metric, scenario, GIN, GTHREAD, ratio, low, high, 0.06, Difference.HIGHER)


def figure(  # noqa: PLR0913 - every argument is a key of a figures file
    metric: str | None,
    unit: str,
    low: float,
    high: float | None = None,
    *,
    rounding: float = 0.0,
    of: str | None = None,
    target: str = "flask_app",
    conditions: tuple[str, ...] = (),
    name: str = "f",
) -> Figure:
    scale = UNITS[unit]
    return Figure(
        id=name,
        label="Label",
        printed=f"{low:g}",
        section="Facts",
        target=target,
        metric=metric,
        unit=scale,
        low=scale.to_base(low),
        high=scale.to_base(low if high is None else high),
        rounding=rounding * scale.factor,
        of=of,
        quantity="the quantity",
        conditions=conditions,
    )


IDLE = result(GTHREAD, "memory.idle", (46e6, 46.2e6, 46.4e6), scenario=None)


def judge_all(figures: Iterable[Figure], *facts: Result | Comparison) -> tuple[Judgement, ...]:
    results = tuple(fact for fact in facts if isinstance(fact, Result))
    comparisons = tuple(fact for fact in facts if isinstance(fact, Comparison))
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), tuple(figures))
    return judge(page, Summary(RUN, results, comparisons)).judgements


def judge_one(one: Figure, *facts: Result | Comparison) -> Judgement:
    (judgement,) = judge_all([one], *facts)
    return judgement
