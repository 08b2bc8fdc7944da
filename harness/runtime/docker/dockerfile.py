"""Features of a Dockerfile that only BuildKit has: found by its text, before anything is built.

The classic builder reads some of them as errors in the middle of a build, and others as nothing: `ARG TARGETARCH` is
then empty. This module reads instructions and flags; the builders read the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*")
_HEREDOC = re.compile(r"\d*<<-?([\"']?)([A-Za-z_]\w*)\1")
_OFFICIAL = re.compile(r"(docker\.io/)?docker/dockerfile([:@].*)?")
_CLASSIC_FLAGS = {"RUN": (), "COPY": ("--from", "--chown"), "ADD": ("--chown",)}
_PLATFORM = re.compile(r"(BUILD|TARGET)(PLATFORM|OS|ARCH|VARIANT)")
_PLATFORM_OF_STAGE = re.compile(r"--platform=\S*\$\{?(?:BUILD|TARGET)PLATFORM")


@dataclass(frozen=True, slots=True)
class Feature:
    """Feature of a Dockerfile: the number of its line, and its text in the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Instruction:
    line: int
    name: str
    words: tuple[str, ...]


def buildkit_feature(text: str) -> Feature | None:
    """Return the first feature of a Dockerfile that only BuildKit has; None if the classic builder can build it."""
    lines = text.splitlines()
    directives, first = _directives(lines)
    syntax = directives.get("syntax", "docker/dockerfile")
    if not _OFFICIAL.fullmatch(syntax):
        return Feature(1, f"# syntax={syntax}")
    found = (_feature_of(one) for one in _instructions(lines, first, directives.get("escape", "\\")))
    return next((feature for feature in found if feature is not None), None)


def _directives(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the parser directives at the top of a file, and the number of lines that they take."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line)
        if match is None:
            return found, number
        found[match[1].lower()] = match[2]
    return found, len(lines)


def _instructions(lines: list[str], first: int, escape: str) -> Iterator[_Instruction]:
    """Yield the instructions, each in one piece; `ONBUILD` is left out of its name."""
    parts: list[str] = []
    began = 0
    for number, line in enumerate(lines[first:], first + 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        began = began if parts else number
        parts.append(bare.removesuffix(escape))
        if not bare.endswith(escape):
            words = " ".join(parts).split()
            words = words[1:] if words[0].upper() == "ONBUILD" else words
            parts = []
            if words:
                yield _Instruction(began, words[0].upper(), tuple(words[1:]))


def _feature_of(one: _Instruction) -> Feature | None:
    if one.name == "FROM" and any(map(_PLATFORM_OF_STAGE.match, one.words)):
        return Feature(one.line, f"FROM {one.words[0]}")
    if one.name == "ARG":
        return next((Feature(one.line, f"ARG {word}") for word in one.words if _PLATFORM.fullmatch(word)), None)
    if one.name not in _CLASSIC_FLAGS:
        return None
    for word in _flags(one.words):
        if word.partition("=")[0] not in _CLASSIC_FLAGS[one.name]:
            return Feature(one.line, f"{one.name} {word}")
    document = next(filter(_HEREDOC.match, one.words), None)
    return Feature(one.line, f"{one.name} {document}") if document else None


def _flags(words: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        if not word.startswith("--"):
            return
        yield word
