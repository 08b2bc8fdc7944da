"""Builds of a run's targets, with the findings of their probes. A target that fails leaves the run; the others stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import TargetError, ToolchainError
from harness.measure.findings import attributes, footprint
from harness.measure.losses import in_short
from harness.model import Failure, Stage
from harness.runtime.building import build_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.experiment.noise_observer import RunObserver
    from harness.model import Attribute, Footprint, Plan, Target
    from harness.runtime.base import Image, Runtime


@dataclass(frozen=True, slots=True)
class BuiltTarget:
    """A built target, with what its probes have found."""

    image: Image
    footprint: tuple[Footprint, ...]
    attributes: tuple[Attribute, ...]


def build_target(limit_s: float, runtime: Runtime, target: Target, log: Callable[[str], None]) -> BuiltTarget:
    """Build a target within a limit in seconds, and read its findings. See `build_within`."""
    image = build_within(limit_s, runtime, target, log)
    return BuiltTarget(image, footprint(image, runtime.metering), attributes(image))


def names_of(plan: Plan) -> tuple[str, ...]:
    """Return the names of a plan's targets in the order in which they are built, each once."""
    return tuple(dict.fromkeys(subject.target for subject in plan.orders[0]))


def build_all(
    plan: Plan,
    targets: Mapping[str, Target],
    build_one: Callable[[Target, Callable[[str], None]], BuiltTarget],
    observer: RunObserver,
    fail: Callable[[Failure], None],
) -> dict[str, BuiltTarget]:
    """Build each target once; return them by name. One that fails, or whose probes do, leaves with all its variants.

    Raises:
        ToolchainError: No contestant is left, and this machine lacks what one of them is built with.
    """
    built, lacking = {}, None
    for name in names_of(plan):
        observer.event(f"building {name}")
        try:
            built[name] = build_one(targets[name], observer.building)
        except (TargetError, ToolchainError) as error:
            lacking = error if isinstance(error, ToolchainError) else lacking
            failures = [Failure(one, Stage.BUILD, str(error)) for one in plan.orders[0] if one.target == name]
            for failure in failures:
                fail(failure)
            observer.notice(in_short(failures[0]))
    if lacking is not None and not any(subject.target in built for subject in plan.subjects):
        raise lacking
    return built


def findings_of(built: Mapping[str, BuiltTarget]) -> tuple[tuple[Footprint, ...], tuple[Attribute, ...]]:
    """Return the footprints and attributes of the built targets. Measuring does not change them."""
    return (
        tuple(found for one in built.values() for found in one.footprint),
        tuple(found for one in built.values() for found in one.attributes),
    )
