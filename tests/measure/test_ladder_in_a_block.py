"""The ladder in a block: the rest before load, the steps after the closed levels, and the null target beside them."""

from dataclasses import replace
from itertools import count

import pytest

from harness.measure import block, memory_samples
from harness.measure.ladder import OwnRate
from harness.model import Absence, ErrorKind, Load, LoadKind, Measurement, Slice, SliceResult, Span, Subject, Trial
from tests.fakes import Script, driven, driven_wrongly, histogram_of, reading
from tests.measure.scene import CLOSED, PLAN, Scene, batch
from tests.trials import FLASK, GIN, NULL

F, G, N = "flask_app:gthread", "gin_app:release", "null_app:raw"
OWN = OwnRate("hello", 0.6, ((GIN, 1), (FLASK, 1)), connections=64, slice_s=1.2, discard_s=0.2)
STEPS = (OWN, replace(OWN, share=0.3), replace(OWN, share=0.9))


def climb(scene: Scene, *steps: OwnRate, idle_s: float = 0.0, null: bool = False) -> dict[Subject, Trial]:
    order = (FLASK, GIN, NULL) if null else (FLASK, GIN)
    return scene.run(replace(PLAN, order=order, own_rates=steps or (OWN,), idle_s=idle_s))


def found_in(trial: Trial, *beginnings: str) -> dict[str, Measurement | Absence]:
    found: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
    return {one.metric: one for one in found if one.metric.startswith(beginnings)}


def at_shares(trial: Trial) -> set[float]:
    """Return the shares of the peak of which a trial has response times."""
    return {one.load.share for one in trial.distributions if one.span is Span.RESPONSE and one.load.share}


def twice_as_fast(part: Slice) -> SliceResult:
    """Gin answers 200 requests a second in closed load, Flask 100, and both whatever is offered in open load."""
    return driven(part, rate_per_s=part.load.rate_per_s or (200.0 if part.subject == GIN else 100.0))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a block whose clock goes on by each rest alone; a rest records its planned duration."""
    made, clock_s = Scene(drive=twice_as_fast), [0.0]

    def sleep(duration_s: float) -> None:
        clock_s[0] += duration_s
        made.journal.append(f"sleep {duration_s:g} s")

    monkeypatch.setattr(block, "sleep", sleep)
    monkeypatch.setattr(memory_samples, "perf_counter", lambda: clock_s[0])
    return made


def test_the_steps_are_driven_after_all_other_load_and_before_memory_is_read(scene: Scene) -> None:
    climb(scene, OWN, replace(OWN, share=0.3))
    readings = [f"read {F}", f"read {G}"]
    events = scene.events()
    assert events[events.index("say hello, own60") - 4 :] == [
        *(*readings, *readings, "say hello, own60"),
        *(f"drive {G} hello open.r120", f"read {G}", f"drive {F} hello open.r60"),
        *(*readings, *readings, "say hello, own30"),
        *(f"drive {G} hello open.r60", f"read {G}", f"drive {F} hello open.r30"),
        *(*readings, *readings, "disconnect", f"stop {G}", f"stop {F}"),
    ]


def test_all_targets_rest_after_warm_up_and_before_counted_load(scene: Scene) -> None:
    climb(scene, idle_s=5.0)
    events = scene.events()
    at = events.index("say idle for 5 s")
    assert events[at - 1 : at + 9] == [
        *(f"reset peak of {G}", "say idle for 5 s", "sleep 0.2 s"),
        *(f"read {F}", f"read {G}", "sleep 5 s", f"read {F}", f"read {G}"),
        *(f"read {F}", f"read {G}"),
    ]
    assert events[at + 9] == "say closed"


def test_a_rest_lasts_from_reading_to_reading_also_if_readings_take_long(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reading of the clock is 0.25 s later; so a rest of 0.5 s between two readings of Gin is longer."""
    ticks_s = count(0.0, 0.25)
    monkeypatch.setattr(memory_samples, "perf_counter", lambda: next(ticks_s))
    spent = [0.0, 0.0, 0.0, 0.01, *([0.01] * 9)]
    scene.runtime.scripts[GIN] = Script(readings=iter([reading(cpu_s=cpu_s) for cpu_s in spent]))
    [rest] = found_in(climb(scene, idle_s=0.5)[GIN], "cpu_load.idle").values()
    assert isinstance(rest, Measurement)
    assert rest.value == pytest.approx(0.01 / 1.0)  # the end of Gin's reading is four ticks after that of the first


def test_without_a_rest_there_is_no_reading_at_rest(scene: Scene) -> None:
    trial = climb(scene)[GIN]
    assert [event for event in scene.journal if "sleep" in event or "idle" in event] == []
    assert found_in(trial, "cpu_load.idle") == {}


def test_the_share_is_in_the_metrics_name_and_the_rate_in_the_stored_slices(scene: Scene) -> None:
    trial = climb(scene)[GIN]
    assert [one.metric for one in trial.measurements if "own" in one.metric] == ["cpu_load.own60"]
    load = trial.slices[-1].plan.load
    assert (load.rate_per_s, load.share) == (120.0, 0.6)
    assert [one.load for one in trial.distributions if one.span is Span.RESPONSE][-1] == load


def test_the_cpu_time_of_each_step_and_its_slope_have_these_numbers(scene: Scene) -> None:
    """Gin uses 0.01 s a second at rest, and 2 ms for each of its 120, 60 and 180 requests a second.

    A step has a slice of 1.2 s for each target, so while it lasts Gin has load for 1.2 s and rests for 1.2 s.
    """
    loads = [0.01 * 1.2 + (0.01 + 2e-3 * rate_per_s) * 1.2 for rate_per_s in (120, 60, 180)]
    spent = [0.0, 0.0, 0.0, 0.05, 0.05, 0.2, 0.2, 0.3]
    for load in loads:
        spent += [spent[-1], spent[-1] + load, spent[-1] + load]  # between its slice and that of Flask
    spent.append(spent[-1])  # when memory is read
    scene.runtime.scripts[GIN] = Script(readings=iter([reading(cpu_s=cpu_s) for cpu_s in spent]))
    trial = climb(scene, *STEPS, idle_s=5.0)[GIN]
    values = {one.metric: one.value for one in trial.measurements if one.metric.startswith(("cpu_load", "cpu_per"))}
    assert {metric: value for metric, value in values.items() if "closed" not in metric} == {
        "cpu_load.idle": pytest.approx(0.01),
        "cpu_load.own60": pytest.approx(0.25),
        "cpu_load.own30": pytest.approx(0.13),
        "cpu_load.own90": pytest.approx(0.37),
        "cpu_per_request.ladder": pytest.approx(2e-3),
    }


def test_the_cpu_time_of_closed_load_leaves_out_the_rest_while_other_targets_have_load(scene: Scene) -> None:
    """Gin uses 0.01 s a second at rest and 1 ms a request: 80 requests in 0.4 s, beside 0.4 s of Flask's load."""
    spent = [0.0, 0.0, 0.0, 0.05, 0.05, 0.05 + 80 * 1e-3 + 0.01 * 0.4, *([0.2] * 6)]
    scene.runtime.scripts[GIN] = Script(readings=iter([reading(cpu_s=cpu_s) for cpu_s in spent]))
    trial = climb(scene, idle_s=5.0)[GIN]
    [cost] = found_in(trial, "cpu_per_request.closed").values()
    assert isinstance(cost, Measurement)
    assert cost.value == pytest.approx(1e-3)


def test_a_target_without_a_peak_has_absences_and_the_others_are_driven() -> None:
    def drive(part: Slice) -> SliceResult:
        failing = part.subject == GIN and part.load == CLOSED
        return driven_wrongly(part, ErrorKind.TIMEOUT) if failing else driven(part)

    trials = climb(Scene(drive=drive))
    of_step = found_in(trials[GIN], "latency.own60", "cpu_load.own60")
    assert len(of_step) == 5
    assert {getattr(one, "reason", None) for one in of_step.values()} == {"its peak has no number to take a share of"}
    assert isinstance(found_in(trials[FLASK], "cpu_load")["cpu_load.own60"], Measurement)
    assert at_shares(trials[FLASK]) == {0.6}


def test_a_step_with_errors_is_an_absence_and_the_other_steps_stand() -> None:
    def drive(part: Slice) -> SliceResult:
        failing = part.subject == GIN and part.load.share == 0.9
        return driven_wrongly(part, ErrorKind.TIMEOUT) if failing else twice_as_fast(part)

    found = found_in(climb(Scene(drive=drive), *STEPS)[GIN], "cpu_load.own")
    absent = {name for name, one in found.items() if isinstance(one, Absence) and "failed" in one.reason}
    assert absent == {"cpu_load.own90"}
    assert {type(found[f"cpu_load.own{share}"]) for share in (30, 60)} == {Measurement}


def test_a_share_of_a_generator_bound_peak_has_a_warning() -> None:
    trials = climb(Scene(drive=lambda part: replace(driven(part), utilisation=0.9)))
    found = found_in(trials[GIN], "cpu_load.own60")
    warning = "the generator was the limit of its peak, so this is less than 60 % of what the target can do"
    assert all(warning in getattr(one, "warnings", ()) for one in found.values())
    assert len(found) == 1


class TestTheFloor:
    BESIDE = replace(OWN, null=NULL)

    def test_the_null_target_is_driven_after_each_target_at_its_rate(self, scene: Scene) -> None:
        climb(scene, self.BESIDE, null=True)
        drives = [event for event in scene.after("say hello, own60") if event.startswith("drive")]
        assert drives == [
            *(f"drive {G} hello open.r120", f"drive {N} hello open.r120"),
            *(f"drive {F} hello open.r60", f"drive {N} hello open.r60"),
        ]

    def test_its_response_times_are_stored_with_the_target_and_it_has_no_numbers_of_the_step(
        self, scene: Scene
    ) -> None:
        trials = climb(scene, self.BESIDE, null=True)
        floors = {
            subject: [one for one in trial.distributions if one.span is Span.FLOOR] for subject, trial in trials.items()
        }
        assert [(one.load.rate_per_s, one.load.share) for one in floors[GIN]] == [(120.0, 0.6)]
        assert [(one.load.rate_per_s, one.load.share) for one in floors[FLASK]] == [(60.0, 0.6)]
        assert floors[NULL] == []
        assert found_in(trials[NULL], "latency.own", "cpu_load", "cpu_per_request.ladder") == {}
        assert trials[NULL].failure is None

    def test_a_null_target_that_has_failed_is_left_out(self, scene: Scene) -> None:
        def drive(part: Slice) -> SliceResult:
            failing = part.subject == NULL
            return driven_wrongly(part, ErrorKind.BODY) if failing else twice_as_fast(part)

        scene.generator.drive = drive
        trials = climb(scene, self.BESIDE, null=True)
        assert trials[NULL].failure is not None
        assert [one for one in trials[GIN].distributions if one.span is Span.FLOOR] == []
        assert at_shares(trials[GIN]) == {0.6}


def test_slow_answers_get_as_many_connections_as_their_requests_in_flight_take() -> None:
    """Gin waits for 1 s: its 120 requests a second have 120 in flight, and four standard deviations are 44."""

    def drive(part: Slice) -> SliceResult:
        times_s = [1.0 if part.subject == GIN else 0.001] * 60
        return replace(twice_as_fast(part), service=histogram_of(times_s))

    loads = (Load(LoadKind.CLOSED, 1), Load(LoadKind.CLOSED, 256))
    warm_up = tuple(batch("warming up", load, (FLASK, GIN), counted=False) for load in loads)
    slices = tuple(part for one in warm_up for part in one.slices)
    numbered = tuple(replace(part, number=number) for number, part in enumerate(slices))
    scene = Scene(drive=drive)
    batches = (replace(warm_up[0], slices=numbered), *PLAN.batches[1:])
    scene.run(replace(PLAN, order=(FLASK, GIN, NULL), batches=batches, own_rates=(replace(OWN, null=NULL),)))
    own = [(part.subject, part.load.connections) for part in scene.generator.slices if part.load.share]
    assert own == [(GIN, 164), (NULL, 164), (FLASK, 64), (NULL, 64)]
    common = {part.subject: part.load.connections for part in scene.generator.slices if part.load.rate_per_s == 500.0}
    assert common == {GIN: 256, FLASK: 64}
