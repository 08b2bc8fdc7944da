"""What the users of a scenario did apart from the counted requests: in the warm-up, and when they ended.

A locustfile may raise an exception before its first request, or end its users in the warm-up. No counted slice has
that, but it explains why users sent fewer requests, or none. It is the scenario's doing, so it never says that the
target did not answer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.measure.capacity import errors_in_words
from harness.model import MOST_COMPLAINTS, OTHER_COMPLAINTS, LoadKind, by_load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.model import DrivenSlice, Load


@dataclass(slots=True)
class _OfScenario:
    """What slices of one scenario say that did not count."""

    prepared: int = 0
    users_ended: int = 0
    complaints: Counter[str] = field(default_factory=Counter)
    first_complaint: str | None = None

    def add(self, driven: DrivenSlice) -> None:
        result = driven.result
        self.prepared += result.prepared
        self.users_ended += result.users_ended
        self.complaints.update(result.complaints)
        self.first_complaint = self.first_complaint or result.first_complaint

    def added_to(self, driven: DrivenSlice) -> DrivenSlice:
        result = driven.result
        changed = replace(
            result,
            prepared=result.prepared + self.prepared,
            users_ended=result.users_ended + self.users_ended,
            complaints=_bounded(self.complaints + Counter(result.complaints)),
            first_complaint=self.first_complaint or result.first_complaint,
        )
        return replace(driven, result=changed)


def _bounded(complaints: Counter[str]) -> Mapping[str, int]:
    """Return counts of at most `MOST_COMPLAINTS` texts; the last one is that of all others."""
    if len(complaints) <= MOST_COMPLAINTS:
        return dict(complaints)
    others = complaints.pop(OTHER_COMPLAINTS, 0)
    kept = dict(complaints.most_common(MOST_COMPLAINTS - 1))
    return {**kept, OTHER_COMPLAINTS: others + complaints.total() - sum(kept.values())}


class Preparation:
    """What the warm-up of a target said of its scenarios, and the users that have ended since its start."""

    def __init__(self) -> None:
        self._kept: dict[str, _OfScenario] = {}
        self._ended: Counter[str] = Counter()
        self._first_complaints: dict[str, str] = {}
        self._silent: dict[tuple[str, Load], str] = {}

    def keep(self, slices: Sequence[DrivenSlice]) -> None:
        """Keep what the slices of a warm-up say; the next counted slice of their scenario has it."""
        for one in slices:
            self._kept.setdefault(one.plan.scenario, _OfScenario()).add(one)
            self._note(one)
        for (scenario, load), of_load in by_load(slices).items():
            if not any(one.result.sent for one in of_load):
                self._silent[scenario, load] = _silence(self._ended[scenario], self._first_complaints.get(scenario))
            elif not any(one.result.service for one in of_load) and (failed := errors_in_words(of_load)) is not None:
                self._silent[scenario, load] = f"in the warm-up {failed}"

    def silence(self, scenario: str, load: Load) -> str | None:
        """Return why no request of the warm-up gave a response time: none was sent, or all failed; None if one did."""
        return self._silent.get((scenario, load))

    def added_to(self, slices: Sequence[DrivenSlice]) -> list[DrivenSlice]:
        """Return counted slices of one scenario, the first of them with what was kept for it."""
        first, *others = slices
        kept = self._kept.pop(first.plan.scenario, None)
        for one in slices:
            self._note(one)
        return [first if kept is None else kept.added_to(first), *others]

    def lack(self, slices: Sequence[DrivenSlice]) -> str | None:
        """Return why counted slices of closed load have no number: users are missing; None for all other slices.

        Users that have ended are not replaced, so they are also missing in all later slices.
        """
        plan = slices[0].plan
        if plan.load.kind is not LoadKind.CLOSED:
            return None
        ended = self._ended[plan.scenario]
        if not any(one.result.sent for one in slices):
            return _silence(ended, self._first_complaints.get(plan.scenario))
        who = (
            "1 user of the scenario ended itself" if ended == 1 else f"{ended:,} users of the scenario ended themselves"
        )
        few = f"{who}, so fewer than {plan.load.connections} sent requests"
        return few if ended else None

    def _note(self, driven: DrivenSlice) -> None:
        scenario, result = driven.plan.scenario, driven.result
        self._ended[scenario] += result.users_ended
        if result.first_complaint:
            self._first_complaints.setdefault(scenario, result.first_complaint)


def unsent(slices: Sequence[DrivenSlice]) -> str | None:
    """Return why the users of counted slices sent no request; None if they sent one."""
    if any(one.result.sent for one in slices):
        return None
    first = next((one.result.first_complaint for one in slices if one.result.first_complaint), None)
    return _silence(sum(one.result.users_ended for one in slices), first)


def _silence(ended: int, first_complaint: str | None) -> str:
    how = f": {ended:,} of them ended themselves" if ended else ""
    why = f"; the scenario's first complaint is {first_complaint!r}" if first_complaint else ""
    return f"the scenario's users sent no request{how}{why}"
