"""Repetition of a stored run: the targets of the same versions, and what is not the same on this machine.

The plan is the stored one, also if profiles.toml has changed since. Only the seed is new, unless the user names one.
A target is built from today's folder if that has the files that were measured, else from the stored run's commit. If
neither has them, the run can't be repeated. Where the repository does not have the commit, the targets are built from
today's folders. Those with other files are named before the build, and the differences of versions after it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.experiment.environment import machine, versions
from harness.experiment.plan import with_seed
from harness.experiment.revision import changed_since, commit_of, targets_at
from harness.model import SHORT_COMMIT, environment_differences
from harness.runtime.context import source_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from harness.experiment.environment import CpuPlan
    from harness.model import EnvironmentDifference, Plan, Run, Subject, Target

_CHANGED = "+"  # ends the commit of a checkout with changes


@dataclass(frozen=True, slots=True)
class Sources:
    """The targets of a repetition.

    Attributes:
        targets: Those that are built from the stored run's commit, by name.
        notes: A sentence for each thing that the reader must know about the targets and scenarios.
    """

    targets: Mapping[str, Target]
    notes: tuple[str, ...]


def plan_like(plan: Plan, seed: int, most_cpus: int) -> tuple[Plan, tuple[Subject, ...]]:
    """Return a stored plan with another seed, and the subjects that it leaves out because they need more CPUs.

    Args:
        plan: The stored plan.
        seed: The seed of the repetition.
        most_cpus: The largest number of CPUs that a target can have on this machine.
    """
    left_out = tuple(one for one in plan.subjects if one.cpus is not None and one.cpus > most_cpus)
    kept = tuple(one for one in plan.subjects if one not in left_out)
    return with_seed(replace(plan, subjects=kept), seed), left_out


def targets_in(plan: Plan) -> tuple[str, ...]:
    """Return the names of a plan's targets without those of another revision, which have a commit of their own."""
    older = plan.older.values()
    return tuple(dict.fromkeys(one.target for one in plan.all_subjects if one not in older))


@contextmanager
def sources_of(run: Run, root: Path, known: Mapping[str, Target]) -> Iterator[Sources]:
    """Return the targets of a stored run that must be built from its commit, as long as the context lasts.

    Args:
        run: The stored run.
        root: The project's folder.
        known: The targets of the project today, by name.

    Raises:
        UsageError: The manifest of a target at this commit is wrong, or neither this commit nor today's folder has the
            files that were measured.
        MachineError: git is not installed, or the repository can't be read.
    """
    written = str(run.environment.get("commit") or "")
    commit = commit_of(root, written.removesuffix(_CHANGED)) if written else None
    names = {f"targets/{name}": name for name in targets_in(run.plan)}
    have = _have_measured(known, run)
    same = {name for name, has in have.items() if has}
    if commit is None:
        why = f"this repository has no commit {written}" if written else f"{run.id} has no commit"
        others = [name for name, has in have.items() if not has]
        differing = f"; these have other files than the measured ones: {', '.join(others)}" if others else ""
        yield Sources({}, (f"{why}: the targets are built from today's folders{differing}",))
        return
    named = commit[:SHORT_COMMIT]
    changed = {names[path] for path in changed_since(commit, root, names)}
    with targets_at(commit, root, changed - same, named) as found:
        _require_measured({**known, **found}, run, named)
        yield Sources(found, tuple(_notes(run, root, commit, found=found, changed=changed, same=same)))


def _have_measured(targets: Mapping[str, Target], run: Run) -> dict[str, bool]:
    """Return whether the folder of each target has the files that a stored run measured, where the run knows them."""
    stored = run.environment.get("sources") or {}
    names = [name for name in targets_in(run.plan) if name in stored and name in targets]
    return {name: source_of(targets[name]) == stored[name] for name in names}


def _require_measured(targets: Mapping[str, Target], run: Run, named: str) -> None:
    """Refuse to build other code than was measured: neither today's folder nor the commit has its files."""
    if lost := [name for name, has in _have_measured(targets, run).items() if not has]:
        raise UsageError(
            "can't repeat a run",
            where=run.id,
            cause=f"it measured files of {', '.join(lost)} that neither today's folder nor commit {named} has",
            remedy="Restore the files that were measured, or start a new run without --like.",
        )


def _notes(  # noqa: PLR0913 - what is known of the targets
    run: Run, root: Path, commit: str, *, found: Mapping[str, Target], changed: Collection[str], same: Collection[str]
) -> Iterator[str]:
    named = commit[:SHORT_COMMIT]
    if str(run.environment.get("commit")).endswith(_CHANGED):
        yield f"{run.id} was measured with changes that are not in commit {named} (docs/reproduce.md)"
    if kept := sorted(one for one in changed if one in same):
        yield f"built from today's folder, because it has the files that were measured: {', '.join(kept)}"
    if found:
        yield f"built from commit {named}, because their folders have changed since: {', '.join(found)}"
    if missing := sorted(one for one in changed if one not in same and one not in found):
        yield f"commit {named} does not have {', '.join(missing)}: built from today's folder"
    paths = {f"scenarios/{name}.py": name for name in run.plan.scenarios}
    if different := [paths[path] for path in changed_since(commit, root, paths)]:
        yield f"today's scenarios are used, and have changed since commit {named}: {', '.join(different)}"


def machine_differences(run: Run, cpus: CpuPlan) -> tuple[str, ...]:
    """Return a line for each difference of machine, CPUs and versions from those of a stored run.

    Args:
        run: The stored run; without an environment there is nothing to compare.
        cpus: The CPUs of target and generator on this machine.
    """
    if not run.environment:
        return ()
    here = {"machine": machine(), "cpus": _numbers_of(cpus), "versions": versions()}
    return _lines({key: run.environment.get(key) or {} for key in here} | {"cpus": _stored_numbers(run)}, here)


def build_differences(run: Run, environment: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line for each difference of runtime and packages between a stored run and the targets as built here."""
    if not run.environment:
        return ()
    return _lines(_built(run.environment), _built(environment))


def stored_workers(run: Run) -> int:
    """Return the number of processes that drove the load of a stored run; 1 if it does not say."""
    return int(_cpus(run).get("workers") or 1)


def _built(environment: Mapping[str, Any]) -> dict[str, Any]:
    images = environment.get("images") or {}
    of_images = {name: image.get("versions") or {} for name, image in images.items()}
    return {"runtime": environment.get("runtime") or {}} | of_images


def _numbers_of(cpus: CpuPlan) -> dict[str, int | bool]:
    return {"target": len(cpus.target), "generator": len(cpus.generator), "shared": cpus.shared}


def _stored_numbers(run: Run) -> dict[str, int | bool]:
    stored = _cpus(run)
    return {
        "target": len(stored.get("target") or ()),
        "generator": len(stored.get("generator") or ()),
        "shared": bool(stored.get("shared")),
    }


def _cpus(run: Run) -> Mapping[str, Any]:
    return run.environment.get("cpus") or {}


def _lines(there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(_line, environment_differences(there, here)))


def _line(one: EnvironmentDifference) -> str:
    was, now = one.in_words()
    return f"not the same: {one.key.removesuffix('_bytes')} was {was} and is {now}"
