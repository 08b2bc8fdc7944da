"""Hand-made runs and trials for tests that read or store them."""

from collections.abc import Iterable
from dataclasses import replace

from harness.manifest import load_profiles
from harness.model import Absence, Bound, Failure, Measurement, Plan, Run, RunStatus, StoredRun, Subject, Trial
from harness.units import Unit

FLASK = Subject("flask_app", "gthread")
GIN = Subject("gin_app", "release")
NULL = Subject("null_app", "raw")

STARTED_AT = "2026-01-31T14:25:01+00:00"


def a_plan(*subjects: Subject, scenarios: tuple[str, ...] = ("hello",), blocks: int = 3) -> Plan:
    """Return a plan of the smoke profile in which every block starts the subjects in the same order."""
    profile = replace(load_profiles()["smoke"], blocks=blocks)
    return Plan(profile, subjects, scenarios, 7, "docker", (subjects,) * blocks)


def a_run(plan: Plan | None = None, name: str = "20260131-142501-smoke-9f3a", failures: Iterable[Failure] = ()) -> Run:
    """Return a complete run."""
    return Run(
        id=name,
        status=RunStatus.COMPLETE,
        plan=plan or a_plan(FLASK, GIN),
        started_at=STARTED_AT,
        environment={"machine": {"cpus": 2, "governor": None}, "commit": "0123abc+"},
        wall_s=40.5,
        measured_s=12.25,
        failures=tuple(failures),
    )


def a_trial(
    block: int, subject: Subject, *found: Measurement | Absence, failure: Failure | None = None, position: int = 0
) -> Trial:
    """Return a trial with these measurements and absences."""
    return Trial(
        block=block,
        position=position,
        subject=subject,
        started_at=STARTED_AT,
        measurements=tuple(one for one in found if isinstance(one, Measurement)),
        absences=tuple(one for one in found if isinstance(one, Absence)),
        failure=failure,
    )


def a_stored_run(plan: Plan, *trials: Trial) -> StoredRun:
    """Return a stored run with these trials and their failures."""
    return StoredRun(a_run(plan, failures=(trial.failure for trial in trials if trial.failure)), trials)


RATE = Measurement("throughput.closed.c1", Unit.PER_SECOND, 6123.4, "hello", Bound.TARGET)
SIX_TRIALS = tuple(a_trial(block, subject, RATE) for block in range(3) for subject in (FLASK, GIN))
