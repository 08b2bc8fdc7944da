"""The reader of targets/<name>/target.toml: a target and its variants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, StrictBool, model_validator

from harness.errors import UsageError, nearest
from harness.manifest.toml import CountOrNone, Section, read_toml
from harness.model import (
    LONGEST_START_S,
    PARTS,
    PLACEHOLDERS,
    BaseImage,
    ContractPart,
    OnlineNames,
    Probes,
    Target,
    Toolchain,
    Variant,
    VariantClass,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FILE = "target.toml"
_IMAGE = r"^[^\s@]+(@sha256:[0-9a-f]{64})?$"  # a digest beside a tag, never a digest of another kind
_WITHOUT_BODY = frozenset({204, 205, 304})


class BaseSection(Section):
    """A build argument of the Dockerfile that names a base image."""

    argument: str
    """The name of the build argument."""
    registry: Annotated[str, Field(pattern=_IMAGE)]
    """The default image of the Dockerfile: name and tag, and `@sha256:...` to pin its digest."""
    local: str
    """The image for machines without an image registry."""


class ProcessSection(Section):
    """The build of a target that runs as processes."""

    toolchain: Toolchain
    """The toolchain that builds it."""


class ProbesSection(Section):
    """The programs that measure the footprint and test the attributes of the framework."""

    program: str
    """The program that prints its findings as one JSON object: a script, or a package of a Go module."""
    hello: str
    """The source of the smallest app that works."""


class VariantSection(Section):
    """One way to serve the target; its full name is TARGET:VARIANT."""

    variant_class: VariantClass = Field(alias="class")
    """`production` as in the framework's documentation, `tuned` beyond it, or `development`."""
    summary: str
    """One line about how it is served."""
    docs: str | None = None
    """The documentation page that its settings follow; required for a production variant."""
    command: tuple[str, ...] = ()
    """The command that starts it, in the folder of the app; without one, the command of the image."""
    environment: Mapping[str, str] = Field(default_factory=dict)
    """Environment variables, in addition to HOST and PORT."""
    workers: CountOrNone = 0
    """The number of requests that it computes at the same time, if independent of the number of CPUs."""
    workers_per_cpu: CountOrNone = 0
    """The number of requests that it computes at the same time for each CPU."""
    threads: CountOrNone = 0
    """The number of threads of each worker process; a published figure can state it."""
    logs_requests: StrictBool = False
    """Whether it prints a line for every request."""
    closes_connections: StrictBool = False
    """Whether it closes the connection after every answer."""
    debug: StrictBool = False
    """Whether the framework's debug mode is on."""


class PartSection(Section):
    """The request of one scenario at this target, and its only right answer."""

    path: Annotated[str, Field(pattern=r"^/[\x21-\x7e]*$")]
    """The path of the request; `{name}` in it becomes a random word, `{age}` an integer from 0 to 150."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    """The method of the request; by default GET, and POST with `send`."""
    send: JsonValue = None
    """The JSON body of the request."""
    status: Annotated[int, Field(ge=200, le=599, strict=True)] = 200
    """The status of the answer."""
    media_type: str | None = None
    """The content type of the answer without its parameters; without this key any is right."""
    headers: Mapping[Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")], str] = Field(default_factory=dict)
    """Further headers of the answer, with their exact values."""
    body: str | None = None
    """The body of the answer, exact to the byte."""
    document: JsonValue = Field(default=None, alias="json")
    """The JSON value of the answer, with any white space."""

    @model_validator(mode="after")
    def _is_verifiable(self) -> Self:
        bodies = (self.body is not None) + (self.document is not None)
        if bodies == 2:  # noqa: PLR2004 - both
            raise ValueError("an answer has a body or a json value, not both; drop one")
        if not bodies and self.status not in _WITHOUT_BODY:
            raise ValueError("the right answer is not known: add its body or its json value")
        part = self.part()
        asked, expected = part.asked_names(), part.expected_names()
        if unknown := (asked | expected) - PLACEHOLDERS:
            raise ValueError(f"unknown placeholder {_braced(unknown)}; the known ones are {_braced(PLACEHOLDERS)}")
        if missing := expected - asked:
            raise ValueError(f"the answer has {_braced(missing)}, and the request sends no such value")
        return self

    def part(self) -> ContractPart:
        """Return the part of the contract."""
        return ContractPart(
            path=self.path,
            method=self.method or ("GET" if self.send is None else "POST"),
            status=self.status,
            media_type=self.media_type and self.media_type.lower(),
            headers={name.lower(): value for name, value in self.headers.items()},
            text=self.body,
            document=_as_text(self.document),
            send=_as_text(self.send),
        )


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _as_text(value: JsonValue) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


class OnlineSection(Section):
    """Its names at public services, for `harness check --online`."""

    github: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    """Its repository on GitHub: `pallets/flask`."""
    package: Annotated[str, Field(pattern=r"^(pypi|npm|rubygems|go):[\w.@/-]+$")] | None = None
    """Its package: a registry (`pypi`, `npm`, `rubygems`, `go`), a colon, and the name."""
    stack_overflow: Annotated[str, Field(pattern=r"^[\w.+#-]+$")] | None = None
    """Its tag on Stack Overflow."""


class TargetFile(Section):
    """A target.toml; targets/CONTRACT.md defines the answers of a target."""

    schema_name: ClassVar = "target"

    title: str
    """Its name in reports."""
    language: str
    """Its programming language."""
    summary: str
    """One line about the target."""
    default: str
    """The variant of a target given without one."""
    documentation: Annotated[str, Field(pattern=r"^https?://[!-~]+$")] | None = None
    """The address of the framework's own documentation, for links of reports."""
    ready_within_s: Annotated[float, Field(gt=0, le=LONGEST_START_S, strict=True)] | None = None
    """The longest time from a start to the first right answer, in seconds; by default 30."""
    role: Literal["framework", "null"]
    """`framework`, or `null` for the null target, whose throughput is the machine's ceiling."""
    answers: tuple[Literal["plain", "json", "path", "post"], ...] = ()
    """The parts of targets/CONTRACT.md that it answers; required without a contract of its own."""
    contract: Mapping[str, PartSection] = Field(default_factory=dict)
    """A contract of its own, by scenario: what the scenario requests here, and the right answer."""
    packages: tuple[str, ...] = ()
    """The packages whose versions a report shows; the image lists them in /versions.json."""
    bases: tuple[BaseSection, ...] = ()
    """The base images of its Dockerfile."""
    process: ProcessSection | None = None
    """Its build as processes; without this table it runs only in containers."""
    probes: ProbesSection | None = None
    """The programs that measure the footprint and test the attributes of the framework."""
    online: OnlineSection | None = None
    """Its names at public services."""
    variants: Mapping[str, VariantSection]
    """The ways to serve it, by name."""

    @model_validator(mode="after")
    def _answers_something(self) -> Self:
        if not self.answers and not self.contract:
            raise ValueError("it answers nothing: name the parts of targets/CONTRACT.md in answers, or add [contract]")
        if twice := {PARTS.get(name, name) for name in self.contract if PARTS.get(name) in self.contract}:
            raise ValueError(f"the contract has two parts for the scenario {', '.join(sorted(twice))}; drop one")
        return self


def load_targets(root: Path) -> dict[str, Target]:
    """Return the targets of a project, by name.

    Raises:
        UsageError: A target.toml is wrong; the first one's error.
    """
    targets, broken = readable_targets(root)
    if broken:
        raise next(iter(broken.values()))
    return targets


def readable_targets(root: Path) -> tuple[dict[str, Target], dict[str, UsageError]]:
    """Return the targets of a project, and the errors of the others: a command needs few of them, and not a draft."""
    targets, broken = {}, {}
    for name in sorted(manifest_names(root)):
        try:
            targets[name] = load_target(root / "targets" / name / _FILE)
        except UsageError as error:
            broken[name] = error
    return targets, broken


def manifest_names(root: Path) -> set[str]:
    """Return the names of a project's folders with a target.toml, also with a wrong one."""
    return {path.parent.name for path in (root / "targets").glob(f"*/{_FILE}")}


def load_target(path: Path) -> Target:
    """Return the target of a target.toml; its name is that of the folder.

    Raises:
        UsageError: The file is wrong.
    """
    file = read_toml(path, TargetFile)
    if file.default not in file.variants:
        raise UsageError(
            "unknown default variant",
            where=f"{path}: default",
            cause=f"there is no variant {file.default!r}",
            remedy=nearest(file.default, file.variants),
        )
    contract = {PARTS.get(name, name): section.part() for name, section in file.contract.items()}
    return Target(
        name=path.parent.name,
        title=file.title,
        language=file.language,
        summary=file.summary,
        folder=path.parent.resolve(),
        variants=tuple(_variant(name, section) for name, section in file.variants.items()),
        default_variant=file.default,
        is_null=file.role == "null",
        # a part of its own takes the place of the one that the same scenario requests
        answers=tuple(part for part in file.answers if PARTS[part] not in contract),
        bases=tuple(BaseImage(b.argument, b.registry, b.local) for b in file.bases),
        packages=file.packages,
        toolchain=file.process.toolchain if file.process else None,
        probes=Probes(file.probes.program, file.probes.hello) if file.probes else None,
        contract=contract,
        online=OnlineNames(**file.online.model_dump()) if file.online else None,
        documentation=file.documentation,
        ready_within_s=file.ready_within_s,
    )


def _variant(name: str, section: VariantSection) -> Variant:
    return Variant(
        name=name,
        variant_class=section.variant_class,
        summary=section.summary,
        docs_url=section.docs,
        command=section.command,
        environment=dict(section.environment),
        workers=section.workers,
        workers_per_cpu=section.workers_per_cpu,
        threads=section.threads,
        logs_requests=section.logs_requests,
        closes_connections=section.closes_connections,
        is_debug=section.debug,
    )
