"""A document that is fed from stored runs: its text with all marked blocks filled, and where it differs from that.

A block keeps the way it stands: within a line, or on lines of its own. So a document that is filled twice has the same
bytes as one that is filled once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.documents import RenderedDifference
from harness.errors import UsageError
from harness.rendering.asked import Asked, Filling
from harness.rendering.fillings import fill
from harness.rendering.markers import MarkedBlock, Markup, markup_of, read_markers

if TYPE_CHECKING:
    from pathlib import Path

    from harness.rendering.sources import Sources


@dataclass(frozen=True, slots=True)
class Fed:
    """A document with its marked blocks filled.

    Attributes:
        text: The whole document, as it should be.
        blocks: The number of its marked blocks.
        differences: Where the document that was read differs, or a file that it refers to.
        files: The files that it refers to, with their contents.
    """

    text: str
    blocks: int
    differences: tuple[RenderedDifference, ...]
    files: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Feeder:
    """Fills documents from stored runs; each different block of a document is filled once.

    Attributes:
        run: The run in place of the one that a document names for all its blocks.
    """

    sources: Sources
    run: str | None = None
    _filled: dict[tuple[object, ...], Filling] = field(default_factory=dict)

    def feed(self, text: str, path: Path) -> Fed:
        """Return a document with its marked blocks filled.

        Raises:
            UsageError: A marker is wrong, or the run lacks what it names; it names file and line.
        """
        markup = markup_of(path)
        marked = read_markers(text, path, markup)
        newline = "\r\n" if "\r\n" in text else "\n"
        parts, done = [], 0
        differences: list[RenderedDifference] = []
        files: dict[Path, str] = {}
        for block in marked.blocks:
            filling = self._fill(block, path, markup, marked.run)
            stands = text[block.begin : block.end]
            should = _placed(filling, stands, markup).replace("\n", newline)
            parts += [text[done : block.begin], should]
            done = block.end
            differences += _differences(block, text, stands, should)
            differences += _stale_files(block, filling, files)
            files |= dict(filling.files)
        return Fed("".join([*parts, text[done:]]), len(marked.blocks), tuple(differences), tuple(files.items()))

    def _fill(self, block: MarkedBlock, path: Path, markup: Markup, named: str | None) -> Filling:
        key = (path, markup, named, block.words, block.options)
        if key not in self._filled:
            options = dict(block.options)
            try:
                source = self.sources.named(options.get("run") or self.run or named)
                self._filled[key] = fill(Asked(source, block.words, options, path, markup))
            except UsageError as error:
                where = f"{path}, line {block.line}: {error.where}"
                raise UsageError(error.what, where=where, cause=error.cause, remedy=error.remedy) from error
        return self._filled[key]


def _placed(filling: Filling, stands: str, markup: Markup) -> str:
    """Return the content of a block with the line ends around it."""
    if filling.is_lines:
        around = "\n\n" if markup is Markup.MARKDOWN else "\n"  # Markdown ends a comment's paragraph with an empty line
        return f"{around}{filling.text}{around}"
    is_alone = stands.startswith(("\n", "\r\n"))
    return f"\n{filling.text}\n" if is_alone else filling.text


def _differences(block: MarkedBlock, text: str, stands: str, should: str) -> list[RenderedDifference]:
    if stands == should:
        return []
    first = text.count("\n", 0, block.begin) + 1
    return line_differences(stands, should, first, str(block))


def line_differences(stands: str, should: str, first: int, of: str) -> list[RenderedDifference]:
    """Return the lines that differ between two texts; where one has more lines, the first difference stands for all.

    Args:
        stands: What stands in the document.
        should: What should stand there.
        first: The line of the document on which both begin.
        of: The block that they are the content of.
    """
    old, new = stands.split("\n"), should.split("\n")
    pairs = [(n, a, b) for n, (a, b) in enumerate(zip(old, new, strict=False), first) if a != b]
    if len(old) != len(new):
        longest = max(old, new, key=len)
        n = min(len(old), len(new))
        rest = (first + n, *(("", longest[n]) if longest is new else (longest[n], "")))
        pairs = pairs[:1] or [rest]
    return [RenderedDifference(line=n, block=of, stands=a.rstrip("\r"), should=b.rstrip("\r")) for n, a, b in pairs]


def _stale_files(block: MarkedBlock, filling: Filling, known: dict[Path, str]) -> list[RenderedDifference]:
    """Return a difference for each file that the block refers to, and that is missing or has other bytes."""
    found = []
    for path, content in filling.files:
        if path in known:
            continue
        state = "missing" if not path.is_file() else "other bytes" if path.read_bytes() != content.encode() else ""
        if state:
            found.append(
                RenderedDifference(
                    line=block.line, block=str(block), stands=f"{path}: {state}", should=f"{path}, drawn from the run"
                )
            )
    return found
