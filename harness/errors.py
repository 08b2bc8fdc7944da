"""The error tree: every failure that a user can cause or meet, with its exit code.

Each error says what went wrong, where, why, and what to do about it, and prints as
`error: <what> (<where>): <cause>. <what to do>`. This module knows nothing of the rest of the package.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class HarnessError(Exception):
    """Base of every expected failure.

    Attributes:
        what: What could not be done, in a few words.
        where: The file, key, target or command concerned.
        cause: Why, as precisely as it is known.
        remedy: What the reader can do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str, cause: str, remedy: str) -> None:
        super().__init__(what, where, cause, remedy)
        self.what = what
        self.where = where
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} ({self.where}): {self.cause.rstrip('. ')}. {self.remedy}"


class FindingError(HarnessError):
    """The command worked, and what it found fails the condition that the user set."""

    exit_code = 1


class UsageError(HarnessError):
    """A wrong command line, manifest, scenario, figures file or stored run."""

    exit_code = 2


class MachineError(HarnessError):
    """This machine can't do it: no engine, no disk, a lock that somebody holds."""

    exit_code = 3


class TargetError(HarnessError):
    """A target did not build, start, listen, answer rightly or stop."""

    exit_code = 4


class MeasurementError(HarnessError):
    """The measurement is not valid, although every part worked."""

    exit_code = 5


class Interrupted(HarnessError):  # noqa: N818 - it is no error of anything; somebody asked us to stop
    """A signal asked us to stop; `exit_code` is 128 plus its number."""

    def __init__(self, signal_number: int, *, where: str) -> None:
        super().__init__(
            "interrupted",
            where=where,
            cause=f"signal {signal_number}",
            remedy="What was measured so far is stored.",
        )
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number  # type: ignore[misc]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the known word nearest to a wrong one, or all known words where none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known: {', '.join(words) or 'none'}."
