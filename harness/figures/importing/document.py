"""The document of `import --json`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.documents import ImportDocument, ImportedFigure, UnplacedNumber

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.figures.importing.figures_file import ImportedFile


def import_document(imported: ImportedFile, output: Path | None) -> ImportDocument:
    """Return the document of an import."""
    return ImportDocument(
        page=str(imported.page),
        output=None if output is None else str(output),
        figures=list(_figures(imported)),
        unplaced=[
            UnplacedNumber(
                printed=one.printed, line=one.place[0], column=one.place[1], reason=one.reason, context=one.context
            )
            for one in imported.unplaced
        ],
        totals={"figures": len(imported.figures.figures), "unplaced": len(imported.unplaced)},
    )


def _figures(imported: ImportedFile) -> Iterator[ImportedFigure]:
    places = {
        f"{group.id}.{section.id}": section.place or (1, 1)
        for group in imported.file.groups
        for section in group.figures
    }
    for figure in imported.figures.figures:
        line, column = places[figure.id]
        yield ImportedFigure(
            id=figure.id,
            printed=figure.printed,
            target=figure.target,
            of=figure.of,
            metric=figure.metric,
            unit=figure.unit.name,
            low=_finite(figure.unit.from_base(figure.low)),
            high=_finite(figure.unit.from_base(figure.high)),
            conditions=list(figure.conditions),
            line=line,
            column=column,
        )


def _finite(value: float) -> float | None:
    return float(f"{value:.12g}") if math.isfinite(value) else None
