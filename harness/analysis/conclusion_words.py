"""Conclusions in words: the counts of their outcomes, and a line for each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.model import ConclusionKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Conclusion

_WORDS: Mapping[Outcome, str] = {
    Outcome.HOLDS: "holds",
    Outcome.HOLDS_OTHER_SIZE: "holds, other size",
    Outcome.REVERSED: "reversed",
    Outcome.DIFFERS: "differs",
    Outcome.NOT_SHOWN: "not shown here",
    Outcome.NOT_MEASURED: "not measured here",
}
_BROKEN = (Outcome.REVERSED, Outcome.DIFFERS, Outcome.NOT_SHOWN, Outcome.NOT_MEASURED)
_NOTHING_MEASURED = "reversed: no conclusion of the first run was measured in the second"


def counts_in_words(conclusions: Sequence[Conclusion]) -> str:
    """Return how many conclusions hold, then how many have each other outcome: `31 of 34 hold; 1 is reversed`."""
    counts = Counter(one.outcome for one in conclusions)
    holding = sum(count for outcome, count in counts.items() if outcome.holds)
    of_another_size = counts[Outcome.HOLDS_OTHER_SIZE]
    head = f"{holding} of {len(conclusions)} conclusions hold here"
    head += f", {of_another_size} of them in another size" if of_another_size else ""
    return "; ".join([head, *(_count(counts[one], one) for one in _BROKEN if counts[one])])


def _count(count: int, outcome: Outcome) -> str:
    if outcome is Outcome.DIFFERS:
        return f"{count} differ{'s' if count == 1 else ''}"
    return f"{count} {'is' if count == 1 else 'are'} {_WORDS[outcome].removesuffix(' here')}"


def lines_of(conclusions: Sequence[Conclusion], *, every: bool) -> Iterator[str]:
    """Yield a line for each conclusion that does not hold, the reversed ones first; with `every` for all."""
    order = (*_BROKEN, Outcome.HOLDS_OTHER_SIZE, Outcome.HOLDS) if every else _BROKEN
    for outcome in order:
        yield from (_line(one) for one in conclusions if one.outcome is outcome)


def reversals(conclusions: Sequence[Conclusion]) -> tuple[str, ...]:
    """Return the reasons why conclusions fail `--fail-on reversed`: each reversed one, or that none was measured."""
    if all(one.outcome is Outcome.NOT_MEASURED for one in conclusions):
        return (_NOTHING_MEASURED,)
    return tuple(_line(one) for one in conclusions if one.outcome is Outcome.REVERSED)


def _line(one: Conclusion) -> str:
    here = "" if one.here is None else f"; here {one.here.text}"
    reason = f" ({one.reason})" if one.reason else ""
    return f"{_WORDS[one.outcome]}: {_of(one)}: there {one.said.text}{here}{reason}"


def _of(one: Conclusion) -> str:
    of = f"{one.subject} / {one.reference}" if one.reference else str(one.subject)
    if one.kind is ConclusionKind.VERDICT:
        return f"{of}, figure {one.figure}"
    metric = f"{one.metric} of {one.scenario}" if one.scenario else str(one.metric)
    return f"rank by {metric}" if one.kind is ConclusionKind.RANK else f"{of}, {metric}"
