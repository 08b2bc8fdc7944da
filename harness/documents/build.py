"""`harness.build/1`: the outcome of each build, and of each first start with `--verify`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRow:
    """Build of one target.

    Attributes:
        target: The target.
        identity: The engine's id of the image, or the id of a build for processes; null if it failed.
        already_built: Whether an earlier build was found.
        stand_ins: Base images that were made on this machine, with the registry's image that each stands in for.
        error: Why it failed; null if it did not.
    """

    target: str
    identity: str | None = None
    already_built: bool = False
    stand_ins: dict[str, str]
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRow:
    """First start of one variant.

    Attributes:
        target: The target.
        variant: The variant.
        ready_s: The time from its start to its first right answer; null if it failed.
        notes: How its answers differ from the contract in what is not compared.
        error: What failed: the start, an answer or the stop; null if nothing did.
    """

    target: str
    variant: str
    ready_s: float | None = None
    notes: list[str]
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDocument:
    """`harness.build/1`: output of `build --json`.

    Attributes:
        runtime: The runtime of the builds: docker or process.
        builds: The chosen targets.
        verified: The started variants; only with `--verify`.
    """

    schema: Literal["harness.build/1"] = "harness.build/1"
    runtime: str
    builds: list[BuildRow]
    verified: list[VerifiedRow]
