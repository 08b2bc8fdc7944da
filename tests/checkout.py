"""The checkout as text: the modules of the package, and the files of the repository."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def module_of(path: Path) -> str:
    """Return the dotted name of a Python file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def repository_files(*patterns: str) -> list[Path]:
    """Return the files of the repository: the committed ones, and the new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


PACKAGE = {module_of(path): path for path in sorted((ROOT / "harness").rglob("*.py"))}


def source_of(module: str) -> str:
    """Return the source of a module of the package."""
    return PACKAGE[module].read_text(encoding="utf-8")
