"""Plan of a run, decided before the first request: blocks, random orders, slices.

Every random draw has its own seed (`seed:block:purpose`). So a plan made twice is the same plan, and a change to one
draw changes no other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.block import Batch, BlockPlan
from harness.measure.ladder import OwnRate
from harness.measure.limits import PRACTICAL_P99_S, Limit, SearchPlan, most_connections
from harness.model import Load, LoadKind, Plan, Profile, Revision, Slice, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OPEN_CONNECTIONS = 64
_WARMUP_SLICE_S = 0.5
# Durations of a block besides its slices, to estimate a plan's length; from runs on a two-core machine.
_START_S = 0.4
_SLICE_OVERHEAD_S = 0.02
_ATTEMPTS = 28


def make_plan(  # noqa: PLR0913 - a plan has this many parts
    profile: Profile,
    subjects: Sequence[Subject],
    scenarios: Sequence[str],
    seed: int,
    runtime: str,
    *,
    ceiling: Subject | None = None,
    control: Subject | None = None,
    drops_page_cache: bool = False,
    against: Revision | None = None,
) -> Plan:
    """Return the plan of a run: its targets, its scenarios, and the order in which the targets of each block start.

    Args:
        profile: How thoroughly to measure.
        subjects: The targets, the reference of comparisons first.
        scenarios: Their names, the headline scenario first.
        seed: Fixes every random choice of the run.
        runtime: The name of the runtime.
        ceiling: The null target, if there is one; it is driven only with the headline scenario.
        control: The reference's second copy, if there is one. It is driven only with the headline scenario, after the
            same warm-up as the reference.
        drops_page_cache: Whether to time the same number of starts without the page cache as well.
        against: The revision whose builds are among the subjects.
    """
    orders = []
    for block in range(profile.blocks):
        order = [*subjects, *filter(None, (ceiling, control))]
        _rng(seed, block, "order").shuffle(order)
        orders.append(tuple(order))
    return Plan(
        profile,
        tuple(subjects),
        tuple(scenarios),
        seed,
        runtime,
        tuple(orders),
        ceiling,
        control,
        drops_page_cache=drops_page_cache,
        against=against,
    )


def block_plan(plan: Plan, block: int) -> BlockPlan:
    """Return the plan of one block."""
    profile = plan.profile
    batches = [_warm_up(plan, block), *_closed(plan, block), *_open(plan, block)]
    return BlockPlan(
        number=block,
        order=plan.orders[block],
        batches=tuple(batches),
        cold_starts=profile.cold_starts,
        uncached_starts=profile.cold_starts if plan.drops_page_cache else 0,
        discarded_starts=profile.discarded_starts if block == 0 else 0,
        seed=plan.seed + block,
        own_rates=tuple(_own_rates(plan, block)),
        idle_s=profile.idle_s,
        searches=tuple(_searches(plan, block, [part for batch in batches for part in batch.slices])),
        after_load_s=profile.after_load_s,
    )


def expected_s(plan: Plan, first: int = 0, end: int | None = None) -> float:
    """Return the expected duration of a plan's blocks from `first` to before `end`, in seconds, without builds."""
    blocks = len(plan.orders) if end is None else end
    return sum(_block_s(block_plan(plan, block)) for block in range(first, blocks))


def measured_s(plan: BlockPlan) -> float:
    """Return the total duration of a block's counted slices, in seconds, for the subjects in its order."""
    counted = (part for batch in plan.batches if batch.counted for part in batch.slices)
    durations = [(part.subject, part.duration_s) for part in counted]
    durations += [(subject, own.slice_s) for own in plan.own_rates for subject in own.subjects]
    return sum(duration_s for subject, duration_s in durations if subject in plan.order)


def _block_s(block: BlockPlan) -> float:
    durations_s = [part.duration_s for batch in block.batches for part in batch.slices]
    durations_s += [own.slice_s for own in block.own_rates for _ in own.subjects]
    for search in block.searches:
        durations_s += [search.least_s] * (_ATTEMPTS * len(search.subjects))
    starts = len(block.order) * (block.cold_starts + block.discarded_starts + block.uncached_starts)
    rests_s = block.idle_s + block.after_load_s
    return starts * _START_S + rests_s + sum(duration_s + _SLICE_OVERHEAD_S for duration_s in durations_s)


@dataclass(frozen=True, slots=True)
class _Cell:
    """The design of one batch: a scenario under a load, in a number of rounds."""

    scenario: str
    load: Load
    rounds: int
    slice_s: float
    discard_s: float


def _rng(seed: int, block: int, purpose: str) -> random.Random:
    return random.Random(f"{seed}:{block}:{purpose}")  # noqa: S311 - an order of slices, no secret


def _warm_up(plan: Plan, block: int) -> Batch:
    """Return the warm-up batch: every target is driven with every scenario, in turns, for at least `warmup_s` each."""
    profile = plan.profile
    load = Load(LoadKind.CLOSED, max(profile.connections))
    rounds = max(len(plan.scenarios), round(profile.warmup_s / _WARMUP_SLICE_S))
    slice_s = profile.warmup_s / rounds
    rng = _rng(plan.seed, block, "warm-up")
    slices: list[Slice] = []
    for number in range(rounds):
        scenario = plan.scenarios[number % len(plan.scenarios)]
        subjects = [one for one in plan.orders[block] if one != plan.ceiling or scenario == plan.scenarios[0]]
        slices += [
            Slice(len(slices) + place, subject, scenario, load, slice_s, 0.0, rng.getrandbits(32))
            for place, subject in enumerate(subjects)
        ]
    return Batch("warming up", tuple(slices), counted=False)


def _closed(plan: Plan, block: int) -> Iterator[Batch]:
    """Yield batches of closed load in random order: the headline scenario at every level, the others at one level."""
    profile = plan.profile
    headline, *others = plan.scenarios
    cells = [(headline, connections) for connections in profile.connections]
    cells += [(scenario, profile.other_connections) for scenario in others]
    _rng(plan.seed, block, "levels").shuffle(cells)
    for scenario, connections in cells:
        is_headline = (scenario, connections) == (headline, profile.headline_connections)
        rounds = (is_headline and profile.headline_rounds) or profile.rounds
        load = Load(LoadKind.CLOSED, connections)
        yield _batch(plan, block, _Cell(scenario, load, rounds, profile.slice_s, profile.discard_s))


def _open(plan: Plan, block: int) -> Iterator[Batch]:
    """Yield batches of open load for latency: the headline scenario at every rate."""
    profile = plan.profile
    for rate_per_s in profile.open_rates_per_s:
        load = Load(LoadKind.POISSON, OPEN_CONNECTIONS, rate_per_s)
        cell = _Cell(plan.scenarios[0], load, profile.open_rounds, profile.open_slice_s, profile.open_discard_s)
        yield _batch(plan, block, cell)


def _driven(plan: Plan, cell: _Cell) -> tuple[Subject, ...]:
    if cell.scenario != plan.scenarios[0]:
        return plan.subjects
    return (*plan.subjects, *filter(None, (plan.ceiling, plan.control)))


def _batch(plan: Plan, block: int, cell: _Cell) -> Batch:
    """Return a batch whose targets alternate slice by slice, in random order.

    Slices that are close in time run under the same conditions of the machine.
    """
    title = f"{cell.scenario}, {cell.load}"
    rng = _rng(plan.seed, block, title)
    draws = _draws(rng, _driven(plan, cell), cell.rounds)
    slices = (
        Slice(number, subject, cell.scenario, cell.load, cell.slice_s, cell.discard_s, seed)
        for number, (subject, seed) in enumerate(draws)
    )
    return Batch(title, tuple(slices))


def _draws(rng: random.Random, subjects: Sequence[Subject], rounds: int) -> Iterator[tuple[Subject, int]]:
    for _ in range(rounds):
        order = list(subjects)
        rng.shuffle(order)
        seed = rng.getrandbits(32)  # all targets of a round have the same seed, so they get the same requests
        yield from ((subject, seed) for subject in order)


def _own_rates(plan: Plan, block: int) -> Iterator[OwnRate]:
    """Yield the steps of the ladder in random order: each target once, at a share of its own peak."""
    profile = plan.profile
    shares = list(profile.own_shares)
    _rng(plan.seed, block, "ladder").shuffle(shares)
    subjects = (*plan.subjects, *filter(None, [plan.control]))
    for share in shares:
        yield OwnRate(
            scenario=plan.scenarios[0],
            share=share,
            draws=tuple(_draws(_rng(plan.seed, block, f"own {share:g}"), subjects, 1)),
            connections=OPEN_CONNECTIONS,
            slice_s=profile.open_slice_s,
            discard_s=profile.open_discard_s,
            null=plan.ceiling,
        )


def _searches(plan: Plan, block: int, slices: Sequence[Slice]) -> Iterator[SearchPlan]:
    """Yield the searches for the contestants' limits. `slices` are the other slices; their connections count."""
    profile = plan.profile
    if profile.objective_p99_s is None:
        return
    for limit, objective_p99_s in ((Limit.RATE, profile.objective_p99_s), (Limit.CONNECTIONS, PRACTICAL_P99_S)):
        yield SearchPlan(
            limit=limit,
            scenario=plan.scenarios[0],
            subjects=plan.subjects,
            objective_p99_s=objective_p99_s,
            most_connections=most_connections(slices, plan.subjects),
            slice_s=profile.attempt_slice_s,
            discard_s=profile.attempt_discard_s,
            seed=f"{plan.seed}:{block}:{limit.value}",
        )
