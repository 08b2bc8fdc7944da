"""Contracts of a plan: the own contracts of its targets, and whether each target answers each scenario.

Both are known from the manifests, so a plan that can't give numbers is refused before anything is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError, nearest
from harness.model import PARTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.model import Contract, Plan, ScenarioTraits, Subject, Target


def contracts_in(targets: Mapping[str, Target], subjects: Iterable[Subject]) -> dict[str, Contract]:
    """Return the contract of each subject's target that has one of its own, by the target's name."""
    names = dict.fromkeys(subject.target for subject in subjects)
    return {name: targets[name].contract for name in names if name in targets and targets[name].contract}


def require_answered(plan: Plan, targets: Mapping[str, Target], scenarios: Collection[str]) -> None:
    """Refuse a plan with a target that does not answer one of the scenarios.

    Args:
        plan: The plan.
        targets: The targets by name.
        scenarios: The names of the project's scenarios.

    Raises:
        UsageError: A target does not answer a scenario, or its contract names one that is unknown or has several
            requests.
    """
    for name in dict.fromkeys(subject.target for subject in plan.subjects if subject.target in targets):
        target = targets[name]
        for key in target.contract.keys() - set(scenarios):
            raise UsageError(
                "unknown scenario",
                where=f"{target.folder / 'target.toml'}: contract.{key}",
                cause="a part of a contract has the name of its scenario, and there is no such scenario",
                remedy=nearest(key, (*scenarios, *PARTS)),
            )
        for traits in plan.traits:
            if traits.name in target.contract and not (traits.drives_open and len(traits.requests) == 1):
                raise _not_replaceable(target, traits)
        unanswered = [one for one in plan.scenarios if not _answers(target, one)]
        if unanswered:
            raise _not_answered(target, unanswered[0])


def _answers(target: Target, scenario: str) -> bool:
    """Return whether a target claims to answer a scenario; a scenario that is no part of the contract is not known."""
    standard = {PARTS[part] for part in target.answers}
    return scenario in target.contract or scenario in standard or scenario not in PARTS.values()


def _not_replaceable(target: Target, traits: ScenarioTraits) -> UsageError:
    asked = ", ".join(traits.requests)
    return UsageError(
        "a contract does not fit its scenario",
        where=f"{target.folder / 'target.toml'}: contract.{traits.name}",
        cause=f"it takes the place of the one request of lane users, and scenarios/{traits.name}.py has {asked}",
        remedy="Write a scenario with one request for it, or drop this part of the contract.",
    )


def _not_answered(target: Target, scenario: str) -> UsageError:
    part = next(part for part, requested_by in PARTS.items() if requested_by == scenario)
    known = [*target.contract, *(PARTS[part] for part in target.answers)]
    return UsageError(
        "a target does not answer a scenario",
        where=f"{target.name}, scenario {scenario}",
        cause=f"it requests the part {part!r} of targets/CONTRACT.md, which the target's target.toml does not name",
        remedy=f"Choose from its own: --scenario {','.join(known)}. Or add the part to its answers or its [contract].",
    )
