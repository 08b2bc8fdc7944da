"""A run with paced users, summarised from trials: beside an eager scenario, or alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.analysis.summary import summarise
from harness.documents import as_json, run_document
from harness.measure.latency import distributions
from harness.measure.paced import paced_rate
from harness.model import (
    DrivenSlice,
    Load,
    LoadKind,
    Measurement,
    Pace,
    ScenarioTraits,
    Slice,
    StoredRun,
    Subject,
    Trial,
)
from harness.report.material import Material
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.report.material import PROFILE, TARGETS
from tests.report.measured import FLASK, GIN
from tests.trials import a_plan, a_run, a_trial

SHOP = ScenarioTraits("shop", (), drives_open=False, pace=Pace.PACED, mean_pause_s=5.5)
USERS = Load(LoadKind.PACED, 32)
IDLE = Measurement("memory.idle", Unit.BYTE, 46.5 * 2**20)
HELLO = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6_000.0, "hello")


def with_paced(*scenarios: str, blocks: int = 3) -> Material:
    """Return a run of these scenarios; `shop` is paced, and `hello` is not."""
    profile = replace(PROFILE, blocks=blocks)
    plan = replace(a_plan(FLASK, GIN, scenarios=scenarios, blocks=blocks), profile=profile, traits=(SHOP,))
    others = (HELLO,) if "hello" in scenarios else ()
    trials = tuple(a_paced_trial(block, subject, *others) for block in range(blocks) for subject in (FLASK, GIN))
    stored = StoredRun(a_run(plan), trials)
    summary = summarise(stored)
    return Material(summary, stored, TARGETS, as_json(run_document(summary)))


def a_paced_trial(block: int, subject: Subject, *found: Measurement) -> Trial:
    """Return a trial with a paced slice of a minute; Gin answers ten times as fast."""
    order = Slice(0, subject, "shop", USERS, 60.6, 5.5, seed=1)
    fastest_s = 0.0002 if subject == GIN else 0.002
    rate_per_s = 5.7 + block / 10
    samples_s = np.linspace(fastest_s, 2 * fastest_s + block / 1e5, round(55.1 * rate_per_s)).tolist()
    slices = (DrivenSlice(order, replace(driven(order, rate_per_s=rate_per_s), service=histogram_of(samples_s))),)
    rate = paced_rate(slices)
    assert isinstance(rate, Measurement)
    memory = replace(IDLE, value=IDLE.value + block)
    trial = a_trial(block, subject, *(replace(one, value=one.value + block) for one in found), rate, memory)
    return replace(trial, slices=slices, distributions=distributions(slices))
