"""The rules of the verdicts: when each applies, the sentence that it says, and the metrics whose bounds are refuted.

The one place of all three: `judge` and `weigh` conclude by a rule's name, and the page and docs/verdicts.md print the
rules from here. This module must not know any run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.figures.published import Judgement
from harness.metrics.catalogue import Better, parse
from harness.model import Verdict

if TYPE_CHECKING:
    from harness.figures.published import Evidence, Figure


class RuleName(StrEnum):
    """The names of the rules, in the order in which they are tried."""

    WORDS_AGREE = "words_agree"
    WORDS_DIFFER = "words_differ"
    CONTRADICTED = "contradicted"
    NOT_MEASURED = "not_measured"
    CONDITION_NOT_DRIVEN = "condition_not_driven"
    MISSED = "missed"
    BOUND_BROKEN = "bound_broken"
    NOT_REPRODUCED = "not_reproduced"
    BETWEEN = "between"
    DISTURBED = "disturbed"
    LIMITED = "limited"
    LOAD_NOT_STATED = "load_not_stated"
    VARIANT_NOT_STATED = "variant_not_stated"
    OVER_THE_EDGE = "over_the_edge"
    ROUNDED = "rounded"
    INSIDE = "inside"
    ONLINE_AGREES = "online_agrees"
    ONLINE_MISSED = "online_missed"
    ONLINE_DIFFERS = "online_differs"


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """A rule of the verdicts.

    Attributes:
        when: The condition in which it applies, if no earlier rule does.
        sentence: The reason, with the names of its parts in braces.
        in_short: The reason in at most twelve words, for a line of a table; empty if the sentence is as short.
    """

    name: RuleName
    verdict: Verdict
    when: str
    sentence: str
    in_short: str = ""


RULES = (
    VerdictRule(
        RuleName.WORDS_AGREE,
        Verdict.CONFIRMED,
        "A claim in words has the answer that the run got when it tried.",
        "It states: {states}. Tried: {answer}, {seen}.",
        "The run tried it and got this answer.",
    ),
    VerdictRule(
        RuleName.WORDS_DIFFER,
        Verdict.REFUTED,
        "A claim in words has another answer than the run got when it tried.",
        "It states: {states}. Tried: {answer}, {seen}.",
        "The run tried it and got another answer.",
    ),
    VerdictRule(
        RuleName.CONTRADICTED,
        Verdict.CONTRADICTED,
        "This run measured nothing that decides it, and other figures of its own page exclude it.",
        "{why} The page contradicts itself here: {dispute}",
        "Other figures of its own page exclude it.",
    ),
    VerdictRule(
        RuleName.NOT_MEASURED,
        Verdict.NOT_MEASURED,
        "No metric decides it, or this run did not measure that metric.",
        "{why}",
    ),
    VerdictRule(
        RuleName.CONDITION_NOT_DRIVEN,
        Verdict.NOT_COMPARABLE,
        "It states a condition that was not driven, or two that exclude each other.",
        "{why}",
        "A condition that it states was not driven.",
    ),
    VerdictRule(
        RuleName.MISSED,
        Verdict.REFUTED,
        "A count or a size, which is the same on every machine, lies outside everything measured.",
        "Measured {side}: {nearest}.",
        "It lies outside everything measured.",
    ),
    VerdictRule(
        RuleName.BOUND_BROKEN,
        Verdict.REFUTED,
        "Everything measured is more than a printed upper bound or ceiling, or less than a printed least time or "
        "memory. Such a bound is stated for every machine, so one machine breaks it.",
        "Measured beyond the bound: {nearest}. Here is {here}.",
        "Everything measured lies beyond this bound.",
    ),
    VerdictRule(
        RuleName.NOT_REPRODUCED,
        Verdict.NOT_REPRODUCED,
        "A number that depends on machine and configuration lies outside everything measured here, under every "
        "definition that the page's words allow. Another machine or configuration may give it.",
        "Everything measured here is {side}: the nearest is {nearest}, {distance}. Here is {here}; {needs}.",
        "It lies outside everything measured here.",
    ),
    VerdictRule(
        RuleName.BETWEEN,
        Verdict.NOT_COMPARABLE,
        "It lies between measured numbers, and the page does not state the conditions that would decide.",
        "It lies between what was measured: {below} and {above}. {conditions}",
        "It lies between measured numbers; no stated condition decides.",
    ),
    VerdictRule(
        RuleName.DISTURBED,
        Verdict.INCONCLUSIVE,
        "The machine was disturbed, and the undisturbed trials give another verdict than all trials, or there are "
        "none.",
        "The machine was disturbed too much to decide: {views}.",
        "The machine was disturbed too much to decide.",
    ),
    VerdictRule(
        RuleName.LIMITED,
        Verdict.INCONCLUSIVE,
        "The generator or the round trip was the limit of a number, and its true value may lie on either side.",
        "The generator or the round trip was the limit of {limited}, so the true number may lie beyond it.",
        "The generator or the round trip was the limit of a number.",
    ),
    VerdictRule(
        RuleName.LOAD_NOT_STATED,
        Verdict.NOT_COMPARABLE,
        "Some measured load gives it, and the page states no load, or none with a number of connections or a rate. The "
        "reason names the load that gives it.",
        "{giving} fits it, but the page states {load}; measured in all: {span}.",
        "We measured such a number; the page doesn't say under which load.",
    ),
    VerdictRule(
        RuleName.VARIANT_NOT_STATED,
        Verdict.NOT_COMPARABLE,
        "Some of the measured variants or definitions give it, and the page does not say which one it means.",
        "{giving} fits it, but the page does not say which it means; measured in all: {span}.",
        "We measured such a number; the page names no variant or definition.",
    ),
    VerdictRule(
        RuleName.OVER_THE_EDGE,
        Verdict.INCONCLUSIVE,
        "The measured interval lies only partly inside the claim and its printed tolerance.",
        "The interval lies only partly inside the claim: measured {nearest}, claimed {claim}.",
        "The measured interval lies only partly inside the claim.",
    ),
    VerdictRule(
        RuleName.ROUNDED,
        Verdict.CONFIRMED,
        "It states enough, and the measured number, rounded as the figure is printed, is the same number.",
        "Measured the same, rounded as printed: {span}.",
        "Measured the same, rounded as printed.",
    ),
    VerdictRule(
        RuleName.INSIDE,
        Verdict.CONFIRMED,
        "It states enough, and every measured interval lies inside the claim and its printed tolerance (10 % for ~).",
        "Measured inside the claim of {claim}: {span}.",
        "Every measured interval lies inside the claim.",
    ),
    VerdictRule(
        RuleName.ONLINE_AGREES,
        Verdict.CONFIRMED,
        "An online fact is what its service answers, on the date in the reason.",
        "{answered}, and the page states {printed}.",
        "Its service gives this number.",
    ),
    VerdictRule(
        RuleName.ONLINE_MISSED,
        Verdict.REFUTED,
        "An online fact is a count that hardly ever falls, such as stars, and it is smaller today than stated.",
        "{answered}, and the page states {printed}; such a count hardly ever falls.",
        "Its service gives less, and such a count hardly ever falls.",
    ),
    VerdictRule(
        RuleName.ONLINE_DIFFERS,
        Verdict.NOT_REPRODUCED,
        "An online fact differs today. It may have been right on the date of the page.",
        "{answered}, and the page states {printed}. It may have been right on the date of the page.",
        "Its service gives another number today.",
    ),
)
_BY_NAME = {rule.name: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class BoundRule:
    """The verdicts on a kind of metric whose bound everything measured misses.

    Attributes:
        of: The kind of metric, in words.
        exceeded: The verdict if an upper bound is exceeded.
        undercut: The verdict if everything measured is less than a lower bound.
        examples: One of each.
    """

    of: str
    exceeded: Verdict
    undercut: Verdict
    examples: tuple[str, str]


_OF_RATES = BoundRule(
    "throughput, peak, practical connections, rate within the objective",
    Verdict.REFUTED,
    Verdict.NOT_REPRODUCED,
    ("8,000 req/s for `at most 5,000 req/s`", "8,000 req/s for `over 12,000 req/s`: a faster machine may give it"),
)
_OF_COSTS = BoundRule(
    "latency, start, CPU time, memory",
    Verdict.REFUTED,
    Verdict.REFUTED,
    ("8 ms for `< 5 ms`", "34 MB for `at least 50 MB`"),
)
_OF_FACTS = BoundRule(
    "size, count, and ratios of them",
    Verdict.REFUTED,
    Verdict.REFUTED,
    ("9 packages for `at most 5 packages`", "9 packages for `12+ packages`"),
)
_OF_RATIOS = BoundRule(
    "ratio of all other metrics",
    Verdict.NOT_REPRODUCED,
    Verdict.NOT_REPRODUCED,
    ("12x for `up to 10x`: another configuration may keep it", "12x for `over 15x`"),
)
BOUND_RULES = (_OF_RATES, _OF_COSTS, _OF_FACTS, _OF_RATIOS)
"""A page states a bound for every machine, so that one machine breaks it; but a faster machine may give a rate."""


def bound_rule_of(metric: str, *, is_ratio: bool) -> BoundRule:
    """Return the rule of a metric's bounds."""
    known = parse(metric)
    if known is None or not known.metric.depends_on_machine:
        return _OF_FACTS
    if is_ratio:
        return _OF_RATIOS
    return _OF_RATES if known.metric.better is Better.HIGHER else _OF_COSTS


def conclude(
    name: RuleName,
    figure: Figure,
    evidence: tuple[Evidence, ...] = (),
    decisive: Evidence | None = None,
    /,
    **parts: str,
) -> Judgement:
    """Return the judgement of a figure by a rule.

    Args:
        name: The rule.
        figure: The figure.
        evidence: The measured numbers.
        decisive: The number in the sentence that meets the figure.
        parts: Those of its sentence.
    """
    rule = _BY_NAME[name]
    reason = rule.sentence.format(**parts)
    return Judgement(figure, rule.verdict, reason, evidence, in_short=rule.in_short, decisive=decisive)
