"""Probe script of a target, and the error of failed probes.

Each runtime runs the script in its own way. This module does not know what the probes test or print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import TargetError

if TYPE_CHECKING:
    from harness.model import Target


def probe_script(target: Target) -> str:
    """Return the text of a target's probe script.

    Raises:
        TargetError: The script can't be read.
    """
    try:
        return (target.folder / (target.probes.program if target.probes else "")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise probes_failed(target, str(error)) from error


def probes_failed(target: Target, cause: str) -> TargetError:
    """Return the error of probes that failed."""
    return TargetError(
        "the target's probes failed",
        where=f"{target.name}, {target.folder / 'target.toml'}: probes",
        cause=cause,
        remedy="Its probes must print what targets/CONTRACT.md requires.",
    )
