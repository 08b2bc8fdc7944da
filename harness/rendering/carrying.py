"""What the report's page carries: its stored run, the manifests of its targets and its published figures.

`own_page` reads it again. This module stands alone, so that a report imports nothing that compares documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import __version__
from harness.rendering.sources import signals_of, targets_of
from harness.report.carried import CarriedRun, pack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.model import Project, Target
    from harness.rendering.sources import Published
    from harness.store import RunFolder

PROJECT = "project.toml"
_RUN, _TRIALS, _SIGNALS = "run.json", "trials.jsonl", "signals.jsonl"
_MOST_LETTERS = 1_000_000
"""A page that carries more would be larger than 1.5 MB."""
_MOST_STORED_BYTES = 6_000_000
"""More would take more letters than that, and seconds to pack."""


def carried_run(
    folder: RunFolder, project: Project, targets: Mapping[str, Target], published: Published
) -> CarriedRun | None:
    """Return what a page carries: the stored run, its targets' manifests and the figures; None if it is too large."""
    files = _files(folder, project, targets_of(folder.run(), targets, published), published)
    if sum(path.stat().st_size for path in files.values()) > _MOST_STORED_BYTES:
        return None
    return CarriedRun(__version__, {name: path.read_text(encoding="utf-8") for name, path in files.items()})


def packed(carried: CarriedRun | None) -> str | None:
    """Return the data block of a page; None if the page has no room for it, or for no run."""
    text = pack(carried) if carried else None
    return text if text is not None and len(text) <= _MOST_LETTERS else None


def _files(folder: RunFolder, project: Project, targets: Mapping[str, Target], published: Published) -> dict[str, Path]:
    files = {name: path for name in (_RUN, _TRIALS) if (path := folder.path / name).exists()}
    if signals_of(folder):
        files[_SIGNALS] = folder.path / _SIGNALS
    files |= {f"targets/{name}/target.toml": one.folder / "target.toml" for name, one in targets.items()}
    whole = dict.fromkeys(one.path for one in published.whole)  # a file can have figures of several pages
    files |= {f"figures/{number}.toml": path for number, path in enumerate(whole)}
    of_pages = {figures_of(page.name): one.path for page in published.pages for one in page.figures}
    return files | of_pages | ({PROJECT: project.file} if of_pages else {})


def figures_of(page: str) -> str:
    """Return the file of the figures of a page of its own, by the name of the page."""
    return f"pages/{page}.toml"
