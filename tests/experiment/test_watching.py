"""The canary sings before anything begins, and a block's flags are those of all its trials."""

from harness.experiment.canary import Song
from harness.experiment.noise import Noise, Sampler, Totals
from harness.experiment.watching import Watching
from harness.model import Flag, FlagKind
from tests.fakes import FakeObserver
from tests.trials import FLASK, GIN, a_trial

QUIET = Totals(0.0, (0.0,), None, None, None)


def test_the_canary_sings_before_what_begins_is_told() -> None:
    journal: list[str] = []

    def sing() -> Song:
        journal.append("sing")
        return Song(1.0, 1.0)

    observer = FakeObserver(journal)
    watching = Watching(observer, Noise(Sampler(lambda: QUIET, frozenset()), sing))
    watching.block_begins(1, 2)
    watching.event("closed", 12)
    watching.building("Step 1")
    assert observer.begun == [("closed", 12)]
    assert journal == ["block 1 of 2", "sing", "say closed", "build says Step 1"]


def test_every_trial_of_a_disturbed_block_is_flagged_and_keeps_the_flags_that_it_had() -> None:
    watching = Watching(FakeObserver([]), Noise(Sampler(lambda: QUIET, frozenset()), lambda: Song(1.0, 2.0)))
    watching.event("closed")
    trials, signals = watching.judge(0, (a_trial(0, FLASK), a_trial(0, GIN)))
    said = "others used the target's core: 1 of 1 pieces of work lasted more than 1.25 times its CPU time"
    assert [trial.flags for trial in trials] == [(Flag(FlagKind.OTHER_LOAD, said),)] * 2
    assert signals == [{"block": 0, "signal": "canary", "cpu_s": 1.0, "wall_s": 2.0}]


def test_where_nobody_listens_nothing_is_flagged() -> None:
    journal: list[str] = []
    watching = Watching(FakeObserver(journal), None)
    watching.event("closed")
    assert watching.judge(0, (a_trial(0, GIN),)) == ((a_trial(0, GIN),), [])
    assert journal == ["say closed"]


def test_the_signals_of_a_block_that_is_broken_off_say_so_and_are_not_those_of_the_next() -> None:
    watching = Watching(FakeObserver([]), Noise(Sampler(lambda: QUIET, frozenset()), lambda: Song(1.0, 2.0)))
    watching.event("closed")
    assert watching.broken_off(0) == [{"block": 0, "signal": "canary", "cpu_s": 1.0, "wall_s": 2.0, "unfinished": True}]
    assert watching.broken_off(0) == []
