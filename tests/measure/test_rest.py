"""Memory after load: all targets rest at the same time for the planned duration, then each is read once."""

from dataclasses import replace

import pytest

from harness.errors import TargetError
from harness.measure import block
from harness.model import Absence, Measurement, Stage
from harness.runtime.base import Metering
from tests.fakes import Script, reading
from tests.measure.scene import PLAN, Scene
from tests.trials import FLASK, GIN

F, G = "flask_app:gthread", "gin_app:release"
RESTING = replace(PLAN, after_load_s=10.0)
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a block in which a rest takes no time but records its planned duration."""
    made = Scene()
    monkeypatch.setattr(block, "sleep", lambda duration_s: made.journal.append(f"sleep {duration_s:g} s"))
    return made


def test_all_targets_rest_after_load_and_are_then_read_once_each(scene: Scene) -> None:
    scene.run(RESTING)
    drives = [event for event in scene.events() if event.startswith("drive")]
    assert scene.after(drives[-1]) == [
        *(f"read {F}", f"read {G}"),  # at the end of the batch
        *(f"read {F}", f"read {G}"),  # loaded and peak
        *("say resting for 10 s", "sleep 10 s", f"read {F}", f"read {G}"),
        *("disconnect", f"stop {G}", f"stop {F}"),
    ]


def test_the_reading_after_the_rest_is_the_memory_after_load(scene: Scene) -> None:
    memory = [reading(memory_bytes=number, peak_bytes=100 + number) for number in range(8)]
    scene.runtime.scripts[GIN] = Script(readings=iter(memory))
    trial = scene.run(RESTING)[GIN]
    found = {one.metric: one.value for one in trial.measurements if one.metric.startswith("memory.")}
    assert found == {"memory.idle": 0, "memory.loaded": 6, "memory.peak": 106, "memory.after": 7}


def test_its_name_comes_from_the_runtimes_metering(scene: Scene) -> None:
    scene.runtime.metering = Metering.PROCESSES
    metrics = [one.metric for one in scene.run(RESTING)[GIN].measurements]
    assert metrics[-2:] == ["memory_pss.after", "memory_rss.after"]


def test_without_a_rest_there_is_no_wait_and_no_metric(scene: Scene) -> None:
    trial = scene.run()[GIN]
    assert [event for event in scene.journal if "sleep" in event or "resting" in event] == []
    found: list[Measurement | Absence] = [*trial.measurements, *trial.absences]
    assert "memory.after" not in [one.metric for one in found]


def test_a_target_that_dies_during_the_rest_ends_only_its_own_trial(scene: Scene) -> None:
    scene.runtime.scripts[FLASK] = Script(fails={("counters", 8): NO})
    trials = scene.run(RESTING)
    failure = trials[FLASK].failure
    assert failure is not None
    assert failure.stage is Stage.LOAD
    assert "memory.after" in [one.metric for one in trials[GIN].measurements]


def test_a_target_that_failed_before_the_rest_is_not_read(scene: Scene) -> None:
    scene.runtime.scripts[FLASK] = Script(fails={("counters", 3): NO})
    scene.run(RESTING)
    assert scene.after("sleep 10 s")[0] == f"read {G}"
    assert f"read {F}" not in scene.after("sleep 10 s")


def test_if_all_targets_have_failed_there_is_no_rest(scene: Scene) -> None:
    scene.runtime.scripts |= {one: Script(fails={("counters", 3): NO}) for one in (FLASK, GIN)}
    scene.run(RESTING)
    assert [event for event in scene.journal if "sleep" in event or "resting" in event] == []
