"""HTML to the parts of a page, by selectolax's HTML5 parser. What a reader does not see is left out.

The tree is walked without recursion: a hostile page nests as deep as it likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from harness.figures.importing.page import Block, Cell, Kind, Page, Table, grid
from harness.figures.importing.shown import RAISED, RAISED_END, RAISED_LINK, of_code, shown
from harness.figures.importing.source import Text, has_text, plain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from harness.figures.importing.source import Source

_UNSEEN = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "svg",
        "math",
        "iframe",
        "object",
        "canvas",
        "textarea",
        "select",
        "del",
        "s",
        "strike",
        "nav",
    ]
)
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
# Soft hyphens, joiners, and marks of the direction of writing.
_NO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PICTURES = frozenset({"img", "picture", "svg", "canvas"})
_MOST_SPAN = 200
_MOST_STEPS = 4_000_000  # of the walk through the tree: two for each element, and one for each text
_MOST_REPEATS = 100_000  # of cells that span columns and rows; no more than the page has characters
_LONGEST_DESCRIPTION = 2000
_MOST_MISSES = 100  # each scans the page to its end


@dataclass(slots=True)
class _Grid:
    """A table that is being read; `is_layout` where another table stands in one of its cells."""

    rows: list[list[Cell]] = field(default_factory=list)
    heads: int = 0
    caption: str = ""
    is_layout: bool = False
    in_head: bool = False


@dataclass(slots=True)
class _Reader:
    source: Source
    blocks: list[Block | Table] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    tables: list[_Grid] = field(default_factory=list)
    has_picture: bool = False
    described_to: int = 0
    missed: int = 0
    code_depth: int = 0
    repeats_left: int = 0

    def enter(self, node: LexborNode, tag: str) -> None:
        """Begin an element."""
        if tag == "img":
            self._describe(plain_of(node.attributes.get("alt") or "")[:_LONGEST_DESCRIPTION])
        if tag == "br":
            self.text.append("\n")
        elif tag in _PICTURES:
            self.has_picture = True
        elif tag == "sup":
            self.text.append(RAISED_LINK if node.css_first("a") else RAISED)
        elif tag == "table":
            self._begin_table()
        elif tag == "pre":
            self.end_block(Kind.PARAGRAPH)
            self.code_depth += 1
        elif tag == "dd":
            self.text.append(" ")
        elif tag in {"td", "th", "caption", "tr", "thead"} and self.tables:
            self._begin_part(tag)
        elif tag not in _INLINE:
            self._separate()

    def leave(self, node: LexborNode, tag: str) -> None:
        """End an element."""
        if tag == "sup":
            self.text.append(RAISED_END)
        elif tag == "dt":
            self.text.append(":")
        elif tag == "table":
            self._end_table()
        elif tag == "pre":
            self.end_block(Kind.CODE)
            self.code_depth -= 1
        elif tag in {"td", "th"} and self.tables:
            self._end_cell(node, tag)
        elif tag == "caption" and self.tables:
            self.tables[-1].caption = " ".join(plain_of(shown("".join(self.text))).split())
            self.text.clear()
        elif tag == "thead" and self.tables:
            self.tables[-1].in_head = False
        elif tag in _HEADINGS and not self.tables:
            self.end_block(Kind.HEADING, _HEADINGS[tag])
        elif tag not in _INLINE:
            self._separate()

    def end_block(self, kind: Kind, level: int = 0) -> None:
        """End the text of a block, and keep it if it has any."""
        marked = "".join(self.text)
        self.text.clear()
        if has_text(marked):
            text = Text.of_marked(
                of_code(marked) if kind is Kind.CODE else shown(marked, in_place=True), self.source.text
            )
            self.blocks.append(Block(kind, text, level))

    def end_tables(self) -> None:
        """End the tables that are open where the reading of a very large page ends."""
        while self.tables:
            self._end_table()

    def last_offset(self) -> int:
        """Return where the last text that is read stands."""
        last = self.blocks[-1] if self.blocks else None
        texts = [cell.text for cell in last.rows[-1]] if isinstance(last, Table) else [last.text] if last else []
        return max((text.offset(0) for text in texts), default=0)

    def _describe(self, words: str) -> None:
        """Keep what stands for a picture, from where the source has it behind the one before."""
        if not any(map(str.isdecimal, words)):
            return
        found = self.source.text.find(words, self.described_to) if self.missed < _MOST_MISSES else -1
        self.missed += found < 0
        self.described_to = max(self.described_to, found)
        self.blocks.append(Block(Kind.PICTURE, Text(words, (0,), (self.described_to,), self.source.text)))

    def _separate(self) -> None:
        """End a paragraph; inside a cell and in code it is a new line."""
        if self.code_depth or self.tables:
            self.text.append("\n" if self.text else "")
        else:
            self.end_block(Kind.PARAGRAPH)

    def _begin_table(self) -> None:
        if self.tables:
            self.tables[-1].is_layout = True
        self.end_block(Kind.PARAGRAPH)
        self.tables.append(_Grid())

    def _begin_part(self, tag: str) -> None:
        if tag == "tr":
            self.tables[-1].rows.append([])
        elif tag == "thead":
            self.tables[-1].in_head = True
        self.text.clear()
        self.has_picture = False

    def _end_cell(self, node: LexborNode, tag: str) -> None:
        table = self.tables[-1]
        if table.is_layout:
            self.end_block(Kind.PARAGRAPH)
            return
        text = Text.of_marked(shown("".join(self.text), keeps_references=True), self.source.text)
        self.text.clear()
        if not table.rows:
            table.rows.append([])
        is_picture = self.has_picture and not text.plain.strip()
        attributes = node.attributes
        columns, rows = (_span(attributes.get(name)) for name in ("colspan", "rowspan"))
        if columns * rows > self.repeats_left + 1:
            columns = rows = 1
        self.repeats_left -= columns * rows - 1
        table.rows[-1].append(Cell(text, tag == "th" or table.in_head, is_picture, columns, rows))

    def _end_table(self) -> None:
        table = self.tables.pop()
        self.text.clear()
        rows = grid([row for row in table.rows if row])
        if table.is_layout:
            self.blocks.extend(Block(Kind.PARAGRAPH, cell.text) for row in rows for cell in row if not cell.is_repeat)
        elif rows:
            heads = next((number for number, row in enumerate(rows) if not all(c.is_head for c in row)), len(rows))
            self.blocks.append(Table(rows, heads, table.caption))


def read_html(source: Source, marked: str | None = None) -> Page:
    """Return the parts of a page in HTML.

    Args:
        source: The page.
        marked: A part of its marked text; by default the whole.
    """
    marked = source.marked() if marked is None else marked
    tree = LexborHTMLParser(marked)
    reader = _Reader(source, repeats_left=min(_MOST_REPEATS, len(marked)))
    steps = _walk(tree.body)
    for node, tag, is_begin in islice(steps, _MOST_STEPS):
        if tag == "-text":
            reader.text.append(_seen(node.text_content or "", is_code=reader.code_depth > 0))
        elif is_begin:
            reader.enter(node, tag)
        else:
            reader.leave(node, tag)
    is_cut = next(steps, None) is not None
    reader.end_tables()
    reader.end_block(Kind.PARAGRAPH)
    title = tree.css_first("title")
    return Page(
        source,
        tuple(reader.blocks),
        title=" ".join(plain_of(title.text()).split()) if title else "",
        language=_language(tree),
        date=_declared(tree, 'meta[property="article:modified_time"], meta[property="article:published_time"]')[:10],
        address=_declared(tree, 'link[rel="canonical"], meta[property="og:url"]'),
        read_to=reader.last_offset() if is_cut else None,
    )


def _walk(root: LexborNode | None) -> Iterator[tuple[LexborNode, str, bool]]:
    """Yield each element twice, at its begin and its end, and each text once, in the order of the page."""
    node, path = root, []
    while node is not None:
        tag = node.tag or ""
        is_seen = not tag.startswith(("-comment", "!")) and tag not in _UNSEEN and not _is_hidden(node, tag)
        if is_seen or tag in _PICTURES:
            yield node, tag, True
        child = node.child if is_seen and tag != "-text" else None
        if child is not None:
            path.append(node)
            node = child
            continue
        if is_seen and tag != "-text":
            yield node, tag, False
        following = node.next if path else None
        while following is None and path:
            node = path.pop()
            yield node, node.tag or "", False
            following = node.next if path else None
        node = following


def _is_hidden(node: LexborNode, tag: str) -> bool:
    if tag == "-text":
        return False
    attributes = node.attributes
    return "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", "")[:200]


def _seen(text: str, *, is_code: bool) -> str:
    """Return a text as it is shown: no characters without width, and outside of code spaces for line breaks."""
    text = _NO_WIDTH.sub("", text)
    return text if is_code else text.replace("\n", " ").replace("\t", " ")


def _span(attribute: str | None) -> int:
    if not attribute:
        return 1
    value = plain_of(attribute).strip()
    return min(int(value), _MOST_SPAN) if value.isascii() and value.isdecimal() and value != "0" else 1


def _language(tree: LexborHTMLParser) -> str:
    """Return the language that a page declares for all of its text; empty without one."""
    for node in tree.css("html, body, main, article"):
        language = node.attributes.get("lang") or node.attributes.get("xml:lang")
        if language:
            return plain_of(language)
    return _declared(tree, 'meta[http-equiv="content-language" i], meta[property="og:locale"]')


def _declared(tree: LexborHTMLParser, selector: str) -> str:
    for node in tree.css(selector):
        value = node.attributes.get("content") or node.attributes.get("href")
        if value:
            return plain_of(value).strip()[:300]
    return ""
