"""Invented runs that lack something (a load, every target, blocks, valid answers, quiet), or have long names."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

from harness.model import (
    DrivenSlice,
    ErrorKind,
    Failure,
    Flag,
    FlagKind,
    Load,
    LoadKind,
    RunStatus,
    Slice,
    SliceResult,
    Stage,
)
from tests.report.material import material
from tests.report.measured import FLASK, NULL, absent

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import StoredRun
    from harness.report.material import Material


def without_latency() -> Material:
    """Return a run whose profile has no open load."""
    whole = material(ceiling=NULL)
    trials = tuple(
        replace(
            trial,
            distributions=(),
            absences=(),
            measurements=tuple(one for one in trial.measurements if not one.metric.startswith("latency")),
        )
        for trial in whole.stored.trials
    )
    summary = replace(
        whole.summary,
        results=tuple(one for one in whole.summary.results if not one.metric.startswith("latency")),
        comparisons=tuple(one for one in whole.summary.comparisons if not one.metric.startswith("latency")),
    )
    return replace(whole, summary=summary, stored=replace(whole.stored, trials=trials))


def all_failed() -> Material:
    """Return a run in which every target failed to start."""
    whole = material(status=RunStatus.FAILED)
    failures = tuple(Failure(one, Stage.START, "it ended by itself with exit code 1") for one in whole.plan.subjects)
    of = {failure.subject: failure for failure in failures}
    trials = tuple(
        replace(trial, measurements=(), absences=(), distributions=(), failure=of[trial.subject])
        for trial in whole.stored.trials
    )
    results = tuple(
        absent(one.subject, one.metric, one.scenario, "block 1: the target failed (start)")
        for one in whole.summary.results
    )
    run = replace(whole.summary.run, failures=failures)
    summary = replace(whole.summary, run=run, results=results, comparisons=())
    return replace(whole, summary=summary, stored=replace(whole.stored, run=run, trials=trials))


def partial(whole: Material) -> Material:
    """Return a run that was interrupted after its second block."""
    run = replace(whole.summary.run, status=RunStatus.INTERRUPTED)
    trials = tuple(trial for trial in whole.stored.trials if trial.block < 2)
    return _stored(whole, replace(whole.stored, run=run, trials=trials))


def invalid(whole: Material) -> Material:
    """Return a run in which every second request of one load failed."""
    result = SliceResult(0, 200, 100, {ErrorKind.STATUS: 100}, 100, 1.8, 2.0, 0.1, 0.1, first_error="status 500")
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 32), 2.0, 0.2, 1)
    first, *others = whole.stored.trials
    return _stored(whole, replace(whole.stored, trials=(replace(first, slices=(DrivenSlice(plan, result),)), *others)))


def noisy(whole: Material) -> Material:
    """Return a run in which the machine was disturbed in every trial."""
    steal = (Flag(FlagKind.STEAL, "2 s of 10 s were stolen"),)
    return _stored(
        whole, replace(whole.stored, trials=tuple(replace(trial, flags=steal) for trial in whole.stored.trials))
    )


def with_long_names(whole: Material) -> Material:
    """Return a run whose targets have long names, with and without spaces."""
    titles = cycle(
        ("Spring Boot WebFlux on Netty", "Mikroservice-Rahmenwerk-ohne-Leerzeichen", "Lastverteilungsrahmenwerk")
    )
    named = zip(whole.targets.items(), titles, strict=False)
    targets = {name: replace(of, title=f"{title} {at}") for at, ((name, of), title) in enumerate(named)}
    return replace(whole, targets=targets)


DOUBTFUL: dict[str, Callable[[Material], Material]] = {"partial": partial, "invalid": invalid, "noisy": noisy}
"""By the word with which a page says at its top that it ranks no target."""


def _stored(whole: Material, stored: StoredRun) -> Material:
    return replace(whole, stored=stored, summary=replace(whole.summary, run=stored.run))
