"""The marked blocks of a document: `<!-- harness: WORDS -->content<!-- /harness -->`, in Markdown and in HTML.

Pure text: this module must not know runs. A marker in a code block or a code span of Markdown, or in a script of HTML,
is an example and not a marker.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from itertools import accumulate
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OURS = re.compile(r"<!--\s*(?P<name>/?harness[\w-]*)(?P<colon>:?)(?P<words>.*?)\s*-->", re.DOTALL | re.IGNORECASE)
_BEGUN = re.compile(r"<!--\s*/?harness\b", re.IGNORECASE)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_FORM = "A marked block is `<!-- harness: WORDS -->...<!-- /harness -->`; docs/documents.md has all of them."


class Markup(StrEnum):
    """The markup of a document, by the ending of its name."""

    MARKDOWN = "Markdown"
    HTML = "HTML"


_ENDINGS = {".md": Markup.MARKDOWN, ".markdown": Markup.MARKDOWN, ".html": Markup.HTML, ".htm": Markup.HTML}


@dataclass(frozen=True, slots=True)
class MarkedBlock:
    """A marked block of a document.

    Attributes:
        line: The line on which it begins, from 1.
        words: The words of its marker: a metric and a subject, or a kind with its arguments.
        options: The `name=value` words of its marker.
        begin, end: Where its content begins and ends in the document's text.
    """

    line: int
    words: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    begin: int
    end: int

    def __str__(self) -> str:
        return " ".join([*self.words, *(f"{name}={value}" for name, value in self.options)])


@dataclass(frozen=True, slots=True)
class Marked:
    """The marked blocks of a document, and the run that it names for all of them."""

    blocks: tuple[MarkedBlock, ...]
    run: str | None


def markup_of(path: Path) -> Markup:
    """Return the markup of a document.

    Raises:
        UsageError: Its name has another ending.
    """
    markup = _ENDINGS.get(path.suffix.lower())
    if markup is None:
        raise UsageError(
            "can't render a document",
            where=str(path),
            cause="it is neither Markdown nor HTML",
            remedy=f"Name a file that ends with {', '.join(_ENDINGS)}.",
        )
    return markup


def read_markers(text: str, path: Path, markup: Markup) -> Marked:
    """Return the marked blocks of a document, in its order.

    Raises:
        UsageError: A marker is unknown, not closed, or within another one.
    """
    blocks: list[MarkedBlock] = []
    opened: tuple[int, re.Match[str]] | None = None
    run: str | None = None
    for match, line in _markers(text, path, markup):
        where = f"{path}, line {line}"
        name = match["name"] + match["colon"]
        if name == "harness:":
            if opened is not None:
                raise _wrong("a marked block within another one", where, f"that of line {opened[0]} is not closed yet")
            opened = line, match
        elif name == "/harness" and not match["words"].strip():
            if opened is None:
                raise _wrong("an end without a marked block", where, "no marked block is open here")
            blocks.append(_block(*opened, match.start(), where=f"{path}, line {opened[0]}"))
            opened = None
        elif name == "harness-run:" and match["words"].strip() and run is None:
            run = match["words"].strip()
        else:
            cause = "the document names its run twice" if name == "harness-run:" and run else f"{match.group()!r}"
            raise _wrong("unknown marker", where, cause)
    if opened is not None:
        raise _wrong("a marked block is not closed", f"{path}, line {opened[0]}", "there is no `<!-- /harness -->`")
    return Marked(tuple(blocks), run)


def _wrong(what: str, where: str, cause: str) -> UsageError:
    return UsageError(what, where=where, cause=cause, remedy=_FORM)


def _block(line: int, match: re.Match[str], end: int, *, where: str) -> MarkedBlock:
    try:
        words = shlex.split(match["words"])
    except ValueError as error:
        raise _wrong("a marker can't be read", where, str(error)) from error
    if not words:
        raise _wrong("a marker is empty", where, "it does not say what the block shows")
    named = tuple((name, value) for name, equals, value in (word.partition("=") for word in words) if equals)
    return MarkedBlock(line, tuple(word for word in words if "=" not in word), named, match.end(), end)


def _markers(text: str, path: Path, markup: Markup) -> Iterator[tuple[re.Match[str], int]]:
    """Yield each marker with its line."""
    for begin, end in _comments(text, markup):
        if not _BEGUN.match(text, begin):
            continue
        line = text.count("\n", 0, begin) + 1
        match = _OURS.fullmatch(text, begin, end)
        if match is None or "<!--" in match["words"]:
            raise _wrong("a marker is not ended", f"{path}, line {line}", "there is no `-->`")
        yield match, line


def _comments(text: str, markup: Markup) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each comment outside of code."""
    if markup is Markup.HTML:
        finder = _CommentFinder(text)
        yield from ((begin, _end_of(text, begin)) for begin in finder.begins)
        return
    for match in _COMMENT.finditer(_without_code(text)):
        yield match.span()


def _end_of(text: str, begin: int) -> int:
    end = text.find("-->", begin)
    return len(text) if end < 0 else end + 3


class _CommentFinder(HTMLParser):
    """The beginnings of an HTML document's comments; those in scripts and styles are none."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.begins: list[int] = []
        self.feed(text)
        self.close()
        last = text.rfind("<!--")
        if last >= 0 and "-->" not in text[last:] and last not in self.begins:
            self.begins.append(last)  # the parser of some versions takes a comment without an end as text

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - the text is read again, with its end
        line, column = self.getpos()
        self.begins.append(self._lines[line - 1] + column)


def _without_code(text: str) -> str:
    """Return a Markdown text with its code as blanks, so that all places stay."""
    lines = text.split("\n")
    for token in MarkdownIt().parse(text):
        if token.type in {"fence", "code_block"} and token.map:
            for number in range(*token.map):
                lines[number] = _blank(lines[number])
    return _CODE_SPAN.sub(lambda match: _blank(match.group()), "\n".join(lines))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
