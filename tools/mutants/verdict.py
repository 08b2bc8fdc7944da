"""Compares the mutants that survived with those that tests/mutants.toml explains.

A run passes when the tests kill at least the percentage of mutants that the file asks for, and when every survivor is
explained and every explained one survives. An explained survivor counts as survived: a reason does not raise the score.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tools.mutants.trial import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Survivor:
    """A mutant, by its module's path and its name."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What tests/mutants.toml says.

    Attributes:
        least_percent: Of all mutants, how many the tests end at least.
        modules: Patterns of the paths of modules.
        reasons: Why a survivor may survive.
    """

    least_percent: float
    modules: tuple[str, ...]
    reasons: Mapping[Survivor, str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; raises ValueError where a survivor has no reason or stands there twice."""
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        reasons: dict[Survivor, str] = {}
        for entry in document.get("survivor", []):
            survivor = Survivor(entry["module"], entry["mutant"])
            if survivor in reasons or not entry["reason"].strip():
                raise ValueError(f"{path.name}: {survivor.module}: {survivor.name}: one reason is needed")
            reasons[survivor] = entry["reason"]
        return cls(document["least_percent"], tuple(document["modules"]), reasons)


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there are, and how many the tests ended."""

    mutants: int
    killed: int

    @property
    def percent(self) -> float:
        """The share that was ended; 100 of nothing."""
        return 100 * self.killed / self.mutants if self.mutants else 100.0


def score(outcomes: Iterable[Outcome]) -> Score:
    """Count the mutants; one that hangs is ended as well."""
    counts = Counter(outcomes)
    return Score(counts.total(), counts.total() - counts[Outcome.SURVIVED])


def faults(rules: Rules, outcomes: Mapping[Survivor, Outcome], *, whole: bool = True) -> Iterator[str]:
    """Yield why a run fails; nothing where it passes.

    Args:
        rules: What is asked.
        outcomes: Of every mutant that was tried.
        whole: Whether these are all mutants of their modules; otherwise there is no score and no entry is out of date.
    """
    survived = {mutant for mutant, outcome in outcomes.items() if outcome is Outcome.SURVIVED}
    yield from (f"{one.module}: survived: {one.name}" for one in sorted(survived - rules.reasons.keys()))
    if not whole:
        return
    modules = {mutant.module for mutant in outcomes}
    explained = {one for one in rules.reasons if one.module in modules}
    yield from (f"{one.module}: explained, and does not survive: {one.name}" for one in sorted(explained - survived))
    total = score(outcomes.values())
    if total.percent < rules.least_percent:
        yield f"{total.percent:.1f} % of the mutants were killed, {rules.least_percent:g} % are needed"
