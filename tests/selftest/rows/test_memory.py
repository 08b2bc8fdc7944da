"""The row fails for counters that miss a kind of memory, count it twice, or include the page cache."""

from dataclasses import replace

import pytest

from harness.selftest.rows.memory import FILE_BYTES, HELD_BYTES, Growth, Growths, judge
from tests.selftest.made import broken

PERFECT = Growths(
    private=Growth(HELD_BYTES, HELD_BYTES),
    shared=Growth(HELD_BYTES, HELD_BYTES),
    forked=Growth(2 * HELD_BYTES, 2 * HELD_BYTES, resident_bytes=6 * HELD_BYTES),
    file=Growth(FILE_BYTES, 0),
    spike=Growth(HELD_BYTES, HELD_BYTES),
    file_in_peak=FILE_BYTES,
)


def off(share: float, truth: int = HELD_BYTES) -> Growth:
    return Growth(truth, truth * (1 + share), resident_bytes=3 * truth)


@pytest.mark.parametrize(
    ("seen", "failing"),
    [
        (PERFECT, []),
        (replace(PERFECT, private=off(0.00099), shared=off(-0.0099), forked=off(0.049, 2 * HELD_BYTES)), []),
        (replace(PERFECT, private=off(0.0011)), ["private"]),
        (replace(PERFECT, shared=off(-0.011)), ["shared"]),
        (replace(PERFECT, shared=off(-0.9998)), ["shared"]),  # `total_rss` alone sees 20 KiB of it
        (replace(PERFECT, forked=off(0.051, 2 * HELD_BYTES)), ["forked"]),
        (replace(PERFECT, spike=off(-1.0)), ["spike of 50 ms in the peak"]),
        (replace(PERFECT, file=Growth(FILE_BYTES, 1_048_577)), ["a file of 200 MB"]),
        (replace(PERFECT, file=Growth(FILE_BYTES, -1_048_577)), ["a file of 200 MB"]),
        (replace(PERFECT, file=Growth(0, 0)), ["bytes of the file read"]),
        (
            replace(PERFECT, file_in_peak=0.0),
            ["negative control: the file in the peak"],
        ),  # the file was never in the page cache
        (
            replace(PERFECT, forked=Growth(2 * HELD_BYTES, 2 * HELD_BYTES, 2 * HELD_BYTES)),
            ["negative control: resident sizes of the forked processes, over the truth"],
        ),
    ],
)
def test_every_kind_of_memory_has_its_limit(seen: Growths, failing: list[str]) -> None:
    assert broken(judge("docker", seen)) == [f"docker: {what}" for what in failing]


def test_without_a_peak_counter_there_are_no_checks_of_the_peak() -> None:
    checks = judge("process", replace(PERFECT, spike=None, file_in_peak=None))
    assert broken(checks) == []
    assert len(checks) == len(judge("docker", PERFECT)) - 2
