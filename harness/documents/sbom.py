"""The bill of materials of a target's image, a CycloneDX document: what is in it, by package URL.

This module knows the document. It doesn't know where packages were found.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cyclonedx.exception import CycloneDxException
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from harness.foreign_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMESPACE = uuid.UUID("6c1d6f3e-9f0c-4d51-9f63-0f5d2f4f7d7a")  # of the serial numbers of these documents


class Source(StrEnum):
    """The kind of a package: the type of its package URL."""

    DEBIAN = "deb"
    PYTHON = "pypi"
    NODE = "npm"
    GO = "golang"
    DECLARED = "generic"


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package in an image.

    Attributes:
        source: Its kind.
        name: Its name, with its namespace before a slash if it has one.
        version: Its version.
        distribution: The name of the distribution that packed it; empty for other kinds.
    """

    source: Source
    name: str
    version: str
    distribution: str = ""

    @property
    def url(self) -> PackageURL:
        """Its package URL."""
        namespace, _, name = one_line(self.name).rpartition("/")
        return PackageURL(self.source.value, self.distribution or namespace or None, name, one_line(self.version))


def sbom(target: str, image: str, packages: Iterable[Package]) -> str:
    """Return the document of an image as JSON; equal images have equal documents.

    Args:
        target: The name of the target.
        image: The engine's id of the image.
        packages: What is in it.

    Raises:
        ValueError: A package has no name, or the library refuses the document.
    """
    by_url = {str(one.url): one for one in sorted(set(packages))}  # names that differ in case are one package
    listed = [
        Component(name=one_line(one.name), version=one_line(one.version), purl=one.url, bom_ref=url)
        for url, one in by_url.items()
    ]
    bom = Bom(components=listed, serial_number=uuid.uuid5(_NAMESPACE, image))
    bom.metadata.timestamp = None  # type: ignore[assignment] # CycloneDX has it as optional: the document has no clock
    bom.metadata.component = root = Component(type=ComponentType.CONTAINER, name=target, version=image, bom_ref=image)
    bom.register_dependency(root, listed)
    try:
        return f"{JsonV1Dot6(bom).output_as_string(indent=1)}\n"
    except CycloneDxException as error:
        raise ValueError(str(error)) from error
