"""User classes without a user: a number under fewer users than all classes need is not one of the whole scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.metrics.catalogue import parse

if TYPE_CHECKING:
    from harness.model import Plan


def undriven(plan: Plan, metric: str, scenario: str | None) -> str | None:
    """Return which user classes were driven alone under the load of a metric; None if all were, or without a load."""
    named = parse(metric)
    users = named and (named.parameters.connections or named.parameters.users)
    return plan.traits_of(scenario).undriven(users) if scenario is not None and users else None
