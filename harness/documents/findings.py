"""What a build and its probes print, validated: versions, footprint and attributes. Anything else is refused.

A target's own code prints it, so nothing of it is trusted: its size, its depth, its numbers and its texts have limits.
This module knows shapes, not what the numbers mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from harness.foreign_text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_BYTES = 1 << 18
"""Longest output of probes, and longest file of versions, in bytes."""

_MOST_ROWS = 50
_MOST_VERSIONS = 5000

_Word = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
_Sentence = Annotated[str, Field(max_length=2000), AfterValidator(one_line)]


class FootprintRow(BaseModel):
    """Row of the footprint."""

    model_config = ConfigDict(strict=True, extra="ignore")

    metric: _Word
    unit: _Word
    value: Annotated[float, Field(gt=0, le=1e18, allow_inf_nan=False)]
    evidence: _Sentence


class AttributeRow(BaseModel):
    """Row of the attributes."""

    model_config = ConfigDict(strict=True, extra="ignore")

    name: _Word
    answer: _Word
    evidence: _Sentence


class ProbeOutput(BaseModel):
    """Output of a target's probes."""

    model_config = ConfigDict(strict=True, extra="ignore")

    footprint: Annotated[list[FootprintRow], Field(max_length=_MOST_ROWS)] = []
    attributes: Annotated[list[AttributeRow], Field(max_length=_MOST_ROWS)] = []


_VERSIONS: TypeAdapter[dict[str, str]] = TypeAdapter(
    Annotated[dict[_Word, _Word], Field(max_length=_MOST_VERSIONS)],
    config=ConfigDict(coerce_numbers_to_str=True),
)


def probe_output(text: str) -> ProbeOutput:
    """Return the output of probes.

    Raises:
        ValueError: It is too long, no JSON, or has another shape; the message is one sentence.
    """
    _require_short(text)
    try:
        return ProbeOutput.model_validate_json(text)
    except ValidationError as error:
        raise _first(error) from error


def versions(text: str) -> Mapping[str, str]:
    """Return the versions that a build has written, by name.

    Raises:
        ValueError: As in `probe_output`.
    """
    _require_short(text)
    try:
        return _VERSIONS.validate_json(text)
    except ValidationError as error:
        raise _first(error) from error


def _require_short(text: str) -> None:
    if len(text) > LONGEST_BYTES:
        raise ValueError(f"it is longer than {LONGEST_BYTES:,} bytes")


def _first(error: ValidationError) -> ValueError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return ValueError(f"{place[:100]}: {first['msg']}" if place else first["msg"])
