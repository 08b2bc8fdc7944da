"""Memory through a trial: when a block reads it, and the samples that its trials then have."""

from dataclasses import replace
from itertools import count

import pytest

from harness.errors import TargetError
from harness.measure import block, memory_samples
from harness.model import MemorySamples, Slice, SliceResult
from tests.fakes import Script, driven, reading
from tests.measure.scene import BATCHES, CLOSED, PLAN, Scene, batch
from tests.trials import FLASK, GIN

F, G = "flask_app:gthread", "gin_app:release"
ORDER = (FLASK, GIN, GIN, FLASK, GIN, FLASK, FLASK, GIN)
LONG = batch("long", CLOSED, ORDER)
LONG = replace(LONG, slices=tuple(replace(part, duration_s=0.6) for part in LONG.slices))
WITH_LONG = replace(PLAN, batches=(BATCHES[0], LONG))
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")


def growing(**script: object) -> Script:
    """Return a script whose readings have 1 byte more each, so that a sample shows its number."""
    readings = (reading(cpu_s=number / 10, memory_bytes=number) for number in count(1))
    return Script(readings=readings, **script)  # type: ignore[arg-type]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a block whose clock goes on by the length of each slice and rest, and stands still otherwise."""
    clock_s = [0.0]

    def go_on(duration_s: float) -> None:
        clock_s[0] += duration_s

    def drive(part: Slice) -> SliceResult:
        go_on(part.duration_s)
        return driven(part)

    monkeypatch.setattr(block, "sleep", go_on)
    monkeypatch.setattr(memory_samples, "perf_counter", lambda: clock_s[0])
    return Scene({FLASK: growing(), GIN: growing()}, drive)


def test_a_trial_has_a_sample_of_each_reading_from_ready_to_the_rest_after_load(scene: Scene) -> None:
    trial = scene.run(replace(PLAN, after_load_s=10.0))[GIN]
    assert trial.memory == MemorySamples((0.0, 0.0, 0.4, 1.2, 1.2, 1.6, 1.6, 11.6), (1, 2, 3, 4, 5, 6, 7, 8))
    found = {one.metric: one.value for one in trial.measurements if one.metric.startswith("memory.")}
    assert (found["memory.idle"], found["memory.loaded"], found["memory.after"]) == (1, 7, 8)


def test_in_a_long_batch_a_target_is_read_after_its_slice_if_the_next_one_is_anothers(scene: Scene) -> None:
    trials = scene.run(WITH_LONG)
    drive_f, drive_g = (f"drive {one} hello closed.c32" for one in (F, G))
    assert scene.after("say long")[:13] == [
        *(drive_f, drive_g, drive_g, f"read {G}"),
        *(drive_f, f"read {F}", drive_g, f"read {G}"),
        *(drive_f, drive_f, f"read {F}", drive_g),
        f"read {F}",  # the end of the batch
    ]
    assert trials[GIN].memory == MemorySamples((0.0, 0.0, 0.4, 2.2, 3.4, 5.2, 5.2), (1, 2, 3, 4, 5, 6, 7))
    assert trials[FLASK].memory == MemorySamples((0.0, 0.0, 0.4, 2.8, 4.6, 5.2, 5.2), (1, 2, 3, 4, 5, 6, 7))


def test_a_reading_between_slices_that_fails_leaves_out_its_sample_alone(scene: Scene) -> None:
    scene.runtime.scripts[GIN] = growing(fails={("counters", 4): NO})
    trial = scene.run(WITH_LONG)[GIN]
    assert trial.failure is None
    assert trial.memory == MemorySamples((0.0, 0.0, 0.4, 5.2, 5.2), (1, 2, 3, 4, 5))


def test_a_target_that_fails_keeps_its_samples_until_then(scene: Scene) -> None:
    scene.runtime.scripts[GIN] = growing(fails={("counters", 4): NO})
    trial = scene.run()[GIN]
    assert trial.failure is not None
    assert trial.memory == MemorySamples((0.0, 0.0, 0.4), (1, 2, 3))


def test_a_trial_without_load_has_no_samples(scene: Scene) -> None:
    assert scene.run(replace(PLAN, batches=()))[GIN].memory is None
