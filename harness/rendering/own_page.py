"""The report's page that carries its run: what it carries, and the page that today's code renders from that.

The page is compared as a whole, byte for byte: no digit of it is left out, also in charts and in the carried run.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import __version__
from harness.errors import FindingError, UsageError
from harness.figures.reading import read_figures
from harness.manifest import load_targets
from harness.rendering.fed import Fed, line_differences
from harness.rendering.sources import material_of
from harness.report.carried import CarriedRun, DamagedError, carried_in, pack, unpack
from harness.report.page import render_page
from harness.store import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.figures.published import FigureSet
    from harness.model import Target
    from harness.rendering.sources import Sources

_GENERATOR = '<meta name="generator" content="harness report">'
_RUN, _TRIALS = "run.json", "trials.jsonl"
_MOST_LETTERS = 1_000_000
"""A page that carries more would be larger than 1.5 MB."""


def carry(folder: RunFolder, targets: Mapping[str, Target], published: Sequence[FigureSet]) -> str | None:
    """Return what a page carries: the stored run, its targets' manifests and the figures; None if it is too large."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in _files(folder, targets, published).items()}
    packed = pack(CarriedRun(__version__, texts))
    return packed if len(packed) <= _MOST_LETTERS else None


def _files(folder: RunFolder, targets: Mapping[str, Target], published: Sequence[FigureSet]) -> dict[str, Path]:
    files = {name: path for name in (_RUN, _TRIALS) if (path := folder.path / name).exists()}
    files |= {f"targets/{name}/target.toml": one.folder / "target.toml" for name, one in targets.items()}
    return files | {f"figures/{number}.toml": one.path for number, one in enumerate(published)}


def is_own_page(text: str) -> bool:
    """Return whether a document is a page of `harness report`."""
    return _GENERATOR in text


def feed_page(text: str, path: Path) -> Fed:
    """Return a page as it is rendered from the run that it carries.

    Raises:
        UsageError: The page carries no run, or one of another version.
        FindingError: The carried run is damaged.
    """
    packed = carried_in(text)
    if packed is None:
        remedy = "Name its stored run: --run RUN."
        raise UsageError("can't check a page", where=str(path), cause="it does not carry its run", remedy=remedy)
    try:
        carried = unpack(packed)
    except DamagedError as error:
        raise FindingError(
            "a page's run is damaged",
            where=str(path),
            cause=str(error),
            remedy="Render the page again from its stored run: `harness report RUN`.",
        ) from error
    with tempfile.TemporaryDirectory(prefix="harness-page-") as folder:
        should = _rendered(carried, Path(folder))
    is_ours = carried.version == __version__
    return compared(text, should, "page" if is_ours else f"page of harness {carried.version}, checked by {__version__}")


def feed_page_from(sources: Sources, run: str, text: str) -> Fed:
    """Return a page as it is rendered from a stored run.

    Raises:
        UsageError: There is no such run.
    """
    source = sources.named(run)
    material = source.material
    packed = carry(source.folder, material.targets, [judged.source for judged in material.judged])
    return compared(text, render_page(replace(material, carried=packed)), f"page, from run {source.name}")


def compared(text: str, should: str, of: str) -> Fed:
    """Return a page as it should be, with the lines that differ."""
    return Fed(should, 1, () if text == should else tuple(line_differences(text, should, 1, of)))


def _rendered(carried: CarriedRun, root: Path) -> str:
    for name, content in carried.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    published = [read_figures(root / name) for name in carried.files if name.startswith("figures/")]
    return render_page(material_of(RunFolder(root).load(), load_targets(root), published, pack(carried)))
