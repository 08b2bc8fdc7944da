"""Random values for the placeholders in requests: in paths, headers and bodies.

A placeholder `{name}` is replaced by the value with that name. In JSON a string with only one placeholder is replaced
by the value itself, so that an integer stays an integer. This module knows nothing of HTTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


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


def names_in(template: object) -> frozenset[str]:
    """Return the names of all placeholders in a string, or in the strings of a JSON value."""
    if isinstance(template, str):
        return frozenset(_PLACEHOLDER.findall(template))
    if isinstance(template, dict):
        return names_in([*template.keys(), *template.values()])
    if isinstance(template, (list, tuple)):
        return frozenset().union(*map(names_in, template))
    return frozenset()


def fill(template: str, values: Mapping[str, str | int], encode: Callable[[str], str] = str) -> str:
    """Return a string with its placeholders replaced by encoded values; other braces stay unchanged."""
    return _PLACEHOLDER.sub(lambda match: encode(str(values[match[1]])) if match[1] in values else match[0], template)


def fill_json(template: Any, values: Mapping[str, str | int]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with the placeholders in its strings replaced."""
    if isinstance(template, str):
        match = _PLACEHOLDER.fullmatch(template)
        return values[match[1]] if match and match[1] in values else fill(template, values)
    if isinstance(template, dict):
        return {fill(key, values): fill_json(value, values) for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [fill_json(value, values) for value in template]
    return template
