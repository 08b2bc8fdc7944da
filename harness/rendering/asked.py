"""What a marked block asks for, and what fills it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UsageError, nearest
from harness.foreign_text import printable
from harness.rendering.markers import Markup
from harness.report.markdown import markdown_escaped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from harness.rendering.sources import Source
    from harness.report import Material


@dataclass(frozen=True, slots=True)
class Asked:
    """What a marked block asks for.

    Attributes:
        words: The words of its marker, without its kind.
        document: The document, whose folder pictures are linked from.
    """

    source: Source
    words: tuple[str, ...]
    options: Mapping[str, str]
    document: Path
    markup: Markup

    @property
    def material(self) -> Material:
        """The inputs of the run's report."""
        return self.source.material

    def escaped(self, text: str) -> str:
        """Return a text without meaning in the document's markup."""
        return html.escape(printable(text)) if self.markup is Markup.HTML else markdown_escaped(text)

    def strong(self, text: str) -> str:
        """Return an important text; empty for an empty one."""
        if not text:
            return ""
        return f"<strong>{self.escaped(text)}</strong>" if self.markup is Markup.HTML else f"**{self.escaped(text)}**"

    def no_word(self) -> None:
        """Check that there is no further word.

        Raises:
            UsageError: There is one.
        """
        if self.words:
            raise wrong_words(self, "no word")

    def one_word(self, kind: str, known: Collection[str]) -> str:
        """Return the only word, which must be a known one.

        Raises:
            UsageError: There is another number of words, or the word is unknown.
        """
        if len(self.words) != 1:
            raise wrong_words(self, f"one {kind}")
        self.require(kind, self.words[0], known)
        return self.words[0]

    def require(self, kind: str, word: str, known: Collection[str]) -> None:
        """Check that a word is a known one.

        Raises:
            UsageError: It is not; the nearest known one is suggested.
        """
        if word not in known:
            cause = f"run {self.source.name} has no such {kind}"
            raise UsageError(f"unknown {kind}", where=word, cause=cause, remedy=nearest(word, known))


def wrong_words(asked: Asked, expected: str) -> UsageError:
    """Return the error for a marker with the wrong words."""
    return UsageError(
        "a marker has the wrong words",
        where=" ".join(asked.words) or "no word",
        cause=f"it takes {expected}",
        remedy="docs/documents.md has the words of each kind.",
    )


@dataclass(frozen=True, slots=True)
class Filling:
    """The content of a marked block.

    Attributes:
        text: Without line ends around it.
        is_lines: Whether it stands on lines of its own, apart from the text around it.
        files: The files that it refers to, with their contents.
    """

    text: str
    is_lines: bool = False
    files: tuple[tuple[Path, str], ...] = ()
