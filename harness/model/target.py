"""Data classes of what is measured: targets, variants, scenarios. Numbers are in base units: s, B, 1/s, 1.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.model.contract import Contract
from harness.units import cpus_in_words


class VariantClass(StrEnum):
    """Purpose of a variant."""

    PRODUCTION = "production"
    TUNED = "tuned"
    DEVELOPMENT = "development"


class Toolchain(StrEnum):
    """Toolchain that builds a target for the process runtime.

    `PYTHON_VENV`: a separate virtual environment with the packages of the target's requirements.txt. `GO`: the target's
    module, compiled into one binary with the module's name. `NODE`: the packages of the target's package-lock.json, and
    the Node that its package.json asks for. `RUBY`: the machine's Ruby and its gems, at least those of the manifest's
    `packages`.
    """

    PYTHON_VENV = "python-venv"
    GO = "go"
    NODE = "node"
    RUBY = "ruby"


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject: a target served by one variant, on a number of CPUs.

    Attributes:
        is_control: Whether it is the control: a second copy of the reference that shows how far two equal subjects
            differ (A/A).
        cpus: Its own number of CPUs; None for that of the plan's other subjects.
    """

    target: str
    variant: str
    is_control: bool = False
    cpus: int | None = None

    def __str__(self) -> str:
        return f"{self.target}:{self.variant}{self.on_cpus}{' (control)' if self.is_control else ''}"

    @property
    def on_cpus(self) -> str:
        """Its own number of CPUs in words, ` on 2 CPUs`; empty without one."""
        return "" if self.cpus is None else f" on {cpus_in_words(self.cpus)}"


@dataclass(frozen=True, slots=True)
class Variant:
    """Variant: one way to serve a target.

    Attributes:
        command: Argument vector of the server, run in the target's folder; empty means the image's own command.
        environment: Environment variables, in addition to HOST and PORT.
        docs_url: The framework's own deployment page, which the settings follow.
        workers, workers_per_cpu: Maximum of requests computed at the same time: `workers`, plus `workers_per_cpu` for
            each CPU. Both are 0 if unknown.
        threads: Threads of each worker process; 0 if unknown.
        logs_requests: Whether it prints a line for every request.
        closes_connections: Whether it closes the connection after every answer.
        is_debug: Whether the framework's debug mode is on.
    """

    name: str
    variant_class: VariantClass
    summary: str
    docs_url: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0
    workers_per_cpu: int = 0
    threads: int = 0
    logs_requests: bool = False
    closes_connections: bool = False
    is_debug: bool = False

    def workers_on(self, cpus: int) -> int | None:
        """Return the maximum of requests computed at the same time on `cpus` CPUs; None if unknown."""
        return self.workers + self.workers_per_cpu * cpus or None


def short_digests(text: str) -> str:
    """Return a text in which each digest has 12 of its 64 hexadecimal digits: `golang:1.26@sha256:0f063af2d465…`."""
    return re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}\b", "\\1\N{HORIZONTAL ELLIPSIS}", text)


@dataclass(frozen=True, slots=True)
class BaseImage:
    """Base image as a build argument: its name in the registry, and the name that `tools/local-bases` gives it."""

    argument: str
    registry: str
    local: str

    @property
    def pinned(self) -> str:
        """Digest that the registry's image must have; empty if only its tag is named."""
        return self.registry.partition("@")[2]

    @property
    def unpinned(self) -> str:
        """Name in the registry without the digest: `python:3.13-slim`."""
        return self.registry.partition("@")[0]

    @property
    def local_base(self) -> str:
        """Word that `make bases TARGETS=...` takes for the local image: `node` for `local/node:24-trixie`."""
        return self.local.rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True, slots=True)
class Probes:
    """Probes of a built target, as paths in its folder.

    Attributes:
        program: Prints footprint and attributes as JSON: a script, or a package of the target's Go module.
        hello: The smallest working app of the framework, whose lines are counted.
    """

    program: str
    hello: str


@dataclass(frozen=True, slots=True)
class OnlineNames:
    """Names of a target's framework at public services; None for a service that does not have it.

    Attributes:
        github: Its repository: `pallets/flask`.
        package: Its registry and name: `pypi:flask`.
        stack_overflow: Its tag.
    """

    github: str | None = None
    package: str | None = None
    stack_overflow: str | None = None


LONGEST_START_S = 3600.0
"""The longest start that a target can ask for."""


@dataclass(frozen=True, slots=True)
class Target:
    """Target: a framework app to measure, as described by its target.toml.

    Attributes:
        is_null: Whether it is the null target: the cheapest correct responder, which shows the machine's ceiling.
        answers: The parts of targets/CONTRACT.md that it implements.
        contract: The parts of its own contract, by scenario; empty for a target that keeps targets/CONTRACT.md.
        packages: Distributions or modules whose versions are read inside its image.
        toolchain: Toolchain that builds it for the process runtime; None if it can't run there.
        probes: Probes of footprint and attributes; None without them.
        online: Its names at public services; None without them.
        documentation: The address of the framework's own documentation; None without one.
        ready_within_s: The longest time from a start to the first right answer, in seconds; None for the harness's own.
        original: Name of the same target in the project, if this one is built from another revision of it.
    """

    name: str
    title: str
    language: str
    summary: str
    folder: Path
    variants: tuple[Variant, ...]
    default_variant: str
    is_null: bool = False
    answers: tuple[str, ...] = ("plain", "json", "path", "post")
    bases: tuple[BaseImage, ...] = ()
    packages: tuple[str, ...] = ()
    toolchain: Toolchain | None = None
    probes: Probes | None = None
    original: str | None = None
    contract: Contract = field(default_factory=dict)
    online: OnlineNames | None = None
    documentation: str | None = None
    ready_within_s: float | None = None

    @property
    def build_name(self) -> str:
        """Name of its builds, the same for all revisions: equal files give one build."""
        return self.original or self.name

    def variant(self, name: str) -> Variant:
        """Return the variant with this name; KeyError if there is none."""
        return {v.name: v for v in self.variants}[name]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Scenario: a locustfile that defines what users request.

    Attributes:
        problem: Why it can't be used: the file is no valid Python, or has no user class; empty if it may.
        unread: The error of a file that is no valid Python, for a run that needs the scenario.
    """

    name: str
    summary: str
    path: Path
    problem: str = ""
    unread: Exception | None = field(default=None, compare=False)


def title_of(target: str, targets: Mapping[str, Target]) -> str:
    """Return the title of a target, of a revision's build `Flask at 0123abc`; its name where `targets` lacks it."""
    name, _, revision = target.partition("@")
    title = targets[name].title if name in targets else name
    return f"{title} at {revision}" if revision else title


def subject_in_words(subject: Subject, targets: Mapping[str, Target]) -> str:
    """Return a subject with its target's title: `Flask gthread on 2 CPUs`; as its id where `targets` lacks it."""
    if subject.target.partition("@")[0] not in targets:
        return str(subject)
    name = f"{title_of(subject.target, targets)} {subject.variant}{subject.on_cpus}"
    return f"{name} (control)" if subject.is_control else name
