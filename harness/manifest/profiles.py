"""The reader of profiles.toml: how thoroughly a run measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from harness.manifest.toml import Count, CountOrNone, NotNegative, Positive, Section, read_toml
from harness.model import Precision, Profile

_PROFILES = Path(__file__).parents[1] / "profiles.toml"


class PrecisionSection(Section):
    """`[<name>.precision]` of profiles.toml."""

    throughput: Positive
    p50: Positive
    p99: Positive
    memory: Positive
    cold_start: Positive


class ProfileSection(Section):
    """`[<name>]` of profiles.toml; harness.model.Profile defines the keys."""

    summary: str
    blocks: Count
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    connections: Annotated[tuple[Count, ...], Field(min_length=1)]
    other_connections: Count
    least_counted_s: Positive
    least_discard_s: NotNegative
    level_s: Positive
    least_rounds: Count
    warmup_s: Positive
    open_rates_per_s: tuple[Positive, ...]
    open_rounds: Count
    open_slice_s: Positive
    open_discard_s: NotNegative
    cold_starts: Count
    discarded_starts: CountOrNone
    headline_s: Positive | None = None
    headline_total_s: Positive | None = None
    has_control: StrictBool = False
    own_shares: tuple[Annotated[float, Field(gt=0, lt=1, strict=True)], ...] = ()
    idle_s: NotNegative = 0.0
    objective_p99_s: Annotated[Positive, Field(le=0.5)] | None = None
    attempt_slice_s: Positive = 1.2
    attempt_discard_s: NotNegative = 0.2
    after_load_s: NotNegative = 0.0
    precision: PrecisionSection | None = None
    # an interval needs two trials, so the precision can't be checked with fewer blocks
    least_blocks: Annotated[int, Field(ge=2, strict=True)] | None = None
    all_variants: StrictBool = False
    by_cpus: tuple[Count, ...] = ()
    paced_s: Positive | None = None

    @field_validator("open_discard_s", "attempt_discard_s")
    @classmethod
    def _is_shorter_than_the_slice(cls, discard_s: float, info: ValidationInfo) -> float:
        slice_key = str(info.field_name).replace("discard", "slice")
        if discard_s >= info.data.get(slice_key, math.inf):
            raise PydanticCustomError("nothing_left", f"it must be less than {slice_key}")
        return discard_s

    @model_validator(mode="after")
    def _is_fixed_or_adaptive(self) -> Self:
        if (self.precision is None) != (self.least_blocks is None):
            raise PydanticCustomError("half_adaptive", "precision and least_blocks need each other")
        if self.least_blocks is not None and self.least_blocks > self.blocks:
            raise PydanticCustomError("least_is_most", "least_blocks is greater than blocks")
        return self

    def profile(self, name: str) -> Profile:
        """Return the profile of this section."""
        precision = None if self.precision is None else Precision(**self.precision.model_dump())
        return Profile(name=name, **self.model_dump(exclude={"precision"}), precision=precision)


class ProfilesFile(Section):
    """profiles.toml."""

    profiles: Mapping[str, ProfileSection]


def load_profiles() -> dict[str, Profile]:
    """Return the harness's own profiles, by name."""
    return dict(_own_profiles())


@cache
def _own_profiles() -> Mapping[str, Profile]:
    return read_profiles(_PROFILES)


def read_profiles(path: Path) -> dict[str, Profile]:
    """Return the profiles of a file, by name.

    Raises:
        UsageError: The file is wrong.
    """
    sections = read_toml(path, ProfilesFile).profiles
    return {name: section.profile(name) for name, section in sections.items()}
