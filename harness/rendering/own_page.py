"""The report's page that carries its run: what it carries, and the page that today's code renders from that.

The page is compared as a whole, byte for byte: no digit of it is left out, also in charts and in the carried run.
"""

from __future__ import annotations

import html
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import __version__
from harness.errors import FindingError, UsageError
from harness.figures.reading import read_pages
from harness.manifest import load_project, load_targets
from harness.rendering.fed import Fed, line_differences
from harness.rendering.sources import (
    Published,
    PublishedPage,
    material_of,
    published_in,
    signals_of,
    targets_of,
    with_signals,
)
from harness.report import PairPage
from harness.report.carried import CarriedRun, DamagedError, carried_in, pack, unpack
from harness.report.contents import title
from harness.report.page import render_page
from harness.store import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Project, Target
    from harness.rendering.sources import Sources
    from harness.report import Material

_GENERATOR = '<meta name="generator" content="harness report">'
_PRICE = re.compile(r'<section aria-labelledby="cost" data-core-hour="(\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)">')
_RUN, _TRIALS, _SIGNALS, _PROJECT = "run.json", "trials.jsonl", "signals.jsonl", "project.toml"
_MOST_LETTERS = 1_000_000
"""A page that carries more would be larger than 1.5 MB."""
_MOST_STORED_BYTES = 6_000_000
"""More would take more letters than that, and seconds to pack."""


def carry(folder: RunFolder, project: Project, targets: Mapping[str, Target], published: Published) -> str | None:
    """Return what a page carries: the stored run, its targets' manifests and the figures; None if it is too large."""
    files = _files(folder, project, targets_of(folder.run(), targets, published), published)
    if sum(path.stat().st_size for path in files.values()) > _MOST_STORED_BYTES:
        return None
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    packed = pack(CarriedRun(__version__, texts))
    return packed if len(packed) <= _MOST_LETTERS else None


def _files(folder: RunFolder, project: Project, targets: Mapping[str, Target], published: Published) -> dict[str, Path]:
    files = {name: path for name in (_RUN, _TRIALS) if (path := folder.path / name).exists()}
    if signals_of(folder):
        files[_SIGNALS] = folder.path / _SIGNALS
    files |= {f"targets/{name}/target.toml": one.folder / "target.toml" for name, one in targets.items()}
    whole = dict.fromkeys(one.path for one in published.whole)  # a file can have figures of several pages
    files |= {f"figures/{number}.toml": path for number, path in enumerate(whole)}
    of_pages = {_figures_of(page.name): one.path for page in published.pages for one in page.figures}
    return files | of_pages | ({_PROJECT: project.file} if of_pages else {})


def _figures_of(page: str) -> str:
    return f"pages/{page}.toml"


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
        should = _rendered(carried, Path(folder), _core_hour(text))
    is_ours = carried.version == __version__
    return compared(text, should, "page" if is_ours else f"page of harness {carried.version}, checked by {__version__}")


def feed_page_from(sources: Sources, run: str, text: str) -> Fed:
    """Return a page as it is rendered from a stored run.

    Raises:
        UsageError: There is no such run.
    """
    source = sources.named(run)
    whole = _priced(source.material, _core_hour(text))
    of_pair = next((page.material for page in whole.pages if _has_title(text, title(page.material))), None)
    if of_pair is not None:
        return compared(text, render_page(of_pair), f"page, from run {source.name}")
    packed = carry(source.folder, sources.project, whole.targets, published_in(whole))
    return compared(text, render_page(replace(whole, carried=packed)), f"page, from run {source.name}")


def _priced(whole: Material, core_hour: float | None) -> Material:
    pages = (PairPage(page.name, replace(page.material, core_hour=core_hour)) for page in whole.pages)
    return replace(whole, core_hour=core_hour, pages=tuple(pages))


def _has_title(page: str, words: str) -> bool:
    found = re.search(r"<title>(.*?)</title>", page)
    return found is not None and html.unescape(found[1]) == words


def compared(text: str, should: str, of: str) -> Fed:
    """Return a page as it should be, with the lines that differ."""
    return Fed(should, 1, () if text == should else tuple(line_differences(text, should, 1, of)))


def _core_hour(page: str) -> float | None:
    """Return the price of a CPU core for an hour that a page was rendered with; None for a page without one."""
    found = _PRICE.search(page)
    return float(found[1]) if found else None


def _rendered(carried: CarriedRun, root: Path, core_hour: float | None) -> str:
    for name, content in carried.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    whole = (page for name in carried.files if name.startswith("figures/") for page in read_pages(root / name))
    comparisons = load_project(root).comparisons if _PROJECT in carried.files else ()
    pages = (
        PublishedPage(one.name, one.targets, read_pages(root / _figures_of(one.name)))
        for one in comparisons
        if _figures_of(one.name) in carried.files
    )
    published = Published(tuple(whole), tuple(pages))
    stored = with_signals(RunFolder(root), RunFolder(root).load())
    return render_page(material_of(stored, load_targets(root), published, pack(carried), core_hour))
