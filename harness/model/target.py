"""Nouns of what is measured: targets, their variants, scenarios. Numbers are in base units.

The store resolves these annotations at run time, so they are imported for real and not only for the type checker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class VariantClass(StrEnum):
    """What a way of serving is meant for."""

    PRODUCTION = "production"
    TUNED = "tuned"
    DEVELOPMENT = "development"


class Toolchain(StrEnum):
    """What builds a target that runs as a process.

    `PYTHON_VENV`: a virtual environment of its own, with what its requirements.txt names. `GO`: its module, compiled
    into one binary that bears the module's name.
    """

    PYTHON_VENV = "python-venv"
    GO = "go"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One target served one way: what a trial is a trial of.

    Attributes:
        is_control: It is the second copy of a contestant, run beside it to show how far two equals differ (A/A).
    """

    target: str
    variant: str
    is_control: bool = False

    def __str__(self) -> str:
        return f"{self.target}:{self.variant}{' (control)' if self.is_control else ''}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to serve a target.

    Attributes:
        command: The argument vector that serves it, run in the target's folder; empty means the image's own.
        environment: Variables added to HOST and PORT.
        docs_url: The framework's own deployment page that the settings follow.
        workers, workers_per_cpu: How many requests it computes at the same time, at most: so many, and so many more for
            each CPU that it is given. Both 0 where nobody says.
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
    logs_requests: bool = False
    closes_connections: bool = False
    is_debug: bool = False

    def workers_on(self, cpus: int) -> int | None:
        """Return how many requests it computes at the same time on so many CPUs; None where nobody says."""
        return self.workers + self.workers_per_cpu * cpus or None


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image as a build argument: the registry's name, and the one that `tools/local-bases` makes."""

    argument: str
    registry: str
    local: str


@dataclass(frozen=True, slots=True)
class Probes:
    """What asks a built target what it is and what it can do, as paths in its folder.

    Attributes:
        program: It prints its findings as JSON: a script for its Python, or a package of its Go module.
        hello: The smallest app of its framework that works, whose lines are counted.
    """

    program: str
    hello: str


@dataclass(frozen=True, slots=True)
class Target:
    """A framework app to measure, as its target.toml describes it.

    Attributes:
        is_null: It is no framework but the cheapest correct responder, which shows the machine's own ceiling.
        answers: The parts of targets/CONTRACT.md that it answers.
        packages: Distributions or modules whose versions are read inside its image.
        toolchain: What builds it where it runs as a process; None where it can't.
        probes: What asks it for its footprint and attributes; None where nobody does.
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

    def variant(self, name: str) -> Variant:
        """Return the variant of that name; KeyError if there is none."""
        return {v.name: v for v in self.variants}[name]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A locustfile: what its users request."""

    name: str
    summary: str
    path: Path
