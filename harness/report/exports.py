"""The files of a report: page, Markdown, charts, tables for other programs, and the JSON document.

`render` is the entry point of this room. Files are written atomically. The same run gives the same bytes.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.durable_files import write_atomically
from harness.errors import MachineError, UsageError
from harness.foreign_text import cell, json_document
from harness.report.beside import in_halves
from harness.report.charts import CLAIMS, CLAIMS_NARROW, claims_charts, drawn, undrawn
from harness.report.contents import PAIRS, contents
from harness.report.markdown import markdown_documents
from harness.report.material import Format
from harness.report.page import filled_page
from harness.report.records import FLOATS, INTEGERS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    import pandas as pd

    from harness.report.charts import Chart, Undrawn
    from harness.report.material import Material

_TEXTS = frozenset({Format.HTML, Format.MARKDOWN})
DRAWN = frozenset({Format.HTML, Format.MARKDOWN, Format.SVG})
"""The formats with charts; each page has files of them, and the other formats have the numbers of all pages."""


def unwritable(formats: frozenset[Format], folder: Path) -> Mapping[Format, MachineError]:
    """Return the formats that this machine can't write to the folder of a report, each with the error that says why."""
    if Format.PARQUET not in formats or find_spec("pyarrow") is not None:
        return {}
    error = MachineError(
        "can't write Parquet",
        where=str(folder / "tables"),
        cause=f"pyarrow is not installed{'; all other formats are written' if len(formats) > 1 else ''}",
        remedy=f"Install it beside the harness: `{sys.executable} -m pip install pyarrow`.",
    )
    return {Format.PARQUET: error}


def render(
    material: Material,
    folder: Path,
    formats: frozenset[Format],
    beside: Executor | None = None,
    carried: Callable[[], str | None] = lambda: None,
) -> list[Path]:
    """Write a report and return its files, in the order of writing.

    Args:
        material: The inputs of the report.
        folder: Created if it is missing. Its files of other formats are left unchanged.
        formats: The formats to write, without the unwritable ones.
        beside: It draws the charts, while this process makes the contents; without it they are drawn here.
        carried: Returns the data block of the page, None for a page without it. It is called when all else is made.

    Raises:
        UsageError: A folder of the report is a symbolic link.
        MachineError: The disk is full or not writable.
    """
    written = []
    for name, content in _every_file(material, formats, beside, carried):
        _require_no_link(folder, name)
        write_atomically(folder / name, content)
        written.append(folder / name)
    return written


def _require_no_link(folder: Path, name: str) -> None:
    """Refuse to write through a link: the run may be from another person, and the link may lead to any folder."""
    for path in (folder, *(folder / parent for parent in PurePosixPath(name).parents)):
        if path.is_symlink():
            raise UsageError(
                "can't write a report",
                where=str(path),
                cause="it is a symbolic link, and a report is not written through one",
                remedy="Remove the link.",
            )


def _every_file(
    material: Material, formats: frozenset[Format], beside: Executor | None, carried: Callable[[], str | None]
) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of the report, then those of each page of a published comparison, which carries no run."""
    parts = [("", material, formats, carried)]
    parts += [(f"{PAIRS}/{page.name}/", page.material, formats & DRAWN, lambda: None) for page in material.pages]
    begun = [_drawn(_undrawn(of, wanted), beside) for _, of, wanted, _ in parts]
    for (folder, of, wanted, its_run), charts in zip(parts, begun, strict=True):
        for name, content in _files(of, wanted, charts, its_run):
            yield f"{folder}{name}", content


def _undrawn(material: Material, formats: frozenset[Format]) -> Iterator[Undrawn]:
    """Yield the charts that the formats take, each once for all of them."""
    if formats & {Format.HTML, Format.SVG}:
        yield from undrawn(material)
    elif Format.MARKDOWN in formats and (picture := next(claims_charts(material), None)):
        yield picture


def _drawn(charts: Iterable[Undrawn], beside: Executor | None) -> Callable[[], Sequence[Chart]]:
    """Begin to draw charts beside this process, and return what waits for them; or what draws them here."""
    return beside.submit(in_halves, drawn, list(charts)).result if beside else partial(tuple, map(drawn, charts))


def _files(
    material: Material,
    formats: frozenset[Format],
    charts: Callable[[], Sequence[Chart]],
    carried: Callable[[], str | None],
) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of one page; what needs no chart is made before the charts are waited for."""
    report = contents(material) if formats & _TEXTS else None
    documents = tuple(markdown_documents(material, report)) if report and Format.MARKDOWN in formats else ()
    drawings = charts()
    if report and Format.HTML in formats:
        yield "index.html", filled_page(report, drawings, carried())
    if report:  # page and Markdown show this picture
        yield from (("claims.svg", chart.standalone()) for chart in drawings if chart.name == CLAIMS)
    yield from documents
    yield from _data_files(material, formats, drawings)


def _data_files(
    material: Material, formats: frozenset[Format], drawings: Sequence[Chart]
) -> Iterator[tuple[str, str | bytes]]:
    """Yield the tables, the charts as files, the JSON document and the files for other programs."""
    for wanted in (one for one in _TABLES if one in formats):
        for name, rows in tables(material).items():
            yield f"tables/{name}.{wanted}", _TABLES[wanted](rows)
    if Format.SVG in formats:
        for chart in (one for one in drawings if one.name not in (CLAIMS, CLAIMS_NARROW)):
            yield f"charts/{chart.name}.svg", chart.standalone()
    if Format.JSON in formats:
        yield "report.json", json_document(material.document)
    if formats - DRAWN - _TABLES.keys() - {Format.JSON}:
        yield from _exchanges(material, formats)


def _exchanges(material: Material, formats: frozenset[Format]) -> Iterator[tuple[str, str]]:
    from harness.report.exchange.files import EXCHANGES  # noqa: PLC0415 - a page takes none, and they import much

    for wanted in (one for one in EXCHANGES if one in formats):
        yield from EXCHANGES[wanted](material)


def render_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Return flat records as CSV; all records have the same keys, and an absent value is empty."""
    return _frame(rows).to_csv(index=False, lineterminator="\n")


def render_parquet(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return the same table as Parquet, each column with its type; an absent value is null."""
    frame = _frame(rows)
    types = {name: "Int64" if name in INTEGERS else "Float64" if name in FLOATS else "string" for name in frame.columns}
    return frame.astype(types).to_parquet(index=False)


def _frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - a page takes no table, and pandas is slow to import

    cells = [{name: cell(value) for name, value in row.items()} for row in rows]
    return pd.DataFrame(cells, dtype=object)  # other types would turn a column of counts with a gap into floats


_TABLES: Mapping[Format, Callable[[Sequence[Mapping[str, object]]], str | bytes]] = {
    Format.CSV: render_csv,
    Format.PARQUET: render_parquet,
}
