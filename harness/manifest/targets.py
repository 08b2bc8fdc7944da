"""targets/<name>/target.toml: what a target is, and the ways to serve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from harness.errors import UsageError, nearest
from harness.manifest.toml import CountOrNone, Section, read_toml
from harness.model import BaseImage, Probes, Target, Toolchain, Variant, VariantClass

if TYPE_CHECKING:
    from pathlib import Path


class BaseSection(Section):
    """A build argument of the Dockerfile that names a base image."""

    argument: str
    """The name of the build argument."""
    registry: str
    """The image that the Dockerfile names by default."""
    local: str
    """The image that is used where no registry answers."""


class ProcessSection(Section):
    """How the target is built where no container engine answers."""

    toolchain: Toolchain
    """What builds it."""


class ProbesSection(Section):
    """What tells the footprint and the attributes of the framework."""

    program: str
    """The program that prints what it found as one JSON object: a script, or a package of a Go module."""
    hello: str
    """The source of the smallest app that works."""


class VariantSection(Section):
    """One way to serve the target; its full name is TARGET:VARIANT."""

    variant_class: VariantClass = Field(alias="class")
    """`production` as the framework's documentation says, `tuned` further than that, or `development`."""
    summary: str
    """One line that says how it is served."""
    docs: str | None = None
    """The page of the framework that its settings follow; a production variant has one."""
    command: tuple[str, ...] = ()
    """The command that starts it, in the folder of the app; without one, that of the image."""
    environment: Mapping[str, str] = Field(default_factory=dict)
    """Environment variables, beside HOST and PORT."""
    workers: CountOrNone = 0
    """How many requests it computes at the same time, whatever the number of CPUs."""
    workers_per_cpu: CountOrNone = 0
    """How many requests it computes at the same time, for each CPU."""
    logs_requests: StrictBool = False
    """Whether it prints a line for every request."""
    closes_connections: StrictBool = False
    """Whether it closes the connection after every answer."""
    debug: StrictBool = False
    """Whether the framework's debug mode is on."""


class TargetFile(Section):
    """A target.toml; targets/CONTRACT.md says what a target must do."""

    schema_name: ClassVar = "target"

    title: str
    """What reports call it."""
    language: str
    """The language that it is written in."""
    summary: str
    """One line that says what it is."""
    default: str
    """The variant that is meant where none is named."""
    role: Literal["framework", "null"]
    """`framework`, or `null` for the ceiling: the target that the others are a share of."""
    answers: Annotated[tuple[Literal["plain", "json", "path", "post"], ...], Field(min_length=1)]
    """The parts of the contract that it answers."""
    packages: tuple[str, ...] = ()
    """The packages whose versions, from /versions.json of its image, a report shows."""
    bases: tuple[BaseSection, ...] = ()
    """The base images of its Dockerfile."""
    process: ProcessSection | None = None
    """How it is built where no container engine answers; without this table it runs in containers only."""
    probes: ProbesSection | None = None
    """What tells the footprint and the attributes of the framework."""
    variants: Mapping[str, VariantSection]
    """The ways to serve it, by name."""


def load_targets(root: Path) -> dict[str, Target]:
    """Read every targets/<name>/target.toml, by name.

    Raises:
        UsageError: One is wrong.
    """
    return {path.parent.name: load_target(path) for path in sorted((root / "targets").glob("*/target.toml"))}


def load_target(path: Path) -> Target:
    """Read one target.toml; the target is named after its folder.

    Raises:
        UsageError: It is wrong.
    """
    file = read_toml(path, TargetFile)
    if file.default not in file.variants:
        raise UsageError(
            "unknown default variant",
            where=f"{path}: default",
            cause=f"{file.default!r} is no variant",
            remedy=nearest(file.default, file.variants),
        )
    return Target(
        name=path.parent.name,
        title=file.title,
        language=file.language,
        summary=file.summary,
        folder=path.parent.resolve(),
        variants=tuple(_variant(name, section) for name, section in file.variants.items()),
        default_variant=file.default,
        is_null=file.role == "null",
        answers=file.answers,
        bases=tuple(BaseImage(b.argument, b.registry, b.local) for b in file.bases),
        packages=file.packages,
        toolchain=file.process.toolchain if file.process else None,
        probes=Probes(file.probes.program, file.probes.hello) if file.probes else None,
    )


def _variant(name: str, section: VariantSection) -> Variant:
    return Variant(
        name=name,
        variant_class=section.variant_class,
        summary=section.summary,
        docs_url=section.docs,
        command=section.command,
        environment=dict(section.environment),
        workers=section.workers,
        workers_per_cpu=section.workers_per_cpu,
        logs_requests=section.logs_requests,
        closes_connections=section.closes_connections,
        is_debug=section.debug,
    )
