"""The bills of materials of a run's images, in the run's folder. A bill that can't be made is said, and ends no run."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.durable_files import write_atomically
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.runtime.base import Image
    from harness.store import RunFolder


def store_bills(folder: RunFolder, images: Mapping[str, Image], notice: Callable[[str], None]) -> None:
    """Write sbom/<target>.cdx.json for each image that has a bill of materials."""
    for name, image in images.items():
        gap = image.sbom_gap
        if image.sbom is not None:
            try:
                (folder.path / "sbom").mkdir(exist_ok=True)
                write_atomically(folder.path / "sbom" / f"{quote(name, safe='@')}.cdx.json", image.sbom)
            except (MachineError, OSError) as error:
                gap = str(error).rstrip(".")
        if gap:
            notice(f"{name} has no bill of materials: {gap}.")
