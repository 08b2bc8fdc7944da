"""Inspection of scenarios: what their locustfiles can and can't do, before anything is built or started.

The locustfiles are imported in a process of the generator's kind, because the import of Locust patches the whole
process. One process loads all of them, as in a run. It never sends a request.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.errors import MeasurementError, UsageError
from harness.load.generator import Generator
from harness.load.processes import LOAD_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.model import Scenario, ScenarioTraits


def inspect(
    scenarios: Sequence[Scenario], arguments: str = "", *, load_s: float = LOAD_S
) -> Mapping[str, ScenarioTraits]:
    """Return the traits of scenarios, by name.

    Args:
        scenarios: The scenarios of a run.
        arguments: The arguments for their locustfiles, as in a shell.
        load_s: An import that takes longer is an error.

    Raises:
        UsageError: A locustfile can't be used, or the arguments are wrong.
    """
    try:
        with Generator(scenarios, _cpus(), spin=False, arguments=arguments, load_s=load_s) as generator:
            return generator.describe()
    except MeasurementError as error:
        if len(scenarios) > 1:  # which one ends or stops the process?
            for scenario in scenarios:
                inspect([scenario], load_s=load_s)
        raise UsageError(
            "bad scenario",
            where=", ".join(f"{scenario.path}:1" for scenario in scenarios),
            cause=f"the process that loads it failed: {_in_one_line(error.cause)}",
            remedy="Correct what the file does when it is imported.",
        ) from error


def _in_one_line(cause: str) -> str:
    """Return the first line of a cause and the last one of the log that follows it."""
    first, *log = cause.splitlines()
    return f"{first} {log[-1].strip()}" if log else first


def _cpus() -> frozenset[int]:
    return frozenset(os.sched_getaffinity(0))
