"""A run in the process runtime for each stage and each signal: the signal is sent when the stage begins.

Run as `python -m tests.e2e.signal_table FOLDER`. It imports the harness once and forks for each run, with a fake
generator and one target. It prints one line of JSON for each run.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from harness import interrupts
from harness.errors import HarnessError
from harness.experiment.environment import CpuPlan
from harness.experiment.loop import Dependencies, execute, resume
from harness.experiment.plan import make_plan
from harness.manifest import load_profiles, load_targets
from harness.measure.readiness import ReadyPoller
from harness.measure.verify import Verifier
from harness.model import Scenario, Subject
from harness.runtime.process.builds import Builds
from harness.runtime.process.leftovers import end_dead_runs
from harness.runtime.process.processes import ProcessInstance, ProcessRuntime
from harness.store import RunFolder, Store
from tests.fakes import FakeGenerator, FakeObserver
from tests.runtime.awaiting import marked

STAGES: dict[str, tuple[Any, str, int]] = {
    "before a build": (Builds, "build", 1),
    "before create": (ProcessRuntime, "create", 1),
    "between create and start": (ProcessInstance, "start", 1),
    "while a start is polled": (ReadyPoller, "wait", 1),
    "in verification": (Verifier, "verify", 1),
    "in warm-up": (FakeGenerator, "run", 1),
    "under load": (FakeGenerator, "run", 2),
    "while a target is stopped": (ProcessInstance, "stop", 1),
    "while a trial is written": (RunFolder, "append", 1),
    "while run.json is written": (RunFolder, "save", 3),
}
"""The method that begins each stage, and which of its calls does."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
_PATIENCE_S = 300.0
_NULL = Path(__file__).parents[2] / "scenarios" / "hello.py"


@dataclass(frozen=True)
class Row:
    """Outcome of one run.

    Attributes:
        code: Its exit code; that of a killed process is negative.
        left: Number of processes with its marks, after `clean`.
        status: Status of the stored run; None where it was not stored yet.
        resumed: Status after `--resume`; None where the run was not resumed.
    """

    stage: str
    signal: str
    code: int
    left: int
    status: str | None
    resumed: str | None


class Bench:
    """The parts of all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.targets = load_targets(Path(__file__).parent)
        smoke = load_profiles()["smoke"]
        profile = replace(
            smoke, blocks=1, scenarios=("hello",), connections=(1,), cold_starts=1, open_rates_per_s=(), paced_s=0.0
        )
        self.plan = make_plan(profile, (Subject("hostile", "well"),), ("hello",), 7, "process")

    def dependencies(self, store: Store) -> Dependencies:
        cpu = frozenset({min(os.sched_getaffinity(0))})
        return Dependencies(
            lambda run_id: ProcessRuntime(run_id, self.folder / "cache"),
            lambda *_: nullcontext(FakeGenerator([])),
            store,
            CpuPlan(cpu, cpu),
            Path(__file__).parents[2],
        )

    def run(self, store: Store, stage: str | None = None, number: int = 0, again: str | None = None) -> None:
        """Execute a run, or resume the only one; send the signal when the stage begins."""
        scenarios = (Scenario("hello", "GET /", _NULL),)
        dependencies, observer = self.dependencies(store), FakeObserver([])
        sending = sending_at(stage, number, again) if stage else nullcontext()
        with interrupts.raising(), sending:
            folders = store.folders()
            if folders:
                resume(next(iter(folders.values())), self.targets, scenarios, dependencies, observer)
            else:
                execute(self.plan, self.targets, scenarios, dependencies, observer)

    def row(self, stage: str, number: signal.Signals, again: str | None = None) -> Row:
        """Run with a signal, clean, read the store, and resume what was interrupted."""
        store = Store(self.folder / f"{stage} {again} {number.name}".replace(" ", "_"))
        code = in_child(lambda: self.run(store, stage, number, again))
        runs = store.runs()
        end_dead_runs()
        left = sum(len(marked(run)) for run in runs)
        status = next((run.status.value for run in runs.values()), None)
        resumed = None
        if status in {"running", "interrupted"} and number is signal.SIGKILL:
            in_child(lambda: self.run(store))
            [(_, stored)] = [store.load(name) for name in runs]
            resumed = stored.run.status.value
        return Row(stage if again is None else f"{stage}, then {again}", number.name, code, left, status, resumed)


def sending_at(stage: str, number: int, again: str | None) -> Any:  # noqa: ANN401 - a patch
    """Return a patch that sends a signal when a stage begins, and with `again` a second one when the cleanup does."""
    place, name, which = STAGES[stage]
    original, left = getattr(place, name), iter(range(1, which))

    def beginning(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the method's
        if next(left, None) is None:
            if again is not None:
                close = ProcessRuntime.close

                def closing(runtime: ProcessRuntime) -> None:
                    os.kill(os.getpid(), number)
                    close(runtime)

                patch.object(ProcessRuntime, "close", closing).start()
            os.kill(os.getpid(), number)
        return original(*arguments, **named)

    return patch.object(place, name, beginning)


def in_child(work: Callable[[], None]) -> int:
    """Do something in a child process, and return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            work()
            code = 0
        except HarnessError as error:
            code = error.exit_code
        finally:
            os._exit(code)
    deadline_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline_s:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1000


def main(folder: Path) -> None:
    """Print the row of every stage and signal."""
    bench = Bench(folder)
    patch.object(Verifier, "verify_date_moved", lambda _: None).start()  # it waits for the next second
    rows = [(stage, number, None) for stage in STAGES for number in SIGNALS]
    for stage, number, again in (*rows, ("under load", signal.SIGINT, "a second one while cleaning up")):
        sys.stdout.write(json.dumps(asdict(bench.row(stage, number, again))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
