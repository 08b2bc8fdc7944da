"""`harness.check/1`: published figures compared with a run and with each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model import Verdict
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """Measured value of a figure's quantity, in base units; the nearest one that the run has.

    Attributes:
        text: The value with its interval in the figure's printed unit: `8,570 req/s [8,250, 8,910]`.
        subject: The subject that it was measured of; for a ratio `numerator over denominator`.
        scenario, metric: What was measured.
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
    """Answer of a public service about a target of a figure; `value` is a number, or the version of a release."""

    fact: str
    value: float | str
    service: str
    url: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """Published figure and its verdict from the run.

    Attributes:
        label: Its label on the page.
        answer: The answer that the run found on an attribute, for a claim in words, or that a service gave online; null
            for any other figure.
        online: The answers of public services that decided it, for a fact that lives online; two for a ratio.
    """

    id: str
    label: str
    printed: str
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
    """Place of a statement: the file that states it, its line, and the text.

    Attributes:
        line: The line, from 1; null where it is not known. The text names the row of a result file.
    """

    file: str | None = None
    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Contradiction: figures of one page, or numbers of one result file, that can't all be true.

    Attributes:
        in_short: The printed numbers of one quantity in a short sentence without its full stop; empty for other rules.
    """

    rule: str
    message: str
    places: list[Place]
    in_short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """Result file that was held against what can't be otherwise; `notes` say what was not judged, and why."""

    path: str
    format: str
    rows: int
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """`harness.check/1`: output of `check --json`.

    Attributes:
        run: The run that the figures are compared with; null if only result files were checked, without `--run`.
        here: The machine and the CPUs of the run: `AMD EPYC, one CPU each`; null without a run.
    """

    schema: Literal["harness.check/1"] = "harness.check/1"
    run: str | None
    here: str | None
    figures: list[FigureRow]
    files: list[FileRow] = field(default_factory=list)
    contradictions: list[ContradictionRow]
    totals: Mapping[str, int]
