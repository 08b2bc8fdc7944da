"""Write the SBOM of the package as CycloneDX: `python -m tools.release.sbom > packaging/harness.cdx.json`.

Its components are the pinned packages of requirements.lock with the hashes of their archives, so it says what
`make env` installs. The same lock gives the same bytes: it has no date, and its serial number follows from the lock.
"""

from __future__ import annotations

import re
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from harness import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>(?:[^\n]*\\\n|[^\n]*--hash[^\n]*\n?)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:(\w{64})")


def sbom(lock: str, project: dict[str, str]) -> str:
    """Return the SBOM of a project whose packages are pinned in a lock file."""
    root = Component(
        name=project["name"],
        version=__version__,
        type=ComponentType.APPLICATION,
        licenses=[LicenseExpression(project["license"])],
        purl=PackageURL("pypi", name=project["name"], version=__version__),
        bom_ref=project["name"],
    )
    components = list(_components(lock))
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, lock), components=components)
    bom.metadata.timestamp = datetime(1970, 1, 1, tzinfo=UTC)
    bom.metadata.component = root
    bom.register_dependency(root, components)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _components(lock: str) -> Iterator[Component]:
    for found in _PIN.finditer(lock):
        name, version = found["name"], found["version"]
        purl = PackageURL("pypi", name=name.lower(), version=version)
        hashes = (HashType(alg=HashAlgorithm.SHA_256, content=one) for one in _HASH.findall(found["rest"]))
        yield Component(name=name, version=version, purl=purl, bom_ref=str(purl), hashes=hashes)


def main() -> None:
    """Print the SBOM of this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sys.stdout.write(sbom((ROOT / "requirements.lock").read_text(encoding="utf-8"), project))


if __name__ == "__main__":
    main()
