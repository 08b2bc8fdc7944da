"""Data classes of planning: precision, profile, revision and plan of a run.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from harness.model.contract import STANDARD, Contract
from harness.model.scenario import Pace, ScenarioTraits
from harness.model.target import Subject

SHORT_COMMIT = 7


@dataclass(frozen=True, slots=True)
class Precision:
    """Required precision of a run's headlines: half-widths of their intervals, as shares of the estimate."""

    throughput: float
    p50: float
    p99: float
    memory: float
    cold_start: float


THOROUGHNESS = ("smoke", "quick", "full")
"""The profiles of which each measures more of the same than the one before."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Profile: how thoroughly a run measures.

    Attributes:
        blocks: Number of blocks; with a precision, the maximum.
        connections: Levels of closed load for the headline scenario: the first of `scenarios` that is not paced.
        other_connections: The one level for the other scenarios, and the number of users of paced ones.
        least_counted_s: Least counted part of a slice of closed load. It is longer where answers are slow.
        least_discard_s: Least head of a slice of closed load, which is not counted; longer where answers are slow.
        level_s: Load time of every target per level and block, in slices of closed load.
        headline_s: The same for the headline level; None means `level_s`.
        headline_total_s: Load time of all targets together at the headline level, per block. Where it is not enough for
            `headline_s` each, each target has an equal part, `level_s` at least. None for no limit.
        least_rounds: Least number of slices of every target per level and block; very slow targets have three.
        open_rates_per_s: Rates of open load, for latency.
        cold_starts: Timed starts of each target in all blocks, or in the least blocks of an adaptive run; at least one
            in each block, of the instance that is then loaded.
        discarded_starts: Untimed starts of each target before the first block.
        has_control: Whether a second copy of the reference is driven as its control.
        own_shares: Shares of each target's own peak at which open load is also driven, once a block each: the ladder.
        idle_s: Rest of all targets before counted load, for their CPU time at rest; 0 to skip that reading.
        objective_p99_s: The p99 objective of the search for `rate.slo`; None for no searches.
        attempt_slice_s: Minimum length of a search's attempt; its first `attempt_discard_s` are not counted.
        after_load_s: Idle time of all targets between the end of load and `memory.after`; 0 to skip that reading.
        precision: Required precision, at which the run ends; None for a fixed number of blocks.
        least_blocks: Number of blocks before the first check of precision; None without a precision.
        all_variants: Whether all variants of each chosen target are subjects, also those that were not named.
        by_cpus: Numbers of CPUs for the throughput by CPUs. Each chosen subject is also driven on each of them, as far
            as the machine has them, with closed load of the headline scenario only.
        paced_s: Affordable time of a run for each paced scenario and target: it decides in how many blocks they are
            driven, one at least. None for all blocks.
    """

    name: str
    summary: str
    blocks: int
    scenarios: tuple[str, ...]
    connections: tuple[int, ...]
    other_connections: int
    least_counted_s: float
    least_discard_s: float
    level_s: float
    least_rounds: int
    warmup_s: float
    open_rates_per_s: tuple[float, ...]
    open_rounds: int
    open_slice_s: float
    open_discard_s: float
    cold_starts: int
    discarded_starts: int
    headline_s: float | None = None
    headline_total_s: float | None = None
    has_control: bool = False
    own_shares: tuple[float, ...] = ()
    idle_s: float = 0.0
    objective_p99_s: float | None = None
    attempt_slice_s: float = 1.2
    attempt_discard_s: float = 0.2
    after_load_s: float = 0.0
    precision: Precision | None = None
    least_blocks: int | None = None
    all_variants: bool = False
    by_cpus: tuple[int, ...] = ()
    paced_s: float | None = None

    def cold_starts_of(self, block: int) -> int:
        """Return the timed starts of each target in a block, counted from 0; blocks differ by one at most."""
        blocks = self.least_blocks or self.blocks
        done, due = (self.cold_starts * end // blocks for end in (block, block + 1))
        return max(1, due - done)

    def load_s(self, targets: int, *, is_headline: bool) -> float:
        """Return the load time of each of so many targets per block at a level of closed load, in seconds."""
        if not is_headline or self.headline_s is None:
            return self.level_s
        if self.headline_total_s is None:
            return self.headline_s
        return min(self.headline_s, max(self.level_s, self.headline_total_s / targets))

    @property
    def headline_connections(self) -> int:
        """Closed-load level of the headline: the level that all scenarios share, else the highest."""
        return self.other_connections if self.other_connections in self.connections else max(self.connections)


@dataclass(frozen=True, slots=True)
class Revision:
    """Revision of the project's repository, whose targets a run also measures.

    Attributes:
        name: As the user wrote it.
        commit: The full id of the commit.
        now: What it is compared with: the checked-out commit, or the working tree if a measured target has changes.
    """

    name: str
    commit: str
    now: str

    def of(self, subject: Subject) -> Subject:
        """Return the same subject, built from this revision."""
        return replace(subject, target=self.target(subject.target))

    def target(self, name: str) -> str:
        """Return the name of a target that is built from this revision: `flask_app@0123abc`."""
        return f"{name}@{self.commit[:SHORT_COMMIT]}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a run: all decisions before the first request.

    Attributes:
        subjects: The compared subjects; the first is the reference.
        ceiling: The null target, driven with the headline scenario to show the machine's maximum.
        control: The second copy of the reference, driven to show how far two equal subjects differ.
        drops_page_cache: Whether starts are also timed after a drop of the machine's page cache.
        orders: The start order of the targets of each block, ceiling and control included.
        runtime: The name of the runtime that starts the targets.
        against: The revision whose builds of the targets are subjects, too; None without one.
        target_cpus: Number of CPUs of each subject without its own number; the targets take turns on the same CPUs.
        generator_cpus: Number of CPUs of the generator; None for one for each of its workers, as far as they reach.
        locust_args: Arguments for the locustfiles, as after `locust`; empty without any.
        traits: Traits of the scenarios, in their order; empty in runs that did not store them.
        contracts: The contract of each target that has one of its own, by the target's name.
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
    against: Revision | None = None
    target_cpus: int = 1
    generator_cpus: int | None = None
    locust_args: str = ""
    traits: tuple[ScenarioTraits, ...] = ()
    contracts: Mapping[str, Contract] = field(default_factory=dict)

    @property
    def all_subjects(self) -> tuple[Subject, ...]:
        """The compared subjects, then the ceiling and the control, if there are any."""
        return (*self.subjects, *filter(None, (self.ceiling, self.control)))

    @property
    def chosen(self) -> tuple[Subject, ...]:
        """The subjects from which the profile makes all others: those that a command for the same plan must name."""
        main = tuple(subject for subject in self.subjects if subject.cpus is None)
        if not self.profile.all_variants:
            return main
        on_cpus = {replace(subject, cpus=None) for subject in self.subjects if subject.cpus is not None}
        firsts = {subject.target: subject for subject in reversed(main)}.values()
        return tuple(subject for subject in main if subject in (on_cpus or firsts))

    @property
    def cpus_each(self) -> str:
        """Number of CPUs of each target in words: `one CPU each`, `2 CPUs each`."""
        each = "one CPU each" if self.target_cpus == 1 else f"{self.target_cpus} CPUs each"
        return f"{each}, if not stated" if any(one.cpus for one in self.subjects) else each

    @property
    def most_cpus(self) -> int:
        """Largest number of CPUs of a subject."""
        return max(map(self.cpus_of, self.all_subjects), default=self.target_cpus)

    def cpus_of(self, subject: Subject) -> int:
        """Return the number of CPUs that a subject may use."""
        return subject.cpus or self.target_cpus

    def traits_of(self, scenario: str) -> ScenarioTraits:
        """Return the traits of a scenario; those of lane users in runs that did not store them."""
        return {one.name: one for one in self.traits}.get(scenario) or ScenarioTraits(scenario, (), drives_open=True)

    @property
    def headline(self) -> str | None:
        """The headline scenario: the first that is not paced; None if all are paced."""
        return next((name for name in self.scenarios if not self.is_paced(name)), None)

    @property
    def paced(self) -> tuple[str, ...]:
        """The paced scenarios."""
        return tuple(name for name in self.scenarios if self.is_paced(name))

    def is_paced(self, scenario: str) -> bool:
        """Return whether the load of a scenario is given by its users' pauses or its shape, and not by the target."""
        return self.traits_of(scenario).pace is Pace.PACED

    @property
    def pairs(self) -> tuple[tuple[Subject, Subject], ...]:
        """Compared pairs, subject and reference: all others with the first, then each with its build of a revision."""
        older = self.older
        reference, *others = self.subjects
        among = [(one, reference) for one in others if one not in older.values()]
        return (*among, *older.items())

    @property
    def ranked(self) -> tuple[Subject, ...]:
        """The subjects that the run ranks: those on the plan's CPUs, without builds of a revision.

        A run of all variants ranks none: it compares conditions, not targets.
        """
        older = self.older.values()
        return tuple(one for one in self.chosen if one not in older) if not self.profile.all_variants else ()

    def pairs_of(self, targets: Collection[str]) -> tuple[tuple[Subject, Subject], ...]:
        """Return the pairs of these targets alone, subject and reference: all others with the first in the plan."""
        named = [one for one in self.subjects if one.target in targets]
        return tuple((one, named[0]) for one in named[1:])

    @property
    def older(self) -> dict[Subject, Subject]:
        """Build of the revision for each subject that has one."""
        if self.against is None:
            return {}
        builds = ((one, self.against.of(one)) for one in self.subjects)
        return {one: build for one, build in builds if build in self.subjects}

    def contract_of(self, subject: Subject) -> Contract:
        """Return the own contract of a subject's target; empty if it keeps targets/CONTRACT.md."""
        return self.contracts.get(subject.target, {})

    def share_contract(self, one: Subject, other: Subject, scenario: str | None) -> bool:
        """Return whether two subjects get the same requests and give the same answers; None means in all scenarios."""
        scenarios = self.scenarios if scenario is None else (scenario,)
        mine, theirs = ({**STANDARD, **self.contract_of(subject)} for subject in (one, other))
        return all(mine.get(name) == theirs.get(name) for name in scenarios)

    def has_ceiling(self, subject: Subject, scenario: str | None) -> bool:
        """Return whether the null target shows the ceiling of a subject: it gets the same requests."""
        return self.ceiling is not None and self.share_contract(subject, self.ceiling, scenario)
