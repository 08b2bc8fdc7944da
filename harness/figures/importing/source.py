"""The saved page as text, and the places of its texts.

A parser of HTML or Markdown gives no columns. So numbers and the beginnings of texts get a mark before the parser reads
them: private characters with their offset. What the parser returns has the marks, and `Text` takes them out again.
This module must not know what a figure is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.addresses import refuse_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MOST_BYTES = 32 * 2**20
_BEGIN, _DIGIT, _BASE = "\ue000", 0xE100, 4096
_OF_UTF_8 = re.compile("[^\x00-\x7f\ufffd]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK = re.compile(f"{_BEGIN}([\ue100-\uf0ff]{{3}})")
NOTE, NOTE_END = "\uf8f3", "\uf8f4"
"""What stands around the name of a footnote where a text refers to it. A page can't have these private characters."""
_NOTE = re.compile(f"{NOTE}([^{NOTE_END}]*){NOTE_END}")
MARK = f"{_BEGIN}[\ue100-\uf0ff]{{3}}"
"""The pattern of a mark."""
_NO_TEXT = re.compile(rf"(?:\s|{_MARK.pattern})*+")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
# What gets a mark: numbers, entities, and the text behind a tag. No alternative scans beyond its own end twice.
_PLACES = re.compile(
    r"""<!--.*?(?:-->|\Z)
    |<(?P<tag>/?[A-Za-z]\w*|[/!?])(?:[^<>"']|"[^"]{0,300}"|'[^']{0,300}')*+>?
    |(?P<entity>&(?:\#\w{1,8}|\w{2,8});)
    |(?P<number>\d[^\s<>&|*`\[\]()\\]*)""",
    re.DOTALL | re.VERBOSE,
)
# In HTML also the text behind several spaces, of which a reader sees one.
_PLACES_OF_HTML = re.compile(rf"(?<!\s)(?P<spaces>\s{{2,}}+)(?=[^<])|{_PLACES.pattern}", re.DOTALL | re.VERBOSE)
# In Markdown also the beginning of a line or a cell. A number and a dot at the beginning of a line begin an item.
_PLACES_OF_MARKDOWN = re.compile(
    rf"""^[ >]*\d{{1,9}}[.)](?=\s)
    |(?P<begin>(?:^[ \t>]*(?:[-*+][ ])?[ \t]*(?=[^\W\d_])|\|[ \t]*(?=[^\s|:\d-])))
    |{_PLACES.pattern}""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
# In values between separators: numbers, and the beginning of a value, behind its quotation mark.
_PLACES_OF_VALUES = r"(?P<begin>(?:^|{separator})\x20*+\"?+)(?=[^\s\d{separator}])|(?P<number>\d[\d.]*+)"
_MOST_DEPTH = 256
_LONGEST_WORDS = 200  # before a number, in a printed phrase
_ENDS_BY_ITSELF = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "thead",
        "tbody",
        "tfoot",
        "option",
        "optgroup",
        "colgroup",
        "html",
        "head",
        "body",
        "rt",
        "rp",
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# Behind these tags a table has no text. A mark there would be text, which a parser moves before the table, one by one.
_BEFORE_NO_TEXT = frozenset(
    [
        *("table", "colgroup", "col", "thead", "tbody", "tfoot", "tr"),
        *("/caption", "/colgroup", "/thead", "/tbody", "/tfoot", "/tr", "/td", "/th"),
    ]
)
_SIGNS = "~\u2248\u223c<>\u2264\u2265+-\u2212\u00b1= \u00a0\"'(["
_SIGNS_AS_ENTITIES = {"<": "&lt;", ">": "&gt;", "\u2248": "&asymp;", "\u2264": "&le;", "\u2265": "&ge;"}


@dataclass(frozen=True, slots=True)
class Source:
    """The characters of a saved page, with control characters as spaces.

    Attributes:
        starts: The offset of each line.
    """

    path: Path
    text: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, path: Path, text: str) -> Source:
        """Return a text as the source of a page."""
        clean = _CONTROL.sub(" ", _PRIVATE.sub("\ufffd", text))
        return cls(path, clean, (0, *(match.end() for match in re.finditer("\n", clean))))

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def marked(self, *, is_markdown: bool = False) -> str:
        """Return the text with marks."""
        places = _PLACES_OF_MARKDOWN if is_markdown else _PLACES_OF_HTML
        return places.sub(_Marker(), self.text)

    def marked_values(self, separator: str) -> str:
        """Return the text with marks that leave its values and their quotation marks where they are."""
        places = re.compile(_PLACES_OF_VALUES.format(separator=re.escape(separator)), re.MULTILINE)
        return places.sub(_Marker(), self.text)

    def whole(self, start: int, end: int) -> Text:
        """Return a part of the source as text: each character stands where it is."""
        return Text(self.text[start:end], (0,), (start,), self.text)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the page, with the places of its parts in the source.

    Attributes:
        plain: The text that a reader sees.
        indexes, offsets: The beginning of parts in `plain`, ascending, and in the source.
        source: The source.
        notes: Where it refers to footnotes, and their names.
    """

    plain: str
    indexes: tuple[int, ...]
    offsets: tuple[int, ...]
    source: str
    notes: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of_marked(cls, marked: str, source: str) -> Text:
        """Return a text that has marks."""
        parts = _MARK.split(marked)  # texts and, between them, marks
        texts, marks = parts[::2], parts[1::2]
        notes: list[tuple[int, str]] = []
        if NOTE in marked:
            texts = list(_without_notes(texts, notes))
        indexes = tuple(accumulate(map(len, texts[:-1])))
        return cls("".join(texts), indexes, tuple(map(_offset, marks)), source, tuple(notes))

    def offset(self, index: int) -> int:
        """Return the offset of a character in the source; a sign before a number counts back from the number."""
        if not self.indexes:
            return 0
        position = bisect_right(self.indexes, index) - 1
        if position >= 0 and self._is_there(index, self.offsets[position] + index - self.indexes[position]):
            return self.offsets[position] + index - self.indexes[position]
        following = bisect_left(self.indexes, index)
        if following == len(self.indexes):
            return self.offsets[max(0, position)]
        known, offset = self.indexes[following], self.offsets[following]
        between = self.plain[index:known]
        if len(between) <= _LONGEST_WORDS and self.source.endswith(between, 0, offset):
            return offset - len(between)
        return self._back(index, known, offset) if not between.strip(_SIGNS) else self.offsets[max(0, position)]

    def part(self, start: int, end: int) -> Text:
        """Return a part of the text."""
        first, last = bisect_left(self.indexes, start), bisect_left(self.indexes, end)
        before = () if first < last and self.indexes[first] == start else (self.offset(start),)
        indexes = (*([0] if before else []), *(index - start for index in self.indexes[first:last]))
        notes = tuple((index - start, name) for index, name in self.notes if start <= index <= end)
        return Text(self.plain[start:end], indexes, (*before, *self.offsets[first:last]), self.source, notes)

    def _is_there(self, index: int, offset: int) -> bool:
        return self.source[offset : offset + 1] == self.plain[index : index + 1]

    def _back(self, index: int, known: int, offset: int) -> int:
        """Return the offset of signs before a known word, as far as the source has them there."""
        for sign in reversed(self.plain[index:known]):
            written = next(
                (one for one in (sign, _SIGNS_AS_ENTITIES.get(sign, sign)) if self.source.endswith(one, 0, offset)),
                None,
            )
            if written is None:
                break
            offset -= len(written)
        return offset


def _without_notes(texts: Iterable[str], notes: list[tuple[int, str]]) -> Iterator[str]:
    """Yield the parts of a text without its references to footnotes, and append these with their places."""
    start = 0
    for text in texts:
        plain, *rest = _NOTE.split(text)
        for name, following in zip(rest[::2], rest[1::2], strict=True):
            notes.append((start + len(plain), name))
            plain += following
        start += len(plain)
        yield plain


class _Marker:
    """Marks a source, and leaves out the tags of elements that nest too deeply.

    A parser of HTML looks through all open elements at each tag, so that deep nesting takes the square of its time.
    """

    def __init__(self) -> None:
        self._depth = {"table": 0, "other": 0}
        self._left_out = {"table": 0, "other": 0}

    def __call__(self, found: re.Match[str]) -> str:
        """Return what stands for a number, an entity, a tag or a comment."""
        text, kind = found[0], found.lastgroup
        if kind == "number":
            return _mark(found.start()) + text
        if kind == "entity":
            return f"{_mark(found.start())}{text}{_mark(found.end())}"
        if kind in {"begin", "spaces"}:
            return text + _mark(found.end())
        tag = (found["tag"] or "").lower()
        name = tag.removeprefix("/")
        if name.isalnum() and name not in _ENDS_BY_ITSELF:
            text = self._of_element(text, "table" if name == "table" else "other", is_end=tag.startswith("/"))
        return text + _mark(found.end()) if tag not in _BEFORE_NO_TEXT and tag and text.endswith(">") else text

    def _of_element(self, text: str, kind: str, *, is_end: bool) -> str:
        if is_end and self._left_out[kind]:
            self._left_out[kind] -= 1
            return "<br>"
        if not is_end and self._depth[kind] >= _MOST_DEPTH:
            self._left_out[kind] += 1
            return "<br>"
        self._depth[kind] = max(0, self._depth[kind] + (-1 if is_end else 1))
        return text


def has_text(marked: str) -> bool:
    """Return whether a marked text has more than marks and spaces."""
    return _NO_TEXT.fullmatch(marked) is None


def plain_of(marked: str) -> str:
    """Return a marked text without its marks."""
    return _MARK.sub("", marked)


def read_source(path: Path) -> Source:
    """Return the source of a saved page.

    Raises:
        UsageError: The file is an address, can't be read, is too large, or is no text.
    """
    refuse_address(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error), "Check the path.") from error
    if len(content) > MOST_BYTES:
        raise _unreadable(path, f"it has more than {MOST_BYTES // 2**20} MiB", "Save the page without its pictures.")
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"\x1f\x8b")):
        raise _unreadable(path, "it is a picture, an archive or a PDF", "Save the page as HTML, Markdown or text.")
    return Source.of(path, _decoded(content))


def _decoded(content: bytes) -> str:
    """Return the text by its byte order mark, as UTF-8, else by the charset that the page declares.

    A text that declares none and has no character of UTF-8 is one of Windows-1252, as browsers take it.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content[:4096])
    if declared:
        with suppress(LookupError):
            return content.decode(declared[1].decode("ascii"), "replace")
    text = content.decode("utf-8", "replace")
    return text if _OF_UTF_8.search(text) else content.decode("cp1252", "replace")


def _unreadable(path: Path, cause: str, remedy: str) -> UsageError:
    return UsageError("can't read a page", where=str(path), cause=cause, remedy=remedy)


def _mark(offset: int) -> str:
    rest, first = divmod(offset, _BASE)
    third, second = divmod(rest, _BASE)
    return f"{_BEGIN}{chr(_DIGIT + first)}{chr(_DIGIT + second)}{chr(_DIGIT + third)}"


def _offset(digits: Sequence[str]) -> int:
    first, second, third = map(ord, digits)
    return first - _DIGIT + ((second - _DIGIT) + (third - _DIGIT) * _BASE) * _BASE
