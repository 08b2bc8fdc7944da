"""The steps of the measurement, as the method of a report: what was driven, for how long, and how often.

All facts come from the stored run and its plan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from harness.metrics.words import enumeration
from harness.model import LoadKind
from harness.report.background import Step
from harness.report.wording import duration, fixed_percentage, rate_spelled
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Plan
    from harness.report.material import Material


def protocol(material: Material) -> tuple[Step, ...]:
    """Return the steps of the measurement, with the numbers of the run's plan."""
    run = material.summary.run
    plan, profile = run.plan, run.plan.profile
    blocks = run.stopped.blocks if run.stopped is not None else len(plan.orders)
    return (
        Step(
            "Verification",
            "Before it is measured, every target must give correct answers: status, headers and body, an echo of a "
            "random path value, and a Date header that changes. A target with a wrong answer gets no numbers.",
        ),
        Step(
            "Blocks",
            f"The run has {counted(blocks, 'block')}. In each block, every target gets one fresh instance, in an order "
            f"drawn from the seed, and {profile.warmup_s:g} s of warm-up that is not counted.",
        ),
        *_alternating(material),
        *_paced(material),
        Step(
            "Cold starts",
            f"Each target has {counted(_cold_starts(plan, blocks), 'timed start')}. The first block begins with "
            f"{counted(profile.discarded_starts, 'untimed start')} of each target.",
        ),
        *_rest(material),
        *_ladder(material),
    )


def _alternating(material: Material) -> Iterator[Step]:
    """Yield the step about closed and open load, of a run with a headline scenario."""
    plan, profile = material.plan, material.plan.profile
    if plan.headline is None:
        return
    levels = enumeration([f"{level:,}" for level in profile.connections])
    others = [name for name in plan.scenarios if name != plan.headline and name not in plan.paced]
    rates = enumeration([rate_spelled(rate) for rate in profile.open_rates_per_s])
    beside = f"; {enumeration(others)} at {profile.other_connections:,}" if others else ""
    open_load = (
        f"Open load: Poisson arrivals at {rates}, in slices of {profile.open_slice_s:g} s; the first "
        f"{profile.open_discard_s:g} s of each are not counted."
        if rates
        else "This profile has no open load."
    )
    yield Step(
        "Alternating slices",
        f"{_closed_slices(material)} {_slices_driven(material)} The targets alternate in random order, so that all of "
        f"them meet the same conditions of the machine. Scenario {plan.headline} is driven over {levels} connections"
        f"{beside}. {open_load}",
    )


def _paced(material: Material) -> Iterator[Step]:
    """Yield the step about paced users, of a run with a paced scenario."""
    if material.plan.paced:
        slices = [one.plan for trial in material.stored.trials for one in trial.slices]
        lasts_s = sorted({one.duration_s for one in slices if one.load.kind is LoadKind.PACED})
        ends = " to ".join(dict.fromkeys(duration(length_s) for length_s in (*lasts_s[:1], *lasts_s[-1:])))
        yield Step(
            "Paced users",
            f"The load of {enumeration(material.plan.paced)} is decided by its users, who pause, not by the target. "
            f"So it is driven apart, one target after the other{f', in slices of {ends}' if ends else ''}: ten cycles "
            "of a pause and a response at least, after a head of one cycle that is not counted. The null target is "
            "not driven with it, and targets are not compared by it.",
        )


def _rest(material: Material) -> Iterator[Step]:
    """Yield the step about CPU time at rest, of a run with closed load."""
    plan, profile = material.plan, material.plan.profile
    others = len(plan.all_subjects) - 1
    if plan.headline is None or not others:
        return
    if profile.idle_s:
        text = (
            f"In each block all targets rest for {profile.idle_s:g} s after the warm-up, with their connections open. "
            "What a target uses at rest is subtracted from its CPU time, for the time in which only other targets have "
            "load."
        )
    else:
        text = (
            "The CPU time of a target at rest was not measured, so none is subtracted: the CPU time per request "
            "includes what the target uses while only other targets have load. A target that uses 0.1 % of a CPU at "
            f"rest, and all of one under load, reads about {others / 10:g} % too much per request here."
        )
    yield Step("CPU time at rest", text)


def _ladder(material: Material) -> Iterator[Step]:
    """Yield the step about rates of the targets' own, of a profile that has some."""
    profile = material.summary.run.plan.profile
    if not profile.own_shares or material.headline is None:
        return
    shares = enumeration([fixed_percentage(share) for share in profile.own_shares])
    beside = " The null target follows each of them, at the same rate and with the same arrivals."
    yield Step(
        "Ladder",
        f"Each target is also driven at {shares} of its own peak, once in each block for {profile.open_slice_s:g} s."
        f"{beside if material.summary.run.plan.ceiling else ''}",
    )


def _cold_starts(plan: Plan, blocks: int) -> int:
    return sum(plan.profile.cold_starts_of(block) for block in range(blocks))


def _closed_slices(material: Material) -> str:
    """Return the sentence on the lengths of closed-load slices."""
    profile = material.summary.run.plan.profile
    slices = (one.plan for trial in material.stored.trials for one in trial.slices)
    lengths_s = sorted({plan.duration_s for plan in slices if plan.load.kind is LoadKind.CLOSED})
    ends = " to ".join(dict.fromkeys(f"{length_s:.2g} s" for length_s in (*lengths_s[:1], *lengths_s[-1:])))
    return (
        f"Closed load: slices{f' of {ends}' if ends else ''}. Each begins with a head that is not counted, of "
        f"{profile.least_discard_s:g} s at least, and has a counted part of {profile.least_counted_s:g} s at least. "
        "Both last at least twice as long as the longest response time of the targets in warm-up; time in an unfair "
        "queue does not count."
    )


def _slices_driven(material: Material) -> str:
    """Return the sentence on the number of closed-load slices of the headline scenario in a trial, by level."""
    headline = material.headline
    levels: dict[int, Counter[int]] = defaultdict(Counter)
    for trial in material.stored.trials:
        loads = [one.plan.load for one in trial.slices if one.plan.scenario == headline]
        for level, slices in Counter(load.connections for load in loads if load.kind is LoadKind.CLOSED).items():
            levels[level][slices] += 1
    by_count: dict[int, list[str]] = defaultdict(list)
    for level, counts in sorted(levels.items()):
        by_count[counts.most_common(1)[0][0]].append(f"{level:,}")
    numbers = [
        f"{counted(count, 'slice')} at {enumeration(at)}" for count, at in sorted(by_count.items(), reverse=True)
    ]
    return f"In each block each target has {enumeration(numbers)} connections." if numbers else "No slices are stored."
