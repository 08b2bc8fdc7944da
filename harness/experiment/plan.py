"""Plan of a run, decided before the first request: blocks, random orders, load times.

The slices of closed load are made in each block, from the response times of its warm-up (`harness.measure.closed`).
Every random draw has its own seed (`seed:block:purpose`). So a plan made twice is the same plan, and a change to one
draw changes no other.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.measure.block_plan import Batch, BlockPlan
from harness.measure.closed import ClosedBatch, draws
from harness.measure.ladder import OwnRate
from harness.measure.lasting import beside_s
from harness.measure.limits import PRACTICAL_P99_S, Limit, SearchPlan, most_connections
from harness.measure.paced import LONGEST_SLICE_S, PacedBatch
from harness.measure.timing import PLANNED_RESPONSE_S, ending_s
from harness.measure.unscheduled import NO_OPEN_LOAD, without_open_load
from harness.model import Load, LoadKind, Plan, Profile, Revision, Slice, Subject
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.model import ScenarioTraits, Target

OPEN_CONNECTIONS = 64
_WARMUP_PASSES = 2  # the faster one shows the response time; a disturbance is seldom in both
_CEILING_WARMUP = 1 / 6  # of the others' duration: the null target has nothing to warm up but its connections
# Durations of a block besides its slices, to estimate a plan's length; from runs on a two-core machine.
_START_S = 0.4
_IN_TURN_FROM = 6  # blocks: each of two limits then has at least three values


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
    target_cpus: int = 1,
    generator_cpus: int | None = None,
    locust_args: str = "",
    traits: Sequence[ScenarioTraits] = (),
) -> Plan:
    """Return the plan of a run: its targets, its scenarios, and the order in which the targets of each block start.

    Args:
        profile: How thoroughly to measure.
        subjects: The targets, the reference of comparisons first.
        scenarios: Their names; the first that is not paced is the headline scenario.
        seed: Fixes every random choice of the run.
        runtime: The name of the runtime.
        ceiling: The null target, if there is one; it is driven only with the headline scenario.
        control: The reference's second copy, if there is one. It is driven only with the headline scenario, after the
            same warm-up as the reference.
        drops_page_cache: Whether to time the same number of starts without the page cache as well.
        against: The revision whose builds are among the subjects.
        target_cpus: The number of CPUs of each target.
        generator_cpus: The number of CPUs of the generator; None for one for each worker.
        locust_args: The arguments for the locustfiles.
        traits: The traits of the scenarios; without traits all users are lane users.

    Raises:
        UsageError: A paced scenario takes too long.
    """
    plan = Plan(
        profile,
        tuple(subjects),
        tuple(scenarios),
        seed,
        runtime,
        _orders(profile, (*subjects, *filter(None, (ceiling, control))), seed),
        ceiling,
        control,
        drops_page_cache=drops_page_cache,
        against=against,
        target_cpus=target_cpus,
        generator_cpus=generator_cpus,
        locust_args=locust_args,
        traits=tuple(traits),
    )
    _refuse_unending(plan)
    return plan


def _refuse_unending(plan: Plan) -> None:
    """Refuse a paced scenario whose slice would last longer than `LONGEST_SLICE_S`."""
    for batch in paced_batches(plan, 0):
        traits, lasts_s = batch.traits, batch.slice_s()
        is_endless = traits.shape is not None and traits.shape_s is None
        if lasts_s <= LONGEST_SLICE_S and not is_endless:
            continue
        lasts, most = human(lasts_s, Unit.SECOND), f"a slice lasts {LONGEST_SLICE_S:g} s at most"
        remedy = f"Let its tick() return None within {LONGEST_SLICE_S:g} s, or leave the scenario out."
        if is_endless:
            cause = f"its {traits.shape} does not end, and {most}"
        elif traits.shape is not None:
            cause = f"its {traits.shape} runs for {lasts}, and {most}"
        else:
            pause = human(traits.mean_pause_s, Unit.SECOND)
            cause = f"its users pause {pause} on average, so ten cycles take {lasts}, and {most}"
            remedy = "Shorten the pauses, or leave the scenario out."
        raise UsageError("a paced scenario takes too long", where=batch.scenario, cause=cause, remedy=remedy)


def with_conditions(
    subjects: Sequence[Subject], targets: Mapping[str, Target], *, all_variants: bool, by_cpus: Iterable[int]
) -> tuple[Subject, ...]:
    """Return chosen subjects, then the other variants of their targets, then the chosen ones on numbers of CPUs.

    Args:
        subjects: The chosen subjects.
        targets: The targets by name.
        all_variants: Whether the other variants are subjects, too.
        by_cpus: The numbers of CPUs.
    """
    chosen = [targets[name] for name in dict.fromkeys(one.target for one in subjects)] if all_variants else []
    variants = (Subject(target.name, variant.name) for target in chosen for variant in target.variants)
    on_cpus = (replace(one, cpus=cpus) for cpus in by_cpus for one in subjects)
    return tuple(dict.fromkeys((*subjects, *variants, *on_cpus)))


def throughput_by_cpus(plan: Plan) -> str | None:
    """Return which numbers of CPUs a plan measures the throughput by, and which the machine lacks; None without any."""
    wanted = plan.profile.by_cpus
    if not wanted:
        return None
    driven = sorted({plan.cpus_of(subject) for subject in plan.subjects})
    missing = [str(number) for number in wanted if number not in driven]
    measured = f"throughput by CPUs: {', '.join(map(str, driven))}"
    if plan.against is not None:
        return f"{measured}; a run against a revision has no other numbers of CPUs"
    return (
        f"{measured}; this machine has too few beside the generator for {', '.join(missing)}" if missing else measured
    )


def with_seed(plan: Plan, seed: int) -> Plan:
    """Return the same plan with the random choices of another seed."""
    return replace(plan, seed=seed, orders=_orders(plan.profile, plan.all_subjects, seed))


def _orders(profile: Profile, subjects: Sequence[Subject], seed: int) -> tuple[tuple[Subject, ...], ...]:
    """Return the order in which the targets of each block start."""
    orders = []
    for block in range(profile.blocks):
        order = list(subjects)
        _rng(seed, block, "order").shuffle(order)
        orders.append(tuple(order))
    return tuple(orders)


def block_plan(plan: Plan, block: int) -> BlockPlan:
    """Return the plan of one block."""
    profile = plan.profile
    warm_up, opened = _warm_up(plan, block), tuple(_open(plan, block))
    starts = profile.cold_starts_of(block)
    planned = BlockPlan(
        number=block,
        order=plan.orders[block],
        batches=(warm_up, *_closed(plan, block), *opened, *_paced(plan, block)),
        cold_starts=starts,
        uncached_starts=starts if plan.drops_page_cache else 0,
        discarded_starts=profile.discarded_starts if block == 0 else 0,
        seed=plan.seed + block,
        ceiling=plan.ceiling,
        own_rates=tuple(_own_rates(plan, block)),
        idle_s=profile.idle_s,
        # the warm-up has every level of closed load, so these slices hold the most connections of each target
        searches=tuple(_searches(plan, block, [part for batch in (warm_up, *opened) for part in batch.slices])),
        after_load_s=profile.after_load_s,
    )
    is_open = plan.headline is None or plan.traits_of(plan.headline).drives_open
    return planned if is_open else without_open_load(planned, NO_OPEN_LOAD)


def expected_s(plan: Plan, first: int = 0, end: int | None = None, *, response_s: float = PLANNED_RESPONSE_S) -> float:
    """Return the expected duration of a plan's blocks from `first` to before `end`, in seconds, without builds.

    It holds for targets that answer within `response_s` at every level. Slower answers make slices longer.
    """
    return sum(expected_blocks_s(plan, first, end, response_s=response_s))


def expected_blocks_s(
    plan: Plan, first: int = 0, end: int | None = None, *, response_s: float = PLANNED_RESPONSE_S
) -> tuple[float, ...]:
    """Return the expected duration of each block, as in `expected_s`."""
    blocks = len(plan.orders) if end is None else end
    return tuple(_block_s(block_plan(plan, block), response_s) for block in range(first, blocks))


def measured_s(plan: BlockPlan, *, response_s: float = PLANNED_RESPONSE_S) -> float:
    """Return the total duration of a block's counted slices, in seconds, for the subjects in its order."""
    durations = [(part.subject, part.duration_s) for part in counted_slices(plan, response_s=response_s)]
    durations += [(subject, own.slice_s) for own in plan.own_rates for subject in own.subjects]
    return sum(duration_s for subject, duration_s in durations if subject in plan.order)


def counted_slices(plan: BlockPlan, *, response_s: float = PLANNED_RESPONSE_S) -> Iterator[Slice]:
    """Yield the counted slices of a block's batches for targets that all answer within `response_s`."""
    for batch in plan.batches:
        if not isinstance(batch, Batch):
            yield from batch.planned(response_s).slices
        elif batch.counted:
            yield from batch.slices


def _block_s(block: BlockPlan, response_s: float) -> float:
    warm_up = (
        part for batch in block.batches if isinstance(batch, Batch) and not batch.counted for part in batch.slices
    )
    counted = counted_slices(block, response_s=response_s)
    starts = len(block.order) * (block.cold_starts + block.discarded_starts + block.uncached_starts)
    slices_s = sum(part.duration_s + ending_s(response_s) for part in chain(warm_up, counted))
    return starts * _START_S + slices_s + beside_s(block, block.order, response_s)


def _rng(seed: int, block: int, purpose: str) -> random.Random:
    return random.Random(f"{seed}:{block}:{purpose}")  # noqa: S311 - an order of slices, no secret


def _warm_up(plan: Plan, block: int) -> Batch:
    """Return the warm-up batch: every target is driven in every scenario at every level, for `warmup_s` in total.

    Every scenario is driven over one connection too, which shows what its answers take without a queue. Subjects on
    their own CPUs are driven only as in the rest of the block, and the ceiling for a shorter time as well. Paced users
    follow, for one cycle.
    """
    profile, headline = plan.profile, plan.headline
    planned = _cells(plan)
    loads = {*planned, *((scenario, 1) for scenario, _ in planned)}
    cells = sorted(loads, key=lambda cell: (cell[0] != headline, -cell[1], plan.scenarios.index(cell[0])))
    own = [cell for cell in planned if cell[0] == headline]
    slice_s = profile.warmup_s / (_WARMUP_PASSES * max(1, len(cells)))
    ceiling_s = _CEILING_WARMUP * profile.warmup_s / (_WARMUP_PASSES * max(1, len(own)))
    rng = _rng(plan.seed, block, "warm-up")
    slices: list[Slice] = []
    for scenario, connections in cells * _WARMUP_PASSES:
        load = Load(LoadKind.CLOSED, connections)
        for subject in plan.orders[block]:
            if (scenario, connections) in own or (subject != plan.ceiling and subject.cpus is None):
                lasts_s = ceiling_s if subject == plan.ceiling else slice_s
                slices.append(Slice(len(slices), subject, scenario, load, lasts_s, 0.0, rng.getrandbits(32)))
    for paced in _paced(plan, block):
        if paced.traits.shape is not None:
            continue  # a shape begins in its slice
        seed = rng.getrandbits(32)
        for one in (subject for subject in plan.orders[block] if subject in paced.subjects):
            slices.append(Slice(len(slices), one, paced.scenario, paced.load, paced.warm_up_s, 0.0, seed))
    return Batch("warming up", tuple(slices), counted=False)


def _cells(plan: Plan) -> list[tuple[str, int]]:
    """Return the scenarios and levels of closed load: the headline scenario at every level, the others at one."""
    profile, headline = plan.profile, plan.headline
    others = [name for name in plan.scenarios if name != headline and not plan.is_paced(name)]
    cells = [] if headline is None else [(headline, connections) for connections in profile.connections]
    return cells + [(scenario, profile.other_connections) for scenario in others]


def _closed(plan: Plan, block: int) -> Iterator[ClosedBatch]:
    """Yield batches of closed load in random order."""
    profile = plan.profile
    headline = plan.headline, profile.headline_connections
    cells = _cells(plan)
    _rng(plan.seed, block, "levels").shuffle(cells)
    for scenario, connections in cells:
        load = Load(LoadKind.CLOSED, connections)
        subjects = plan.all_subjects if scenario == plan.headline else _in_all_loads(plan.subjects)
        load_s = profile.load_s(len(subjects), is_headline=(scenario, connections) == headline)
        seed = f"{plan.seed}:{block}:{scenario}, {load}"
        yield ClosedBatch(scenario, load, subjects, load_s, profile, seed)


def _paced(plan: Plan, block: int) -> Iterator[PacedBatch]:
    """Yield the batches of paced users of a block, in the order of the scenarios."""
    yield from (batch for batch in paced_batches(plan, block) if block < paced_blocks(plan, batch))


def paced_batches(plan: Plan, block: int) -> Iterator[PacedBatch]:
    """Yield the batches of all paced scenarios. Neither the null target nor the control is driven with them."""
    subjects = _in_all_loads(plan.subjects)
    for traits in map(plan.traits_of, plan.paced):
        load = Load(LoadKind.PACED, traits.shape_users or plan.profile.other_connections)
        seed = f"{plan.seed}:{block}:{traits.name}, {load}"
        yield PacedBatch(traits, load, subjects, plan.profile, seed)


def users_of(plan: Plan, scenario: str) -> tuple[int, ...]:
    """Return the numbers of users, or connections, with which a plan drives a scenario, ascending."""
    paced = {batch.load.connections for batch in paced_batches(plan, 0) if batch.scenario == scenario}
    return tuple(sorted(paced | {connections for name, connections in _cells(plan) if name == scenario}))


def paced_blocks(plan: Plan, batch: PacedBatch) -> int:
    """Return the number of blocks, from the first, that drive a paced scenario: the most that its profile affords."""
    blocks, affordable_s = len(plan.orders), plan.profile.paced_s
    return blocks if affordable_s is None else max(1, min(blocks, int(affordable_s / batch.slice_s())))


def _in_all_loads(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Return the subjects that are driven in all loads: those without their own number of CPUs."""
    return tuple(subject for subject in subjects if subject.cpus is None)


def _open(plan: Plan, block: int) -> Iterator[Batch]:
    """Yield batches of open load for latency: the headline scenario at every rate.

    The targets alternate slice by slice, in random order: slices that are close in time run under the same conditions
    of the machine.
    """
    profile, scenario = plan.profile, plan.headline
    if scenario is None:
        return
    for rate_per_s in profile.open_rates_per_s:
        load = Load(LoadKind.POISSON, OPEN_CONNECTIONS, rate_per_s)
        title = f"{scenario}, {load}"
        drawn = draws(_rng(plan.seed, block, title), _in_all_loads(plan.all_subjects), profile.open_rounds)
        slices = (
            Slice(number, subject, scenario, load, profile.open_slice_s, profile.open_discard_s, seed)
            for number, (subject, seed) in enumerate(drawn)
        )
        yield Batch(title, tuple(slices))


def _own_rates(plan: Plan, block: int) -> Iterator[OwnRate]:
    """Yield the steps of the ladder in random order: each target once, at a share of its own peak."""
    profile, scenario = plan.profile, plan.headline
    if scenario is None:
        return
    shares = list(profile.own_shares)
    _rng(plan.seed, block, "ladder").shuffle(shares)
    subjects = _in_all_loads((*plan.subjects, *filter(None, [plan.control])))
    for share in shares:
        yield OwnRate(
            scenario=scenario,
            share=share,
            draws=tuple(draws(_rng(plan.seed, block, f"own {share:g}"), subjects, 1)),
            connections=OPEN_CONNECTIONS,
            slice_s=profile.open_slice_s,
            discard_s=profile.open_discard_s,
            null=plan.ceiling,
        )


def _searches(plan: Plan, block: int, slices: Sequence[Slice]) -> Iterator[SearchPlan]:
    """Yield the searches for the contestants' limits: of both, or in a run of many blocks of the two in turn.

    Args:
        plan: The plan.
        block: The number of the block.
        slices: The other slices of the block; their connections count.
    """
    profile, scenario = plan.profile, plan.headline
    if profile.objective_p99_s is None or scenario is None:
        return
    subjects = _in_all_loads(plan.subjects)
    objectives_s = {Limit.RATE: profile.objective_p99_s, Limit.CONNECTIONS: PRACTICAL_P99_S}
    turn = (tuple(objectives_s)[block % len(objectives_s)],)
    for limit in turn if (profile.least_blocks or profile.blocks) >= _IN_TURN_FROM else objectives_s:
        yield SearchPlan(
            limit=limit,
            scenario=scenario,
            subjects=subjects,
            objective_p99_s=objectives_s[limit],
            most_connections=most_connections(slices, subjects),
            slice_s=profile.attempt_slice_s,
            discard_s=profile.attempt_discard_s,
            seed=f"{plan.seed}:{block}:{limit.value}",
        )
