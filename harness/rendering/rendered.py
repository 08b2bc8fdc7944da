"""A file as it should be: a document with marked blocks, or the report's own page."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.importing.own import is_own_page
from harness.project import find_project
from harness.regular_files import content_of
from harness.rendering.fed import Fed, Feeder
from harness.rendering.markers import Markup, markup_of
from harness.rendering.own_page import feed_page, feed_page_from
from harness.rendering.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path


class Renderer:
    """Renders files from stored runs; a page that carries its run needs no project.

    Args:
        run: The run in place of the one that a document names, or that a page carries.
    """

    def __init__(self, run: str | None) -> None:
        self._run = run

    def render(self, path: Path) -> Fed:
        """Return a file as it should be.

        Raises:
            UsageError: The file or a marker is wrong, or a run lacks what a marker names.
            FindingError: The run that a page carries is damaged.
        """
        text = _read(path)
        if markup_of(path) is not Markup.HTML or not is_own_page(text):
            return self._feeder.feed(text, path)
        return feed_page(text, path) if self._run is None else feed_page_from(self._feeder.sources, self._run, text)

    @cached_property
    def _feeder(self) -> Feeder:
        return Feeder(Sources(find_project()), self._run)


def _read(path: Path) -> str:
    try:
        return content_of(path).decode()
    except (OSError, UnicodeDecodeError) as error:
        cause = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
        raise UsageError(
            "can't read a document", where=str(path), cause=cause, remedy="Name a file of text."
        ) from error
