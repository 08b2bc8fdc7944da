"""Markdown to the parts of a page, by markdown-it-py, with GitHub's tables. HTML inside of it is read as HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from harness.figures.importing.front_matter import front_matter_of
from harness.figures.importing.html import read_html
from harness.figures.importing.page import Block, Cell, Kind, Page, Table, grid
from harness.figures.importing.shown import RAISED, RAISED_END, shown
from harness.figures.importing.source import Source, Text
from harness.figures.importing.tool_output import is_pasted_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

_MOST_NESTING = 20
_MOST_CHARACTERS = 3_000_000  # which its parser reads in some seconds


def read_markdown(source: Source) -> Page:
    """Return the parts of a page in Markdown."""
    parser = MarkdownIt("commonmark", {"maxNesting": _MOST_NESTING}).enable(["table", "strikethrough"])
    end = len(source.text)
    if end > _MOST_CHARACTERS:
        end = source.text.rfind("\n", 0, _MOST_CHARACTERS) + 1 or _MOST_CHARACTERS
    settings = front_matter_of(source.text)
    before = re.sub(r"[^\n]", " ", source.text[: settings.end])  # so that each character stands where it is
    part = Source.of(source.path, before + source.text[settings.end : end])
    blocks = tuple(_blocks(iter(parser.parse(part.marked(is_markdown=True))), source))
    title = next((one.text.plain for one in blocks if isinstance(one, Block) and one.kind is Kind.HEADING), "")
    return Page(
        source,
        blocks,
        title=settings.title or " ".join(title.split()),
        language=settings.language,
        read_to=end if end < len(source.text) else None,
    )


def _blocks(tokens: Iterator[Token], source: Source) -> Iterator[Block | Table]:
    heading = 0
    html: list[str] = []
    for token in tokens:
        if token.type == "html_block":
            html.append(token.content)
            continue
        if html:
            yield from read_html(source, "".join(html)).blocks
            html = []
        if token.type == "heading_open":
            heading = int(token.tag[1:])
        elif token.type == "heading_close":
            heading = 0
        elif _is_code(token, source):
            yield Block(Kind.CODE, Text.of_marked(token.content, source.text))
        elif token.type == "table_open":
            yield from _table(tokens, source)
        elif token.type == "inline":
            yield Block(Kind.HEADING if heading else Kind.PARAGRAPH, _text(token, source), heading)
            yield from _pictures(token, source)
    if html:
        yield from read_html(source, "".join(html)).blocks


def _is_code(token: Token, source: Source) -> bool:
    """Return whether a token is code, or a paragraph that a load tool printed."""
    is_text = token.type == "inline" and is_pasted_output(Text.of_marked(token.content, source.text).plain)
    return is_text or token.type in {"fence", "code_block"}


def _pictures(token: Token, source: Source) -> Iterator[Block]:
    """Yield what stands for the pictures of a text."""
    for child in token.children or ():
        if child.type == "image":
            yield Block(Kind.PICTURE, Text.of_marked(child.content, source.text))


def _table(tokens: Iterator[Token], source: Source) -> Iterator[Table | Block]:
    """Yield a table, and what stands for its pictures."""
    rows: list[list[Cell]] = []
    pictures: list[Block] = []
    is_head = False
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            is_head = token.type == "th_open"
        elif token.type == "inline":
            text = _text(token, source, in_cell=True)
            of_cell = list(_pictures(token, source))
            pictures += of_cell
            rows[-1].append(Cell(text, is_head, bool(of_cell) and not text.plain.strip()))
    yield Table(grid(rows), heads=1)
    yield from pictures


def _text(token: Token, source: Source, *, in_cell: bool = False) -> Text:
    """Return the text of a paragraph, heading or cell as a reader sees it."""
    pieces, struck = [], 0
    for child in token.children or ():
        struck += {"s_open": 1, "s_close": -1}.get(child.type, 0)
        if struck:
            continue
        if child.type in {"text", "code_inline"}:
            pieces.append(child.content)
        elif child.type in {"softbreak", "hardbreak"} or child.content.startswith("<br"):
            pieces.append("\n" if child.type != "softbreak" else " ")
        elif child.content.startswith(("<sup", "</sup")):
            pieces.append(RAISED if child.content.startswith("<s") else RAISED_END)
    return Text.of_marked(shown("".join(pieces), keeps_references=in_cell, in_place=not in_cell), source.text)
