"""What a run stores at its end."""

from pathlib import Path

import pytest

from harness.model import ErrorKind, RunStatus
from tests.experiment.test_loop import CTRL_C, NO, FakeRun, in_block
from tests.fakes import Script, driven_wrongly
from tests.trials import FLASK


class TestWhetherItIsInvalid:
    """It is stored with the run, so that a list of runs need not read their trials."""

    def test_a_complete_run_is_not(self, tmp_path: Path) -> None:
        assert FakeRun(tmp_path).execute().run().is_invalid is False

    def test_a_run_with_too_many_failed_requests_is(self, tmp_path: Path) -> None:
        run = FakeRun(tmp_path, drive=lambda part: driven_wrongly(part, ErrorKind.TIMEOUT, 20))
        stored = run.execute().run()
        assert (stored.status, stored.is_invalid) == (RunStatus.COMPLETE, True)

    def test_a_run_with_a_failed_target_is_not_also_if_requests_of_another_failed(self, tmp_path: Path) -> None:
        failing = {FLASK: Script(fails={("create", 1): NO})}
        run = FakeRun(tmp_path, failing, lambda part: driven_wrongly(part, ErrorKind.TIMEOUT, 20))
        stored = run.execute().run()
        assert (stored.status, stored.is_invalid) == (RunStatus.FAILED, False)

    @pytest.mark.parametrize("error", [CTRL_C, ValueError("a defect")])
    def test_of_a_run_that_ends_early_it_is_not_known(self, tmp_path: Path, error: BaseException) -> None:
        run = FakeRun(tmp_path, drive=in_block(2, error))
        run.fail()
        assert run.stored().run.is_invalid is None
