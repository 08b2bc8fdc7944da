"""Command that runs a target's probe script, and the error of failed probes.

Each runtime runs the command in its own way. This module does not know what the probes test or print.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.regular_files import content_within

if TYPE_CHECKING:
    from harness.model import Target

_PYTHON = ".py"
_INTERPRETERS = {_PYTHON: ("python", "-I", "-c"), ".js": ("node", "-e"), ".rb": ("ruby", "-e")}
_SHARED_PART = Path(__file__).with_name("python_probes.py")
# The probe runs as the main program. It imports the shared part, for which there is no file beside it.
_PROGRAM = """\
import sys, types
shared = sys.modules["python_probes"] = types.ModuleType("python_probes")
exec(compile({shared!r}, "python_probes.py", "exec"), shared.__dict__)
exec(compile({probe!r}, {name!r}, "exec"))
"""


def probe_command(target: Target) -> tuple[str, ...]:
    """Return the command that runs a target's probe script; the text of the script is its last word.

    Raises:
        TargetError: The script can't be read, or no interpreter is known for it.
    """
    program = target.probes.program if target.probes else ""
    path = target.folder / program
    try:
        text = content_within(target.folder, program).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise probes_failed(target, str(error)) from error
    interpreter = _INTERPRETERS.get(path.suffix)
    if interpreter is None:
        known = ", ".join(_INTERPRETERS)
        raise probes_failed(target, f"{path.name} is not a script with a known ending ({known})")
    return *interpreter, _with_shared_part(text, path.name) if path.suffix == _PYTHON else text


def _with_shared_part(probe: str, name: str) -> str:
    return _PROGRAM.format(shared=_SHARED_PART.read_text(encoding="utf-8"), probe=probe, name=name)


def probes_failed(target: Target, cause: str) -> TargetError:
    """Return the error of probes that failed."""
    return TargetError(
        "the target's probes failed",
        where=f"{target.name}, {target.folder / 'target.toml'}: probes",
        cause=cause,
        remedy="Its probes must print what targets/CONTRACT.md requires.",
    )
