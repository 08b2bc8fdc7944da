"""Whether the subjects of a run are served alike: what a ratio of two settings must not be mistaken for.

One public suite's ratio of Gin to Flask went from 5.5 to 56 and back to 1.5 within four years, with worker class and
keep-alive and not with the frameworks. Nothing is refused here, for unlike settings may be the question; they are said.
Pure, on what the manifests say of each variant; tests hold the manifests against running containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import ComparabilityRule, SetupDifference, VariantClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.model import Plan, Subject, Target, Variant

    Ways = Mapping[Subject, Variant]

_DEVELOPMENT = "a way of serving that is meant for development only"


def lint(plan: Plan, targets: Mapping[str, Target], cpus: int) -> tuple[SetupDifference, ...]:
    """Return every rule that contestants of a plan break, with who breaks it.

    Args:
        plan: Names the contestants; ceiling and control are none.
        targets: By name, those of the plan among them.
        cpus: How many CPUs each target is given.
    """
    ways = {subject: targets[subject.target].variant(subject.variant) for subject in plan.subjects}
    return (*_each(ways, cpus), *_one_sided(ways))


def _each(ways: Ways, cpus: int) -> Iterator[SetupDifference]:
    """Find what makes a subject's numbers say little of its framework, whoever it is compared with."""
    development = _those(ways, lambda way: way.variant_class is VariantClass.DEVELOPMENT)
    if development:
        yield SetupDifference(
            ComparabilityRule.DEVELOPMENT, development, "a way of serving that is meant for development only"
        )
    debug = _those(ways, lambda way: way.is_debug)
    if debug:
        yield SetupDifference(ComparabilityRule.DEBUG, debug, "the framework's debug mode is on")
    alone = _those(ways, lambda way: way.workers_on(cpus) == 1) if cpus > 1 else ()
    if alone:
        message = f"one worker computes one request at a time, and was given {cpus} CPUs"
        yield SetupDifference(ComparabilityRule.ONE_WORKER, alone, message)
    for subject, way in ways.items():
        workers = way.workers_on(cpus) or 0
        if workers > cpus:
            given = "1 CPU" if cpus == 1 else f"{cpus} CPUs"
            message = f"{workers} workers take turns on {given}"
            yield SetupDifference(ComparabilityRule.OVERCOMMITTED, (subject,), message)


def _one_sided(ways: Ways) -> Iterator[SetupDifference]:
    """Find what some of the subjects do for every request, and the others don't."""
    logging = _those(ways, lambda way: way.logs_requests)
    if 0 < len(logging) < len(ways):
        yield SetupDifference(ComparabilityRule.LOGGING, logging, "logs every request, and the others do not")
    closing = _those(ways, lambda way: way.closes_connections)
    if 0 < len(closing) < len(ways):
        message = "closes the connection after every answer, and the others keep it"
        yield SetupDifference(ComparabilityRule.CONNECTIONS, closing, message)


def _those(ways: Ways, breaks: Callable[[Variant], bool]) -> tuple[Subject, ...]:
    return tuple(subject for subject, way in ways.items() if breaks(way))


def in_words(found: SetupDifference) -> str:
    """Say it in a line: who breaks the rule, and how."""
    return f"{', '.join(map(str, found.subjects))}: {found.message}"
