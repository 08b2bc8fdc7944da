"""The rows of `check --json` for audited files: the files, and their contradictions in the form of a page's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.documents import CheckDocument, ContradictionRow, FileRow, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.audit.findings import Audit


def with_audits(document: CheckDocument, audits: Sequence[Audit]) -> CheckDocument:
    """Return a document with the audited files and their contradictions after its own."""
    is_alone = len(audits) == 1 and not document.figures
    return replace(
        document,
        files=[
            FileRow(path=str(one.path), format=one.format, rows=one.rows, notes=list(one.notes)) for one in audits
        ],
        contradictions=[
            *document.contradictions,
            *(row for one in audits for row in _rows(one, "" if is_alone else f"{one.path.name}: ")),
        ],
    )  # fmt: skip


def _rows(audit: Audit, where: str) -> Iterator[ContradictionRow]:
    for one in audit.contradictions:
        places = [Place(file=str(audit.path), line=None, text=f"{where}{place}") for place in one.places]
        yield ContradictionRow(rule=one.rule.value, message=f"{where}{one.message}", places=places)
