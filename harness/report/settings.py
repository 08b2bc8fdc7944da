"""The targets of a page with their links, and every setting of every variant, from the manifests."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics.words import enumeration
from harness.report.tables import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import OnlineNames, Subject, Target, Variant
    from harness.report.material import Material

_ANY_CPUS = "for any number of CPUs"
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Served:
    """A measured target: how it was served, its versions, and its links; an absent link is None.

    Attributes:
        target, variant: Its names in the manifest.
        setting: The variant with its class.
        folder: The folder with its source and its settings.
        source_url: The repository of the framework.
        manual_url: The framework's own documentation.
    """

    name: str
    target: str
    variant: str
    setting: str
    summary: str
    versions: str
    folder: str
    source_url: str | None
    manual_url: str | None


@dataclass(frozen=True, slots=True)
class VariantSettings:
    """Every setting of a variant, and whether this run measured it; `docs_url` is the page that it follows."""

    target: str
    title: str
    name: str
    variant_class: str
    summary: str
    is_measured: bool
    settings: tuple[tuple[str, str], ...]
    docs_url: str | None


def served(material: Material) -> tuple[Served, ...]:
    """Return the contestants with their links, in the order of the columns."""
    return tuple(_served(material, subject) for subject in material.contestants)


def _served(material: Material, subject: Subject) -> Served:
    head, variant = column(material, subject), material.variant_of(subject)
    target = material.targets.get(subject.target)
    return Served(
        name=head.name,
        target=subject.target,
        variant=subject.variant,
        setting=head.setting,
        summary=variant.summary if variant else "",
        versions=_versions(material, subject.target, target.packages if target else ()),
        folder=f"targets/{subject.target.partition('@')[0]}",
        source_url=_repository(target.online if target else None),
        manual_url=_web(target.documentation if target else None),
    )


def _versions(material: Material, name: str, packages: tuple[str, ...]) -> str:
    images = material.summary.run.environment.get("images")
    image = images.get(name) if isinstance(images, Mapping) else None
    versions = image.get("versions") if isinstance(image, Mapping) else None
    known = versions if isinstance(versions, Mapping) else {}
    return enumeration([f"{package} {known[package]}" for package in packages if package in known])


def _repository(names: OnlineNames | None) -> str | None:
    return f"https://github.com/{names.github}" if names and names.github else None


def _web(address: str | None) -> str | None:
    """Return an address of the web; None for any other, such as a script."""
    return address if address and address.startswith(_WEB) else None


def variant_settings(material: Material) -> tuple[VariantSettings, ...]:
    """Return every variant of the measured targets, by target in the order of the columns."""
    measured = {(subject.target, subject.variant) for subject in material.contestants}
    targets = dict.fromkeys(subject.target for subject in material.contestants)
    return tuple(
        _variant_settings(target, material.title_of(name), variant, is_measured=(name, variant.name) in measured)
        for name in targets
        if (target := material.targets.get(name))
        for variant in target.variants
    )


def _variant_settings(target: Target, title: str, variant: Variant, *, is_measured: bool) -> VariantSettings:
    return VariantSettings(
        target=target.name,
        title=title,
        name=variant.name,
        variant_class=variant.variant_class,
        summary=variant.summary,
        is_measured=is_measured,
        settings=tuple(_settings(variant)),
        docs_url=_web(variant.docs_url),
    )


def _settings(variant: Variant) -> Iterator[tuple[str, str]]:
    """Yield each setting with its value, in words where it is no text of the manifest."""
    yield "command", shlex.join(variant.command) or "that of the image"
    yield from variant.environment.items()
    if workers := _workers(variant):
        yield "workers", workers
    if variant.threads:
        yield "threads", f"{variant.threads:,} in each worker"
    yield "connections", "closed after each answer" if variant.closes_connections else "kept"
    yield "request log", "a line for each request" if variant.logs_requests else "none"
    yield "debug mode", "on" if variant.is_debug else "off"


def _workers(variant: Variant) -> str:
    fixed, of_cpus = variant.workers, variant.workers_per_cpu
    parts = [f"{fixed:,}"] * bool(fixed) + [f"{of_cpus:,} for each CPU"] * bool(of_cpus)
    return " plus ".join(parts) + (f" {_ANY_CPUS}" if fixed and not of_cpus else "")
