"""Open load at each target's own rate, in a block: it is driven after the closed levels, which give the peaks."""

from dataclasses import replace

from harness.measure.latency import OF_A_FLOOR, OwnRate
from harness.model import Absence, ErrorKind, Measurement, Slice, SliceResult, Span, Subject, Trial
from tests.fakes import driven, driven_wrongly
from tests.measure.scene import CLOSED, PLAN, Scene
from tests.trials import FLASK, GIN

OWN = OwnRate("hello", ((GIN, 1), (FLASK, 1)), connections=64, slice_s=1.2, discard_s=0.2)


def at_own_rate(scene: Scene) -> dict[Subject, Trial]:
    return scene.run(replace(PLAN, own_rate=OWN))


def of_own_rate(trial: Trial) -> list[Measurement | Absence]:
    found: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
    return [one for one in found if one.metric.startswith("latency.own60.")]


def twice_as_fast(part: Slice) -> SliceResult:
    return driven(part, rate_per_s=200.0 if part.subject == GIN else 100.0)


def test_it_is_driven_after_all_other_load_and_before_memory_is_read() -> None:
    scene = Scene(drive=twice_as_fast)
    at_own_rate(scene)
    reading = ["read flask_app:gthread", "read gin_app:release"]
    assert scene.after("say hello, own60") == [
        *("drive gin_app:release hello open.r120", "drive flask_app:gthread hello open.r60"),
        *(*reading, *reading, "disconnect", "stop gin_app:release", "stop flask_app:gthread"),
    ]


def test_the_rate_is_not_in_the_metrics_name_but_in_the_stored_slices() -> None:
    trial = at_own_rate(Scene(drive=twice_as_fast))[GIN]
    assert [one.metric for one in of_own_rate(trial) if isinstance(one, Measurement)] == [
        "latency.own60.p50",
        "latency.own60.p90",
    ]
    assert trial.slices[-1].plan.load.rate_per_s == 120.0
    rates = [one.load.rate_per_s for one in trial.distributions if one.span is Span.RESPONSE]
    assert rates == [500.0, 120.0]


def test_a_target_without_a_peak_has_absences_and_the_others_are_driven() -> None:
    def drive(part: Slice) -> SliceResult:
        failing = part.subject == GIN and part.load == CLOSED
        return driven_wrongly(part, ErrorKind.TIMEOUT) if failing else driven(part)

    trials = at_own_rate(Scene(drive=drive))
    absences = of_own_rate(trials[GIN])
    assert len(absences) == 4
    assert all(isinstance(one, Absence) and "its peak has no number" in one.reason for one in absences)
    assert any(isinstance(one, Measurement) for one in of_own_rate(trials[FLASK]))


def test_a_share_of_a_generator_bound_peak_has_a_warning() -> None:
    trials = at_own_rate(Scene(drive=lambda part: replace(driven(part), utilisation=0.9)))
    (first, *_) = of_own_rate(trials[GIN])
    assert isinstance(first, Measurement)
    assert OF_A_FLOOR in first.warnings
