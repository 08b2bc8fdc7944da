"""Nouns of planning: how precise and how thorough a run is, and what was decided before its first request.

The store resolves these annotations at run time, so they are imported for real and not only for the type checker.
"""

from dataclasses import dataclass

from harness.model.target import Subject


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow the intervals of a run's headlines should be: half-widths as shares of the estimate."""

    throughput: float
    p50: float
    p99: float
    memory: float
    cold_start: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How thoroughly a run measures.

    Attributes:
        blocks: How many there are; with a precision, at most.
        connections: Levels of closed load for the headline scenario, the first of `scenarios`.
        other_connections: The one level at which the other scenarios are driven.
        rounds: Slices of every target at each level of each block.
        headline_rounds: The same at the level that the headline stands for; None for no more than elsewhere.
        open_rates_per_s: Rates of open load, for latency.
        cold_starts: Timed starts of each target in each block, the one that is then loaded included.
        discarded_starts: Starts of each target before the first block that nobody counts.
        has_control: Whether the reference is driven twice, the second time as its own control.
        controls_latency: Whether the control is driven in open load, too.
        drives_own_rate: Whether latency is also measured at 60 % of each target's own peak, with as many open slices.
        objective_p99_s: The p99 that the rate of `rate.slo` keeps; without it no limits are searched.
        attempt_slice_s: No attempt of a search is shorter; `attempt_discard_s` of it is not counted.
        after_load_s: How long all targets idle once load has ended before their memory is read again; 0 for not at all.
        precision: What a run goes on for, block by block; without it the number of blocks is fixed.
        least_blocks: After how many blocks its precision is looked at first; None where there is none.
    """

    name: str
    summary: str
    blocks: int
    scenarios: tuple[str, ...]
    connections: tuple[int, ...]
    other_connections: int
    rounds: int
    slice_s: float
    discard_s: float
    warmup_s: float
    open_rates_per_s: tuple[float, ...]
    open_rounds: int
    open_slice_s: float
    open_discard_s: float
    cold_starts: int
    discarded_starts: int
    headline_rounds: int | None = None
    has_control: bool = False
    controls_latency: bool = True
    drives_own_rate: bool = False
    objective_p99_s: float | None = None
    attempt_slice_s: float = 1.2
    attempt_discard_s: float = 0.2
    after_load_s: float = 0.0
    precision: Precision | None = None
    least_blocks: int | None = None

    @property
    def headline_connections(self) -> int:
        """The level of closed load that stands for a run: the one that all scenarios share, else the highest."""
        return self.other_connections if self.other_connections in self.connections else max(self.connections)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was decided before the first request.

    Attributes:
        subjects: The contestants, the reference of comparisons first.
        ceiling: The null target, driven beside them with the headline scenario to show what this machine can do.
        control: The reference's second copy, driven beside them to show how far two equals differ.
        drops_page_cache: Whether starts are also timed after the machine's page cache was dropped.
        orders: For each block, the order in which its targets start, the ceiling and the control among them.
        runtime: The name of the runtime that starts them.
    """

    profile: Profile
    subjects: tuple[Subject, ...]
    scenarios: tuple[str, ...]
    seed: int
    runtime: str
    orders: tuple[tuple[Subject, ...], ...]
    ceiling: Subject | None = None
    control: Subject | None = None
    drops_page_cache: bool = False
