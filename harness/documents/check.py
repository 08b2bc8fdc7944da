"""`harness.check/1`: published figures compared with a run and with each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model import Verdict
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """Measured value of a figure's quantity, in base units: one that meets the figure, else the nearest.

    Attributes:
        estimate, low, high: The estimate, and the ends of its interval.
        unit: The base unit of the three.
        text: The value with its interval in the figure's printed unit: `8,570 req/s [8,250, 8,910]`.
        subject: The subject that it was measured of; for a ratio `numerator over denominator`.
        scenario: Null for a number that is of no scenario.
        metric: The name of what was measured; GLOSSARY.md has the definition.
    """

    estimate: float
    low: float
    high: float
    unit: Unit
    text: str
    subject: str
    scenario: str | None
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineRow:
    """Answer of a public service about a target of a figure.

    Attributes:
        fact: What was asked for, such as the stars of a repository.
        value: A number, or the version of a release.
        service: The name of the service.
        url: The address that was asked.
        date: The day of the answer.
    """

    fact: str
    value: float | str
    service: str
    url: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """Published figure and its verdict from the run.

    Attributes:
        id: Its name in the figures file, with that of its group: `key_facts.flask.memory_idle`.
        label: Its label on the page.
        printed: Its text on the page.
        claim: That text, with the figure's unit where it has none: `30,000 req/s`.
        target: The target that it is of; of a ratio the numerator.
        metric: The metric or wildcard that decides it; null where none does.
        verdict: What the run says of it; docs/verdicts.md has the rules.
        measured: A measured value that meets the figure, else the nearest; null if nothing was measured.
        answer: The answer that the run found on an attribute, for a claim in words, or that a service gave online; null
            for any other figure.
        reason: Why it has this verdict, in sentences.
        source: Who publishes it, and when.
        online: The answers of public services that decided it, for an online fact; two for a ratio.
    """

    id: str
    label: str
    printed: str
    claim: str
    target: str
    metric: str | None
    verdict: Verdict
    measured: MeasuredValue | None
    answer: str | None
    reason: str
    source: str
    online: list[OnlineRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place of a statement.

    Attributes:
        file: The file that states it; null if it is not known.
        line: The line, from 1; null where it is not known. The text names the row of a result file.
        text: Section, label and printed text of a figure; row and numbers of a result file.
    """

    file: str | None = None
    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Contradiction: figures of one page, or numbers of one result file, that can't all be true.

    Attributes:
        rule: The name of the rule; docs/consistency.md and docs/result_files.md have them.
        message: What contradicts what, in sentences.
        places: Where each of them is stated.
        in_short: The printed numbers of one quantity in a short sentence without its full stop; empty for other rules.
    """

    rule: str
    message: str
    places: list[Place]
    in_short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """Result file that was checked for contradictions.

    Attributes:
        path: The file.
        format: The program that wrote it: `TechEmpower`, `k6`.
        rows: The number of rows that were read: one for each program and load.
        notes: What was not judged, and why.
    """

    path: str
    format: str
    rows: int
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """`harness.check/1`: output of `check --json`.

    Attributes:
        run: The id of the run that the figures are compared with; null if only result files were checked, without
            `--run`.
        here: The machine and the CPUs of the run: `AMD EPYC, one CPU each`; null without a run.
        cautions: What limits all verdicts, in sentences: the run is partial or invalid, or the machine was disturbed.
        figures: All figures of the files.
        files: The result files that were checked.
        contradictions: Those within each page and each result file.
        totals: The number of figures of each verdict that occurs.
    """

    schema: Literal["harness.check/1"] = "harness.check/1"
    run: str | None
    here: str | None
    cautions: list[str] = field(default_factory=list)
    figures: list[FigureRow]
    files: list[FileRow] = field(default_factory=list)
    contradictions: list[ContradictionRow]
    totals: Mapping[str, int]
