"""Classes of the expected errors, each with its exit code.

An error prints as `error: <what> (<where>): <cause>. <what to do>`. A cause may have further lines, such as a log: they
print below this sentence. This module imports nothing from the package.
"""

from __future__ import annotations

import difflib
import errno
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Error numbers of a full disk and of a quota that is used up."""


class HarnessError(Exception):
    """Base class of every expected failure.

    Attributes:
        what: What could not be done, in a few words.
        where: The file, key, target or command concerned.
        cause: Why, as precisely as it is known: a sentence, and lines that print below the message.
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
        cause, _, below = self.cause.partition("\n")
        sentence = f"{self.what} ({self.where}): {cause.rstrip('. :')}. {self.remedy}"
        return f"{sentence}\n{below}" if below else sentence

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).__new__, (type(self), *self.args), self.__dict__  # its constructor takes names


class FindingError(HarnessError):
    """The command worked, but its finding fails a condition that the user set."""

    exit_code = 1


class UsageError(HarnessError):
    """The command line, a manifest, a scenario, a figures file or a stored run is wrong."""

    exit_code = 2


class MachineError(HarnessError):
    """This machine lacks an engine, disk space, or a lock that another process holds."""

    exit_code = 3


class ToolchainError(MachineError):
    """This machine lacks what one target is built with: a toolchain, a base image, BuildKit. Others may build."""


class TargetError(HarnessError):
    """A target did not build, start, listen, answer correctly or stop."""

    exit_code = 4


class TargetEndedError(TargetError):
    """A target ended by itself, or the kernel ended one of its processes: the cause says how."""


class MeasurementError(HarnessError):
    """The measurement is not valid, although no part failed."""

    exit_code = 5


class Interrupted(HarnessError):  # noqa: N818 - an interrupt is a request to stop, not an error
    """A signal asked the harness to stop; `exit_code` is 128 plus the signal's number."""

    def __init__(self, signal_number: int, *, where: str, remedy: str = "Repeat the command.") -> None:
        super().__init__("interrupted", where=where, cause=f"signal {signal_number}", remedy=remedy)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number  # type: ignore[misc]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a remedy: the known word nearest to a wrong one, or all known words if none is near."""
    words = sorted(known)
    suggestion = near(word, words)
    return f"Did you mean {suggestion!r}?" if suggestion else f"Known: {', '.join(words) or 'none'}."


def near(word: str, known: Iterable[str], least: float = 0.5) -> str | None:
    """Return the known word nearest to a wrong one; None if none is near.

    Args:
        word: The wrong word.
        known: The right words.
        least: The least similarity of a near word, 0 to 1.
    """
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=least)
    return found[0] if found else None


def refuse_doubles(kind: str, named: Iterable[tuple[str, Hashable]]) -> None:
    """Refuse a list that names one thing twice, because its second place would have no effect.

    Args:
        kind: What it lists: `target`.
        named: Each word of the list, and what it means.

    Raises:
        UsageError: Two words mean the same.
    """
    words: dict[Hashable, str] = {}
    for word, meant in named:
        first = words.setdefault(meant, "")
        if first:
            cause = "the list has it twice" if first == word else f"{first} is the same"
            raise UsageError(f"a {kind} is named twice", where=word, cause=cause, remedy="Name it once.")
        words[meant] = word


def remedy_of_write(error: OSError, elsewhere: str) -> str:
    """Return the remedy of a failed write: to free space only if there is none, or to write elsewhere.

    Args:
        error: Why the write failed.
        elsewhere: How to write elsewhere: `name another folder with TMPDIR`.
    """
    return f"Free some space, or {elsewhere}." if error.errno in NO_ROOM else f"{elsewhere[:1].upper()}{elsewhere[1:]}."
