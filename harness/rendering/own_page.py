"""The report's page that carries its run, and the page that today's code renders from what it carries.

The page is compared as a whole, byte for byte: no digit of it is left out, also in charts and in the carried run.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness import __version__
from harness.errors import FindingError, UsageError
from harness.figures.reading import read_pages
from harness.manifest import load_project, load_targets
from harness.rendering.carrying import PROJECT, carried_run, figures_of, packed
from harness.rendering.fed import Fed, line_differences
from harness.rendering.sources import (
    Published,
    PublishedPage,
    material_of,
    published_in,
    with_signals,
)
from harness.report import PairPage
from harness.report.carried import CarriedRun, DamagedError, carried_in, pack, unpack
from harness.report.contents import title
from harness.report.page import render_page
from harness.store import RunFolder
from harness.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

    from harness.rendering.sources import Sources
    from harness.report import Material

_PRICE = re.compile(r'<section aria-labelledby="cost" data-core-hour="(\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)">')


def feed_page(text: str, path: Path) -> Fed:
    """Return a page as it is rendered from the run that it carries.

    Raises:
        UsageError: The page carries no run, or one of another version.
        FindingError: The carried run is damaged.
    """
    data_block = carried_in(text)
    if data_block is None:
        remedy = "Name its stored run: --run RUN."
        raise UsageError("can't check a page", where=str(path), cause="it does not carry its run", remedy=remedy)
    try:
        carried = unpack(data_block)
    except DamagedError as error:
        raise FindingError(
            "a page's run is damaged",
            where=str(path),
            cause=str(error),
            remedy="Render the page again from its stored run: `harness report RUN`.",
        ) from error
    with temporary_folder() as folder:
        should = _rendered(carried, folder, _core_hour(text))
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
    carried = carried_run(source.folder, sources.project, whole.targets, published_in(whole))
    return compared(text, render_page(whole, packed(carried)), f"page, from run {source.name}")


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
    comparisons = load_project(root).comparisons if PROJECT in carried.files else ()
    pages = (
        PublishedPage(one.name, one.targets, read_pages(root / figures_of(one.name)))
        for one in comparisons
        if figures_of(one.name) in carried.files
    )
    published = Published(tuple(whole), tuple(pages))
    stored = with_signals(RunFolder(root), RunFolder(root).load())
    return render_page(material_of(stored, load_targets(root), published, core_hour), pack(carried))
