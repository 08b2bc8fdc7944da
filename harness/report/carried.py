"""What a page carries in its data block: the files of its run, packed as text.

The form is base64 of bzip2 of JSON. bzip2 has one implementation, so the same run gives the same bytes on every
machine; zlib and xz differ between versions. Histograms are written as numbers, which bzip2 makes five times smaller
than their own form. This module must not know what the files mean, except where a trial has its histograms.
"""

from __future__ import annotations

import base64
import bz2
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BEGIN, END = '<script type="application/octet-stream" id="run">', "</script>"
_TRIALS = "trials.jsonl"
_NAMES = re.compile(
    r"run\.json|(trials|signals)\.jsonl|project\.toml|targets/(?!\.)[\w.-]+/target\.toml|figures/\d+\.toml|pages/(?!\.)[\w.-]+\.toml"
)
_MOST_BYTES = 256 * 1024 * 1024
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)


class DamagedError(ValueError):
    """A data block that can't be read; its text says why."""


@dataclass(frozen=True, slots=True)
class CarriedRun:
    """The files of a run by name, and the version of the harness that wrote the page."""

    version: str
    files: Mapping[str, str]


def carried_in(page: str) -> str | None:
    """Return the data block of a page; None for any other document."""
    begin = page.find(BEGIN)
    end = page.find(END, begin)
    return None if begin < 0 or end < 0 else page[begin + len(BEGIN) : end]


def pack(carried: CarriedRun) -> str:
    """Return the text of a data block: lines of base64."""
    files = {name: _trials(text, _spread) if name == _TRIALS else text for name, text in carried.files.items()}
    values = {"schema": "harness.page/1", "version": carried.version, "files": files}
    packed = bz2.compress(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode())
    return f"\n{base64.encodebytes(packed).decode('ascii')}"


def unpack(text: str) -> CarriedRun:
    """Return the files of a data block.

    Raises:
        DamagedError: It is not what `pack` writes.
    """
    try:
        packed = base64.b64decode(text.replace("\n", ""), validate=True)
        values = json.loads(_decompressed(packed))
        version, files = values["version"], dict(values["files"])
        files = {name: _trials(one, _gathered) if name == _TRIALS else one for name, one in files.items()}
    except _DAMAGE as error:
        raise DamagedError(f"its data block can't be read: {error}") from error
    strange = [name for name in files if not _NAMES.fullmatch(name)]
    if strange or "run.json" not in files or not all(isinstance(one, str) for one in (version, *files.values())):
        raise DamagedError(f"its data block has other files than a run: {', '.join(strange) or 'no run.json'}")
    return CarriedRun(version, files)


def _decompressed(packed: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    content = decompressor.decompress(packed, _MOST_BYTES)
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("it does not end where it should")
    return content


def _trials(text: str, change: Callable[[str], str]) -> str:
    """Return the lines of trials.jsonl with each histogram changed."""
    return "".join(f"{json.dumps(_changed(line, change), ensure_ascii=False)}\n" for line in text.splitlines())


def _changed(line: str, change: Callable[[str], str]) -> dict[str, Any]:
    trial: dict[str, Any] = json.loads(line)
    for one in trial["distributions"]:
        one["histogram"] = change(one["histogram"])
    return trial


def _spread(text: str) -> str:
    return Histogram.from_text(text).to_numbers()


def _gathered(text: str) -> str:
    return Histogram.from_numbers(text).to_text()
