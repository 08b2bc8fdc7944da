"""The error of a finished run: failed targets first, then failed requests."""

from dataclasses import replace

from harness.errors import MeasurementError, TargetError
from harness.experiment.outcome import invalidity
from harness.model import DrivenSlice, ErrorKind, Failure, Load, LoadKind, Slice, Stage, StoredRun, Subject, Trial
from tests.fakes import driven, driven_wrongly
from tests.trials import FLASK, GIN, NULL, a_plan, a_run, a_stored_run, a_trial


class TestInvalidity:
    def test_a_run_without_failures_has_no_error(self) -> None:
        assert invalidity(StoredRun(a_run(), ())) is None

    def test_a_failed_target_is_exit_code_4_and_further_failures_are_counted(self) -> None:
        failures = [
            Failure(FLASK, Stage.VERIFY, "it lies."),
            Failure(GIN, Stage.LOAD, "x"),
            Failure(NULL, Stage.STOP, "y"),
        ]
        problem = invalidity(StoredRun(a_run(failures=failures, name="r1"), ()))
        assert isinstance(problem, TargetError)
        assert problem.exit_code == 4
        assert str(problem) == (
            "a target failed (flask_app:gthread, verify): it lies. The rest of the run is stored as r1. 2 more failed."
        )

    def test_a_single_failed_target_has_no_count_of_further_failures(self) -> None:
        problem = invalidity(StoredRun(a_run(failures=[Failure(FLASK, Stage.STOP, "x")], name="r1"), ()))
        assert str(problem).endswith("The rest of the run is stored as r1.")

    def test_failed_requests_are_exit_code_5(self) -> None:
        problem = invalidity(a_stored_run(a_plan(FLASK, GIN), with_errors(FLASK), with_errors(GIN)))
        assert isinstance(problem, MeasurementError)
        assert problem.exit_code == 5
        assert problem.cause == "4 of 80 requests failed (4 timeout); first: timeout: that was wrong"

    def test_few_failed_requests_are_no_error(self) -> None:
        trial = with_errors(FLASK)
        many = tuple(replace(one, result=replace(one.result, sent=1000)) for one in trial.slices)
        assert invalidity(a_stored_run(a_plan(FLASK), replace(trial, slices=many))) is None

    def test_failed_requests_without_a_recorded_message_are_exit_code_5_too(self) -> None:
        trial = with_errors(FLASK)
        silent = tuple(replace(one, result=replace(one.result, first_error=None)) for one in trial.slices)
        problem = invalidity(a_stored_run(a_plan(FLASK), replace(trial, slices=silent)))
        assert isinstance(problem, MeasurementError)
        assert problem.cause == "2 of 40 requests failed (2 timeout); first: not recorded"

    def test_a_load_without_any_request_is_exit_code_5(self) -> None:
        trial = with_errors(FLASK)
        ended = [
            replace(one.result, sent=0, verified=0, errors={}, users_ended=16, first_complaint="no login")
            for one in trial.slices
        ]
        silent = tuple(replace(one, result=result) for one, result in zip(trial.slices, ended, strict=True))
        problem = invalidity(a_stored_run(a_plan(FLASK), replace(trial, slices=silent)))
        assert isinstance(problem, MeasurementError)
        assert problem.exit_code == 5
        assert problem.cause == (
            "the scenario's users sent no request: 32 of them ended themselves; "
            "the scenario's first complaint is 'no login'"
        )
        one_sent = (trial.slices[0], *silent[1:])
        assert invalidity(a_stored_run(a_plan(FLASK), replace(trial, slices=one_sent))) is None

    def test_a_failed_target_takes_precedence_over_failed_requests(self) -> None:
        failure = Failure(GIN, Stage.STOP, "x")
        problem = invalidity(a_stored_run(a_plan(FLASK, GIN), replace(with_errors(FLASK), failure=failure)))
        assert isinstance(problem, TargetError)


def with_errors(subject: Subject) -> Trial:
    part = Slice(0, subject, "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, seed=1)
    slices = (DrivenSlice(part, driven(part)), DrivenSlice(part, driven_wrongly(part, ErrorKind.TIMEOUT, 2)))
    return replace(a_trial(0, subject), slices=slices)
