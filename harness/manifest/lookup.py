"""Words of a command line or a file, looked up by name; an unknown one is refused with the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import UsageError, nearest
from harness.model import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model import Target


def find_subjects(words: Iterable[str], targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Turn `flask_app`, `gin_app:release` or several with commas into subjects, in order, each once.

    Raises:
        UsageError: A target or variant is unknown; names the nearest.
    """
    found: dict[Subject, None] = {}
    for word in (part.strip() for words_ in words for part in words_.split(",")):
        name, _, variant = word.partition(":")
        if name not in targets:
            raise UsageError(
                "unknown target", where=word, cause="no such folder in targets/", remedy=nearest(name, targets)
            )
        target = targets[name]
        variants = [v.name for v in target.variants]
        if variant and variant not in variants:
            raise UsageError(
                "unknown variant",
                where=word,
                cause=f"{target.title} has none of that name",
                remedy=nearest(variant, variants),
            )
        found[Subject(name, variant or target.default_variant)] = None
    return tuple(found)


def find_all(kind: str, text: str, known: Iterable[str]) -> list[str]:
    """Split what is separated by commas into known words, in order, each once.

    Raises:
        UsageError: A word is not known, and the nearest is named; or there is none.
    """
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise UsageError(f"no {kind}", where=repr(text), cause="it names none", remedy=nearest("", known))
    for word in words:
        _require(kind, word, known)
    return words


def find_one(kind: str, word: str, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - returns what the mapping holds
    """Look a scenario, profile or document up by name.

    Raises:
        UsageError: There is none; names the nearest.
    """
    _require(kind, word, known)
    return known[word]


def _require(kind: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise UsageError(f"unknown {kind}", where=word, cause=f"no {kind} of that name", remedy=nearest(word, known))
