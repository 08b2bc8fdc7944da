"""The environment of a run: machine, engine, images and versions, from an allow-list without secrets."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from harness import __version__
from harness.errors import MachineError, UsageError, refuse_doubles
from harness.experiment.git import git, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.runtime.base import Image, Runtime

# parts of the harness that read and show what was measured
_ONLY_READ = tuple(
    f":(exclude)harness/{one}"
    for one in ("console", "figures", "metrics/words.py", "rendering", "report", "selftest", "stock")
)
_SCENARIOS = "scenarios"
_COMMIT_LIMIT_S = 10.0  # a run can do without its commit
_PACKAGES = ("locust", "gevent", "numpy", "scipy")


@dataclass(frozen=True, slots=True)
class CpuPlan:
    """The CPUs of the target and of the generator.

    Attributes:
        target: The CPUs of the target.
        generator: The CPUs of the generator; where workers join from other machines, the CPUs of their master.
        workers: The number of processes that drive the load.
        further: The CPUs beyond `target` that only subjects with their own number of CPUs use.
    """

    target: frozenset[int]
    generator: frozenset[int]
    workers: int = 1
    further: frozenset[int] = frozenset()

    @property
    def shared(self) -> bool:
        """Whether target and generator share a CPU, and so disturb each other."""
        return bool(self.target & self.generator)

    @property
    def targets(self) -> frozenset[int]:
        """All CPUs that any target uses."""
        return self.target | self.further


def plan_cpus(
    available: frozenset[int] | None = None,
    workers: int = 1,
    *,
    target_cpus: int = 1,
    generator_cpus: int | None = None,
    most_cpus: int | None = None,
) -> CpuPlan:
    """Return a plan with the first CPUs for the target and the last CPUs for the generator.

    Args:
        available: The CPUs that this process may use; by default those that the kernel grants. A single CPU is shared,
            unless the user asks for a number of CPUs.
        workers: The number of processes that drive the load. They share CPUs where there are too few for all.
        target_cpus: The number of CPUs of the target.
        generator_cpus: The number of CPUs of the generator; by default one for each worker, as far as they reach.
        most_cpus: The largest number of CPUs of a target; by default, all have the same number.

    Raises:
        MachineError: There are too few CPUs.
    """
    usable = sorted(available or os.sched_getaffinity(0))
    if len(usable) == target_cpus == 1 and generator_cpus is None:
        return CpuPlan(frozenset(usable), frozenset(usable), workers)
    most = max(target_cpus, most_cpus or 0)
    needed = most + (generator_cpus or 1)
    if needed > len(usable):
        raise MachineError(
            "too few CPUs",
            where=f"{len(usable)} for this process",
            cause=f"{most} for each target and {generator_cpus or 1} for the generator are {needed}; "
            "they must not share one",
            remedy="Use smaller numbers in --target-cpus and --generator-cpus, or a machine with more CPUs.",
        )
    return CpuPlan(
        target=frozenset(usable[:target_cpus]),
        generator=frozenset(usable[most:][-(generator_cpus or workers) :]),
        workers=workers,
        further=frozenset(usable[target_cpus:most]),
    )


def cpus_for_targets(workers: int = 1, generator_cpus: int | None = None) -> int:
    """Return the largest number of CPUs that a target can have beside the generator: at least one."""
    return max(1, len(os.sched_getaffinity(0)) - (generator_cpus or workers))


def parse_cpus(text: str | None) -> frozenset[int]:
    """Return the CPUs in a list such as `0,2`; without a text, the last CPU.

    Raises:
        UsageError: The text is not such a list, or names a CPU twice or one that this process may not use.
    """
    available = os.sched_getaffinity(0)
    words = [str(max(available))] if text is None else text.split(",")
    if not all(word.strip().isdecimal() and int(word) in available for word in words):
        known = ", ".join(map(str, sorted(available)))
        raise UsageError(
            "bad CPUs",
            where=str(text),
            cause="not a list of CPUs that this process may use",
            remedy=f"Choose from: {known}.",
        )
    refuse_doubles("CPU", ((word.strip(), int(word)) for word in words))
    return frozenset(map(int, words))


def fingerprint(
    runtime: Runtime, images: Mapping[str, Image], cpus: CpuPlan, root: Path, scenarios: Collection[str]
) -> dict[str, Any]:
    """Return the environment of a run as JSON values: everything that its numbers depend on.

    Args:
        runtime: The runtime of the targets.
        images: The built targets, by name.
        cpus: The CPUs of target and generator.
        root: The project's folder, for its commit.
        scenarios: The names of the used scenarios, for the commit.
    """
    return {
        "machine": machine(),
        "cpus": {
            "target": sorted(cpus.target),
            **({"further": sorted(cpus.further)} if cpus.further else {}),
            "generator": sorted(cpus.generator),
            "shared": cpus.shared,
            "workers": cpus.workers,
        },
        "runtime": dict(runtime.describe()),
        "images": {name: _image(image) for name, image in sorted(images.items())},
        "versions": versions(),
        "commit": commit(root, images, scenarios),
        "sources": {name: image.source for name, image in sorted(images.items()) if image.source},
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, of the harness and of the packages that drive the load and compute the numbers."""
    return {"python": platform.python_version(), "harness": __version__} | {name: version(name) for name in _PACKAGES}


def machine() -> dict[str, Any]:
    """Return the hardware, the kernel and the system of this machine, as JSON values."""
    return {
        "cpu": _cpu_model(),
        "cpus": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "kernel": platform.release(),
        "system": _system(),
        "architecture": platform.machine(),
        "governor": _first_line(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "cgroup": "v2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "v1",
    }


def _image(image: Image) -> dict[str, Any]:
    of_it = {"id": image.identity, "size_bytes": image.size_bytes, "versions": dict(image.versions)}
    named = {"bases": dict(image.bases), "stand_ins": dict(image.stand_ins)}
    return of_it | {name: value for name, value in named.items() if value}


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def _system() -> str | None:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system() or None


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def commit(root: Path, targets: Iterable[str], scenarios: Collection[str]) -> str | None:
    """Return the commit of a checkout; None outside a checkout.

    It ends with `+` if anything that a measurement depends on has changes or is new: the measured targets, the used
    scenarios, and in a checkout of the harness the code that measures. A document or a stored run changes no number.

    Args:
        root: The project's folder.
        targets: The names of the measured targets.
        scenarios: The names of the used scenarios.
    """
    try:
        named = text_of(git(root, "describe", "--always", "--abbrev=12", limit_s=_COMMIT_LIMIT_S))
    except MachineError:
        return None
    changed = changed_files(root, "HEAD", targets, scenarios)
    if not named or changed is None:
        return None
    return f"{named}+" if changed else named


def changed_files(root: Path, since: str, targets: Iterable[str], scenarios: Collection[str]) -> tuple[str, ...] | None:
    """Return the files that a measurement depends on and that are not those of a commit; None if git can't tell.

    Args:
        root: The project's folder.
        since: The commit.
        targets: The names of the measured targets.
        scenarios: The names of the used scenarios.
    """
    paths = [*(f"targets/{name}" for name in targets), _SCENARIOS, "harness", *_ONLY_READ]
    listed = (
        ("diff", "--name-only", "-z", "--no-renames", "--relative", "--end-of-options", since),
        ("ls-files", "-z", "--others", "--exclude-standard"),
    )
    try:
        found = [git(root, "--no-optional-locks", *one, "--", *paths, limit_s=_COMMIT_LIMIT_S) for one in listed]
    except MachineError:
        return None
    if any(one.returncode for one in found):
        return None
    names = {name for one in found for name in text_of(one).split("\0") if name}
    return tuple(sorted(names - _unused(root, names, scenarios)))


def _unused(root: Path, changed: Iterable[str], used: Collection[str]) -> set[str]:
    """Return the changed scenarios that are not used, and that no other file names, so that none imports them."""
    folder = Path(_SCENARIOS)
    others = [one for one in map(Path, changed) if one.parent == folder and one.suffix == ".py"]
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in (root / folder).rglob("*.py")}
    named = {one for one in others if any(one.stem in texts[path] for path in texts if path != root / one)}
    return {str(one) for one in others if one not in named and one.stem not in used}
