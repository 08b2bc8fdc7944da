"""Conclusions in words: the counts of their outcomes, and a line for each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.model import ConclusionKind, Outcome
from harness.units import is_or_are, part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.model import Conclusion

_WORDS: Mapping[Outcome, str] = {
    Outcome.HOLDS: "holds",
    Outcome.HOLDS_OTHER_SIZE: "holds, other size",
    Outcome.REVERSED: "reversed",
    Outcome.DIFFERS: "differs",
    Outcome.NOT_SHOWN: "not shown",
    Outcome.NOT_MEASURED: "not measured",
}
_BROKEN = (Outcome.REVERSED, Outcome.DIFFERS, Outcome.NOT_SHOWN, Outcome.NOT_MEASURED)
CHANGED = (Outcome.REVERSED, Outcome.DIFFERS)
"""The outcomes of a conclusion of which the second run says something else."""
ALL = (*_BROKEN, Outcome.HOLDS_OTHER_SIZE, Outcome.HOLDS)
"""All outcomes, those that hold last."""
_NOTHING_MEASURED = "reversed: no conclusion of the first run was measured in the second"


def counts_in_words(conclusions: Sequence[Conclusion]) -> str:
    """Return how many conclusions hold in the second run, then how many have each other outcome."""
    counts = Counter(one.outcome for one in conclusions)
    holding = sum(count for outcome, count in counts.items() if outcome.holds)
    of_another_size = counts[Outcome.HOLDS_OTHER_SIZE]
    hold = "holds" if holding == 1 else "hold"
    head = f"{part_of(holding, len(conclusions), 'conclusion')} of the first run {hold} in the second"
    head += f", {of_another_size} of them in another size" if of_another_size else ""
    return "; ".join([head, *(_count(counts[one], one) for one in _BROKEN if counts[one])])


def _count(count: int, outcome: Outcome) -> str:
    if outcome is Outcome.DIFFERS:
        return f"{count} differ{'s' if count == 1 else ''}"
    return f"{count} {is_or_are(count)} {_WORDS[outcome]}"


def lines_of(conclusions: Sequence[Conclusion], outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield a line for each conclusion with one of these outcomes, in the order of the outcomes.

    A reason that several of them share is a line above theirs.
    """
    for outcome in outcomes:
        by_reason: dict[str | None, list[Conclusion]] = {}
        for one in conclusions:
            if one.outcome is outcome:
                by_reason.setdefault(one.reason, []).append(one)
        for reason, alike in by_reason.items():
            if reason is None or len(alike) == 1:
                yield from map(_line, alike)
            else:
                yield f"{_WORDS[outcome]} ({reason}):"
                yield from (f"  {_said(one)}" for one in alike)


def reversals(conclusions: Sequence[Conclusion]) -> tuple[str, ...]:
    """Return the reasons why conclusions fail `--fail-on reversed`: each reversed one, or that none was measured."""
    if all(one.outcome is Outcome.NOT_MEASURED for one in conclusions):
        return (_NOTHING_MEASURED,)
    return tuple(_line(one) for one in conclusions if one.outcome is Outcome.REVERSED)


def _line(one: Conclusion) -> str:
    reason = f" ({one.reason})" if one.reason else ""
    return f"{_WORDS[one.outcome]}: {_said(one)}{reason}"


def _said(one: Conclusion) -> str:
    here = "" if one.here is None else f"; second run {one.here.text}"
    return f"{_of(one)}: first run {one.said.text}{here}"


def _of(one: Conclusion) -> str:
    of = f"{one.subject} / {one.reference}" if one.reference else str(one.subject)
    if one.kind is ConclusionKind.VERDICT:
        return f"{of}, figure {one.figure}"
    metric = f"{one.metric} of {one.scenario}" if one.scenario else str(one.metric)
    return f"rank by {metric}" if one.kind is ConclusionKind.RANK else f"{of}, {metric}"
