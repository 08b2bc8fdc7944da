"""The targets of another git revision of the project, read from its repository without a change to the working tree.

`git archive` writes the folders of the targets into a temporary folder, which is removed at the end. So a run can build
and drive both revisions of a target.
"""

from __future__ import annotations

import io
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import MachineError, UsageError, remedy_of_write
from harness.experiment.git import git, text_of
from harness.manifest import load_target
from harness.model import SHORT_COMMIT, Revision, Subject, Target
from harness.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.model import Plan

_FETCH = (
    "Name a commit, branch or tag. A shallow clone, as in CI, must fetch it first: `git fetch --depth 1 origin REV`."
)


def find_revision(root: Path, word: str, targets: Collection[str]) -> Revision:
    """Return a revision of the repository of a project.

    Args:
        root: The project's folder.
        word: A commit, branch or tag, as the user wrote it.
        targets: The names of the measured targets; their uncommitted changes count.

    Raises:
        UsageError: The project is in no git repository, or the revision is unknown.
        MachineError: git is not installed.
    """
    inside = git(root, "rev-parse", "--show-toplevel")
    if inside.returncode:
        raise _unknown(word, f"git finds no repository in {root}: {_reason(inside.stderr)}", "Use `harness compare`.")
    commit = commit_of(root, word)
    if commit is None:
        raise _unknown(word, "the repository has no such revision", _FETCH)
    changed = git(root, "status", "--porcelain", "--", *(f"targets/{name}" for name in sorted(targets)))
    head = git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    is_committed = not (text_of(changed) or changed.returncode or head.returncode)
    now = f"commit {text_of(head)[:SHORT_COMMIT]}" if is_committed else "the working tree"
    return Revision(word, commit, now)


def commit_of(root: Path, word: str) -> str | None:
    """Return the full id of a commit of a project's repository; None if there is no repository, or no such commit."""
    found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
    return None if found.returncode else text_of(found)


def changed_since(commit: str, root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of a project whose files are not those of a commit of its repository.

    Args:
        commit: The full id of the commit.
        root: The project's folder.
        paths: Files or folders, relative to it.
    """
    return tuple(path for path in paths if _has_changed(commit, root, path))


def _has_changed(commit: str, root: Path, path: str) -> bool:
    differs = git(root, "diff", "--quiet", commit, "--", path).returncode
    return bool(differs or text_of(git(root, "ls-files", "--others", "--exclude-standard", "--", path)))


@contextmanager
def targets_at(commit: str, root: Path, names: Collection[str], named: str) -> Iterator[dict[str, Target]]:
    """Write targets of a commit into a temporary folder, and return those that it has, by name.

    Args:
        commit: The full id of the commit.
        root: The project's folder.
        names: The names of the targets.
        named: The commit as errors name it.

    Raises:
        UsageError: The manifest of a target is wrong.
        MachineError: The repository can't be read.
    """
    manifests = [f"targets/{name}/target.toml" for name in sorted(names)]
    # without a path, git would list all files
    present = text_of(git(root, "ls-tree", "--name-only", commit, "--", *manifests)) if manifests else ""
    folders = [line.removesuffix("/target.toml") for line in present.splitlines()]
    with temporary_folder() as folder:
        if folders:
            extract(root, commit, folders, folder, named)
        found = [_target(folder / one / "target.toml", folder, named) for one in folders]
        yield {target.name: target for target in found}


@contextmanager
def targets_of(revision: Revision, root: Path, names: Collection[str]) -> Iterator[dict[str, Target]]:
    """Write targets of a revision into a temporary folder, and return those that it has, by their new names.

    Raises:
        UsageError: The manifest of a target is wrong.
        MachineError: The repository can't be read.
    """
    with targets_at(revision.commit, root, names, revision.name) as found:
        older = [_older(target, revision) for target in found.values()]
        yield {target.name: target for target in older}


def with_older(subjects: Sequence[Subject], revision: Revision, targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Return subjects followed by their builds of a revision, without those that the revision does not have.

    Raises:
        UsageError: The revision has none of them.
    """
    builds = [revision.of(one) for one in subjects]
    found = [one for one in builds if one.target in targets and _has(targets[one.target], one.variant)]
    if not found:
        raise UsageError(
            "nothing to compare",
            where=f"--against {revision.name}",
            cause=f"this revision has none of {', '.join(map(str, subjects))}",
            remedy="Name a revision that has a target of this run.",
        )
    return (*subjects, *found)


def alone(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each subject of a plan that its revision does not have."""
    older = plan.older
    if plan.against is None:
        return ()
    subjects = [one for one in plan.subjects if one not in older and one not in older.values()]
    return tuple(f"{one}: {plan.against.name} does not have it, so it is measured alone" for one in subjects)


def unchanged(plan: Plan, root: Path) -> tuple[str, ...]:
    """Return a sentence if the revision of a plan builds the same targets as the project's folder."""
    paths = [f"targets/{name}" for name in sorted({one.target for one in plan.older})]
    if plan.against is None or changed_since(plan.against.commit, root, paths):
        return ()
    both = f"{plan.against.now} and {plan.against.name}"
    return (f"{both} build the same targets: the run shows how far two equal copies differ here",)


def _has(target: Target, variant: str) -> bool:
    return any(one.name == variant for one in target.variants)


def _target(path: Path, folder: Path, named: str) -> Target:
    try:
        return load_target(path)
    except UsageError as error:
        where = error.where.replace(f"{folder}/", f"{named}:")
        raise UsageError(error.what, where=where, cause=error.cause, remedy=error.remedy) from error


def _older(target: Target, revision: Revision) -> Target:
    title = f"{target.title} at {revision.name}"
    return replace(target, name=revision.target(target.name), title=title, original=target.name)


def extract(root: Path, commit: str, folders: Sequence[str], into: Path, named: str) -> None:
    """Write the files of a revision below folders into another folder.

    Args:
        root: The folder in a repository that the folders are relative to.
        commit: The revision.
        folders: The folders.
        into: The folder that the files are written to, at their own paths.
        named: The revision as errors name it.

    Raises:
        UsageError: The revision has a file that can't be written safely.
        MachineError: The repository can't be read, or a file can't be written.
    """
    # without write permission for others, as a checkout has it
    archive = git(root, "-c", "tar.umask=0022", "archive", "--format=tar", commit, "--", *folders)
    if archive.returncode:
        raise MachineError(
            "can't read a revision",
            where=named,
            cause=_reason(archive.stderr),
            remedy="`git fsck` checks the repository.",
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extraction_filter = lambda member, _: member  # Python before 3.11.4 has no filters
            for member in files:
                _require_inside(member, into, named)
                files.extract(member, into)
    except OSError as error:
        raise MachineError(
            "can't write a revision",
            where=f"{named}, {into}",
            cause=error.strerror or str(error),
            remedy=remedy_of_write(error, "name another folder with TMPDIR"),
        ) from error


def _require_inside(member: tarfile.TarInfo, into: Path, named: str) -> None:
    path = into / member.name
    if member.issym():
        path = path.parent / member.linkname
    if not path.resolve().is_relative_to(into.resolve()):
        raise UsageError(
            "can't use a revision",
            where=named,
            cause=f"{member.name} leads out of its folder, to {path}",
            remedy="Name a revision without this file.",
        )


def _reason(output: bytes) -> str:
    return " ".join(output.decode(errors="replace").split()) or "it gives no reason"


def _unknown(word: str, cause: str, remedy: str) -> UsageError:
    return UsageError("can't compare with a revision", where=f"--against {word}", cause=cause, remedy=remedy)
