"""Addresses of pages, which are refused: a page is read from a file.

Every report asks this of its figures files, so it must not import the readers of pages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS = re.compile(r"(https?|ftp):/+", re.IGNORECASE)


def refuse_address(path: Path) -> None:
    """Refuse a path that is the address of a page; as a path, the address has lost a slash.

    Raises:
        UsageError: It is one.
    """
    if found := _ADDRESS.match(str(path)):
        address = f"{found[1]}://{str(path)[found.end() :]}"
        remedy = "Save the page in a browser, and name its file."
        raise UsageError("can't read a page", where=address, cause="addresses are not fetched", remedy=remedy)
