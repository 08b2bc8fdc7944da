"""Data classes of a project: the settings in its project.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PublishedComparison:
    """Published comparison: a pair or group of targets, and the file with their published figures.

    Attributes:
        name: Unique in its project.
        targets: The names of the targets.
        figures: The path of the figures file, relative to the project's folder.
    """

    name: str
    targets: tuple[str, ...]
    figures: Path


@dataclass(frozen=True, slots=True)
class Project:
    """Project: a folder with a project.toml.

    Attributes:
        root: The folder.
        title: The project's name, for people.
        reference: The target that all others are compared with, as `TARGET` or `TARGET:VARIANT`.
        targets: The default targets of a run, each as `TARGET` or `TARGET:VARIANT`.
        results: The path of the results folder, relative to the project's folder.
        comparisons: The published comparisons, in the order of project.toml.
    """

    root: Path
    title: str
    reference: str
    targets: tuple[str, ...]
    results: Path
    comparisons: tuple[PublishedComparison, ...] = ()

    @property
    def file(self) -> Path:
        """Path of project.toml."""
        return self.root / "project.toml"

    def comparisons_of(self, targets: Collection[str]) -> tuple[PublishedComparison, ...]:
        """Return the published comparisons for these targets.

        These are the comparisons whose targets are all among `targets`. If there is none, as in a run of one target,
        these are the comparisons that have at least one of `targets`.
        """
        whole = tuple(one for one in self.comparisons if set(one.targets) <= set(targets))
        return whole or tuple(one for one in self.comparisons if set(one.targets) & set(targets))
