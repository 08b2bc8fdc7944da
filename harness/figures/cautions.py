"""What limits all verdicts of a run: it is partial or invalid, or the machine was disturbed.

This module must not know single figures: a figure's own reason says what decided it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.marks import DISTURBED
from harness.experiment.outcome import invalidity
from harness.foreign_text import one_line
from harness.metrics.words import enumeration
from harness.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model import StoredRun, Trial

_JUDGED_TWICE = (
    "Numbers that this can change are judged twice: by all trials, and by the undisturbed ones. If too few are "
    "undisturbed, the second judgement is by an interval that is widened by the noise. If the two judgements disagree, "
    "the verdict is inconclusive"
)


def cautions(stored: StoredRun) -> list[str]:
    """Return a sentence or two for each limit of a run, and what it means for the verdicts; empty for a sound run."""
    return list(_cautions(stored))


def _cautions(stored: StoredRun) -> Iterator[str]:
    measured, planned = measured_blocks(stored), len(stored.run.plan.orders)
    if is_partial(stored):
        yield (
            f"The run is partial: it measured {measured} of its {planned} planned blocks. So its intervals are "
            "wider than planned, and more figures are inconclusive or not measured."
        )
    error = invalidity(stored)
    if error is not None:
        cause = one_line(error.cause.partition("\n")[0]).rstrip(".")
        where = "" if error.where == stored.run.id else f" ({error.where})"
        who = "A failed target or load has no numbers, so it decides no figure."
        yield f"The run is invalid: {error.what}{where}: {cause}. {who}"
    disturbed = [trial for trial in stored.trials if trial.flags]
    if disturbed:
        where = f"{DISTURBED} in {disturbed_share(stored)} ({kinds_of(disturbed)})"
        yield f"{where[0].upper()}{where[1:]}. {_JUDGED_TWICE}."


def is_partial(stored: StoredRun) -> bool:
    """Return whether a run ended before it had measured all blocks of its plan, and not by its stopping rule."""
    return stored.run.status is not RunStatus.COMPLETE and measured_blocks(stored) < len(stored.run.plan.orders)


def measured_blocks(stored: StoredRun) -> int:
    """Return the number of blocks with a trial that did not fail."""
    return len({trial.block for trial in stored.trials if trial.failure is None})


def kinds_of(trials: Iterable[Trial]) -> str:
    """Return the kinds of all disturbances of trials in words, each once."""
    return enumeration(sorted({flag.kind.words for one in trials for flag in one.flags}))


def disturbed_share(stored: StoredRun) -> str:
    """Return the disturbed blocks among all: `all 6 blocks`, `4 of 6 blocks`."""
    blocks = {trial.block for trial in stored.trials}
    disturbed = {trial.block for trial in stored.trials if trial.flags}
    if len(blocks) == 1:
        return "its only block"
    return f"all {len(blocks)} blocks" if disturbed == blocks else f"{len(disturbed)} of {len(blocks)} blocks"
