"""The invented run of the report's tests: exact numbers, and every case that a report has to handle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.model import (
    Failure,
    Plan,
    Profile,
    Run,
    RunStatus,
    Stage,
    StoredRun,
    Subject,
    Summary,
    Target,
    Variant,
    VariantClass,
)
from harness.report.material import Material
from tests.report.measured import (
    ATTRIBUTES,
    BLOCKS,
    FLASK,
    FOOTPRINT,
    GIN,
    absent,
    comparisons_of,
    footprint_of,
    results_of,
    trial_of,
)
from tests.report.published import JUDGED

PROFILE = Profile(
    name="quick",
    summary="five blocks",
    blocks=BLOCKS,
    scenarios=("hello", "json_body"),
    connections=(1, 8, 32, 64),
    other_connections=32,
    least_counted_s=0.16,
    least_discard_s=0.04,
    level_s=1.6,
    least_rounds=8,
    warmup_s=3.0,
    open_rates_per_s=(1000.0,),
    open_rounds=3,
    open_slice_s=1.7,
    open_discard_s=0.2,
    cold_starts=2 * BLOCKS,
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
    built = {subject.target for subject in driven}
    run = replace(
        run,
        footprint=tuple(one for one in FOOTPRINT if one.target in built),
        attributes=tuple(one for one in ATTRIBUTES if one.target in built),
    )
    results = tuple(result for subject in driven for result in results_of(subject, is_ceiled=ceiling is not None))
    results += tuple(result for subject in subjects for result in footprint_of(subject))
    reference, *others = subjects
    ratios = tuple(c for subject in others for c in comparisons_of(subject, reference)) if compared else ()
    trials = tuple(trial_of(subject, block) for block in range(BLOCKS) for subject in driven)
    return Material(
        summary=Summary(run, results, ratios),
        stored=StoredRun(run, trials),
        targets=TARGETS,
        document={"schema": "harness.run/1", "run": {"id": run.id}},
        judged=(JUDGED,),
    )


def failed_material() -> Material:
    """Return a run in which Gin failed to start: it has no measurement, no result and no comparison."""
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
    """Return a run that ended before anything was built."""
    whole = material(status=RunStatus.INTERRUPTED)
    run = replace(whole.summary.run, footprint=(), attributes=())
    return replace(
        whole,
        summary=replace(whole.summary, run=run, results=(), comparisons=()),
        stored=StoredRun(run, ()),
        judged=(),
    )
