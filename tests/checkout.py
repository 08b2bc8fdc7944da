"""The checkout as text: the modules of the package, and the files of the repository."""

import io
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]


def module_of(path: Path) -> str:
    """Return the dotted name of a Python file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def repository_files(*patterns: str) -> list[Path]:
    """Return the files of the repository: the committed ones, and the new ones that are not ignored.

    In an unpacked archive, which has no repository, these are all files that are not ignored.
    """
    with TemporaryDirectory() as empty:
        repository = ROOT / ".git"
        if not repository.exists():
            repository = Path(empty)
            subprocess.run(["git", "init", "--quiet", "--bare", empty], check=True)
        git = ["git", f"--git-dir={repository}", f"--work-tree={ROOT}"]
        command = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def committed_files(*folders: str) -> dict[str, bytes]:
    """Return the files below folders at the commit of the checkout, or of an unpacked archive, by path."""
    if not (ROOT / ".git").exists():
        return {str(path.relative_to(ROOT)): path.read_bytes() for path in repository_files(*folders)}
    archive = subprocess.run(["git", "archive", "HEAD", *folders], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {one.name: content.read() for one in files if (content := files.extractfile(one))}


PACKAGE = {module_of(path): path for path in sorted((ROOT / "harness").rglob("*.py"))}


def source_of(module: str) -> str:
    """Return the source of a module of the package."""
    return PACKAGE[module].read_text(encoding="utf-8")
