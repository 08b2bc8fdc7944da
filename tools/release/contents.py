"""Check what a wheel has: `python -m tools.release.contents WHEEL`. Exit code 1 if something is missing or too much."""

from __future__ import annotations

import fnmatch
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SBOM = "*.dist-info/sboms/harness.cdx.json"
NEEDED = (  # one file at least matches each pattern
    "harness/py.typed",
    "harness/profiles.toml",
    "harness/report/templates/*.j2",
    "harness/stock/targets/*/target.toml",
    "harness/stock/scenarios/*.py",
    "*.data/data/share/man/man1/harness.1",
    "*.dist-info/licenses/LICENSE",
    "*.dist-info/entry_points.txt",
    SBOM,
)
ALLOWED = ("harness/*", "*.dist-info/*", "*.data/data/share/man/man1/harness.1")
REFUSED = ("tests/*", "*/tests/*", "*/test_*.py", "results/*", "*.pyc", "*.got")


def faults(wheel: Path) -> Iterator[str]:
    """Yield a sentence for each missing file, each file that does not belong into the wheel, and a wrong SBOM."""
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        for pattern in NEEDED:
            if not fnmatch.filter(names, pattern):
                yield f"{wheel.name} has no file {pattern}"
        for name in names:
            if not _matches(name, ALLOWED) or _matches(name, REFUSED):
                yield f"{wheel.name} has a file that does not belong there: {name}"
        for name in fnmatch.filter(names, SBOM):
            error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(opened.read(name).decode())
            if error is not None:
                yield f"{name} is not CycloneDX 1.6: {error}"


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def main(arguments: Sequence[str]) -> int:
    """Print the faults of wheels; return the exit code."""
    found = [fault for wheel in arguments for fault in faults(Path(wheel))]
    sys.stderr.writelines(f"error: {fault}\n" for fault in found)
    return 1 if found or not arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
