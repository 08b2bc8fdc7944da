"""Run tests against mutants, each in a fork of this process that imports the changed module.

This process imports the heavy third-party packages but nothing of the harness; otherwise a fork would already have the
unchanged module. A property is tried with 20 examples instead of 100, so that a mutant takes half a second. A mutant
that only the other 80 examples would find survives; it needs an exact test. A failing example is not shrunk, because it
is not shown.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pydantic
import pytest
from scipy import special, stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import CodeType

FOREIGN = (np, pydantic, special, stats)  # imported once, for all forks
UNIT = "not (engine or locust or browser or program or slow)"
_QUIET = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", "--assert=plain", "-m", UNIT]
_PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
_EXAMPLES = 20
_MOST_BYTES = 8 << 30  # an endless loop may fill a list
_LEAST_CPU_S = 2
_TIMES_LONGER = 2
_TIMES_WAITED = 8  # the machine may be busy with other work


class Outcome(StrEnum):
    """The outcome of the tests of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the tests.

    Attributes:
        name: The name of the change.
        module: The name of the module that is replaced.
        path: Its file.
        code: The code of the changed module; None for the unchanged one.
        tests: Lists of arguments of pytest; they are run one after the other until one fails.
        cpu_s: The limit of CPU time of each list, in seconds.
    """

    name: str
    module: str
    path: Path
    code: CodeType | None
    tests: tuple[tuple[str, ...], ...]
    cpu_s: int = 600


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a trial and its CPU time."""

    outcome: Outcome
    cpu_s: float


def limit_s(usual_s: float) -> int:
    """Return the limit of a mutant's CPU time in seconds; `usual_s` is the CPU time of the unchanged module."""
    return _LEAST_CPU_S + int(_TIMES_LONGER * usual_s)


def _begin(trial: Trial, stage: int) -> int:
    """Start the tests of one stage of a trial; return their process id."""
    if pid := os.fork():
        return pid
    status = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        status = _in_fork(trial, trial.tests[stage])
    finally:
        os._exit(status)


def _in_fork(trial: Trial, tests: tuple[str, ...]) -> int:
    os.setpgid(0, 0)
    sys.dont_write_bytecode = False  # otherwise every fork would compile the harness
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    resource.setrlimit(resource.RLIMIT_CPU, (trial.cpu_s, trial.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_TIMES_WAITED * trial.cpu_s)
    if trial.code is not None:
        sys.meta_path.insert(0, _Replacing(trial.module, trial.path, trial.code))
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=_PHASES, max_examples=_EXAMPLES
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    return int(pytest.main([*_QUIET, *tests]))


class _Replacing(SourceFileLoader):
    """Finder and loader that replaces one module with a mutant."""

    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        super().__init__(module, str(path))
        self._code = code

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  # an importer's protocol
        return self._code


def outcomes(trials: Iterable[Trial], processes: int) -> Iterator[tuple[Trial, Ended]]:
    """Run trials in parallel and yield each when it has ended."""
    running: dict[int, tuple[Trial, int]] = {}
    gc.freeze()  # otherwise the collector of each fork would copy the shared memory
    for trial in trials:
        running[_begin(trial, 0)] = trial, 0
        while len(running) >= processes:
            yield from _await_one(running)
    while running:
        yield from _await_one(running)


def _await_one(running: dict[int, tuple[Trial, int]]) -> Iterator[tuple[Trial, Ended]]:
    """Wait until a process ends; start the next stage of its trial if there is one and the tests passed."""
    pid, status, used = os.wait4(-1, 0)
    trial, stage = running.pop(pid)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # ends its leftover processes
    outcome = _outcome(status)
    if outcome is Outcome.SURVIVED and stage + 1 < len(trial.tests):
        running[_begin(trial, stage + 1)] = trial, stage + 1
    else:
        yield trial, Ended(outcome, used.ru_utime + used.ru_stime)


def _outcome(status: int) -> Outcome:
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in {signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL}
        return Outcome.TIMED_OUT if late else Outcome.KILLED
    if os.WEXITSTATUS(status) == pytest.ExitCode.OK:
        return Outcome.SURVIVED
    return Outcome.KILLED
