"""targets/<name>/target.toml: what a target is, and the ways to serve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StrictBool

from harness.errors import UsageError, nearest
from harness.manifest.toml import CountOrNone, Section, read_toml
from harness.model import BaseImage, Probes, Target, Toolchain, Variant, VariantClass

if TYPE_CHECKING:
    from pathlib import Path


class BaseSection(Section):
    """`[[bases]]` of a target.toml."""

    argument: str
    registry: str
    local: str


class ProcessSection(Section):
    """`[process]` of a target.toml."""

    toolchain: Toolchain


class ProbesSection(Section):
    """`[probes]` of a target.toml."""

    program: str
    hello: str


class VariantSection(Section):
    """`[variants.<name>]` of a target.toml."""

    variant_class: VariantClass = Field(alias="class")
    summary: str
    docs: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    workers: CountOrNone = 0
    workers_per_cpu: CountOrNone = 0
    logs_requests: StrictBool = False
    closes_connections: StrictBool = False
    debug: StrictBool = False


class TargetFile(Section):
    """A target.toml."""

    title: str
    language: str
    summary: str
    default: str
    role: Literal["framework", "null"]
    answers: Annotated[tuple[Literal["plain", "json", "path", "post"], ...], Field(min_length=1)]
    packages: tuple[str, ...] = ()
    bases: tuple[BaseSection, ...] = ()
    process: ProcessSection | None = None
    probes: ProbesSection | None = None
    variants: Mapping[str, VariantSection]


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
