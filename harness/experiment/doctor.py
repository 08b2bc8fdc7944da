"""Findings about this machine before a run, each with its fix.

It installs, fetches and removes nothing. The last finding measures: it drives the null target for one or two seconds,
as a run would. This module does not know how findings are shown.
"""

from __future__ import annotations

import os
import resource
import shutil
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.documents import DoctorDocument, FindingRow
from harness.errors import HarnessError, Interrupted, MachineError
from harness.experiment.environment import CpuPlan, machine, plan_cpus
from harness.experiment.loop import new_id
from harness.histogram import Histogram
from harness.load.generator import Generator
from harness.machine_lock import machine_lock
from harness.measure.running import running_target
from harness.model import Load, LoadKind, Slice, Subject, short_digests
from harness.runtime.base import Launch
from harness.runtime.capabilities import (
    EngineFacts,
    can_make_venv,
    engines_in_words,
    has_go,
    inspect_engine,
    leftover_process_count,
    without_missing,
)
from harness.runtime.choice import RuntimeName
from harness.runtime.counters import CgroupCounters
from harness.units import counted, cpus_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.model import BaseImage, Scenario, SliceResult, Target

_LEAST_FILES = 4096
_LEAST_DISK_BYTES = 2 << 30
_SAMPLE_S = 0.5
_MOST_STEAL_PERCENT = 1.0
_MOST_LATE_P99_S = 0.001  # the self-test's limit at p99.9: if p99 is that late, the machine is not idle
_CLOSED, _OPEN = Load(LoadKind.CLOSED, 32), Load(LoadKind.POISSON, 32, 1000.0)
_CALIBRATION_S, _DISCARD_S = 0.7, 0.2
_RUNTIMES = ("docker_runtime", "process_runtime")


class State(StrEnum):
    """The state of a finding."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing that a run depends on.

    Attributes:
        name: The thing, as programs read it.
        state: Whether it is in order.
        detail: What was found, in words.
        fix: What to do; empty if the state is OK, and only then.
        lines: Everything that was looked at, if the detail is only a part of it.
    """

    name: str
    state: State
    detail: str
    fix: str = ""
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.fix) == (self.state is State.OK):
            raise ValueError(f"{self.name}: {self.state} with fix {self.fix!r}")


def examine(targets: Mapping[str, Target], results: Path, null: Target, scenario: Scenario) -> tuple[Finding, ...]:
    """Return the findings about everything that a run depends on; this takes about three seconds.

    Args:
        targets: The targets that are to be run, by name.
        results: The folder for stored runs.
        null: The null target, for the generator's rate.
        scenario: The scenario that is driven at the null target.
    """
    bases = tuple(dict.fromkeys(base for target in targets.values() for base in target.bases))
    facts = _engine_or_error(bases)
    docker, processes = docker_runtime(facts), process_runtime(has_venv=can_make_venv(), has_go=has_go())
    cpus = plan_cpus()
    _, hard_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        engine(facts),
        engines(facts, engines_in_words()),
        docker,
        processes,
        base_images(facts, bases),
        cpu_share(cpus),
        cgroups(),
        open_files(hard_files),
        disk(results),
        leftovers(facts, leftover_process_count()),
        noise(psutil.getloadavg()[0], psutil.cpu_times_percent(_SAMPLE_S).steal, psutil.cpu_count() or 1),
        frequency(machine()["governor"], _turbo()),
        calibration(null, scenario, cpus, docker, processes),
    )


def document_of(findings: Iterable[Finding]) -> DoctorDocument:
    """Return the findings as a document for programs."""
    rows = [
        FindingRow(name=one.name, state=one.state.value, detail=one.detail, fix=one.fix, lines=list(one.lines))
        for one in findings
    ]
    return DoctorDocument(findings=rows)


def incapacity(findings: Iterable[Finding]) -> MachineError | None:
    """Return the error that no runtime can run targets here; None where one can."""
    runtimes = [one for one in findings if one.name in _RUNTIMES]
    if any(one.state is not State.MISSING for one in runtimes):
        return None
    cause = "; ".join(one.detail for one in runtimes)
    return MachineError("no target can be run", where="this machine", cause=cause, remedy=runtimes[0].fix)


def engine(facts: EngineFacts | MachineError) -> Finding:
    """Return whether an engine answers, and its version."""
    if isinstance(facts, MachineError):
        return Finding("engine", State.MISSING, f"{facts.what} ({facts.where}): {facts.cause}", facts.remedy)
    about = facts.about
    return Finding("engine", State.OK, f"{about['engine']}, interface {about['engine_interface']}")


def engines(facts: EngineFacts | MachineError, words: Iterable[str]) -> Finding:
    """Return the addresses where an engine may answer, in the order of the search, with what is at each.

    The detail leaves out the usual sockets that do not exist.
    """
    lines = tuple(words)
    found = without_missing(lines)
    missing = (
        [f"no socket at {counted(len(lines) - len(found), 'other usual place')}"] if len(found) < len(lines) else []
    )
    detail = "; ".join((*found, *missing))
    if isinstance(facts, MachineError):
        return Finding("engines", State.MISSING, detail, facts.remedy, lines)
    return Finding("engines", State.OK, detail, lines=lines)


def docker_runtime(facts: EngineFacts | MachineError) -> Finding:
    """Return whether targets can run in containers."""
    if isinstance(facts, MachineError):
        return Finding("docker_runtime", State.MISSING, "there is no engine to run containers", facts.remedy)
    if facts.about["network"] == "host":
        return Finding("docker_runtime", State.OK, "containers share this machine's network")
    fix = "For results to publish, use an engine on this machine that is not rootless and not in a virtual machine."
    detail = "forwarded ports of containers add time to each request"
    if facts.about["counters"] == "engine":
        detail += (
            "; containers run under another kernel, on another machine or in a virtual machine: its noise, its clock "
            "and stops of targets are not seen from here, and memory and CPU time are the engine's numbers"
        )
    return Finding("docker_runtime", State.WARNING, detail, fix)


def process_runtime(*, has_venv: bool, has_go: bool) -> Finding:
    """Return whether targets can run as processes."""
    name, go = "process_runtime", "Install Go, or let the harness fetch the pinned toolchain."
    venv = "Install Python's venv and ensurepip (on Debian the package python3-venv)."
    if has_venv and has_go:
        return Finding(name, State.OK, "Python's venv and Go are installed")
    if has_venv:
        return Finding(name, State.WARNING, "Python's venv is installed, but there is no Go on PATH", go)
    if has_go:
        return Finding(name, State.WARNING, "Go is installed, but this Python can't make virtual environments", venv)
    return Finding(name, State.MISSING, "neither Python's venv nor Go is installed", venv)


def base_images(facts: EngineFacts | MachineError, bases: Iterable[BaseImage] = ()) -> Finding:
    """Return whether images can be built without a registry, and which of their `bases` have no digest."""
    if isinstance(facts, MachineError):
        return Finding("base_images", State.MISSING, "there is no engine that could have base images", facts.remedy)
    if not facts.missing_bases:
        return Finding("base_images", State.OK, "; ".join(_about_bases(facts, bases)))
    fix = "`harness build` fetches them if a registry answers; `make bases` makes them here (Debian, as root)."
    return Finding("base_images", State.WARNING, f"missing: {', '.join(facts.missing_bases)}", fix)


def _about_bases(facts: EngineFacts, bases: Iterable[BaseImage]) -> Iterator[str]:
    if facts.stand_ins:
        yield f"made on this machine, in place of: {short_digests(', '.join(dict.fromkeys(facts.stand_ins)))}"
    else:
        yield "the engine has every base image"
    if loose := dict.fromkeys(base.registry for base in bases if not base.pinned):
        yield f"not pinned by a digest, which is allowed: {', '.join(loose)}"


def cpu_share(cpus: CpuPlan) -> Finding:
    """Return the CPUs of target and generator."""
    usable = f"this process may use {len(os.sched_getaffinity(0))} of {cpus_in_words(os.cpu_count() or 1)}"
    if cpus.shared:
        fix = "Give this process at least two CPUs: on one CPU, target and generator disturb each other."
        return Finding("cpus", State.WARNING, f"{usable}; target and generator share one CPU", fix)
    return Finding("cpus", State.OK, f"{usable}; target {_listed(cpus.target)}, generator {_listed(cpus.generator)}")


def cgroups(root: Path = Path("/")) -> Finding:
    """Return whether the kernel's counters of control groups can be read, tried on this process's own group."""
    version = "version 2" if (root / "sys/fs/cgroup/cgroup.controllers").exists() else "version 1"
    try:
        with closing(CgroupCounters.of_process(os.getpid(), "", root)) as counters:
            counters.read()
    except MachineError as error:
        return Finding("cgroups", State.WARNING, f"{version}: {error.cause}", error.remedy)
    return Finding("cgroups", State.OK, f"{version}, the counters of memory and CPU are readable")


def open_files(hard: int) -> Finding:
    """Return how many open files, and so connections, a process may have."""
    if hard == resource.RLIM_INFINITY or hard >= _LEAST_FILES:
        return Finding("open_files", State.OK, f"up to {'any number' if hard < 0 else f'{hard:,}'} per process")
    fix = f"Raise the hard limit to {_LEAST_FILES:,} or more (`ulimit -Hn`, as root, or limits.conf)."
    return Finding("open_files", State.WARNING, f"up to {hard:,} per process", fix)


def disk(results: Path) -> Finding:
    """Return how much disk space there is for results."""
    folder = next(one for one in (results.absolute(), *results.absolute().parents) if one.exists())
    free_bytes = shutil.disk_usage(folder).free
    detail = f"{free_bytes / 2**30:.1f} GiB free for results"
    if free_bytes >= _LEAST_DISK_BYTES and os.access(folder, os.W_OK):
        return Finding("disk", State.OK, detail)
    fix = "Free disk space, or set HARNESS_RESULTS to another folder."
    return Finding("disk", State.WARNING, f"{detail}; too little, or the folder is not writable", fix)


def leftovers(facts: EngineFacts | MachineError, processes: int) -> Finding:
    """Return the number of leftover containers and processes of dead runs."""
    containers = 0 if isinstance(facts, MachineError) else facts.leftovers
    if not containers + processes:
        return Finding("leftovers", State.OK, "no leftovers of dead runs")
    detail = f"{containers} containers and {processes} processes of dead runs"
    return Finding("leftovers", State.WARNING, detail, "Run `harness clean` to end and remove them.")


def noise(load: float, steal_percent: float, cpus: int) -> Finding:
    """Return how busy the machine is, and how much CPU time the hypervisor steals."""
    detail = f"load average {load:.2f} on {cpus} CPUs, {steal_percent:.1f} % stolen"
    if load <= cpus / 2 and steal_percent <= _MOST_STEAL_PERCENT:
        return Finding("noise", State.OK, detail)
    return Finding("noise", State.WARNING, detail, "End other programs, or wait until the machine is idle.")


def frequency(governor: str | None, turbo: bool | None) -> Finding:  # noqa: FBT001 - a fact, not a switch
    """Return whether the CPU frequency may change during a run."""
    words = {True: "turbo on", False: "turbo off", None: "turbo unknown"}[turbo]
    detail = f"governor {governor or 'unknown'}, {words}"
    if governor in {None, "performance"}:
        return Finding("frequency", State.OK, detail)
    return Finding("frequency", State.WARNING, detail, "Run `cpupower frequency-set -g performance` as root.")


def calibration(null: Target, scenario: Scenario, cpus: CpuPlan, docker: Finding, processes: Finding) -> Finding:
    """Drive the null target; return the generator's rate and lateness."""
    runtime = RuntimeName.PROCESS if docker.state is State.MISSING else RuntimeName.DOCKER
    if processes.state is not State.OK and runtime is RuntimeName.PROCESS:
        return Finding("generator", State.WARNING, "not tried: no runtime can build the null target", processes.fix)
    try:
        with machine_lock():
            closed, opened = _calibrate(null, scenario, cpus, runtime)
    except Interrupted:
        raise
    except HarnessError as error:
        return Finding("generator", State.WARNING, f"not tried: {error.what}: {error.cause}", error.remedy)
    return ceiling(closed, opened)


def ceiling(closed: SliceResult, opened: SliceResult) -> Finding:
    """Return the finding of a slice of closed load and a slice of open load on the null target."""
    late_s = Histogram.from_text(opened.lateness).quantile_s(0.99) if opened.lateness else 0.0
    rate = (
        f"{closed.counted / closed.counted_s:,.0f} requests/s on the null target, p99 lateness {late_s * 1e6:,.0f} µs"
    )
    failed = sum(closed.errors.values()) + sum(opened.errors.values())
    if failed or late_s > _MOST_LATE_P99_S:
        detail = f"{rate}, {failed} failed" if failed else rate
        fix = "Free a CPU for the generator and end other programs, or the machine will distort the latencies."
        return Finding("generator", State.WARNING, detail, fix)
    return Finding("generator", State.OK, rate)


def _calibrate(target: Target, scenario: Scenario, cpus: CpuPlan, name: RuntimeName) -> tuple[SliceResult, SliceResult]:
    subject = Subject(target.name, target.default_variant)
    slices = [
        Slice(number, subject, scenario.name, load, _CALIBRATION_S + _DISCARD_S, _DISCARD_S, seed=1)
        for number, load in enumerate((_CLOSED, _OPEN))
    ]
    with (
        Generator([scenario], cpus.generator, spin=not cpus.shared) as generator,
        running_target(name, new_id("doctor"), target, Launch(cpus.target), cpus.generator) as running,
    ):
        closed, opened = generator.run(slices, {subject: running.url})
        return closed, opened


def _engine_or_error(bases: Iterable[BaseImage]) -> EngineFacts | MachineError:
    try:
        return inspect_engine(bases)
    except MachineError as error:
        return error


def _turbo() -> bool | None:
    for path, on in (("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")):
        try:
            return (Path("/sys/devices/system/cpu") / path).read_text(encoding="ascii").strip() == on
        except OSError:
            continue
    return None


def _listed(cpus: Iterable[int]) -> str:
    return ",".join(map(str, sorted(cpus)))
