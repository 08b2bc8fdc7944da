"""Conclusions in words: the counts first, then a line for each that does not hold."""

from dataclasses import replace

import pytest

from harness.analysis.conclusion_words import counts_in_words, lines_of, reversals
from harness.model import Conclusion, ConclusionKind, Outcome, Said

PAIR = "gin_app:release / flask_app:gthread"
ONE = Conclusion(
    ConclusionKind.COMPARISON,
    *("gin_app:release", "flask_app:gthread", "throughput.closed.c32", "hello"),
    Said("higher, 12.0 [11.7, 12.3]"),
    Said("lower, 0.100"),
    Outcome.REVERSED,
)


def some(**counts: int) -> list[Conclusion]:
    return [replace(ONE, outcome=Outcome(name)) for name, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"holds": 3}, "3 of 3 conclusions hold here"),
        (
            {"holds": 31, "reversed": 1, "not_shown": 2},
            "31 of 34 conclusions hold here; 1 is reversed; 2 are not shown",
        ),
        ({"holds": 1, "holds_other_size": 2}, "3 of 3 conclusions hold here, 2 of them in another size"),
        ({"differs": 1, "not_measured": 1}, "0 of 2 conclusions hold here; 1 differs; 1 is not measured"),
        ({"differs": 2, "reversed": 3}, "0 of 5 conclusions hold here; 3 are reversed; 2 differ"),
    ],
)
def test_the_counts_are_said_first(counts: dict[str, int], words: str) -> None:
    assert counts_in_words(some(**counts)) == words


def test_only_conclusions_that_do_not_hold_have_a_line_the_reversed_ones_first() -> None:
    mixed = some(holds=1, not_shown=1, holds_other_size=1, reversed=1)
    assert [line.partition(":")[0] for line in lines_of(mixed, every=False)] == ["reversed", "not shown here"]
    assert [line.partition(":")[0] for line in lines_of(mixed, every=True)][2:] == ["holds, other size", "holds"]


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (
            ONE,
            f"reversed: {PAIR}, throughput.closed.c32 of hello: there higher, 12.0 [11.7, 12.3]; here lower, 0.100",
        ),
        (
            replace(ONE, scenario=None, metric="memory.idle", here=None, outcome=Outcome.NOT_MEASURED),
            f"not measured here: {PAIR}, memory.idle: there higher, 12.0 [11.7, 12.3]",
        ),
        (
            replace(ONE, kind=ConclusionKind.RANK, subject=None, reference=None, said=Said("1 a"), here=Said("1 b")),
            "reversed: rank by throughput.closed.c32 of hello: there 1 a; here 1 b",
        ),
        (
            replace(
                ONE,
                kind=ConclusionKind.VERDICT,
                reference=None,
                figure="facts.memory",
                said=Said("7 MB: confirmed"),
                here=Said("refuted"),
            ),
            "reversed: gin_app:release, figure facts.memory: there 7 MB: confirmed; here refuted",
        ),
        (
            replace(ONE, scenario=None, outcome=Outcome.NOT_SHOWN, said=Said("x"), here=Said("y"), reason="not rare"),
            f"not shown here: {PAIR}, throughput.closed.c32: there x; here y (not rare)",
        ),
    ],
)
def test_a_line_says_what_both_runs_say(one: Conclusion, line: str) -> None:
    assert list(lines_of([one], every=False)) == [line]


def test_each_reversal_is_a_reason_to_fail() -> None:
    assert reversals(some(holds=3, not_shown=1)) == ()
    assert len(reversals(some(reversed=2, not_measured=1))) == 2


@pytest.mark.parametrize("conclusions", [[], some(not_measured=2)])
def test_a_run_without_measured_conclusions_proves_nothing(conclusions: list[Conclusion]) -> None:
    [reason] = reversals(conclusions)
    assert reason == "reversed: no conclusion of the first run was measured in the second"
