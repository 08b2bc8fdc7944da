"""Look-ups of targets, scenarios and other names; the error for an unknown name suggests the nearest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import UsageError, nearest, refuse_doubles
from harness.model import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model import Target


def find_subjects(words: Iterable[str], targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Return the subjects of words such as `flask_app` or `gin_app:release,flask_app`, in order, each once.

    A comma at the end, or two in a row, name nothing.

    Raises:
        UsageError: A target or variant is unknown; it suggests the nearest name.
    """
    subjects: dict[Subject, None] = {}
    for word in filter(None, (part.strip() for text in words for part in text.split(","))):
        name, _, variant = word.partition(":")
        if name not in targets:
            raise UsageError(
                "unknown target", where=word, cause="targets/ has no such folder", remedy=nearest(name, targets)
            )
        target = targets[name]
        variants = [v.name for v in target.variants]
        if variant and variant not in variants:
            raise UsageError(
                "unknown variant",
                where=word,
                cause=f"{target.title} has no such variant",
                remedy=nearest(variant, variants),
            )
        subjects[Subject(name, variant or target.default_variant)] = None
    return tuple(subjects)


def find_all(kind: str, text: str, known: Iterable[str]) -> list[str]:
    """Return the known words of a comma-separated list, in order.

    Raises:
        UsageError: A word is unknown, with the nearest one suggested; or it is named twice, or the list is empty.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UsageError(f"no {kind}", where=repr(text), cause="the list is empty", remedy=nearest("", known))
    for word in words:
        require(kind, word, known)
    refuse_doubles(kind, zip(words, words, strict=True))
    return words


def find_one(kind: str, word: str, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - returns what the mapping holds
    """Return a scenario, profile or document by name.

    Raises:
        UsageError: The name is unknown; it suggests the nearest one.
    """
    require(kind, word, known)
    return known[word]


def require(kind: str, word: str, known: Iterable[str], more: str = "") -> None:
    """Refuse an unknown word.

    Raises:
        UsageError: It is unknown; the remedy is the nearest known one, and `more`.
    """
    if word not in known:
        remedy = f"{nearest(word, known)}{more}"
        raise UsageError(f"unknown {kind}", where=word, cause=f"there is no such {kind}", remedy=remedy)
