"""The reader of targets/<name>/target.toml: a target and its variants."""

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
    """The default image of the Dockerfile."""
    local: str
    """The image for machines without an image registry."""


class ProcessSection(Section):
    """The build of a target that runs as processes."""

    toolchain: Toolchain
    """The toolchain that builds it."""


class ProbesSection(Section):
    """The programs that measure the footprint and test the attributes of the framework."""

    program: str
    """The program that prints its findings as one JSON object: a script, or a package of a Go module."""
    hello: str
    """The source of the smallest app that works."""


class VariantSection(Section):
    """One way to serve the target; its full name is TARGET:VARIANT."""

    variant_class: VariantClass = Field(alias="class")
    """`production` as in the framework's documentation, `tuned` beyond it, or `development`."""
    summary: str
    """One line about how it is served."""
    docs: str | None = None
    """The documentation page that its settings follow; required for a production variant."""
    command: tuple[str, ...] = ()
    """The command that starts it, in the folder of the app; without one, the command of the image."""
    environment: Mapping[str, str] = Field(default_factory=dict)
    """Environment variables, in addition to HOST and PORT."""
    workers: CountOrNone = 0
    """The number of requests that it computes at the same time, if independent of the number of CPUs."""
    workers_per_cpu: CountOrNone = 0
    """The number of requests that it computes at the same time for each CPU."""
    threads: CountOrNone = 0
    """The number of threads of each worker process; a published figure can state it."""
    logs_requests: StrictBool = False
    """Whether it prints a line for every request."""
    closes_connections: StrictBool = False
    """Whether it closes the connection after every answer."""
    debug: StrictBool = False
    """Whether the framework's debug mode is on."""


class TargetFile(Section):
    """A target.toml; targets/CONTRACT.md defines the answers of a target."""

    schema_name: ClassVar = "target"

    title: str
    """Its name in reports."""
    language: str
    """Its programming language."""
    summary: str
    """One line about the target."""
    default: str
    """The variant of a target given without one."""
    role: Literal["framework", "null"]
    """`framework`, or `null` for the null target, whose throughput is the machine's ceiling."""
    answers: Annotated[tuple[Literal["plain", "json", "path", "post"], ...], Field(min_length=1)]
    """The parts of the contract that it answers."""
    packages: tuple[str, ...] = ()
    """The packages whose versions a report shows; the image lists them in /versions.json."""
    bases: tuple[BaseSection, ...] = ()
    """The base images of its Dockerfile."""
    process: ProcessSection | None = None
    """Its build as processes; without this table it runs only in containers."""
    probes: ProbesSection | None = None
    """The programs that measure the footprint and test the attributes of the framework."""
    variants: Mapping[str, VariantSection]
    """The ways to serve it, by name."""


def load_targets(root: Path) -> dict[str, Target]:
    """Return the targets of a project, by name.

    Raises:
        UsageError: A target.toml is wrong.
    """
    return {path.parent.name: load_target(path) for path in sorted((root / "targets").glob("*/target.toml"))}


def load_target(path: Path) -> Target:
    """Return the target of a target.toml; its name is that of the folder.

    Raises:
        UsageError: The file is wrong.
    """
    file = read_toml(path, TargetFile)
    if file.default not in file.variants:
        raise UsageError(
            "unknown default variant",
            where=f"{path}: default",
            cause=f"there is no variant {file.default!r}",
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
        threads=section.threads,
        logs_requests=section.logs_requests,
        closes_connections=section.closes_connections,
        is_debug=section.debug,
    )
