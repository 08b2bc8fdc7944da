"""Compiled templates, kept between commands: compiling them takes a tenth of a report's time.

They are in the user's own folder that jinja2 makes for this, among temporary files. A command that can't write there
compiles them again. A template whose text has changed is compiled again, too.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import jinja2
from jinja2 import FileSystemBytecodeCache

from harness import __version__

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

_DIGITS = 16


class CompiledTemplates(FileSystemBytecodeCache):
    """The compiled templates of one environment."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template where the disk has room for it."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compiled_templates(finalize: str) -> CompiledTemplates | None:
    """Return the compiled templates of an environment; None if the user has no folder for them.

    Args:
        finalize: The name of the function that the environment applies to values; it is in the compiled code.
    """
    words = f"{__version__} {jinja2.__version__} {finalize}"
    of = hashlib.sha256(words.encode()).hexdigest()[:_DIGITS]
    with suppress(OSError, RuntimeError):  # no folder for temporary files, or one that is another user's
        return CompiledTemplates(pattern=f"harness_{of}_%s.cache")
    return None
