"""The plan of a run in the terminal: its length, what it measures, and the order of the targets in each block."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.console.terminal import say, say_fitting
from harness.measure.block_plan import Batch
from harness.measure.timing import PLANNED_RESPONSE_S
from harness.units import Unit, counted, human

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.measure.block_plan import BlockPlan
    from harness.model import Plan, Subject

_SLOWER_S = (0.1, 0.5)  # response times for which a plan says its duration as well
_MINUTES_FROM_S = 300
_INDENT = "  "


def show_plan(plan: Plan, differences: Sequence[str], gates: Sequence[str] = ()) -> None:
    """Print a plan.

    Args:
        plan: The plan.
        differences: Sentences about differences in how its targets are served.
        gates: Sentences about the thresholds that its changes will be judged by.
    """
    from harness.experiment.plan import throughput_by_cpus  # noqa: PLC0415 - it imports numpy
    from harness.experiment.plan_words import about_scenarios  # noqa: PLC0415 - it imports numpy

    profile = plan.profile
    say_fitting(profile.summary, first=f"{profile.name}: ")
    if plan.against is not None:
        say(f"{plan.against.now} against {plan.against.name} ({plan.against.commit})")
    subjects = ", ".join(map(str, plan.subjects))
    say_fitting(f"{subjects}; {plan.cpus_each}; runtime {plan.runtime}; seed {plan.seed}", first="targets ")
    for line in (throughput_by_cpus(plan), *about_scenarios(plan)):
        if line is not None:
            say_fitting(line)
    _say_length(plan)
    _say_loads(plan)
    say("order of the targets:")
    name = _names(plan)
    for number, order in enumerate(plan.orders):
        say_fitting(", ".join(map(name, order)), first=f"{_INDENT}block {number + 1}: ")
    for line in gates:
        say_fitting(line)
    for line in differences:
        say_fitting(line, first="warning: ")


def _say_length(plan: Plan) -> None:
    planned = human(PLANNED_RESPONSE_S, Unit.SECOND, 2)
    say_fitting(f"about {_lasts(plan, PLANNED_RESPONSE_S)} without builds, if all targets answer within {planned}")
    slower = [f"{_lasts(plan, response_s)} if one takes {response_s:g} s" for response_s in _SLOWER_S]
    say_fitting(", ".join(slower), first="slower answers take longer: ")


def _lasts(plan: Plan, response_s: float) -> str:
    """Return the expected duration of a run whose slowest target has this response time, in seconds or minutes."""
    from harness.experiment.plan import expected_blocks_s  # noqa: PLC0415 - it imports numpy

    blocks_s = expected_blocks_s(plan, response_s=response_s)
    ends_s = [sum(blocks_s[:end]) for end in dict.fromkeys((plan.profile.least_blocks or None, None))]
    divisor, unit = (60, "min") if min(ends_s) >= _MINUTES_FROM_S else (1, "s")
    return f"{' to '.join(f'{end_s / divisor:.0f}' for end_s in ends_s)} {unit}"


def _say_loads(plan: Plan) -> None:
    """Print what a block measures, once for all blocks, and of a load that not all blocks have in how many it is."""
    from harness.experiment.plan import block_plan  # noqa: PLC0415 - it imports numpy

    blocks = len(plan.orders)
    often = Counter(load for number in range(blocks) for load in _loads(block_plan(plan, number)))
    say("each block, in random order of the closed loads:")
    for load, count in often.items():
        say(f"{_INDENT}{load}" if count == blocks else f"{_INDENT}{load}, in {count} of {blocks} blocks")


def _loads(block: BlockPlan) -> Iterator[str]:
    for batch in block.batches:
        slices = batch.slices if isinstance(batch, Batch) else batch.planned().slices
        if slices:
            yield f"{batch.title}: {counted(len(slices), 'slice')}"
    yield from (f"{own.title}: {counted(len(own.subjects), 'slice')}" for own in block.own_rates)
    yield from (f"{search.scenario}, a search for {search.limit.value}" for search in block.searches)


def _names(plan: Plan) -> Callable[[Subject], str]:
    """Return what gives a subject its short name: without the variant, if it is the only one of its target."""
    variants = Counter(target for target, _ in {(one.target, one.variant) for one in plan.all_subjects})

    def name(one: Subject) -> str:
        is_only = variants[one.target] == 1
        return str(one).replace(f"{one.target}:{one.variant}", one.target, 1) if is_only else str(one)

    return name
