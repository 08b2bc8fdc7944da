"""A target's probe script, and the error of one that fails.

Knows neither what is asked nor what the answers mean; each runtime runs the script its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import TargetError

if TYPE_CHECKING:
    from harness.model import Target


def probe_script(target: Target) -> str:
    """Read the probe script of a target that names one.

    Raises:
        TargetError: There is none.
    """
    try:
        return (target.folder / (target.probes.program if target.probes else "")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise probes_failed(target, str(error)) from error


def probes_failed(target: Target, cause: str) -> TargetError:
    """Complain of probes that gave no answer."""
    return TargetError(
        "the target's probes failed",
        where=f"{target.name}, {target.folder / 'target.toml'}: probes",
        cause=cause,
        remedy="Its probes must answer as targets/CONTRACT.md asks.",
    )
