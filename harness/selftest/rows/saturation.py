"""Check that a limit of the machine is not reported as a limit of a target.

The row plans, drives, measures and summarises a short run of two contestants and a ceiling. All three are the same null
target. So the generator and the machine limit every throughput: each must have the bound *generator*, and no comparison
may call one contestant faster.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.summary import summarise
from harness.experiment.plan import block_plan, make_plan
from harness.manifest import load_profiles
from harness.measure.block_plan import Batch
from harness.measure.capacity import capacity
from harness.measure.closed import ClosedBatch
from harness.measure.responses import learn
from harness.metrics.catalogue import Family, family_of
from harness.model import (
    Absence,
    Bound,
    Difference,
    DrivenSlice,
    Measurement,
    Run,
    RunStatus,
    StoredRun,
    Subject,
    Trial,
)
from harness.selftest.checks import Check, Findings, Row, exactly, happened
from harness.selftest.null_target import null_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.load.generator import LoadGenerator
    from harness.model import Plan, Slice, Summary
    from harness.selftest.null_target import NullTarget
    from harness.selftest.rig import Lab

CONTESTANTS = (Subject("contestant", "a"), Subject("contestant", "b"))
CEILING = Subject("ceiling", "null")
_SCENARIO = "hello"
_BLOCKS = 3
_LEVELS = (8, 32, 64)
_LEVEL_S = 0.6
_RANKED = frozenset({Difference.HIGHER, Difference.LOWER})


def judge(summary: Summary) -> tuple[Check, ...]:
    """Check that every throughput of the contestants has the bound, and that no comparison of throughputs ranks."""
    results = [r for r in summary.results if r.subject in CONTESTANTS and family_of(r.metric) is Family.THROUGHPUT]
    labelled = sum(result.bound is Bound.GENERATOR and result.estimate is not None for result in results)
    compared = [c for c in summary.comparisons if family_of(c.metric) is Family.THROUGHPUT]
    ranked = sum(comparison.verdict in _RANKED for comparison in compared)
    return (
        happened("every throughput was measured", did=len(results) >= len(_LEVELS) * len(CONTESTANTS)),
        exactly("throughputs labelled generator-bound", len(results), labelled),
        happened("the contestants were compared at every level", did=len(compared) >= len(_LEVELS)),
        exactly("comparisons that rank", 0, ranked),
    )


def plan_of(seed: int) -> Plan:
    """Return the plan of a short run with closed load only."""
    profile = replace(
        load_profiles()["smoke"],
        blocks=_BLOCKS,
        connections=_LEVELS,
        level_s=_LEVEL_S,
        warmup_s=0.3,
        open_rates_per_s=(),
    )
    return make_plan(profile, CONTESTANTS, (_SCENARIO,), seed, "selftest", ceiling=CEILING)


def run(lab: Lab) -> Findings:
    """Plan, drive, measure and summarise a short run; check its bounds and comparisons."""
    plan = plan_of(lab.seed)
    with null_target(lab.stock, lab.cpus.target) as null, lab.generator(_SCENARIO) as generator:
        driver = _Driver(null, generator, len(lab.cpus.target))
        trials = [trial for block in range(_BLOCKS) for trial in driver.drive_block(plan, block)]
    summary = summarise(StoredRun(Run("selftest", RunStatus.COMPLETE, plan, started_at=""), tuple(trials)))
    peak = max((r.estimate or 0.0 for r in summary.results if r.subject == CEILING), default=0.0)
    busiest = max((driven.result.utilisation for trial in trials for driven in trial.slices), default=0.0)
    return Findings(
        judge(summary),
        f"The null target ({null.source}) against itself: up to {peak:,.0f} answers per second; the generator is up to "
        f"{busiest:.0%} busy.",
    )


class _Driver:
    """Drives the batches of a block against the null target, for every subject."""

    def __init__(self, null: NullTarget, generator: LoadGenerator, target_cpus: int) -> None:
        self._null = null
        self._generator = generator
        self._target_cpus = target_cpus

    def drive_block(self, plan: Plan, block: int) -> list[Trial]:
        """Return the trials of all subjects of a block."""
        order = plan.orders[block]
        found: dict[Subject, list[Measurement | Absence]] = {subject: [] for subject in order}
        slices: dict[Subject, list[DrivenSlice]] = {subject: [] for subject in order}
        warm_up, *batches = block_plan(plan, block).batches
        warmed, _ = self._drive(warm_up.slices) if isinstance(warm_up, Batch) else ({}, {})
        responses = learn(one for of_subject in warmed.values() for one in of_subject)
        for batch in batches:
            if isinstance(batch, ClosedBatch):
                driven, cpu_s = self._drive(batch.timed(responses).slices)
                for subject, of_subject in driven.items():
                    found[subject] += capacity(of_subject, cpu_s[subject], self._target_cpus)
                    slices[subject] += of_subject
        return [
            Trial(
                block=block,
                position=position,
                subject=subject,
                started_at="",
                measurements=tuple(one for one in found[subject] if isinstance(one, Measurement)),
                absences=tuple(one for one in found[subject] if isinstance(one, Absence)),
                slices=tuple(slices[subject]),
            )
            for position, subject in enumerate(order)
        ]

    def _drive(self, slices: Sequence[Slice]) -> tuple[dict[Subject, list[DrivenSlice]], dict[Subject, float]]:
        """Drive slices; return the slices of each subject, and the CPU time of the target in them, in seconds."""
        driven: dict[Subject, list[DrivenSlice]] = {}
        cpu_s: dict[Subject, float] = {}
        for order in slices:
            before_s = self._null.cpu_s()
            (result,) = self._generator.run([order], {order.subject: self._null.url})
            spent_s = self._null.cpu_s() - before_s
            driven.setdefault(order.subject, []).append(DrivenSlice(order, result))
            cpu_s[order.subject] = cpu_s.get(order.subject, 0.0) + spent_s
        return driven, cpu_s


ROW = Row("saturation", run)
