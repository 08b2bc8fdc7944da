"""The tried attributes as a matrix: a row for each attribute, a column for each target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.tables import Tried, attribute_table

if TYPE_CHECKING:
    from harness.report.material import Material

UNTRIED = "not tried in this run"


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """The answers of all targets on one attribute, in the order of the columns; None for a target without one."""

    title: str
    answers: tuple[Tried | None, ...]


@dataclass(frozen=True, slots=True)
class AttributeMatrix:
    """The titles of the targets with an answer, as columns, and the attributes as rows."""

    targets: tuple[str, ...]
    rows: tuple[AttributeRow, ...]

    @property
    def has_gaps(self) -> bool:
        """Whether a target lacks an answer that another one has."""
        return any(answer is None for row in self.rows for answer in row.answers)


def attribute_matrix(material: Material) -> AttributeMatrix:
    """Return the answers of all tried targets, in the order of the contestants."""
    tried = attribute_table(material)
    by_place = {(one.title, one.target): one for one in tried}
    contestants = [material.title_of(subject.target) for subject in material.contestants]
    targets = [title for title in dict.fromkeys(contestants) if any(one.target == title for one in tried)]
    titles = dict.fromkeys(one.title for one in tried)
    rows = (AttributeRow(title, tuple(by_place.get((title, target)) for target in targets)) for title in titles)
    return AttributeMatrix(tuple(targets), tuple(rows))
