"""A block with failures: a target's failure ends only its own trial, and every failure leaves nothing running."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.errors import HarnessError, Interrupted, MachineError, MeasurementError, TargetError
from harness.measure import pagecache, verify
from harness.model import WRONG_ANSWERS, ErrorKind, Slice, SliceResult, Stage
from harness.runtime.ending import SETTLES_WITHIN_S
from tests.fakes import Script, driven, driven_wrongly
from tests.measure.scene import BATCHES, CLOSED, OPEN, PLAN, Scene
from tests.scripted_server import Reply, Request, document, right_answer
from tests.trials import FLASK, GIN

F, G = "flask_app:gthread", "gin_app:release"
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")
ENGINE_GONE = MachineError("no engine", where="here", cause="it went", remedy="Start it.")
GENERATOR_GONE = MeasurementError("no generator", where="here", cause="it went", remedy="Again.")
CTRL_C = Interrupted(2, where="run")


def wrong_json(request: Request) -> Reply | None:
    """Answer JSON wrongly and everything else correctly."""
    return document({"message": "Bye!"}) if request.path == "/json" else right_answer(request)


def constant_date(request: Request) -> Reply | None:
    return replace(right_answer(request), date="Sat, 31 Jan 2026 12:00:00 GMT")


class TestATargetThatFails:
    """Its trial ends; the other trial is the same as without the failure."""

    @pytest.fixture(autouse=True)
    def _no_wait_for_the_date(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verify, "_DATE_MOVES_WITHIN_S", 0.0)

    @pytest.mark.parametrize(
        ("script", "stage", "ending"),
        [
            pytest.param(Script(fails={("create", 1): NO}), Stage.START, [], id="is not created"),
            pytest.param(Script(fails={("start", 1): NO}), Stage.START, ["discard"], id="does not start"),
            pytest.param(
                Script(on_start=lambda _: None, is_alive=False), Stage.START, ["discard"], id="dies while starting"
            ),
            pytest.param(Script(wrong_json), Stage.VERIFY, ["discard"], id="answers wrongly"),
            pytest.param(Script(fails={("counters", 1): NO}), Stage.START, ["discard"], id="dies while idle"),
            pytest.param(Script(fails={("counters", 2): NO}), Stage.LOAD, ["discard"], id="dies before warm-up"),
            pytest.param(Script(constant_date), Stage.VERIFY, ["discard"], id="has a constant Date"),
            pytest.param(Script(fails={("reset_peak", 1): NO}), Stage.VERIFY, ["discard"], id="dies after warm-up"),
            pytest.param(Script(fails={("counters", 3): NO}), Stage.LOAD, ["discard"], id="dies before a batch"),
            pytest.param(Script(fails={("counters", 4): NO}), Stage.LOAD, ["discard"], id="dies after a batch"),
            pytest.param(Script(fails={("counters", 7): NO}), Stage.LOAD, ["discard"], id="dies at the end of load"),
            pytest.param(Script(fails={("stop", 1): NO}), Stage.STOP, ["stop"], id="does not stop"),
        ],
    )
    def test_its_failure_ends_only_its_own_trial(self, script: Script, stage: Stage, ending: list[str]) -> None:
        scene = Scene({FLASK: script})
        trials = scene.run()
        failure = trials[FLASK].failure
        assert failure is not None
        assert (failure.subject, failure.stage) == (FLASK, stage)
        assert trials[GIN].failure is None
        undisturbed = Scene().run()[GIN]
        assert [one.metric for one in trials[GIN].measurements] == [one.metric for one in undisturbed.measurements]
        assert [part.plan for part in trials[GIN].slices] == [part.plan for part in undisturbed.slices]
        endings = [event.partition(" ")[0] for event in scene.journal if event in {f"stop {F}", f"discard {F}"}]
        assert endings == ending
        assert scene.journal[-1 - scene.journal[::-1].index(f"stop {G}")] == f"stop {G}"

    @pytest.mark.parametrize(
        ("script", "before"),
        [
            (Script(fails={("start", 1): NO}), f"say starting {G}"),
            (Script(fails={("counters", 4): NO}), "say open"),
            (Script(fails={("stop", 1): NO}), None),
        ],
    )
    def test_it_is_told_once_as_soon_as_it_has_failed(self, script: Script, before: str | None) -> None:
        scene = Scene({FLASK: script})
        scene.run()
        told = [number for number, event in enumerate(scene.journal) if event.startswith("notice ")]
        assert [scene.journal[number] for number in told] == [
            f"notice {F} failed and is left out from here on: no (here): it can't. Mend it."
        ]
        assert scene.journal[told[0] + 1 :][:1] == ([before] if before else [])

    @pytest.mark.parametrize(("reading", "batches"), [(2, 0), (3, 1), (4, 2)])
    def test_it_is_not_driven_after_its_failure(self, reading: int, batches: int) -> None:
        scene = Scene({FLASK: Script(fails={("counters", reading): NO})})
        scene.run()
        driven_in = {part.load for part in scene.generator.slices if part.subject == FLASK}
        count = sum(part.subject == FLASK for part in scene.generator.slices)
        assert (count, driven_in) == {0: (0, set()), 1: (1, {CLOSED}), 2: (3, {CLOSED})}[batches]

    def test_its_measurements_before_the_failure_are_kept(self) -> None:
        trial = Scene({FLASK: Script(fails={("counters", 5): NO})}).run()[FLASK]
        assert "throughput.closed.c32" in [one.metric for one in trial.measurements]
        assert "memory.loaded" not in [one.metric for one in trial.measurements]

    def test_a_target_that_does_not_stop_after_a_timed_start_is_not_started_again(self) -> None:
        scene = Scene({FLASK: Script(fails={("stop", 2): NO})})
        trials = scene.run(replace(PLAN, cold_starts=3, discarded_starts=1))
        failure = trials[FLASK].failure
        assert failure is not None
        assert failure.stage is Stage.STOP
        assert scene.journal.count(f"create {F}") == 2
        assert trials[GIN].failure is None

    def test_a_target_whose_uncached_start_fails_is_not_started_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pagecache, "drop", lambda: None)
        scene = Scene({FLASK: Script(fails={("start", 1): NO})})
        trials = scene.run(replace(PLAN, uncached_starts=2))
        failure = trials[FLASK].failure
        assert failure is not None
        assert failure.stage is Stage.START
        assert scene.journal.count(f"create {F}") == 1
        assert trials[GIN].failure is None

    def test_the_trial_has_its_first_failure(self) -> None:
        script = Script(fails={("counters", 3): NO, ("counters", 4): TargetError("x", where="", cause="", remedy="")})
        failure = Scene({FLASK: script}).run()[FLASK].failure
        assert failure is not None
        assert failure.message == "no (here): it can't. Mend it."

    def test_if_all_targets_fail_no_batch_is_driven_or_announced(self) -> None:
        scene = Scene({FLASK: Script(wrong_json), GIN: Script(wrong_json)})
        trials = scene.run()
        assert [trial.failure is not None for trial in trials.values()] == [True, True]
        assert scene.generator.slices == []
        assert [event for event in scene.journal if event.startswith("say")] == [
            f"say starting {F}",
            f"say starting {G}",
        ]


class TestATargetThatEnds:
    """Connections fail first; the failure says how the target ended, though that becomes known later."""

    @pytest.mark.parametrize(
        ("question", "stage", "told"),
        [
            pytest.param(1, Stage.START, f"({F}, its first requests): it died in the script.", id="when first timed"),
            pytest.param(
                22,
                Stage.VERIFY,
                f"({F}, GET /): it died in the script; first error: a target answers wrongly: no answer: ",
                id="when verified",
            ),
            pytest.param(
                29,
                Stage.VERIFY,
                f"({F}, GET /): it died in the script; first error: a target answers wrongly: no answer: ",
                id="when its Date is asked for again",
            ),
        ],
    )
    def test_the_failure_says_how_it_ended(self, question: int, stage: Stage, told: str) -> None:
        questions = itertools.count()
        script = Script(known_after_s=SETTLES_WITHIN_S)

        def answer(request: Request) -> Reply | None:
            if next(questions) < question:
                return right_answer(request)
            script.is_alive = False
            scene.runtime.instances[0].server.refuse()
            return None

        script.answer = answer
        scene = Scene({FLASK: script})
        trials = scene.run()
        failure = trials[FLASK].failure
        assert failure is not None
        assert failure.stage is stage
        assert failure.message.startswith(f"the target broke down {told}")
        assert failure.message.endswith(
            ". Correct what ended it, or give it more memory or processes."
            f"\nIt last printed:\n  the last of 20 lines of {F}"
        )
        assert trials[GIN].failure is None

    def test_so_does_a_failure_under_load(self) -> None:
        script = Script(known_after_s=SETTLES_WITHIN_S)

        def drive(part: Slice) -> SliceResult:
            if part.subject != FLASK:
                return driven(part)
            script.is_alive = False
            scene.runtime.instances[0].server.refuse()
            return driven_wrongly(part, ErrorKind.CONNECT, 7)

        scene = Scene({FLASK: script}, drive)
        failure = scene.run()[FLASK].failure
        assert failure is not None
        assert f"({F}, hello at closed.c32): it died in the script; first error: connect: that" in failure.message

    def test_a_wrong_answer_of_an_ended_target_says_how_it_ended(self) -> None:
        script = Script()

        def drive(part: Slice) -> SliceResult:
            script.is_alive = False
            return driven_wrongly(part, ErrorKind.FRAMING)

        failure = Scene({FLASK: script}, drive).run()[FLASK].failure
        assert failure is not None
        assert "it died in the script; first error: framing: that was wrong" in failure.message

    def test_wrong_first_answers_of_a_running_target_leave_their_times_absent(self) -> None:
        def answer(request: Request) -> Reply | None:
            return None if next(questions) == 1 else right_answer(request)

        questions = itertools.count()
        trial = Scene({FLASK: Script(answer)}).run()[FLASK]
        assert trial.failure is None
        absent = [absence.metric for absence in trial.absences if absence.metric.startswith("cold_start")]
        assert absent == ["cold_start.first_request", "cold_start.next_requests"]


class TestAFailureUnderLoad:
    @pytest.mark.parametrize("kind", sorted(WRONG_ANSWERS))
    def test_one_wrong_answer_is_a_failure_of_the_target(self, kind: ErrorKind) -> None:
        def drive(part: Slice) -> SliceResult:
            return driven_wrongly(part, kind) if (part.subject, part.load) == (FLASK, OPEN) else driven(part)

        scene = Scene(drive=drive)
        trials = scene.run()
        failure = trials[FLASK].failure
        assert failure is not None
        assert failure.stage is Stage.LOAD
        assert failure.message == (
            f"a target failed under load ({F}, hello at open.r500): 1 of 20 answers was wrong; "
            f"first: {kind}: that was wrong. "
            "A target that fails or answers wrongly has no numbers: correct it, and measure it again."
            f"\nIt last printed:\n  the last of 20 lines of {F}"
        )
        assert trials[GIN].failure is None
        assert f"discard {F}" in scene.journal

    def test_a_wrong_answer_in_warm_up_is_a_failure_as_well(self) -> None:
        def drive(part: Slice) -> SliceResult:
            warm_up = part in BATCHES[0].slices and part.subject == FLASK and not seen.get(FLASK)
            seen[part.subject] = True
            return driven_wrongly(part, ErrorKind.BODY) if warm_up else driven(part)

        seen: dict[object, bool] = {}
        scene = Scene(drive=drive)
        failure = scene.run()[FLASK].failure
        assert failure is not None
        assert failure.stage is Stage.LOAD
        assert [part.subject for part in scene.generator.slices].count(FLASK) == 1

    def test_the_failure_of_a_target_that_dies_under_load_names_its_first_error(self) -> None:
        script = Script()

        def drive(part: Slice) -> SliceResult:
            if (part.subject, part.load, part.number) != (FLASK, CLOSED, 3):
                return driven(part)
            script.is_alive = False
            return driven_wrongly(part, ErrorKind.RESET, 7)

        trials = Scene({FLASK: script}, drive).run()
        failure = trials[FLASK].failure
        assert failure is not None
        assert failure.stage is Stage.LOAD
        assert failure.message == (
            f"the target broke down ({F}, hello at closed.c32): it died in the script; "
            "first error: reset: that was wrong. Correct what ended it, or give it more memory or processes."
            f"\nIt last printed:\n  the last of 20 lines of {F}"
        )
        assert trials[GIN].failure is None

    def test_the_failure_of_a_target_that_dies_without_an_error_names_none(self) -> None:
        script = Script()

        def drive(part: Slice) -> SliceResult:
            script.is_alive = part.load == CLOSED
            return driven(part)

        failure = Scene({FLASK: script}, drive).run()[FLASK].failure
        assert failure is not None
        assert f"({F}, hello at open.r500): it died in the script. Correct what ended it" in failure.message


def raising(error: BaseException, when: Callable[[Slice], bool] = lambda _: True) -> Callable[[Slice], SliceResult]:
    def drive(part: Slice) -> SliceResult:
        if when(part):
            raise error
        return driven(part)

    return drive


class TestAnErrorThatEndsTheBlock:
    """Errors of the engine and the generator, and interrupts by the user."""

    @pytest.mark.parametrize(
        "error", [GENERATOR_GONE, CTRL_C, ENGINE_GONE, KeyboardInterrupt(), ValueError("a defect")]
    )
    @pytest.mark.parametrize("load", [CLOSED, OPEN])
    def test_an_error_of_the_generator_leaves_nothing_running(self, error: BaseException, load: object) -> None:
        scene = Scene(drive=raising(error, lambda part: part.load == load))
        with pytest.raises(type(error)) as caught:
            scene.run()
        assert caught.value is error
        assert scene.events()[-3:] == ["disconnect", f"stop {G}", f"stop {F}"]

    def test_an_interrupt_while_progress_is_shown_leaves_nothing_running(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = Scene()

        def sliced(*_: object) -> None:
            raise CTRL_C

        monkeypatch.setattr(scene.observer, "sliced", sliced)
        with pytest.raises(Interrupted):
            scene.run()
        assert scene.events()[-3:] == ["disconnect", f"stop {G}", f"stop {F}"]

    @pytest.mark.parametrize("call", ["create", "start", "counters", "reset_peak", "stop"])
    @pytest.mark.parametrize("error", [CTRL_C, ENGINE_GONE])
    def test_an_interrupt_or_a_lost_engine_at_any_call_leaves_nothing_running(
        self, call: str, error: HarnessError
    ) -> None:
        scene = Scene({GIN: Script(fails={(call, 1): error})})
        with pytest.raises(type(error)) as caught:
            scene.run()
        assert caught.value is error
        assert scene.events().index("disconnect") < scene.events().index(f"stop {F}")

    def test_the_first_error_is_raised_though_disconnecting_fails_as_well(self) -> None:
        scene = Scene(drive=raising(CTRL_C))
        scene.generator.fails = GENERATOR_GONE
        with pytest.raises(Interrupted) as caught:
            scene.run()
        assert caught.value is CTRL_C
        assert scene.events()[-3:] == ["disconnect", f"stop {G}", f"stop {F}"]

    def test_an_error_from_disconnecting_at_the_end_is_raised(self) -> None:
        scene = Scene()
        scene.generator.fails = GENERATOR_GONE
        with pytest.raises(MeasurementError):
            scene.run()
        assert scene.events()[-3:] == ["disconnect", f"stop {G}", f"stop {F}"]

    def test_failed_targets_are_discarded_and_the_others_are_stopped(self) -> None:
        scene = Scene({FLASK: Script(wrong_json)}, raising(CTRL_C))
        with pytest.raises(Interrupted):
            scene.run()
        assert scene.events()[-3:] == ["disconnect", f"stop {G}", f"discard {F}"]


def test_no_thread_outlives_a_block() -> None:
    before = threading.active_count()
    Scene().run()
    assert threading.active_count() == before


def test_a_null_target_without_contestants_gets_no_load() -> None:
    scene = Scene({FLASK: Script(fails={("create", 1): NO})})
    trials = scene.run(replace(PLAN, order=(FLASK, GIN), ceiling=GIN))
    assert trials[FLASK].failure is not None
    assert trials[GIN].slices == ()
    assert not any(event.startswith("drive") for event in scene.events())
