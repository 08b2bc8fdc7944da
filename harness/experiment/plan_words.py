"""Sentences about the scenarios of a plan: how they can be driven, and what differs from plain Locust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.measure.unscheduled import NO_OPEN_LOAD
from harness.model import Pace
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Plan, ScenarioTraits


def about_scenarios(plan: Plan) -> tuple[str, ...]:
    """Return lines about the scenarios whose users are not plain lane users, and about the arguments."""
    lines = [line for traits in plan.traits for line in _about(traits, is_headline=traits.name == plan.headline)]
    arguments = [f"arguments of the locustfiles: {plan.locust_args}"] if plan.locust_args else []
    return (*lines, *arguments)


def _about(traits: ScenarioTraits, *, is_headline: bool) -> Iterator[str]:
    name = f"scenario {traits.name}"
    if traits.pace is Pace.PACED:
        yield f"{name}: paced load, because its users decide the rate: {'; '.join(_reasons(traits))}"
    elif not traits.drives_open:
        yield f"{name}: closed load without pauses, by Locust's own users"
        if is_headline:
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
