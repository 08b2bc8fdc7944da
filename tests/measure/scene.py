"""A small block on fakes."""

from collections.abc import Callable, Iterable, Mapping
from itertools import count, pairwise

from harness.measure.block import run_block
from harness.measure.block_plan import Batch, BlockPlan
from harness.model import Load, LoadKind, Slice, SliceResult, Subject, Trial
from tests.fakes import FakeGenerator, FakeObserver, FakeRuntime, Script, driven, equipment_of
from tests.trials import FLASK, GIN

CLOSED = Load(LoadKind.CLOSED, 32)
OPEN = Load(LoadKind.POISSON, 64, 500.0)


def batch(title: str, load: Load, order: Iterable[Subject], *, counted: bool = True) -> Batch:
    """Return a batch of slices of 0.2 s, 0.04 s of each discarded."""
    numbers = count()
    slices = (Slice(next(numbers), subject, "hello", load, 0.2, 0.04, seed=1) for subject in order)
    return Batch(title, tuple(slices), counted)


BATCHES = (
    batch("warming up", CLOSED, (FLASK, GIN), counted=False),
    batch("closed", CLOSED, (FLASK, GIN, GIN, FLASK)),
    batch("open", OPEN, (GIN, FLASK)),
)
PLAN = BlockPlan(
    number=4,
    order=(FLASK, GIN),
    batches=BATCHES,
    cold_starts=1,
    discarded_starts=0,
    seed=5,
)


class Scene:
    """A block on fakes with one common journal."""

    def __init__(
        self, scripts: Mapping[Subject, Script] | None = None, drive: Callable[[Slice], SliceResult] = driven
    ) -> None:
        self.journal: list[str] = []
        self.runtime = FakeRuntime(self.journal, scripts)
        self.generator = FakeGenerator(self.journal, drive)
        self.observer = FakeObserver(self.journal)

    def run(self, plan: BlockPlan = PLAN) -> dict[Subject, Trial]:
        """Run the block and return its trials by subject."""
        try:
            trials = run_block(plan, equipment_of(self.runtime, self.generator), self.observer)
        finally:
            left = self.runtime.left
            self.runtime.close()  # otherwise a test that fails would leave servers behind
            self.journal.pop()
            assert left == []
        return {trial.subject: trial for trial in trials}

    def events(self) -> list[str]:
        """Return the journal with consecutive requests to one target as one event."""
        pairs = pairwise(["", *self.journal])
        return [event for before, event in pairs if event != before or not event.startswith("ask")]

    def after(self, event: str) -> list[str]:
        """Return the events after the last occurrence of an event."""
        events = self.events()
        return events[len(events) - events[::-1].index(event) :]
