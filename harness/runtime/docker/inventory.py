"""The packages in an image's file system: Debian's, Python's, Node's, and Go's modules in its programs.

The content is the target's own, so nothing of it is trusted: what is read has limits, and damage is a ValueError.
"""

from __future__ import annotations

import io
import json
import tarfile
from email.parser import HeaderParser
from typing import IO, TYPE_CHECKING

from harness.documents.sbom import Package, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

_LONGEST_LIST_BYTES = 1 << 24
_LONGEST_PROGRAM_BYTES = 1 << 27
_LONGEST_SYSTEM_BYTES = 1 << 33
_EXECUTABLE = 0o100
_ELF = b"\x7fELF"
# The header of Go's build information, in programs of Go 1.18 and newer (debug/buildinfo of its library).
_GO_MAGIC, _GO_HEADER_BYTES, _GO_INLINE = b"\xff Go buildinf:", 32, 2
_LONGEST_VARINT_BYTES = 10
_GO_FRAME = 16  # bytes before and after the list of modules
_DISTRIBUTION = "debian"


class _Chunks(io.RawIOBase):
    """A file of chunks that are read once, up to a length."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""
        self._taken_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
            self._taken_bytes += len(chunk)
            if self._taken_bytes > _LONGEST_SYSTEM_BYTES:
                raise ValueError(f"its files have more than {_LONGEST_SYSTEM_BYTES:,} bytes")
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def packages_in(chunks: Iterable[bytes]) -> set[Package]:
    """Return the packages in a file system.

    Args:
        chunks: The archive of it, a tar file, in pieces.

    Raises:
        ValueError: The archive or a list of packages is damaged, or too long.
    """
    found: set[Package] = set()
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Chunks(chunks), 1 << 20), mode="r|") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if file is not None:
                    found |= set(_packages_of(member, file))
    except (tarfile.TarError, EOFError, RecursionError, AttributeError, TypeError, LookupError, OverflowError) as error:
        raise ValueError(f"its file system can't be read: {error}") from error
    return found


def _packages_of(member: tarfile.TarInfo, file: IO[bytes]) -> Iterator[Package]:
    path = member.name.removeprefix("./")
    if path == "var/lib/dpkg/status" or path.startswith("var/lib/dpkg/status.d/"):
        yield from _debian(_text(member, file))
    elif path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO")):
        yield from _python(_text(member, file))
    elif path.endswith("node_modules/.package-lock.json"):
        yield from _node(_text(member, file))
    elif member.mode & _EXECUTABLE and _GO_FRAME < member.size <= _LONGEST_PROGRAM_BYTES:
        head = file.read(len(_ELF))
        if head == _ELF:
            yield from go_modules(head + file.read())


def _text(member: tarfile.TarInfo, file: IO[bytes]) -> str:
    if member.size > _LONGEST_LIST_BYTES:
        raise ValueError(f"{member.name} is longer than {_LONGEST_LIST_BYTES:,} bytes")
    return file.read().decode("utf-8", errors="replace")


def _debian(text: str) -> Iterator[Package]:
    for stanza in text.split("\n\n"):
        fields = HeaderParser().parsestr(stanza.lstrip("\n"))
        name, version, status = (str(fields.get(one, "")) for one in ("Package", "Version", "Status"))
        if name and version and (not status or status.endswith(" installed")):
            yield Package(Source.DEBIAN, name, version, _DISTRIBUTION)


def _python(text: str) -> Iterator[Package]:
    fields = HeaderParser().parsestr(text)
    name, version = str(fields.get("Name", "")), str(fields.get("Version", ""))
    if name and version:
        yield Package(Source.PYTHON, name, version)


def _node(text: str) -> Iterator[Package]:
    for place, about in json.loads(text).get("packages", {}).items():
        name, version = place.rpartition("node_modules/")[2], about.get("version")
        if name and isinstance(version, str):
            yield Package(Source.NODE, name, version)


def go_modules(program: bytes) -> Iterator[Package]:
    """Yield the modules in a program that Go made, and Go's own library as `std`; nothing of another program."""
    start = program.find(_GO_MAGIC)
    flags = program[start + 15 : start + 16]
    if start < 0 or not flags or not flags[0] & _GO_INLINE:
        return
    version, rest = _go_string(program, start + _GO_HEADER_BYTES)
    modules, _ = _go_string(program, rest)
    yield Package(Source.GO, "std", version.decode("ascii", errors="replace").removeprefix("go"))
    lines = modules[_GO_FRAME:-_GO_FRAME].decode("utf-8", errors="replace").splitlines()
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else [""]
        used = following if following[0] == "=>" else row  # a module that another one replaces
        if row[0] == "dep" and len(used) > 2:  # noqa: PLR2004 - kind, path and version
            yield Package(Source.GO, used[1], used[2])


def _go_string(program: bytes, place: int) -> tuple[bytes, int]:
    """Return a text after its length (a varint), and the place after it."""
    length = 0
    for number, byte in enumerate(program[place : place + _LONGEST_VARINT_BYTES]):
        length |= (byte & 0x7F) << 7 * number
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint has no high bit
            place += number + 1
            break
    return program[place : place + length], place + length
