"""Placeholders `{name}` in texts and JSON values: their names, and their replacement by values.

In JSON a string with only one placeholder is replaced by the value itself, so that an integer stays an integer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


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
