"""Online facts: what pages quote of a framework and no run can measure. Pure; it knows no service."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fact(StrEnum):
    """A fact that a public service states about a framework."""

    STARS = "stars"
    QUESTIONS = "questions"
    WEEKLY_DOWNLOADS = "weekly_downloads"
    PACKAGES = "packages"
    LATEST_RELEASE = "latest_release"

    @property
    def words(self) -> str:
        """The fact in words, behind a number: `71,000 stars of its repository`."""
        return _WORDS[self]

    @property
    def hardly_falls(self) -> bool:
        """Whether the number counts what has ever been added, so that it was hardly larger on the date of a page."""
        return self in {Fact.STARS, Fact.QUESTIONS, Fact.PACKAGES}


_WORDS = {
    Fact.STARS: "stars of its repository",
    Fact.QUESTIONS: "questions with its tag",
    Fact.WEEKLY_DOWNLOADS: "downloads in the last week",
    Fact.PACKAGES: "packages of its registry",
    Fact.LATEST_RELEASE: "as the latest release",
}


_NAMED = tuple(
    (fact, re.compile(pattern, re.IGNORECASE))
    for fact, pattern in (
        (Fact.STARS, r"\bgithub stars?\b|^stars?\b"),
        (Fact.QUESTIONS, r"\bstack ?overflow (?:tagged )?questions?\b"),
        (Fact.WEEKLY_DOWNLOADS, r"\bweekly downloads?\b|\bdownloads? (?:per|a|/) ?week\b"),
        (Fact.PACKAGES, r"\bpackage ecosystem\b"),
    )
)

NOT_ASKED = "Only a public service states it: harness check --online asks there."
"""The reason of a figure about an online fact, as long as no service was asked."""


def fact_named(words: str) -> Fact | None:
    """Return the fact that the words of a page name; None if they name none."""
    return next((fact for fact, pattern in _NAMED if pattern.search(words)), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered.

    Attributes:
        value: A number, or the version of a release.
        service: Its name: `GitHub`.
        date: The date of the answer, in ISO form, by the service's own clock.
    """

    fact: Fact
    value: float | str
    service: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why there is no answer, as a sentence."""

    reason: str


def same_release(stated: str, latest: str) -> bool:
    """Return whether a stated version names a release: `3.1` and `v3.1` name 3.1.2, `3` does, `3.0` does not."""
    wanted, known = (version.strip().lower().removeprefix("v") for version in (stated, latest))
    return known == wanted or known.startswith(f"{wanted}.")


def number_of(found: Sequence[Answer]) -> float:
    """Return the number of an answer, or the ratio of two; NaN without one."""
    values = [one.value if isinstance(one.value, float) else math.nan for one in found]
    if len(values) == 1:
        return values[0]
    return values[0] / values[1] if values[1] else math.nan
