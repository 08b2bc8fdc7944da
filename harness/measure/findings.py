"""Footprint and attributes of a built target, from the output of its probes.

Probes are programs in the target's language that try the framework. The set of possible answers is closed; this module
refuses any other answer. It knows neither how the probes were run nor how the answers are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.documents.findings import ProbeOutput, probe_output
from harness.errors import TargetError
from harness.metrics.catalogue import (
    FOOTPRINT_APP_LINES,
    FOOTPRINT_BINARY,
    FOOTPRINT_DEPENDENCIES,
    FOOTPRINT_FRAMEWORK,
    parse,
)
from harness.model import Attribute, AttributeName, Footprint
from harness.regular_files import content_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.documents.findings import FootprintRow
    from harness.model import Target
    from harness.runtime.base import Image, Metering

_COMMENTS = ("#", "//")
_PROBED = (FOOTPRINT_FRAMEWORK, FOOTPRINT_BINARY, FOOTPRINT_DEPENDENCIES)  # the harness itself measures the others


def footprint(image: Image, metering: Metering) -> tuple[Footprint, ...]:
    """Return the footprint of a built target: sizes and counts, each with its evidence.

    Raises:
        TargetError: The output of its probes is not valid, or its smallest app can't be read.
    """
    target = image.target
    size = Footprint(target.name, metering.size.name(), metering.size.unit, image.size_bytes, "all of its files")
    try:
        printed = tuple(_footprint(target.name, row) for row in _output(image).footprint)
        _require_distinct([one.metric for one in printed])
    except ValueError as error:
        raise _unreadable(target, error) from error
    return size, *printed, *_app_lines(target)


def _footprint(target: str, row: FootprintRow) -> Footprint:
    named = parse(row.metric)
    if named is None or named.metric not in _PROBED or named.metric.unit != row.unit:
        raise ValueError(f"no probe measures {row.metric!r} in the unit {row.unit!r}")
    return Footprint(target, row.metric, named.metric.unit, row.value, row.evidence)


def attributes(image: Image) -> tuple[Attribute, ...]:
    """Return the attributes of a built target's framework, in the order of `AttributeName`.

    Raises:
        TargetError: The output of its probes is not valid.
    """
    name = image.target.name
    try:
        rows = _output(image).attributes
        _require_distinct([row.name for row in rows])
        found = [Attribute(name, AttributeName(row.name), row.answer, row.evidence) for row in rows]
    except ValueError as error:
        raise _unreadable(image.target, error) from error
    order = list(AttributeName)
    return tuple(sorted(found, key=lambda one: order.index(one.name)))


def _output(image: Image) -> ProbeOutput:
    return ProbeOutput() if image.findings is None else probe_output(image.findings)


def _require_distinct(names: list[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice!r} stands twice")


def code_lines(source: str) -> int:
    """Return the number of lines of a program without blank lines and lines that contain only a comment."""
    lines = (line.strip() for line in source.splitlines())
    return sum(1 for line in lines if line and not line.startswith(_COMMENTS))


def _app_lines(target: Target) -> Iterator[Footprint]:
    if target.probes is None:
        return
    path = target.folder / target.probes.hello
    try:
        lines = code_lines(content_within(target.folder, target.probes.hello).decode())
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
        cause=str(error),
        remedy="See targets/CONTRACT.md for the output of probes.",
    )
