"""The warnings of a run, grouped: a line for a disturbed block, and one for all warnings that differ by numbers alone.

A warning about one number also stands beside that number, as a footnote. This module must not know markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.alike_texts import grouped, joined, own_numbers
from harness.analysis.marks import DISTURBED
from harness.figures.cautions import kinds_of
from harness.metrics.words import enumeration, phrase_of
from harness.report.tables import pair_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.material import Material

_DISTURBED = re.compile(rf"{DISTURBED} in \d+ of \d+ blocks \(")


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning, with all places that it concerns.

    Attributes:
        text: The warning; where its places differ by their numbers, the smallest and the largest of them.
        places: Each place, with the numbers of its own if they differ, in the order of the text; empty for a warning
            about a whole block.
    """

    text: str
    places: tuple[str, ...]


def warnings(material: Material) -> tuple[Warned, ...]:
    """Return the warnings of the run, its blocks, its results and its comparisons, each once with all its places."""
    blocks = tuple(_disturbed_blocks(material))
    others = ((text, place) for text, place in _warned(material) if not (blocks and _DISTURBED.match(text)))
    return (*blocks, *map(_group, grouped(others)))


def _group(texts: dict[str, list[str]]) -> Warned:
    """Return one warning for texts that differ by their numbers alone, each with its places."""
    of_texts = zip(own_numbers(tuple(texts)), texts.values(), strict=True)
    return Warned(
        joined(tuple(texts)),
        tuple(f"{place}: {enumeration(own)}" if own else place for own, places in of_texts for place in places),
    )


def _disturbed_blocks(material: Material) -> Iterator[Warned]:
    """Yield a warning for each block with disturbed trials: `block 3 was disturbed (memory was short) in ...`."""
    for block in sorted({trial.block for trial in material.stored.trials if trial.flags}):
        trials = [trial for trial in material.stored.trials if trial.block == block]
        flagged = [trial for trial in trials if trial.flags]
        kinds = kinds_of(flagged)
        names = enumeration([material.name_of(trial.subject) for trial in flagged])
        which = "all its trials" if len(flagged) == len(trials) else f"the trials of {names}"
        yield Warned(f"block {block + 1} was disturbed ({kinds}) in {which}", ())


def _warned(material: Material) -> Iterator[tuple[str, str]]:
    for difference in material.summary.run.setup_differences:
        subjects = (subject for subject in difference.subjects if material.is_shown(subject.target))
        yield from ((difference.message, material.name_of(subject)) for subject in subjects)
    for result in material.contested_results():
        for text in result.warnings:
            yield text, _place(material.name_of(result.subject), result.metric, result.scenario)
    for comparison in material.summary.comparisons:
        pair = (comparison.subject, comparison.reference)
        for text in comparison.warnings if pair in material.pairs else ():
            yield text, _place(pair_name(material, pair), comparison.metric, comparison.scenario)


def _place(name: str, metric: str, scenario: str | None) -> str:
    return ", ".join(part for part in (name, phrase_of(metric), scenario) if part)
