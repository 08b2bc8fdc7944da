"""The speed probe runs before every event, and every trial of a block gets the block's flags."""

from harness.experiment.noise import Noise, Sampler, Totals
from harness.experiment.noise_observer import NoiseObserver
from harness.experiment.speed_probe import ProbeReading
from harness.model import Flag, FlagKind
from tests.fakes import FakeObserver
from tests.trials import FLASK, GIN, a_trial

QUIET = Totals(0.0, (0.0,), None, None, None)


def test_the_probe_is_read_before_an_event_is_passed_on() -> None:
    journal: list[str] = []

    def read_speed() -> ProbeReading:
        journal.append("read")
        return ProbeReading(1.0, 1.0)

    observer = FakeObserver(journal)
    observing = NoiseObserver(observer, Noise(Sampler(lambda: QUIET, frozenset()), read_speed))
    observing.block_begins(1, 2)
    observing.event("closed", 12)
    observing.building("Step 1")
    assert observer.begun == [("closed", 12)]
    assert journal == ["block 1 of 2", "read", "say closed", "build says Step 1"]


def disturbed() -> NoiseObserver:
    return NoiseObserver(FakeObserver([]), Noise(Sampler(lambda: QUIET, frozenset()), lambda: ProbeReading(1.0, 2.0)))


def test_every_trial_of_a_disturbed_block_is_flagged_and_keeps_the_flags_that_it_had() -> None:
    observing = NoiseObserver(
        FakeObserver([]), Noise(Sampler(lambda: QUIET, frozenset()), lambda: ProbeReading(1.0, 2.0))
    )
    observing.event("closed")
    trials, signals = observing.judge(0, (a_trial(0, FLASK), a_trial(0, GIN)))
    message = "others used the target's core: 1 of 1 speed probe reading lasted more than 1.25 times its CPU time"
    assert [trial.flags for trial in trials] == [(Flag(FlagKind.OTHER_LOAD, message),)] * 2
    assert signals == [{"block": 0, "signal": "speed_probe", "cpu_s": 1.0, "wall_s": 2.0}]


def test_without_noise_nothing_is_flagged() -> None:
    journal: list[str] = []
    observing = NoiseObserver(FakeObserver(journal), None)
    observing.event("closed")
    assert observing.judge(0, (a_trial(0, GIN),)) == ((a_trial(0, GIN),), [])
    assert journal == ["say closed"]


def test_the_signals_of_a_block_that_ends_early_are_marked_and_not_repeated() -> None:
    observing = NoiseObserver(
        FakeObserver([]), Noise(Sampler(lambda: QUIET, frozenset()), lambda: ProbeReading(1.0, 2.0))
    )
    observing.event("closed")
    assert observing.signals_of_unfinished(0) == [
        {"block": 0, "signal": "speed_probe", "cpu_s": 1.0, "wall_s": 2.0, "unfinished": True}
    ]
    assert observing.signals_of_unfinished(0) == []
