"""The packages in an image's file system, and damage that is a ValueError and nothing worse."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest

from harness.documents.sbom import Package, Source
from harness.runtime.docker.inventory import packages_in
from tests.runtime.docker.fake_engine import archive_of

DPKG = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12
Description: GNU C Library
 Contains: lines that look like fields

Package: gone
Status: deinstall ok config-files
Version: 1.0

"""
LOCK = {
    "packages": {
        "node_modules/express": {"version": "5.1.0"},
        "node_modules/a/node_modules/@b/c": {"version": "1.0.0"},
        "node_modules/linked": {"link": True},
    }
}
MODULES = (
    "path\texample.org/app\nmod\texample.org/app\t(devel)\t\n"
    "dep\tgithub.com/gin-gonic/gin\tv1.12.0\th1:x\n"
    "dep\tgolang.org/x/net\tv0.40.0\n=>\texample.org/net\tv0.41.0\th1:y\n"
)


def go_program(modules: str = MODULES, version: str = "go1.26.6") -> bytes:
    """Return the parts of a Go program that hold its build information."""
    framed = b"\x30" * 16 + modules.encode() + b"\x31" * 16

    def sized(text: bytes) -> bytes:
        return bytes([len(text) & 0x7F | 0x80, len(text) >> 7]) + text

    header = b"\xff Go buildinf:" + bytes([8, 2]) + bytes(16)
    return b"\x7fELF" + bytes(60) + header + sized(version.encode()) + sized(framed) + bytes(60)


SYSTEM = {
    "./var/lib/dpkg/status": DPKG.encode(),
    "venv/lib/python3.13/site-packages/flask-3.1.3.dist-info/METADATA": b"Name: Flask\nVersion: 3.1.3\n\nName: no\n",
    "app/node_modules/.package-lock.json": json.dumps(LOCK).encode(),
    "app/gin_app": go_program(),
    "usr/bin/true": b"\x7fELF" + bytes(100),
    "app/package.json": b"{}",
}


def found(system: dict[str, bytes], chunk_bytes: int = 100) -> set[Package]:
    data = archive_of(system)
    return packages_in(data[first : first + chunk_bytes] for first in range(0, len(data), chunk_bytes))


def test_packages_of_all_kinds_are_found() -> None:
    assert found(SYSTEM) == {
        Package(Source.DEBIAN, "libc6", "2.41-12", "debian"),
        Package(Source.PYTHON, "Flask", "3.1.3"),
        Package(Source.NODE, "express", "5.1.0"),
        Package(Source.NODE, "@b/c", "1.0.0"),
        Package(Source.GO, "std", "1.26.6"),
        Package(Source.GO, "github.com/gin-gonic/gin", "v1.12.0"),
        Package(Source.GO, "example.org/net", "v0.41.0"),
    }


def test_a_system_without_packages_has_none() -> None:
    assert found({}) == set()


@pytest.mark.parametrize(
    "system",
    [
        {"node_modules/.package-lock.json": b"[" * 200_000},
        {"node_modules/.package-lock.json": b"[1]"},
        {"node_modules/.package-lock.json": b'{"packages": {"node_modules/a": 1}}'},
        {"node_modules/.package-lock.json": b"\xff"},
    ],
    ids=["deep", "a list", "no object", "no text"],
)
def test_a_damaged_list_is_a_value_error(system: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        found(system)


def test_an_archive_that_is_cut_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="its file system can't be read"):
        packages_in([archive_of(SYSTEM)[:1000]])


@pytest.mark.parametrize("cut", [70, 80, 96, 99, 120, 400])
def test_a_program_that_is_cut_anywhere_is_no_error(cut: int) -> None:
    packages = found({"app/gin_app": go_program()[:cut]})
    assert {one.source for one in packages} <= {Source.GO}


def test_a_length_of_a_hostile_program_does_not_grow_without_end() -> None:
    header = b"\x7fELF" + b"\xff Go buildinf:" + bytes([8, 2]) + bytes(16)
    assert {one.name for one in found({"app": header + b"\xff" * 100_000})} <= {"std"}


def test_no_damage_of_an_archive_raises_anything_but_a_value_error() -> None:
    source, whole = random.Random(7), archive_of(SYSTEM)  # noqa: S311 - no secret
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(source.randint(1, 40)):
            data[source.randrange(min(len(data), 4_096))] = source.randrange(256)
        with suppress(ValueError):
            packages_in([bytes(data)])
