"""The benchmark of the noise floor by the length of a slice."""

import math
import random
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from harness.errors import MeasurementError
from harness.manifest import load_profiles
from harness.model import ErrorKind, Slice, SliceResult
from tests.fakes import (
    TARGETS,
    FakeGenerator,
    FakeRuntime,
    Journal,
    Script,
    driven,
    driven_wrongly,
    equipment_of,
    histogram_of,
)
from tests.scripts import loaded
from tests.trials import GIN

GIN_AGAIN = replace(GIN, is_control=True)
COPIES = GIN, GIN_AGAIN


@pytest.fixture
def precision() -> ModuleType:
    return loaded("precision")


def slices_of(precision: ModuleType, load_s: float, longest_s: float = 0.001) -> list[Slice]:
    settings = precision.Settings(blocks=2, load_s=load_s, connections=32)
    lengths = [one for slice_s in precision.SLICES_S if (one := precision.timing(slice_s, longest_s)) is not None]
    slices: list[Slice] = precision.block_slices(random.Random(1), COPIES, settings, lengths, (0.0, 0.0007))  # noqa: S311 - an order
    return slices


def test_every_length_of_slice_has_the_same_load_and_the_copies_alternate(precision: ModuleType) -> None:
    slices = slices_of(precision, 4.0)
    assert [one.number for one in slices] == list(range(len(slices)))
    for slice_s, rounds in ((0.03, 133), (0.06, 67), (0.1, 40), (0.2, 20), (0.5, 8), (1.0, 4), (2.0, 2)):
        subjects = [one.subject for one in slices if one.duration_s == slice_s]
        assert (subjects.count(GIN), subjects.count(GIN_AGAIN)) == (rounds, rounds)
    for one, other in zip(slices[::2], slices[1::2], strict=True):
        assert {one.subject, other.subject} == {GIN, GIN_AGAIN}
        assert (one.duration_s, one.seed) == (other.duration_s, other.seed)


def test_rounds_of_all_lengths_are_mixed_and_each_copy_is_first_about_equally_often(precision: ModuleType) -> None:
    slices = slices_of(precision, 2.0)
    shortest = [place for place, one in enumerate(slices) if one.duration_s == 0.03]
    assert shortest[0] < len(slices) / 10
    assert shortest[-1] > len(slices) * 9 / 10
    assert 0.3 < np.mean([one.subject == GIN for one in slices[::2]]) < 0.7


@pytest.mark.parametrize(
    ("slice_s", "longest_s", "discard_s"),
    [(0.03, 0.001, 0.01), (0.1, 0.001, 0.03), (2.0, 0.001, 0.03), (0.1, 0.02, 0.04), (0.06, 0.02, None)],
)
def test_head_and_tail_follow_the_response_time_and_too_short_slices_are_left_out(
    precision: ModuleType, slice_s: float, longest_s: float, discard_s: float | None
) -> None:
    timing = precision.timing(slice_s, longest_s)
    expected = None if discard_s is None else (slice_s, pytest.approx(discard_s), longest_s)
    assert (timing and (timing.duration_s, timing.discard_s, timing.tail_s)) == expected
    assert {one.starts_s for one in slices_of(precision, 2.0)} == {(0.0, 0.0007)}


def test_the_half_width_is_that_of_the_ratio_of_copy_to_original(precision: ModuleType) -> None:
    # the copy is faster by the same factor in every round of a block, and one round of both was slow
    rates = np.array([100.0, 100.0, 100.0, 100.0, 50.0])
    blocks = [{slice_s: (rates, rates * math.exp(more)) for slice_s in precision.SLICES_S} for more in (0.01, 0.03)]
    row = list(precision.rows(blocks))[3]
    half = math.expm1(12.7062 * 0.01)  # Student's t of 1 degree, from a printed table, times the standard error
    assert (row["slice_s"], row["rounds"]) == (0.2, 5)
    found = row["trimmed_log_ratios"]
    assert found["estimate"] == pytest.approx(math.exp(0.02))
    assert found["half_width"] == pytest.approx(half, rel=1e-4)
    assert found["contains_one"]
    assert row["rate_per_s"]["estimate"] == pytest.approx(90 * math.sqrt((1 + math.e**0.01) * (1 + math.e**0.03)) / 2)


def test_disturbed_rounds_are_trimmed_and_rates_are_compared_with_those_of_the_usual_slice(
    precision: ModuleType,
) -> None:
    def block(disturbed: float) -> dict[float, tuple[object, object]]:
        even, one_off = np.full(5, 100.0), np.array([100.0, 100.0, disturbed, 100.0, 100.0])
        usual = dict.fromkeys(precision.SLICES_S, (even, even))
        return usual | {0.03: (even, one_off * 0.9), 2.0: (even * 0.8, even * 0.8)}

    shortest, *_, longest = precision.rows([block(20.0), block(60.0)])
    assert shortest["trimmed_log_ratios"]["half_width"] == pytest.approx(0, abs=1e-9)
    assert not shortest["trimmed_log_ratios"]["contains_one"]
    assert longest["rate_over_usual"] == pytest.approx(0.8)


def test_more_blocks_share_the_time_of_a_quick_run_with_fewer_rounds(precision: ModuleType) -> None:
    rounds = precision.splits(load_profiles()["quick"])
    assert list(rounds) == [6, 8, 10, 12]
    assert rounds[6] == 20
    assert 20 > rounds[8] > rounds[10] > rounds[12] > 0


def test_a_split_is_judged_by_its_blocks_and_rounds_among_all_that_were_measured(precision: ModuleType) -> None:
    """Blocks differ by 1 % and rounds by 10 %: fewer blocks with many rounds are then as good as more with few."""
    rng = np.random.default_rng(1)
    blocks = []
    for _ in range(24):
        copy = np.exp(0.01 * rng.standard_normal() + 0.1 * rng.standard_normal(24))
        blocks.append({precision.USUAL_S: (np.ones(24), copy)})
    few, many, fewest = precision.split_rows(blocks, {6: 20, 12: 20, 5: 40})
    expected = 2.571 * math.sqrt((0.01**2 + 0.1**2 / 20) / 6)  # Student's t of 5 degrees, from a printed table
    assert few["half_width"] == pytest.approx(expected, rel=0.25)
    assert many["half_width"] < few["half_width"]
    assert (fewest["rounds"], fewest["rounds_drawn"]) == (40, 24)


def test_each_block_starts_two_new_copies_and_stops_them(
    precision: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    journal: Journal = []
    generator = FakeGenerator(journal)
    equipment = equipment_of(FakeRuntime(journal, {GIN_AGAIN: Script()}), generator)
    blocks = list(precision.run_blocks(equipment, TARGETS["gin_app"], precision.Settings(2, 2.0, 32)))
    assert [sorted(block) for block in blocks] == [[0.03, 0.06, 0.1, 0.2, 0.5, 1.0, 2.0]] * 2
    assert [len(original) for original, _ in blocks[0].values()] == [67, 33, 20, 10, 4, 2, 1]
    assert {(part.starts_s[-1], part.tail_s) for part in generator.slices if part.tail_s} == {(0.001, 0.001)}
    events = [line for line in journal if not line.startswith(("ask", "drive"))]
    for of_block in (events[:7], events[7:]):
        assert sorted(of_block[:4]) == sorted(
            f"{verb} {one}" for verb in ("create", "start") for one in (GIN, GIN_AGAIN)
        )
        assert of_block[4].startswith("disconnect")
        assert sorted(of_block[5:]) == [f"stop {GIN}", f"stop {GIN_AGAIN}"]
    assert capsys.readouterr().err == "gin_app: driving block 1 of 2\ngin_app: driving block 2 of 2\n"


def test_a_slow_target_is_driven_only_with_the_lengths_that_its_answers_fit_into(precision: ModuleType) -> None:
    def drive(order: Slice) -> SliceResult:
        return replace(driven(order), service=histogram_of([0.05] * 9))

    equipment = equipment_of(FakeRuntime([], {GIN_AGAIN: Script()}), FakeGenerator([], drive))
    (block, _) = precision.run_blocks(equipment, TARGETS["gin_app"], precision.Settings(2, 2.0, 32))
    assert sorted(block) == [0.5, 1.0, 2.0]


def test_a_wrong_answer_ends_the_benchmark_and_stops_both_copies(precision: ModuleType) -> None:
    def drive(order: Slice) -> SliceResult:
        return driven_wrongly(order, ErrorKind.BODY) if order.duration_s == 0.03 else driven(order)

    runtime = FakeRuntime([], {GIN_AGAIN: Script()})
    with pytest.raises(MeasurementError, match="body: that was wrong"):
        list(
            precision.run_blocks(
                equipment_of(runtime, FakeGenerator([], drive)), TARGETS["gin_app"], precision.Settings(2, 2.0, 32)
            )
        )
    assert runtime.left == []


def test_a_slice_without_an_answer_is_an_error(precision: ModuleType) -> None:
    empty = FakeGenerator([], lambda order: replace(driven(order), counted=0))
    order = Slice(0, GIN, "hello", precision.Load(precision.LoadKind.CLOSED, 32), 0.03, 0.006, 1)
    with pytest.raises(MeasurementError, match=r"no answer in a slice of 0\.03 s"):
        list(precision.drive(empty, [order], {GIN: "http://127.0.0.1:1"}))


def test_one_target_takes_less_than_four_minutes_by_default(precision: ModuleType) -> None:
    settings = precision.Settings(blocks=6, load_s=2.0, connections=32)
    assert 6 * (7 * 2 * 2.0 + 2 * 3.0) < settings.expected_s() < 240


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--blocks", "1"], "too little to measure (--blocks 1): an interval needs two. Use at least 2."),
        (
            ["--load-s", "1.9"],
            "too little to measure (--load-s 1.9): the longest slice is longer. Use at least 2.",
        ),
        (
            ["--load-s", "nan"],
            "too little to measure (--load-s nan): the longest slice is longer. Use at least 2.",
        ),
        (
            ["--connections", "0"],
            "too little to measure (--connections 0): nothing would be driven. Use at least 1.",
        ),
        (["--targets", "gim"], "unknown target (gim): there is no such target. Did you mean 'gin'?"),
    ],
)
def test_wrong_use_is_refused_before_anything_starts(
    precision: ModuleType,
    options: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["precision.py", *options])
    assert precision.main() == 2
    assert capsys.readouterr() == ("", f"error: {message}\n")


def test_the_table_marks_an_interval_that_excludes_1(precision: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    even = np.full(5, 1000.0)
    blocks = [dict.fromkeys(precision.SLICES_S[1:], (even, even * 1.01))] * 2
    found = {"gin": list(precision.rows(blocks))}
    splits = {"gin": [{"blocks": 6, "rounds": 20, "half_width": 0.0123}]}
    precision.show({"blocks": 2, "load_s": 2.0, "confidence": 0.95, "targets": found, "splits": splits})
    assert capsys.readouterr().out.splitlines() == [
        "half-width of the A/A ratio at 95 %; 2 blocks, 2 s of load per copy and length in each block",
        "",
        "| slice | 30 ms | 60 ms | 100 ms | 200 ms | 500 ms | 1 s | 2 s |",
        "|---|---|---|---|---|---|---|---|",
        f"| gin, trimmed log ratios | \N{EN DASH} {'| ± 0.0 %* ' * 6}|",
        f"| gin, answers per second | \N{EN DASH} {'| 1,005 ' * 6}|",
        f"| gin, over the rate at 100 ms | \N{EN DASH} {'| 1.000 ' * 6}|",
        "",
        "*: the interval excludes 1. This is expected for one interval in 20.",
        "",
        "median half-width in the time of a quick run, by blocks",
        "",
        "| blocks | 6 |",
        "|---|---|",
        "| rounds a block | 20 |",
        "| gin, trimmed log ratios | ± 1.23 % |",
    ]
