"""Invented runs of seven and of ten targets; that of seven has a page for each of two pairs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from harness.analysis.headlines import headline_metrics
from harness.analysis.ranking import rankings
from harness.model import Comparison, Difference, Result, StoredRun, Subject, Target
from harness.report.material import Material, PairPage
from tests.report.material import TARGETS, material
from tests.report.measured import FLASK, GIN, NULL
from tests.report.published import JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DJANGO, EXPRESS, FASTAPI, SINATRA, STARLETTE = OTHERS = tuple(
    Subject(f"{name}_app", "gthread") for name in ("django", "express", "fastapi", "sinatra", "starlette")
)
ECHO, FIBER, RAILS = tuple(Subject(f"{name}_app", "release") for name in ("echo", "fiber", "rails"))
SEVEN = (FLASK, GIN, *OTHERS)
TEN = (*SEVEN, ECHO, FIBER, RAILS)
TITLES = {DJANGO: "Django", EXPRESS: "Express.js", FASTAPI: "FastAPI", SINATRA: "Sinatra", STARLETTE: "Starlette"} | {
    ECHO: "Echo",
    FIBER: "Fiber",
    RAILS: "Ruby on Rails",
}
# Each number is Flask's times this factor.
FACTORS = {DJANGO: 0.7, EXPRESS: 1.6, FASTAPI: 1.61, SINATRA: 0.71, STARLETTE: 2.4, ECHO: 13.0, FIBER: 15.0, RAILS: 0.4}


def seven_material() -> Material:
    """Return the page of all seven targets."""
    whole = many_material(SEVEN)
    pages = (("flask_vs_gin", (FLASK, GIN)), ("fastapi_vs_gin", (FASTAPI, GIN)))
    every = (*whole.summary.comparisons, *whole.summary.among_others)
    return replace(whole, pages=tuple(_page(whole, name, pair, every) for name, pair in pages))


def many_material(subjects: tuple[Subject, ...]) -> Material:
    """Return the page of these targets, of which Flask and Gin are the first."""
    two = material(ceiling=NULL)
    others = subjects[2:]
    control = replace(FLASK, is_control=True)
    orders = ((*subjects, NULL, control),) * len(two.plan.orders)
    plan = replace(two.plan, subjects=subjects, control=control, orders=orders)
    run = replace(two.summary.run, plan=plan)
    of_flask = [one for one in two.summary.results if one.subject == FLASK]
    results = (*two.summary.results, *(_scaled(one, subject) for subject in others for one in of_flask))
    trials = tuple(
        replace(trial, subject=subject) for subject in others for trial in two.stored.trials if trial.subject == FLASK
    )
    every = list(_compared(subjects, results))
    summary = replace(
        two.summary,
        run=run,
        results=results,
        comparisons=tuple(one for one in every if one.reference == FLASK),
        among_others=tuple(one for one in every if one.reference != FLASK),
        noise_floor={"throughput.closed.c32": 0.02},
        rankings=rankings(plan.ranked, headline_metrics(plan), every),
    )
    targets = TARGETS | {subject.target: _target(subject) for subject in others}
    return Material(summary, StoredRun(run, (*two.stored.trials, *trials)), targets, two.document)


def _page(whole: Material, name: str, pair: tuple[Subject, Subject], every: Iterable[Comparison]) -> PairPage:
    compared = tuple(one for one in every if {one.subject, one.reference} == set(pair))
    focus = tuple(subject.target for subject in pair)
    summary = replace(whole.summary, comparisons=compared)
    return PairPage(name, replace(whole, summary=summary, focus=focus, judged=(JUDGED,)))


def _target(subject: Subject) -> Target:
    return replace(TARGETS["flask_app"], name=subject.target, title=TITLES[subject])


def _scaled(result: Result, subject: Subject) -> Result:
    if result.estimate is None or result.low is None or result.high is None:
        return replace(result, subject=subject)
    factor = FACTORS[subject]
    numbers = {"estimate": result.estimate * factor, "low": result.low * factor, "high": result.high * factor}
    return replace(result, subject=subject, **numbers)  # type: ignore[arg-type]


def _compared(subjects: tuple[Subject, ...], results: tuple[Result, ...]) -> Iterator[Comparison]:
    """Yield the comparisons of all pairs; ratios within 3 % of 1 show no difference."""
    of = {(one.subject, one.metric, one.scenario): one.estimate for one in results if one.trials > 1}
    for reference, subject in combinations(subjects, 2):
        for (one, metric, scenario), value in of.items():
            base = of.get((reference, metric, scenario))
            if one != subject or value is None or base is None:
                continue
            ratio = value / base
            low, high = ratio * 0.97, ratio * 1.03
            verdict = Difference.HIGHER if low > 1 else Difference.LOWER if high < 1 else Difference.NO_DIFFERENCE_SHOWN
            yield Comparison(metric, scenario, subject, reference, ratio, low, high, 0.0625, verdict)
