"""A strategy of whole stored runs, with everything that the store can hold.

The shape of a run is drawn by hypothesis, so that a counterexample shrinks to few blocks and targets. Its trials come
from `drawn_trials`.
"""

import random
import string
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from harness.manifest import load_profiles
from harness.metrics.catalogue import CATALOGUE, Family, headline_of
from harness.model import (
    Attribute,
    AttributeName,
    ComparabilityRule,
    Failure,
    Footprint,
    Pace,
    Plan,
    Profile,
    Run,
    RunStatus,
    ScenarioTraits,
    SetupDifference,
    Stage,
    Stopped,
    StopReason,
    StoredRun,
    Subject,
    Support,
    Trial,
)
from tests.drawn_trials import EXTREMES, TYPICAL, Scene, metrics_of, trial_of

SUBJECTS = (
    *(Subject(f"{letter}_app", variant) for letter in string.ascii_lowercase[:4] for variant in ("one", "two")),
    *(Subject("a_app", "one", cpus=cpus) for cpus in (1, 4)),
)
NULL = Subject("null_app", "raw")
SCENARIOS = ("hello", "json_body", "path_value", "post_json")
SHARE_OF_METRICS = 0.3  # of those that are no headline: a run with all of them takes a second to read
ENVIRONMENTS: tuple[Mapping[str, object], ...] = (
    {},
    {"machine": {"cpu": "A CPU", "cpus": 2, "memory_bytes": 8 << 30, "kernel": "6.1"}, "cpus": {"target": [0]}},
    {"machine": {"cpu": None, "cpus": None, "kernel": None}, "cpus": None, "images": {"a_app": {"size_bytes": 0}}},
    {"machine": {}, "cpus": {"target": []}, "speed": 1e308},
)


class DrawnRun(StoredRun):
    """A stored run that hypothesis prints in short."""

    __slots__ = ()

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        assert not cycle
        plan = self.run.plan
        kinds = f"{plan.profile.name}, {plan.runtime}, {len(plan.subjects)} subjects, {len(plan.orders)} blocks"
        printer.text(f"<{kinds}, {len(self.trials)} trials, {self.run.status}>")


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Draw a profile: a real one with other levels, rates and rounds."""
    profile = load_profiles()[draw(st.sampled_from(("smoke", "quick", "full", "conditions")))]
    levels = draw(st.lists(st.sampled_from((1, 2, 32, 256)), min_size=1, max_size=3, unique=True))
    rates = draw(st.lists(st.sampled_from((0.5, 500.0, 1000.0)), max_size=2, unique=True))
    return replace(
        profile,
        connections=tuple(sorted(levels)),
        other_connections=draw(st.sampled_from((levels[0], 64))),
        open_rates_per_s=tuple(sorted(rates)),
        least_rounds=draw(st.integers(1, 6)),
        cold_starts=draw(st.integers(1, 2)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan of 1 to 12 blocks and 1 to 7 subjects, with or without null target and control."""
    subjects = tuple(draw(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=7, unique=True)))
    ceiling = NULL if draw(st.booleans()) else None
    control = replace(subjects[0], is_control=True) if draw(st.booleans()) else None
    everyone = (*subjects, *filter(None, (ceiling, control)))
    profile = draw(profiles())
    blocks = draw(st.sampled_from((2, 3, 1, 5, 8, 12) if len(everyone) < 4 else (2, 3, 1, 5)))
    scenarios = SCENARIOS[: draw(st.integers(1, 4 if len(everyone) < 4 else 2))]
    paced = draw(st.sampled_from(((), (), scenarios[-1:], scenarios)))
    return Plan(
        profile=replace(profile, blocks=blocks),
        subjects=subjects,
        scenarios=scenarios,
        seed=7,
        runtime=draw(st.sampled_from(("docker", "process"))),
        orders=(everyone,) * blocks,
        ceiling=ceiling,
        control=control,
        traits=tuple(ScenarioTraits(one, (), drives_open=False, pace=Pace.PACED, mean_pause_s=5.5) for one in paced),
    )


@st.composite
def stored_runs(draw: st.DrawFn) -> StoredRun:
    """Draw a whole stored run: complete, failed, or interrupted anywhere."""
    plan = draw(plans())
    calm = draw(st.sampled_from((0.85, 0.97, 0.5, 1.0)))
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311 - no secrets
    known = metrics_of(plan)
    some = tuple(one for one in known if rng.random() < SHARE_OF_METRICS or headline_of(one[1]))
    scene = Scene(plan, rng, calm, {}, some)
    unbuilt = set() if scene.is_calm else {scene.rng.choice(plan.orders[0])}
    ended = len(plan.orders) if scene.is_calm else scene.rng.randrange(len(plan.orders) + 1)
    trials: list[Trial] = []
    failures = [Failure(subject, Stage.BUILD, "no compiler") for subject in unbuilt]
    for block in range(ended):
        gone = {failure.subject for failure in failures}
        present = [one for one in plan.orders[block] if one not in gone and (scene.is_calm or scene.rng.random() < 0.9)]
        trials += (trial_of(scene, block, position, subject) for position, subject in enumerate(present))
        failures += (trial.failure for trial in trials if trial.block == block and trial.failure)
    status = draw(st.sampled_from(RunStatus))
    return DrawnRun(_run_of(scene, status, tuple(failures)), tuple(trials))


def _run_of(scene: Scene, status: RunStatus, failures: tuple[Failure, ...]) -> Run:
    plan, rng = scene.plan, scene.rng
    targets = dict.fromkeys(subject.target for subject in plan.orders[0])
    sizes = {metric.pattern: metric.unit for metric in CATALOGUE if metric.family is Family.FOOTPRINT}
    return Run(
        id="20260131-142501-drawn",
        status=status,
        plan=plan,
        started_at="2026-01-31T14:25:01+00:00",
        environment=rng.choice(ENVIRONMENTS),
        wall_s=rng.choice((0.0, 40.5, 1e308)),
        measured_s=rng.choice((0.0, 12.25)),
        failures=failures,
        footprint=tuple(
            Footprint(target, name, unit, rng.choice((*EXTREMES, TYPICAL[unit])), "all of its files")
            for target in targets
            for name, unit in sizes.items()
            if rng.random() < 0.5
        ),
        attributes=tuple(
            Attribute(target, name, rng.choice(list(Support)), "it was tried")
            for target in targets
            for name in AttributeName
            if rng.random() < 0.5
        ),
        stopped=rng.choice((None, *(Stopped(reason, len(plan.orders), ("a of b",)) for reason in StopReason))),
        setup_differences=(SetupDifference(ComparabilityRule.LOGGING, plan.subjects[:1], "logs every request"),),
    )
