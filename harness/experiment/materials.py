"""What the images of a run are made of: bills of materials in its folder, and bases that stand in for others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.durable_files import write_atomically
from harness.errors import MachineError
from harness.runtime.building import stand_ins_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.runtime.base import Image
    from harness.store import RunFolder


def record_materials(folder: RunFolder, images: Mapping[str, Image], notice: Callable[[str], None]) -> None:
    """Write sbom/<target>.cdx.json for each image that has a bill of materials, and say which bases stand in.

    A bill that can't be made is a notice, and ends no run.
    """
    if line := stand_ins_in_words(images.values()):
        notice(line)
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
