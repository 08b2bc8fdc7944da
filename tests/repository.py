"""A git repository in a temporary folder, for tests of revisions."""

import subprocess
from pathlib import Path


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", "-C", str(folder), *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit_all(folder: Path, *, tag: str | None = None) -> str:
    """Commit all files of a folder, a new repository if it is none yet; return the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=one")
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")
