"""The pages of the corpus: reduced public pages and tables, with the contradictions that they really have.

A file has tables and sentences. A row of a table is a target, or two targets for a column of ratios (`gin / flask`).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.figures.published import Figure, FigureSet
from tests.figures.consistency.pages import figure

FILES = tuple(sorted((Path(__file__).parents[1] / "corpus").glob("*.toml")))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the corpus; `accusations` has the texts that each real contradiction quotes."""

    name: str
    figures: tuple[Figure, ...]
    accusations: tuple[frozenset[str], ...]

    def with_figures(self, *figures: Figure) -> FigureSet:
        """Return the page as a source with these figures."""
        return FigureSet(self.name, "corpus", "2026", Path(self.name), figures)


def read_pages() -> tuple[Page, ...]:
    """Return all pages of the corpus, by name."""
    return tuple(_page(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in FILES)


def _page(name: str, file: Mapping[str, Any]) -> Page:
    cells = (cell for table in file["tables"] for cell in _cells(table))
    figures = (*cells, *(_sentence(text) for text in file.get("text", ())))
    numbered = tuple(replace(one, id=f"{number}") for number, one in enumerate(figures))
    return Page(name, numbered, tuple(frozenset(texts) for texts in file.get("accusations", ())))


def _cells(table: Mapping[str, Any]) -> Iterator[Figure]:
    for row, cells in table["rows"].items():
        for column, printed in zip(table["columns"], cells, strict=True):
            given = {"label": column} if isinstance(column, str) else column
            if printed:
                merged = {**table, **given, "conditions": (*table.get("conditions", ()), *given.get("conditions", ()))}
                yield _figure(row, printed, merged)


def _sentence(text: Mapping[str, Any]) -> Figure:
    return _figure(text["target"], text["printed"], {"label": "[sentence]", **text})


def _figure(row: str, printed: str, given: Mapping[str, Any]) -> Figure:
    target, _, of = row.partition(" / ")
    unit = given.get("unit", "") if not of else "% difference" if "%" in printed else "x"
    return figure(
        printed,
        unit,
        _value(printed, given),
        target=target,
        of=of or None,
        label=given["label"],
        section=given["section"],
        quantity=given["quantity"],
        conditions=tuple(given.get("conditions", ())),
    )


def _value(printed: str, given: Mapping[str, Any]) -> float | tuple[float, float]:
    if "range" in given:
        low, high = given["range"]
        return float(low), float(high)
    if "at_least" in given:
        return float(given["at_least"]), float("inf")
    if "value" in given:
        return float(given["value"])
    match = re.search(r"-?\d[\d,]*(?:\.\d+)?", printed)
    assert match is not None, printed
    return float(match[0].replace(",", ""))
