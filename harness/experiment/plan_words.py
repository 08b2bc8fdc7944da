"""Sentences about the scenarios of a plan: how they can be driven, and what differs from plain Locust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.experiment.plan import paced_batches, paced_blocks, users_of
from harness.measure.paced import UNKNOWN_PAUSE_S
from harness.measure.unscheduled import NO_OPEN_LOAD
from harness.model import Pace
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.measure.paced import PacedBatch
    from harness.model import Plan, ScenarioTraits


def about_scenarios(plan: Plan) -> tuple[str, ...]:
    """Return lines about the scenarios whose users are not plain lane users, and about the arguments."""
    paced = {batch.scenario: _paced(plan, batch) for batch in paced_batches(plan, 0)}
    lines = [line for traits in plan.traits for line in (*paced.get(traits.name, ()), *_about(plan, traits))]
    lines += [
        f"warning: scenario {traits.name}: {said}"
        for traits in plan.traits
        for said in map(traits.undriven, users_of(plan, traits.name))
        if said is not None
    ]
    arguments = [f"arguments of the locustfiles: {plan.locust_args}"] if plan.locust_args else []
    return (*lines, *arguments)


def _paced(plan: Plan, batch: PacedBatch) -> tuple[str]:
    """Return the line of a paced scenario: its users, their pauses, and how long and how often they are driven."""
    blocks = paced_blocks(plan, batch)
    users = f"{'up to ' if batch.traits.shape else ''}{batch.load.connections} users"
    often = "in one block" if blocks == 1 else f"one a block in {blocks} blocks"
    lasts = human(batch.slice_s(), Unit.SECOND, 2)
    why = "; ".join(_reasons(batch.traits))
    slices = f"slices of {lasts} for each target, {often}"
    return (f"scenario {batch.scenario}: paced load of {users}, because they decide the rate: {why}; {slices}",)


def _about(plan: Plan, traits: ScenarioTraits) -> Iterator[str]:
    name = f"scenario {traits.name}"
    if traits.pace is not Pace.PACED and not traits.drives_open:
        yield f"{name}: closed load without pauses, by Locust's own users"
        if traits.name == plan.headline:
            yield f"{name}: {NO_OPEN_LOAD}, so there is no latency at a rate, no CPU ladder and no limit"
    if traits.tags:
        yield f"{name}: tags {', '.join(traits.tags)}"
    if traits.options:
        yield f"{name}: adds the arguments {', '.join(traits.options)}"
    yield from (f"{name}: {note}" for note in traits.notes)


def _reasons(traits: ScenarioTraits) -> Iterator[str]:
    yield from (f"pause of {pause}" for pause in traits.pauses)
    if traits.shape is not None:
        lasts = "without an end within an hour" if traits.shape_s is None else human(traits.shape_s, Unit.SECOND)
        yield f"{traits.shape} decides their number, {lasts}"
    elif not traits.mean_pause_s:
        yield f"their pauses are not known, and taken for {UNKNOWN_PAUSE_S:g} s"
