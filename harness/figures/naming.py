"""The target that a published name means: `express` is `express_app` in a project that has no target `express`.

A figures file of an import made before a target, or outside of its project, has the names of the page. This module must
not know how a page is read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.figures.published import Figure, FigureSet

_NO_NAME = frozenset(("app", "server", "target", "api", "my", "the", "null"))
_WORD = re.compile(r"[^\W_]+")


def target_named(name: str, titles: Mapping[str, str]) -> str | None:
    """Return the target that a name means; None if it means none, or may mean several.

    The first way that finds targets decides: it is a target's name, its name without `_app` or its title, or one of
    these begins with it.

    Args:
        name: The name: `express`.
        titles: The title of each target, by its name.
    """
    if name in titles:
        return name
    wanted = _words(name)
    known = {target: (_words(target), _words(title)) for target, title in titles.items()}
    whole = [target for target, names in known.items() if wanted in names]
    begun = [target for target, names in known.items() if any(one[: len(wanted)] == wanted for one in names)]
    found = whole or begun
    return found[0] if wanted and len(found) == 1 else None


def _words(name: str) -> list[str]:
    """Return the words of a name in small letters: `express_app` and `Express.js` have one."""
    words = _WORD.findall(re.sub(r"\.js\b", "", name.casefold()))
    return [word for word in words if word not in _NO_NAME]


def with_targets(figures: FigureSet, titles: Mapping[str, str]) -> FigureSet:
    """Return figures with the targets that their names mean; a name that means none stays."""

    def renamed(figure: Figure) -> Figure:
        target, of = (target_named(name, titles) or name if name else None for name in (figure.target, figure.of))
        return figure if (target, of) == (figure.target, figure.of) else replace(figure, target=str(target), of=of)

    return replace(figures, figures=tuple(map(renamed, figures.figures)))
