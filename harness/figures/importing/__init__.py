"""The import of a saved page: its figures as a figures file, and what could not be placed, with the reasons.

`importer` has the way; `figures_file` gives the figures file. Nothing is guessed: a number with two readings, or
without a framework, unit or other side of its ratio, is not placed, and the reason says why. It must not know runs.
"""

from harness.figures.importing.figures_file import ImportedFile, as_toml, figures_file
from harness.figures.importing.importer import Imported, import_page
from harness.figures.importing.reasons import no_figure, reason_lines, what_helps

__all__ = [
    "Imported",
    "ImportedFile",
    "as_toml",
    "figures_file",
    "import_page",
    "no_figure",
    "reason_lines",
    "what_helps",
]
