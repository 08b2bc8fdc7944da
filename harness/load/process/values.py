"""Random values for the placeholders in requests: in paths, headers and bodies. This module knows nothing of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import random


class Values(Protocol):
    """Source of random values."""

    def draw(self, source: random.Random) -> str | int:
        """Return one value."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """Words of `shortest` to `longest` letters of an alphabet."""

    shortest: int = 3
    longest: int = 12
    alphabet: str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def __post_init__(self) -> None:
        if not 1 <= self.shortest <= self.longest or not self.alphabet:
            raise ValueError(f"a word can't have {self.shortest} to {self.longest} letters of {self.alphabet!r}")

    def draw(self, source: random.Random) -> str:
        """Return one word."""
        return "".join(source.choices(self.alphabet, k=source.randint(self.shortest, self.longest)))


@dataclass(frozen=True, slots=True)
class Integer:
    """Integers from `lowest` to `highest`, both included."""

    lowest: int
    highest: int

    def __post_init__(self) -> None:
        if self.lowest > self.highest:
            raise ValueError(f"an integer can't be between {self.lowest} and {self.highest}")

    def draw(self, source: random.Random) -> int:
        """Return one integer."""
        return source.randint(self.lowest, self.highest)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the given values."""

    options: tuple[str | int, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError("one of no values can't be drawn")

    def draw(self, source: random.Random) -> str | int:
        """Return one of the values."""
        return source.choice(self.options)


@dataclass(frozen=True, slots=True)
class Kept:
    """The value of this name that the user has from its sign-in: drawn for it, or kept from its answer."""

    def draw(self, source: random.Random) -> str | int:  # noqa: ARG002 - the source's interface
        """Raise ValueError: it is never drawn."""
        raise ValueError("a kept value needs a user that has signed in")


kept = Kept()
