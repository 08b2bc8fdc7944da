"""Conclusions in words: the counts first, then a line for each that does not hold."""

from dataclasses import replace

import pytest

from harness.analysis.conclusion_words import ALL, CHANGED, counts_in_words, lines_of, reversals
from harness.model import Conclusion, ConclusionKind, Outcome, Said

RATE = "throughput.closed.c32 of hello"
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
        ({"holds": 3}, "3 of 3 conclusions of the first run hold in the second"),
        (
            {"holds": 31, "reversed": 1, "not_shown": 2},
            "31 of 34 conclusions of the first run hold in the second; 1 is reversed; 2 are not shown",
        ),
        (
            {"holds": 1, "holds_other_size": 2},
            "3 of 3 conclusions of the first run hold in the second, 2 of them in another size",
        ),
        (
            {"differs": 1, "not_measured": 1},
            "0 of 2 conclusions of the first run hold in the second; 1 differs; 1 is not measured",
        ),
        (
            {"differs": 2, "reversed": 3},
            "0 of 5 conclusions of the first run hold in the second; 3 are reversed; 2 differ",
        ),
    ],
)
def test_the_counts_are_said_first(counts: dict[str, int], words: str) -> None:
    assert counts_in_words(some(**counts)) == words


def test_conclusions_have_lines_by_their_outcome_the_reversed_ones_first() -> None:
    mixed = some(holds=1, not_shown=1, holds_other_size=1, reversed=1)
    assert [line.partition(":")[0] for line in lines_of(mixed, CHANGED)] == ["reversed"]
    words = ["reversed", "not shown", "holds, other size", "holds"]
    assert [line.partition(":")[0] for line in lines_of(mixed, ALL)] == words


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (
            ONE,
            f"reversed: {PAIR}, {RATE}: first run higher, 12.0 [11.7, 12.3]; second run lower, 0.100",
        ),
        (
            replace(ONE, scenario=None, metric="memory.idle", here=None, outcome=Outcome.NOT_MEASURED),
            f"not measured: {PAIR}, memory.idle: first run higher, 12.0 [11.7, 12.3]",
        ),
        (
            replace(ONE, kind=ConclusionKind.RANK, subject=None, reference=None, said=Said("1 a"), here=Said("1 b")),
            "reversed: rank by throughput.closed.c32 of hello: first run 1 a; second run 1 b",
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
            "reversed: gin_app:release, figure facts.memory: first run 7 MB: confirmed; second run refuted",
        ),
        (
            replace(ONE, scenario=None, outcome=Outcome.NOT_SHOWN, said=Said("x"), here=Said("y"), reason="not rare"),
            f"not shown: {PAIR}, throughput.closed.c32: first run x; second run y (not rare)",
        ),
    ],
)
def test_a_line_says_what_both_runs_say(one: Conclusion, line: str) -> None:
    assert list(lines_of([one], ALL)) == [line]


def test_a_reason_that_several_share_is_said_once() -> None:
    shared = [
        replace(ONE, outcome=Outcome.NOT_SHOWN, metric=metric, here=None, said=Said("x"), reason="not rare")
        for metric in ("memory.idle", "memory.peak")
    ]
    assert list(lines_of([*shared, replace(ONE, outcome=Outcome.NOT_SHOWN, here=None, said=Said("y"))], ALL)) == [
        "not shown (not rare):",
        f"  {PAIR}, memory.idle of hello: first run x",
        f"  {PAIR}, memory.peak of hello: first run x",
        f"not shown: {PAIR}, {RATE}: first run y",
    ]


def test_each_reversal_is_a_reason_to_fail() -> None:
    assert reversals(some(holds=3, not_shown=1)) == ()
    assert len(reversals(some(reversed=2, not_measured=1))) == 2


@pytest.mark.parametrize("conclusions", [[], some(not_measured=2)])
def test_a_run_without_measured_conclusions_proves_nothing(conclusions: list[Conclusion]) -> None:
    [reason] = reversals(conclusions)
    assert reason == "reversed: no conclusion of the first run was measured in the second"
