"""Builder of Ruby targets for the process runtime: the machine's own Ruby, with the gems that are installed there.

It installs nothing. A target runs with the versions that are found, and its numbers have them beside them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ToolchainError
from harness.runtime.failures import with_lines
from harness.runtime.probing import probe_command
from harness.runtime.process.steps import StepError, Steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Target

_LANGUAGE = "ruby"
_READ_VERSIONS = """
require "json"
found = Gem::Specification.sort_by(&:version).to_h { |gem| [gem.name, gem.version.to_s] }
puts JSON.generate(found.merge("ruby" => RUBY_VERSION))
"""


@dataclass(frozen=True, slots=True)
class Ruby:
    """Builder of targets that run on the machine's Ruby.

    Attributes:
        found: The versions of Ruby and of all gems, by name.
        search_path: The folders of programs, as in PATH.
    """

    found: Mapping[str, str]
    search_path: str

    @property
    def bases(self) -> list[str]:
        """The versions of Ruby and of all gems."""
        return [f"{name} {version}" for name, version in sorted(self.found.items())]

    def build(self, folder: Path, steps: Steps) -> None:
        """Check the syntax of each file; there is nothing to build. See `Builder`."""
        for file in sorted(folder.rglob("*.rb")):
            steps.run(_LANGUAGE, "-c", file, where=folder, variables=self._variables)

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:  # noqa: ARG002 - as in `Builder`
        """Return the versions of Ruby and of all gems. See `Builder`."""
        return self.found

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:
        """Run the probe script and return its output. See `Builder`."""
        return steps.read(*probe_command(target), where=folder, variables=self._variables)

    @property
    def _variables(self) -> dict[str, str]:
        return {"PATH": self.search_path}


def installed_ruby(target: Target, search_path: str) -> Ruby:
    """Return the builder of a target with the Ruby in a search path.

    Raises:
        ToolchainError: There is no Ruby, or it lacks a gem that the target names in `packages`.
    """
    if shutil.which(_LANGUAGE, path=search_path) is None:
        raise _missing(target, f"there is no Ruby in {search_path}", target.packages)
    variables = {"PATH": search_path}
    try:
        printed = Steps(lambda _: None).read(_LANGUAGE, "-e", _READ_VERSIONS, where=Path("/"), variables=variables)
    except StepError as error:
        raise _missing(target, with_lines("its Ruby does not work", error.lines), target.packages) from error
    found: dict[str, str] = json.loads(printed)
    missing = tuple(name for name in target.packages if name not in found)
    if missing:
        cause = f"Ruby {found[_LANGUAGE]} is installed, but without the gem {', '.join(missing)}"
        raise _missing(target, cause, missing)
    return Ruby(found, search_path)


def _missing(target: Target, cause: str, gems: tuple[str, ...]) -> ToolchainError:
    return ToolchainError(
        "the target can't be built without an engine",
        where=f"{target.name}, {target.folder / 'target.toml'}",
        cause=cause,
        remedy=f"Install Ruby and the gems {', '.join(gems)} from your system's packages (on Debian ruby, and "
        "ruby-NAME or NAME for a gem) or with `gem install`, or measure the target with `--runtime docker`.",
    )
