"""The values that a shell completes: targets, scenarios, profiles and runs of the project of the current folder.

A list separated by commas is completed at its last part. Without a project, or in a broken one, nothing is completed:
an error message would stand in the middle of the user's line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.project import EVERY_TARGET, find_project, results_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def targets(incomplete: str) -> list[str]:
    """Return the lists of targets that begin like this; a part with a colon is completed to a variant."""
    return _parts(incomplete, lambda: (*_targets(variants=":" in incomplete.rpartition(",")[2]), EVERY_TARGET))


def pairs(incomplete: str) -> list[str]:
    """Return the pairs of targets and the names of comparisons that begin like this."""

    def found() -> Iterable[str]:
        names = (comparison.name for comparison in find_project().comparisons)
        return (*_targets(variants=False), *(() if "," in incomplete else names))

    return _parts(incomplete, found)


def target_names(incomplete: str) -> list[str]:
    """Return the targets that begin like this."""
    return _known(incomplete, lambda: _targets(variants=False))


def scenarios(incomplete: str) -> list[str]:
    """Return the lists of scenarios that begin like this."""

    def found() -> Iterable[str]:
        from harness.manifest import load_scenarios

        return load_scenarios(find_project().root)

    return _parts(incomplete, found)


def profiles(incomplete: str) -> list[str]:
    """Return the profiles that begin like this."""

    def found() -> Iterable[str]:
        from harness.manifest import load_profiles

        return load_profiles()

    return _known(incomplete, found)


def runs(incomplete: str) -> list[str]:
    """Return the names of the stored runs that begin like this, also of unreadable ones."""

    def found() -> Iterable[str]:
        from harness.store import Store

        project = find_project()
        return Store(results_folder(project), lambda _: None, project.root / project.results).folders()

    return _known(incomplete, found)


def _targets(*, variants: bool) -> Iterable[str]:
    from harness.manifest import readable_targets

    targets, _ = readable_targets(find_project().root)
    for target in targets.values():
        yield from (f"{target.name}:{variant.name}" for variant in target.variants) if variants else (target.name,)


def _parts(incomplete: str, names: Callable[[], Iterable[str]]) -> list[str]:
    """Return the whole lists that result from completing the last part; names that are in the list are left out."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _known(last, names) if name not in before.split(",")]


def _known(incomplete: str, names: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return sorted(name for name in names() if name.startswith(incomplete))
    except (HarnessError, OSError):
        return []
