"""A project: the settings in its project.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PublishedComparison:
    """A pair or group of targets, and the figures file that speaks of them.

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
    """A folder with a project.toml.

    Attributes:
        root: The folder.
        title: The project's name, for people.
        reference: The target that all others are compared with, as `TARGET` or `TARGET:VARIANT`.
        targets: What a run measures by default, each as `TARGET` or `TARGET:VARIANT`.
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
        """The path of project.toml."""
        return self.root / "project.toml"

    def comparisons_of(self, targets: Collection[str]) -> tuple[PublishedComparison, ...]:
        """Return the comparisons that speak of these targets.

        These are the comparisons whose targets are all among them. Where there is none, as in a run of one target,
        these are the comparisons that share a target with them.
        """
        whole = tuple(one for one in self.comparisons if set(one.targets) <= set(targets))
        return whole or tuple(one for one in self.comparisons if set(one.targets) & set(targets))
