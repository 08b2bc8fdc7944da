"""The slices of a rig and its warm-up, with a server and a generator that only record calls."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.load.arrivals import poisson
from harness.model import Load, LoadKind, SliceResult
from harness.selftest.behaviours import Delayed, Queue
from harness.selftest.rig import SUBJECT, Neighbours, Rig, due_ns_of, scenario
from tests.selftest.made import result, truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Slice, Subject
    from harness.selftest.behaviours import Behaviour
    from harness.selftest.truth import Truth

POISSON = Load(LoadKind.POISSON, 16, 200.0)
EVENTS: list[object] = []


class RecordingServer:
    url = "http://truth"

    def behave(self, behaviour: Behaviour) -> None:
        EVENTS.append(behaviour)

    def report(self) -> Truth:
        EVENTS.append("report")
        return truth([0.0])


class RecordingGenerator:
    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        assert urls == {SUBJECT: "http://truth"}
        EVENTS.extend(slices)
        yield from (result(10) for _ in slices)


@pytest.fixture
def rig() -> Rig:
    EVENTS.clear()
    return Rig(RecordingServer(), RecordingGenerator(), "hello", 40, Neighbours((os.getpid(),)))  # type: ignore[arg-type]


def test_every_connection_is_opened_before_the_behaviour_of_the_slice_is_set(rig: Rig) -> None:
    order = rig.order(POISSON, 2.0, number=2, discard_s=0.5, timeout_s=1.0)
    measured, seen = rig.drive(Queue(5), order)
    first, warmup, behaviour, driven, last = EVENTS
    assert (first, behaviour, driven, last) == (Delayed(), Queue(5), order, "report")
    assert warmup.load == Load(LoadKind.CLOSED, 16)  # type: ignore[attr-defined]
    assert (measured.sent, seen.received) == (10, 1)


def test_slices_of_different_numbers_have_different_arrivals(rig: Rig) -> None:
    one, other = (rig.order(POISSON, 2.0, number=number) for number in (0, 1))
    assert (one.seed, other.seed) == (40, 41)
    assert list(due_ns_of(one)) == list(poisson(200.0, 2.0, 40))
    assert not np.array_equal(due_ns_of(one), due_ns_of(other))


@pytest.mark.parametrize("name", ["hello", "greeting"])
def test_every_scenario_of_the_self_test_is_a_file_of_the_package(name: str) -> None:
    assert scenario(name).path.is_file()
    assert scenario(name).path.stem == name


def test_neighbours_report_the_time_that_other_processes_held_a_core() -> None:
    cpu = min(os.sched_getaffinity(0))
    spin = [sys.executable, "-c", f"import os\nos.sched_setaffinity(0, {{{cpu}}})\nwhile True: pass"]
    with subprocess.Popen(spin) as one, subprocess.Popen(spin) as other:
        try:
            neighbours = Neighbours((one.pid, other.pid))
            deadline_s = time.monotonic() + 60
            while (neighbours.held_s() or 0.0) < 0.1:
                assert time.monotonic() < deadline_s, "two of them never held one core from each other"
                time.sleep(0.01)
        finally:
            one.kill()
            other.kill()


def test_without_the_kernels_count_the_detail_has_no_sentence_on_neighbours() -> None:
    neighbours = Neighbours((2**30,))
    assert neighbours.held_s() is None
    assert neighbours.in_words() == ""
    assert Neighbours((os.getpid(),)).in_words().startswith(" Neighbours held the cores")
