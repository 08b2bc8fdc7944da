"""Compare the mutants that survived with the survivors in tests/mutants.toml.

A run passes if the tests kill at least the percentage of mutants in the file, if every survivor is in the file, and if
every mutant in the file survives. A survivor with a reason still counts as survived: a reason does not raise the score.
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
    """The content of tests/mutants.toml.

    Attributes:
        least_percent: The smallest share of all mutants that the tests must kill, in percent.
        modules: Patterns of the paths of modules.
        reasons: The reason for each survivor.
    """

    least_percent: float
    modules: tuple[str, ...]
    reasons: Mapping[Survivor, str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the rules in a file.

        Raises:
            ValueError: A survivor has no reason, or is listed twice.
        """
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
    """The number of mutants and the number of killed ones."""

    mutants: int
    killed: int

    @property
    def percent(self) -> float:
        """The killed share in percent; 100 without mutants."""
        return 100 * self.killed / self.mutants if self.mutants else 100.0


def score(outcomes: Iterable[Outcome]) -> Score:
    """Return the score; a mutant that timed out counts as killed."""
    counts = Counter(outcomes)
    return Score(counts.total(), counts.total() - counts[Outcome.SURVIVED])


def faults(rules: Rules, outcomes: Mapping[Survivor, Outcome], *, whole: bool = True) -> Iterator[str]:
    """Yield the reasons why a run fails; nothing if it passes.

    Args:
        rules: The rules of tests/mutants.toml.
        outcomes: The outcome of every mutant that was tried.
        whole: Whether all mutants of the modules were tried. Otherwise score and outdated entries are not checked.
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
