"""`harness.explain/1`: the measured conditions under which a published figure would hold."""

from dataclasses import dataclass
from typing import Literal

from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """Measured number under its conditions; `estimate`, `low` and `high` are in base units.

    Attributes:
        subject: Its target and variant; for a ratio `numerator over denominator`.
        scenario: Null for a number that is of no scenario.
        load: What was measured, with its load: `32 connections`, `p99 at 1,000 req/s`, `idle`.
        cpus: Number of CPUs of the subject; null for a number that does not depend on the machine, such as a size.
        estimate, low, high: The number, and the ends of its interval.
        unit: The base unit of the three.
        metric: Its name; GLOSSARY.md has the definition.
        summary, variant_class: How the variant serves; null if the project does not have it.
        workers: The most requests that it computes at the same time; null if unknown.
        keeps_alive: Whether a connection serves more than one request; null if unknown.
        fit: Whether the number is inside the claim, or its interval reaches it, or its interval widened by disturbance
            does, or none.
        note: What must be said of the number beside it: `with the machine's disturbance counted: [359, 3,400]`; null
            for most.
        is_own: Whether its metric is the figure's and it fulfils the conditions that the page states.
        text: The number with its interval in the figure's printed unit.
        run: The id of the run that measured it.
        here: The machine of that run, with the CPUs of each target.
    """

    subject: str
    scenario: str | None
    load: str
    cpus: int | None
    estimate: float
    low: float
    high: float
    unit: Unit
    metric: str
    summary: str | None
    variant_class: str | None
    workers: int | None
    keeps_alive: bool | None
    fit: Literal["inside", "overlaps", "widened", "outside"]
    note: str | None
    is_own: bool
    text: str
    run: str
    here: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CpusNeededRow:
    """Number of cores, like the one that measured the CPU time per request, that a published rate takes.

    Attributes:
        estimate, low, high: The number of cores, and the ends of its interval.
        cost: The CPU time per request, in seconds.
        cpu: The model of the core.
    """

    estimate: float
    low: float
    high: float
    cost: ConditionRow
    cpu: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRun:
    """Run that an explanation is from.

    Attributes:
        name: The name of its folder.
        id: Its id.
        here: Its machine, with the CPUs of each target.
        started_at: ISO 8601 in UTC.
    """

    name: str
    id: str
    here: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainDocument:
    """`harness.explain/1`: output of `explain --json`.

    Attributes:
        figure: The id of the figure.
        label: Its label on the page.
        printed: Its text on the page.
        claim: That text, with the figure's unit where it has none: `30,000 req/s`.
        target: The target that it is of; of a ratio the numerator.
        of: The denominator of a ratio; null for any other figure.
        metric: The metric of the figure; null if no metric measures it.
        conditions: What the page states for it.
        source: Who publishes it, and when.
        answer: The answer in one or two sentences.
        holds_under: The conditions that give the figure, whose `fit` is `inside`, then those that may: by their
            interval, and by their interval widened by disturbance; each the nearest first.
        nearest: The nearest condition that does not give it; null if some condition gives it, or none was measured.
        others: The conditions that don't give it, the nearest first.
        cpus_needed: null for a figure that is no rate, and without a measured CPU time per request.
        translation: What the figure takes on any machine, in one sentence; null if there is no such translation.
        runs: The runs that were looked at.
    """

    schema: Literal["harness.explain/1"] = "harness.explain/1"
    figure: str
    label: str
    printed: str
    claim: str
    target: str
    of: str | None
    metric: str | None
    conditions: list[str]
    source: str
    answer: str
    holds_under: list[ConditionRow]
    nearest: ConditionRow | None
    others: list[ConditionRow]
    cpus_needed: CpusNeededRow | None
    translation: str | None
    runs: list[ExplainedRun]
