"""The ids of the page's sections, rows and cells, which links from outside may use.

An id is made of stable names alone: metric, scenario, subject or a figure's id. So it is the same for each run of the
same plan. Different names have different ids.
"""

from __future__ import annotations

import re

_FOREIGN = re.compile(r"[^A-Za-z0-9_.]")


def anchor(*parts: object) -> str:
    """Return the id made of some parts, without those that are None: `row:throughput.closed.c32:hello`."""
    return ":".join(_FOREIGN.sub(_coded, str(part)) for part in parts if part is not None)


def _coded(match: re.Match[str]) -> str:
    return f"-{ord(match[0]):x}-"
