"""The invented run with samples of memory: Flask grows under load, Gin does not, and a trial of each differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.memory_curves import memory_curves
from harness.model import MemorySamples
from tests.report.material import material
from tests.report.measured import FLASK

if TYPE_CHECKING:
    from harness.model import Trial
    from harness.report.material import Material

MIB = 2**20
LASTS_S = 40.0


def with_memory(report: Material | None = None) -> Material:
    """Return a run whose trials have samples, and whose summary has the curves of its contestants."""
    whole = report or material()
    stored = replace(whole.stored, trials=tuple(map(sampled, whole.stored.trials)))
    return replace(whole, stored=stored, summary=replace(whole.summary, memory_curves=memory_curves(stored)))


def sampled(trial: Trial) -> Trial:
    """Return a trial with samples: in MiB 40 when ready, 44, 48 in the middle, then 64 and 50; of others a quarter.

    Each block has 1 MiB more than the one before.
    """
    of_flask = tuple((size + trial.block) * MIB for size in (40, 44, 48, 64, 50))
    sizes = of_flask if trial.subject == FLASK else tuple((10 + trial.block) * MIB for _ in of_flask)
    return replace(trial, memory=MemorySamples((-5.0, 0.0, LASTS_S / 2, 0.7 * LASTS_S, LASTS_S), sizes))
