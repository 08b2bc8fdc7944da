"""Own contracts of targets under load: a scenario's request and expectation, replaced by those of a target's contract.

The user class of the scenario stays as it is in all else, so its users are spawned and its values are drawn as for
other targets.
"""

from __future__ import annotations

from types import new_class
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.load.process.exchanges import Request
from harness.load.process.expectations import EqualJson, ExactText, Expectation
from harness.load.process.values import Integer, Values, Word
from harness.model import ContractPart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.load.process.scenarios import LoadedScenario
    from harness.load.process.users import LaneUser

_VALUES: Mapping[str, Values] = {"name": Word(), "age": Integer(0, 150)}

Contracts = dict[str, dict[str, ContractPart]]
"""The parts of own contracts, by target and scenario."""


def decode(contracts: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Contracts:
    """Return the contracts of a `load` message."""
    return {
        target: {scenario: ContractPart(**part) for scenario, part in parts.items()}
        for target, parts in contracts.items()
    }


def require_one_request(name: str, scenario: LoadedScenario) -> None:
    """Refuse a scenario whose request can't be replaced.

    Raises:
        UsageError: It has several requests, or its users are no lane users.
    """
    asked = [request for kind in scenario.lane_users for request in kind.requests]
    if len(asked) != 1:
        raise UsageError(
            "a contract does not fit its scenario",
            where=f"[contract.{name}], scenarios/{name}.py",
            cause=f"it replaces one request of a LaneUser, and the scenario has {len(asked) or 'none'}",
            remedy="Write a scenario with one request for it, or drop this part of the contract.",
        )


def bound(kinds: tuple[type[LaneUser], ...], part: ContractPart | None) -> tuple[type[LaneUser], ...]:
    """Return a scenario's user classes with the request of a part; unchanged ones without a part."""
    if part is None:
        return kinds
    request = request_of(part)
    return tuple(
        new_class(kind.__name__, (kind,), exec_body=lambda body: body.update(requests=(request,))) for kind in kinds
    )


def request_of(part: ContractPart) -> Request:
    """Return the request of a part, with its expectation."""
    body = EqualJson(part.filled_document({})) if part.document is not None else None
    text = ExactText(part.text) if part.text is not None else None
    return Request(
        part.method,
        part.path,
        json=part.filled_send({}),
        values={name: _VALUES[name] for name in sorted(part.asked_names())},
        expect=Expectation(part.status, part.media_type, part.headers, text or body),
    )
