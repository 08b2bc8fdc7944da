"""Comparability rules: find differences in setup between the subjects of a run, which are not differences in framework.

In one public suite the ratio of Gin to Flask went from 5.5 to 56 and back to 1.5 within four years. The worker class
and keep-alive changed, not the frameworks. These rules only warn and refuse nothing: a user may want to compare two
setups. Only subjects with different contracts are not compared. The rules are pure functions of the manifests; tests
compare the manifests with running containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import ComparabilityRule, SetupDifference, VariantClass
from harness.units import cpus_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.model import Plan, Subject, Target, Variant

    Variants = Mapping[Subject, Variant]

_DEVELOPMENT = "a way of serving that is meant for development only"


def lint(plan: Plan, targets: Mapping[str, Target], cpus: int) -> tuple[SetupDifference, ...]:
    """Return the setup differences between the contestants of a plan: each broken rule with the subjects that break it.

    Args:
        plan: Names the contestants. Ceiling and control are not contestants.
        targets: The targets by name, at least those of the plan.
        cpus: The number of CPUs of each subject without its own number.
    """
    variants = {subject: targets[subject.target].variant(subject.variant) for subject in plan.subjects}
    return (*_single_subject_rules(variants, cpus), *_one_sided_rules(variants), *_contract_rules(plan))


def _single_subject_rules(variants: Variants, cpus: int) -> Iterator[SetupDifference]:
    """Yield broken rules that concern one subject alone: its numbers then say little about its framework."""
    development = _subjects_where(variants, lambda variant: variant.variant_class is VariantClass.DEVELOPMENT)
    if development:
        yield SetupDifference(ComparabilityRule.DEVELOPMENT, development, _DEVELOPMENT)
    debug = _subjects_where(variants, lambda variant: variant.is_debug)
    if debug:
        yield SetupDifference(ComparabilityRule.DEBUG, debug, "the framework's debug mode is on")
    yield from _single_workers(variants, cpus)
    yield from _wrong_numbers_of_workers(variants, cpus)


def _single_workers(variants: Variants, cpus: int) -> Iterator[SetupDifference]:
    on = {subject: subject.cpus or cpus for subject in variants}
    for given in sorted(set(on.values()) - {1}):
        alone = tuple(one for one, variant in variants.items() if on[one] == given and variant.workers_on(given) == 1)
        if alone:
            message = f"one worker computes one request at a time, and was given {given} CPUs"
            yield SetupDifference(ComparabilityRule.ONE_WORKER, alone, message)


def _wrong_numbers_of_workers(variants: Variants, cpus: int) -> Iterator[SetupDifference]:
    for subject, variant in variants.items():
        given = subject.cpus or cpus
        workers = variant.workers_on(given)
        if workers is not None and workers > given:
            message = f"{workers} workers take turns on {cpus_in_words(given)}"
            yield SetupDifference(ComparabilityRule.OVERCOMMITTED, (subject,), message)
        elif workers is not None and 1 < workers < given:
            message = f"{workers} workers can't use {cpus_in_words(given)}"
            yield SetupDifference(ComparabilityRule.IDLE_CPUS, (subject,), message)


def _one_sided_rules(variants: Variants) -> Iterator[SetupDifference]:
    """Yield broken rules about work per request that only some of the subjects do."""
    logging = _subjects_where(variants, lambda variant: variant.logs_requests)
    if 0 < len(logging) < len(variants):
        yield SetupDifference(ComparabilityRule.LOGGING, logging, "logs every request, and the others do not")
    closing = _subjects_where(variants, lambda variant: variant.closes_connections)
    if 0 < len(closing) < len(variants):
        message = "closes the connection after every answer, and the others keep it"
        yield SetupDifference(ComparabilityRule.CONNECTIONS, closing, message)


def _contract_rules(plan: Plan) -> Iterator[SetupDifference]:
    """Yield, for each scenario, the subjects whose contract is not the reference's: no ratio compares them."""
    reference, *others = plan.subjects
    for scenario in plan.scenarios:
        apart = tuple(one for one in others if not plan.share_contract(one, reference, scenario))
        if apart:
            message = f"answers {scenario} by another contract than {reference}, so the two are not compared"
            yield SetupDifference(ComparabilityRule.CONTRACT, apart, message)


def _subjects_where(variants: Variants, breaks: Callable[[Variant], bool]) -> tuple[Subject, ...]:
    return tuple(subject for subject, variant in variants.items() if breaks(variant))


def in_words(difference: SetupDifference) -> str:
    """Return a setup difference as one line: its subjects and its message."""
    return f"{', '.join(map(str, difference.subjects))}: {difference.message}"
