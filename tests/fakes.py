"""Fakes of runtime, instance, generator and observer, with scripted numbers.

All fakes write to one journal, so that tests can assert the order of events. A call that would fail on the real object,
such as reading the counters of a stopped instance, fails the test.
"""

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from harness.histogram import Histogram
from harness.measure.block_plan import Batch, BlockPlan
from harness.measure.closed import SlowAnswers
from harness.measure.equipment import Equipment
from harness.model import ErrorKind, Profile, Slice, SliceResult, Subject, Target, Variant, VariantClass
from harness.model.scenario import ScenarioTraits
from harness.runtime.base import Counters, Image, Launch, Metering, Resident
from tests.scripted_server import Answer, Reply, Request, ScriptedServer, right_answer
from tests.trials import FLASK, GIN, NULL

FLASK_SYNC = Subject("flask_app", "sync")
ANY_CPU = frozenset(os.sched_getaffinity(0))
RESIDENT = Resident(now_bytes=50 << 20, largest_bytes=60 << 20)

Journal = list[str]


def reading(cpu_s: float = 0.0, memory_bytes: int = 30 << 20, peak_bytes: int | None = 40 << 20) -> Counters:
    """Return one reading of the counters."""
    return Counters(cpu_s, memory_bytes, ("rss", "shmem", "kmem"), peak_bytes, throttled_s=0.0, oom_kills=0)


@dataclass
class Script:
    """Script of the instances of one subject.

    Attributes:
        on_start: Called with the instance's server when the instance starts.
        readings: Readings of the counters, one per call; by default each has 0.1 s more CPU time.
        fails: Errors by method and number of the call, counted from 1 over all instances together.
        is_alive: Whether the first process of a started instance is running.
        known_after_s: Seconds until the end of an instance becomes known to the runtime.
        resident, listens_on, ends: What an instance returns for `resident`, `listens_on` and `stop`.
    """

    answer: Answer = right_answer
    on_start: Callable[[ScriptedServer], None] = ScriptedServer.listen
    readings: Iterator[Counters] = field(
        default_factory=lambda: (reading(cpu_s=number / 10) for number in itertools.count())
    )
    fails: Mapping[tuple[str, int], BaseException] = field(default_factory=dict)
    resident: Resident = RESIDENT
    is_alive: bool = True
    known_after_s: float = 0.0
    listens_on: tuple[str, ...] = ()
    ends: str | None = None
    can_reset_peak: bool = True
    calls: Counter[str] = field(default_factory=Counter)

    def called(self, method: str) -> None:
        """Count a call, and raise its scripted error."""
        self.calls[method] += 1
        error = self.fails.get((method, self.calls[method]))
        if error is not None:
            raise error


class FakeInstance:
    """Instance with scripted behaviour. See `Instance`."""

    def __init__(self, subject: Subject, script: Script, journal: Journal) -> None:
        self._subject = subject
        self._script = script
        self._journal = journal
        self.server = ScriptedServer(self._answer)
        self.state = "created"
        self.created_ns = time.perf_counter_ns()
        self.started_ns = 0

    @property
    def subject(self) -> Subject:
        return self._subject

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> None:
        assert self.state == "created", f"{self._subject} is {self.state}"
        self.started_ns = time.perf_counter_ns()
        self._say("start")
        self.state = "started"
        self._script.called("start")
        self._script.on_start(self.server)

    def running(self) -> bool:
        return self.state == "started" and self._script.is_alive

    def ending(self, within_s: float = 0.0) -> str | None:
        is_known = within_s >= self._script.known_after_s
        return "it died in the script" if is_known and not self.running() else None

    def pid(self) -> int:
        assert self.state == "started", f"{self._subject} is {self.state}"
        return os.getpid()

    def listens_on(self) -> tuple[str, ...]:
        return self._script.listens_on

    def counters(self) -> Counters:
        assert self.state == "started", f"{self._subject} is {self.state}"
        self._say("read")
        self._script.called("counters")
        return next(self._script.readings)

    def resident(self) -> Resident:
        assert self.state == "started", f"{self._subject} is {self.state}"
        self._script.called("resident")
        return self._script.resident

    def reset_peak(self) -> bool:
        assert self.state == "started", f"{self._subject} is {self.state}"
        self._say("reset peak of")
        self._script.called("reset_peak")
        return self._script.can_reset_peak

    def logs(self, lines: int = 20) -> str:
        assert self.state != "gone", "the logs are removed with the instance"
        return f"the last of {lines} lines of {self._subject}"

    def stop(self) -> str | None:
        if self.state == "gone":
            return None
        self._say("stop")
        self._end()
        self._script.called("stop")
        return self._script.ends

    def discard(self) -> None:
        if self.state != "gone":
            self._say("discard")
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.discard()

    def _answer(self, request: Request) -> Reply | None:
        self._say("ask")
        return self._script.answer(request)

    def _say(self, verb: str) -> None:
        self._journal.append(f"{verb} {self._subject}")

    def _end(self) -> None:
        self.state = "gone"
        self.server.close()


class FakeRuntime:
    """Runtime with scripted builds (errors) and findings, by the target's name. See `Runtime`."""

    name = "docker"
    metering = Metering.CONTAINERS

    def __init__(self, journal: Journal, scripts: Mapping[Subject, Script] | None = None) -> None:
        self.journal = journal
        self.scripts = {subject: Script() for subject in (FLASK, FLASK_SYNC, GIN, NULL)} | dict(scripts or {})
        self.builds: dict[str, BaseException] = {}
        self.findings: dict[str, str] = {}
        self.instances: list[FakeInstance] = []
        self.launches: list[Launch] = []
        self.create_lasts_s = 0.0
        self.lacks: BaseException | None = None
        self.fetched_for: list[str] = []

    def describe(self) -> Mapping[str, str]:
        return {"engine": "1.2.3", "network": "host"}

    def fetch_bases(self, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:  # noqa: ARG002
        self.fetched_for = [target.name for target in targets]
        if self.lacks is not None:
            raise self.lacks

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        self.journal.append(f"build {target.name}")
        log(f"Step 1/1 : FROM {target.name}")
        if target.name in self.builds:
            raise self.builds[target.name]
        return Image(target, f"sha256:{target.name}", 1000, {"python": "3.13.5"}, self.findings.get(target.name))

    def create(self, image: Image, subject: Subject, launch: Launch) -> FakeInstance:
        assert image.target.name == subject.target
        self.launches.append(launch)
        self.journal.append(f"create {subject}")
        time.sleep(self.create_lasts_s)
        self.scripts[subject].called("create")
        self.instances.append(FakeInstance(subject, self.scripts[subject], self.journal))
        return self.instances[-1]

    def close(self) -> None:
        self.journal.append("close runtime")
        for instance in self.instances:
            instance.discard()

    @property
    def left(self) -> list[Subject]:
        """Subjects of the instances that were neither stopped nor discarded."""
        return [instance.subject for instance in self.instances if instance.state != "gone"]


def driven(order: Slice, *, rate_per_s: float = 100.0) -> SliceResult:
    """Return the result of a slice with only verified answers, at a constant rate."""
    counted_s = order.duration_s - order.discard_s - order.tail_s
    sent, counted = round(rate_per_s * order.duration_s), round(rate_per_s * counted_s)
    result = SliceResult(
        number=order.number,
        sent=sent,
        verified=sent,
        errors={},
        counted=round(rate_per_s * counted_s, 9),
        counted_s=counted_s,
        wall_s=order.duration_s,
        generator_cpu_s=order.duration_s / 2,
        utilisation=0.5,
        service=histogram_of([0.001] * counted),
    )
    if not order.load.is_open:
        return result
    response, lateness = histogram_of([0.002] * counted), histogram_of([0.001] * counted)
    return replace(result, planned=sent, response=response, lateness=lateness)


def driven_wrongly(order: Slice, kind: ErrorKind, count: int = 1) -> SliceResult:
    """Return the result of a slice with `count` errors of one kind."""
    right = driven(order)
    return replace(right, verified=right.sent - count, errors={kind: count}, first_error=f"{kind}: that was wrong")


def histogram_of(samples_s: Sequence[float]) -> str:
    """Return the text form of a histogram of these durations."""
    histogram = Histogram()
    histogram.record(np.array([round(sample_s * 1e9) for sample_s in samples_s], dtype=np.int64))
    return histogram.to_text()


def slices_of(block: BlockPlan) -> list[Slice]:
    """Return all slices of a block's batches if every answer takes 1 ms, as in `driven`."""
    batches = (one if isinstance(one, Batch) else one.planned(0.001) for one in block.batches)
    return [part for batch in batches for part in batch.slices]


class FakeGenerator:
    """Generator with scripted results; a context manager. See `LoadGenerator`.

    Attributes:
        workers: Descriptions of its worker processes.
        drive: Returns the result of a slice, or raises.
        urls: The URLs of each subject in all batches.
        slices: All driven slices.
        fails: Error that `disconnect` raises; None for none.
    """

    def __init__(self, journal: Journal, drive: Callable[[Slice], SliceResult] = driven) -> None:
        self.journal = journal
        self.workers: tuple[str, ...] = ()
        self.pid = os.getpid()
        self.drive = drive
        self.urls: dict[Subject, set[str]] = {}
        self.slices: list[Slice] = []
        self.disconnected: list[list[str]] = []
        self.fails: BaseException | None = None

    def describe(self) -> Mapping[str, ScenarioTraits]:
        return {"hello": ScenarioTraits("hello", ("GET /",), drives_open=True)}

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Generator[SliceResult, None, None]:
        assert slices, "no slices to drive"
        for subject, url in urls.items():
            self.urls.setdefault(subject, set()).add(url)
        try:
            for order in slices:
                assert order.subject in urls, f"no URL of {order.subject}"
                self.journal.append(f"drive {order.subject} {order.scenario} {order.load}")
                self.slices.append(order)
                yield self.drive(order)
        except GeneratorExit:
            self.journal.append("cancel")
            raise

    def disconnect(self, urls: Sequence[str]) -> None:
        self.journal.append("disconnect")
        self.disconnected.append(list(urls))
        if self.fails is not None:
            raise self.fails

    def __enter__(self) -> Self:
        self.journal.append("open generator")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.journal.append("close generator")


class FakeObserver:
    """Observer that records all events. See `RunObserver`."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.begun: list[tuple[str, int]] = []
        self.results: list[tuple[Slice, SliceResult]] = []
        self.expected: list[float] = []

    def event(self, text: str, slices: int = 0) -> None:
        self.begun.append((text, slices))
        self.journal.append(f"say {text}")

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        self.results.append((plan, result))

    def expects(self, rest_s: float, slow: SlowAnswers | None) -> None:
        self.expected.append(rest_s)
        self.journal += [f"expect {slow}"] if slow else []

    def notice(self, text: str) -> None:
        self.journal.append(f"notice {text}")

    def building(self, line: str) -> None:
        self.journal.append(f"build says {line}")

    def block_begins(self, number: int, total: int) -> None:
        self.journal.append(f"block {number} of {total}")


def a_target(name: str, *variants: str, answers: tuple[str, ...] = ("plain", "json", "path", "post")) -> Target:
    """Return a target with these variants, the first its default."""
    return Target(
        name=name,
        title=name.title(),
        language="Python",
        summary="A target.",
        folder=Path("targets") / name,
        variants=tuple(Variant(variant, VariantClass.PRODUCTION, "A way to serve it.") for variant in variants),
        default_variant=variants[0],
        answers=answers,
    )


TARGETS = {
    "flask_app": a_target("flask_app", "gthread", "sync"),
    "gin_app": a_target("gin_app", "release"),
    "null_app": a_target("null_app", "raw", answers=("plain",)),
}


PROFILE = Profile(
    name="tiny",
    summary="For tests.",
    blocks=2,
    scenarios=("hello", "json_body"),
    connections=(1, 32),
    other_connections=32,
    least_counted_s=0.06,
    least_discard_s=0.03,
    level_s=0.4,
    least_rounds=3,
    warmup_s=1.2,
    open_rates_per_s=(500.0,),
    open_rounds=2,
    open_slice_s=1.2,
    open_discard_s=0.2,
    cold_starts=4,
    discarded_starts=1,
)


def equipment_of(runtime: FakeRuntime, generator: FakeGenerator) -> Equipment:
    """Return equipment made of fakes, with every target built."""
    images = {name: Image(target, f"sha256:{name}", 1000) for name, target in TARGETS.items()}
    return Equipment(runtime, generator, images, Launch(frozenset({0})), ANY_CPU)
