"""Imports of the pages in this folder and of pages in a test's own text."""

from collections.abc import Mapping
from pathlib import Path

from harness.figures.importing import ImportedFile, as_toml, figures_file, import_page
from harness.figures.importing.importer import import_source
from harness.figures.importing.source import Source
from harness.figures.published import Figure
from harness.figures.reading import read_figures

PAGES = Path(__file__).parent / "pages"
TITLES = {"flask_app": "Flask", "gin_app": "Gin", "django_app": "Django", "fastapi_app": "FastAPI"}
ENGLISH = "This is what is known of the two, and how it was measured for the page with the tool."


def imported(name: str) -> ImportedFile:
    """Return the import of a page of this folder."""
    return figures_file(import_page(PAGES / name, TITLES))


def imported_text(text: str, name: str = "page.md", titles: Mapping[str, str] = TITLES) -> ImportedFile:
    """Return the import of a text."""
    return figures_file(import_source(Source.of(Path(name), text), titles))


def read_again(file: ImportedFile, folder: Path) -> tuple[Figure, ...]:
    """Return the figures of an import as a figures file has them."""
    path = folder / "imported.toml"
    path.write_text(as_toml(file), encoding="utf-8")
    return read_figures(path).figures


def short(figure: Figure) -> tuple[str, str, str | None]:
    """Return printed text, target with its other side, and metric of a figure."""
    return figure.printed, f"{figure.target} / {figure.of}" if figure.of else figure.target, figure.metric


def reasons(file: ImportedFile) -> list[tuple[str, str]]:
    """Return what could not be placed, with the reasons."""
    return [(one.printed, one.reason) for one in file.unplaced]
