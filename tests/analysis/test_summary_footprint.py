"""The footprint in a summary: one exact number per target, and none for a failed target."""

from dataclasses import replace

from harness.analysis.summary import summarise
from harness.model import Failure, Footprint, Stage
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial


def test_a_footprint_is_one_exact_number_and_a_failed_target_has_none() -> None:
    metric = "footprint.dependencies"
    built = tuple(Footprint(one.target, metric, Unit.ONE, 8.0, "what is installed") for one in (FLASK, GIN))
    failure = Failure(GIN, Stage.VERIFY, "it greets wrongly")
    stored = a_stored_run(a_plan(FLASK, GIN), a_trial(0, FLASK), a_trial(0, GIN, failure=failure))
    summary = summarise(replace(stored, run=replace(stored.run, footprint=built)))
    known, missing = (one for one in summary.results if one.metric == metric)
    assert (known.estimate, known.low, known.high, known.trials, known.detail) == (8, 8, 8, 1, "what is installed")
    assert (missing.estimate, missing.reason) == (None, "block 1: the target failed (verify)")
