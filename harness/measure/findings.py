"""What a target's probes printed, turned into footprint and attributes.

The probes answer by trying, in the target's own language; what they may answer is closed, and anything else is refused
here. This module knows neither how they were run nor what is made of the answers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.metrics.catalogue import FOOTPRINT_APP_LINES
from harness.model import Attribute, AttributeName, Footprint
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Target
    from harness.runtime.base import Image, Metering

_COMMENTS = ("#", "//")


def footprint(image: Image, metering: Metering) -> tuple[Footprint, ...]:
    """Return what a built target occupies, installs and takes to write, each number with what was counted.

    Raises:
        TargetError: Its probes did not print what they must, or its smallest app can't be read.
    """
    name = image.target.name
    size = Footprint(name, metering.size.name(), metering.size.unit, image.size_bytes, "all of its files")
    try:
        found = json.loads(image.findings or "{}").get("footprint", [])
        printed = tuple(
            Footprint(name, row["metric"], Unit(row["unit"]), row["value"], row["evidence"]) for row in found
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(image.target, error) from error
    return size, *printed, *_app_lines(image.target)


def attributes(image: Image) -> tuple[Attribute, ...]:
    """Return what a built target's framework can do, in the order of `AttributeName`.

    Raises:
        TargetError: Its probes did not print what they must.
    """
    try:
        found = json.loads(image.findings or "{}").get("attributes", [])
        answered = {
            (name := AttributeName(row["name"])): Attribute(image.target.name, name, row["answer"], row["evidence"])
            for row in found
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(image.target, error) from error
    return tuple(answered[name] for name in AttributeName if name in answered)


def code_lines(source: str) -> int:
    """Count the lines of a program that are neither blank nor nothing but a comment."""
    lines = (line.strip() for line in source.splitlines())
    return sum(1 for line in lines if line and not line.startswith(_COMMENTS))


def _app_lines(target: Target) -> Iterator[Footprint]:
    if target.probes is None:
        return
    path = target.folder / target.probes.hello
    try:
        lines = code_lines(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(
            "the smallest app can't be read",
            where=f"{target.name}, {path}",
            cause=str(error),
            remedy=f"Name it in [probes] of {target.folder / 'target.toml'}.",
        ) from error
    yield Footprint(
        target.name, FOOTPRINT_APP_LINES.name(), FOOTPRINT_APP_LINES.unit, lines, f"code lines of {target.probes.hello}"
    )


def _unreadable(target: Target, error: Exception) -> TargetError:
    return TargetError(
        "the target's probes can't be read",
        where=f"{target.name}, {target.folder / 'target.toml'}: probes",
        cause=f"{type(error).__name__}: {error}",
        remedy="See targets/CONTRACT.md for what they print.",
    )
