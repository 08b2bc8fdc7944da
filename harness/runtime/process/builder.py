"""What a builder of the process runtime is: the interface that each toolchain implements, and the layout of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.model import Target
    from harness.runtime.process.steps import Steps

APP = "app"
"""Folder of the target's files in a build."""


class Builder(Protocol):
    """Builder of the targets of one toolchain.

    It gets a folder whose `app` already has the target's files. It completes the folder, names what the build depends
    on besides these files, and reads the versions from the build. It knows nothing of the cache and of running targets.
    """

    @property
    def bases(self) -> list[str]:
        """Everything that a build depends on, besides the target's files."""
        ...

    def build(self, folder: Path, steps: Steps) -> None:
        """Build the target in a folder whose `app` has the target's files.

        Raises:
            StepError: The target does not build.
            MachineError: This machine can't build it.
        """
        ...

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:
        """Return the versions in a build, by name: of the language, and of all packages.

        Raises:
            StepError: The versions can't be read.
        """
        ...

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:
        """Return the output of a target's probes about its build.

        Raises:
            StepError: The probes can't be run, or fail.
            TargetError: The probe script can't be read.
        """
        ...
