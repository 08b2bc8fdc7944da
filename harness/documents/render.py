"""`harness.render/1`: documents that are fed from stored runs, and where they differ from them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDifference:
    """Line of a document that differs from what the run gives.

    Attributes:
        line: The number of the line, from 1.
        block: The words of the marked block's marker; `page` for a page that carries its run.
        stands: The line in the document.
        should: The line that the run gives.
    """

    line: int
    block: str
    stands: str
    should: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """Document with its marked blocks.

    Attributes:
        path: The document.
        blocks: The number of its marked blocks; a page that carries its run counts as one.
        written: Whether the document, or a picture of it, was written.
        differences: The lines that differ from what the run gives.
    """

    path: str
    blocks: int
    written: bool
    differences: list[RenderedDifference]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderDocument:
    """`harness.render/1`: output of `render --json`.

    Attributes:
        files: The documents that were asked for.
    """

    schema: Literal["harness.render/1"] = "harness.render/1"
    files: list[RenderedFile]
