"""`harness.render/1`: documents that are fed from stored runs, and where they differ from them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDifference:
    """Line of a document that differs from what the run gives.

    Attributes:
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
    """Document with the number of its marked blocks; a page that carries its run counts as one block.

    Attributes:
        written: Whether the document, or a picture of it, was written.
    """

    path: str
    blocks: int
    written: bool
    differences: list[RenderedDifference]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderDocument:
    """`harness.render/1`: output of `render --json`."""

    schema: Literal["harness.render/1"] = "harness.render/1"
    files: list[RenderedFile]
