"""TOML in, nouns out: targets, scenarios and profiles, read with complaints that name file, key and remedy.

The only door to pydantic for what people write by hand. It knows the files' shapes and nothing of what is done with
them.
"""

from __future__ import annotations

import ast
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.errors import UsageError, nearest
from harness.model import (
    BaseImage,
    Precision,
    Probes,
    Profile,
    Scenario,
    Subject,
    Target,
    Toolchain,
    Variant,
    VariantClass,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_PROFILES = Path(__file__).with_name("profiles.toml")
# strict: TOML has numbers of its own, so neither `true` nor "5" is one
Positive = Annotated[float, Field(gt=0, strict=True)]
NotNegative = Annotated[float, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
CountOrNone = Annotated[int, Field(ge=0, strict=True)]


class Section(BaseModel):
    """A table of a TOML file: no key that it does not know, and frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BaseSection(Section):
    """`[[bases]]` of a target.toml."""

    argument: str
    registry: str
    local: str


class ProcessSection(Section):
    """`[process]` of a target.toml."""

    toolchain: Toolchain


class ProbesSection(Section):
    """`[probes]` of a target.toml."""

    program: str
    hello: str


class VariantSection(Section):
    """`[variants.<name>]` of a target.toml."""

    variant_class: VariantClass = Field(alias="class")
    summary: str
    docs: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    workers: CountOrNone = 0
    workers_per_cpu: CountOrNone = 0
    logs_requests: StrictBool = False
    closes_connections: StrictBool = False
    debug: StrictBool = False


class TargetFile(Section):
    """A target.toml."""

    title: str
    language: str
    summary: str
    default: str
    role: Literal["framework", "null"]
    answers: Annotated[tuple[Literal["plain", "json", "path", "post"], ...], Field(min_length=1)]
    packages: tuple[str, ...] = ()
    bases: tuple[BaseSection, ...] = ()
    process: ProcessSection | None = None
    probes: ProbesSection | None = None
    variants: Mapping[str, VariantSection]


class PrecisionSection(Section):
    """`[<name>.precision]` of profiles.toml."""

    throughput: Positive
    p50: Positive
    p99: Positive
    memory: Positive
    cold_start: Positive


class ProfileSection(Section):
    """`[<name>]` of profiles.toml; harness.model.Profile says what each key means."""

    summary: str
    blocks: Count
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    connections: Annotated[tuple[Count, ...], Field(min_length=1)]
    other_connections: Count
    rounds: Count
    slice_s: Positive
    discard_s: NotNegative
    warmup_s: Positive
    open_rates_per_s: tuple[Positive, ...]
    open_rounds: Count
    open_slice_s: Positive
    open_discard_s: NotNegative
    cold_starts: Count
    discarded_starts: CountOrNone
    headline_rounds: Count | None = None
    has_control: StrictBool = False
    controls_latency: StrictBool = True
    drives_own_rate: StrictBool = False
    objective_p99_s: Annotated[Positive, Field(le=0.5)] | None = None
    attempt_slice_s: Positive = 1.2
    attempt_discard_s: NotNegative = 0.2
    after_load_s: NotNegative = 0.0
    precision: PrecisionSection | None = None
    # two trials make an interval, and so the first that a precision can be asked of
    least_blocks: Annotated[int, Field(ge=2, strict=True)] | None = None

    @field_validator("discard_s", "open_discard_s", "attempt_discard_s")
    @classmethod
    def _leaves_something_to_count(cls, discard_s: float, info: ValidationInfo) -> float:
        slice_key = str(info.field_name).replace("discard", "slice")
        if discard_s >= info.data.get(slice_key, math.inf):
            raise PydanticCustomError("nothing_left", f"nothing of {slice_key} is left to count")
        return discard_s

    @model_validator(mode="after")
    def _is_fixed_or_adaptive(self) -> Self:
        if (self.precision is None) != (self.least_blocks is None):
            raise PydanticCustomError("half_adaptive", "precision and least_blocks go together")
        if self.least_blocks is not None and self.least_blocks > self.blocks:
            raise PydanticCustomError("least_is_most", "least_blocks is more than blocks")
        return self

    def profile(self, name: str) -> Profile:
        """Return the profile that it describes."""
        precision = None if self.precision is None else Precision(**self.precision.model_dump())
        return Profile(name=name, **self.model_dump(exclude={"precision"}), precision=precision)


class ProfilesFile(Section):
    """profiles.toml."""

    profiles: Mapping[str, ProfileSection]


def read_toml(path: Path, model: type[M]) -> M:
    """Read a TOML file into a model.

    Raises:
        UsageError: The file is missing, is not TOML, or has a wrong key or value; names file, key and remedy.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            "can't read a file", where=str(path), cause=error.strerror or str(error), remedy="Check the path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            "not a TOML file", where=str(path), cause=str(error), remedy="Mend the line that it names."
        ) from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # a mistyped key shows as one key too many and one missing: the first says more
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        raise _complaint(path, model, details[0]) from error


def _complaint(path: Path, model: type[BaseModel], detail: ErrorDetails) -> UsageError:
    where = ".".join(str(part) for part in detail["loc"])
    remedy = "See targets/CONTRACT.md and GLOSSARY.md for what it means."
    if detail["type"] == "extra_forbidden":
        remedy = nearest(str(detail["loc"][-1]), _keys_at(model, detail["loc"][:-1]))
    elif detail["type"] == "missing":
        remedy = f"Add {detail['loc'][-1]!r}."
    elif "expected" in detail.get("ctx", {}):
        remedy = f"Use one of: {detail['ctx']['expected']}."
    return UsageError("wrong key or value", where=f"{path}: {where}", cause=detail["msg"], remedy=remedy)


def _keys_at(model: type[BaseModel], location: Iterable[str | int]) -> set[str]:
    """Follow a path through fields that hold models by name or in a row, and return the keys of the last."""
    parts = iter(location)
    for part in parts:
        held = get_args(model.model_fields[str(part)].annotation)
        model = next(kind for kind in held if isinstance(kind, type) and issubclass(kind, BaseModel))
        next(parts, None)  # which one, by name or number
    return {field.alias or name for name, field in model.model_fields.items()}


def project_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` with targets/ and scenarios/, else the checkout of this package.

    Raises:
        UsageError: Neither has them.
    """
    for folder in (start, *start.parents, Path(__file__).parent.parent):
        if (folder / "targets").is_dir() and (folder / "scenarios").is_dir():
            return folder
    raise UsageError(
        "no project here",
        where=str(start),
        cause="no folder at or above it holds targets/ and scenarios/",
        remedy="Change to a checkout of the harness.",
    )


def load_targets(root: Path) -> dict[str, Target]:
    """Read every targets/<name>/target.toml, by name.

    Raises:
        UsageError: One is wrong.
    """
    return {path.parent.name: load_target(path) for path in sorted((root / "targets").glob("*/target.toml"))}


def load_target(path: Path) -> Target:
    """Read one target.toml; the target is named after its folder.

    Raises:
        UsageError: It is wrong.
    """
    file = read_toml(path, TargetFile)
    if file.default not in file.variants:
        raise UsageError(
            "unknown default variant",
            where=f"{path}: default",
            cause=f"{file.default!r} is no variant",
            remedy=nearest(file.default, file.variants),
        )
    return Target(
        name=path.parent.name,
        title=file.title,
        language=file.language,
        summary=file.summary,
        folder=path.parent.resolve(),
        variants=tuple(_variant(name, section) for name, section in file.variants.items()),
        default_variant=file.default,
        is_null=file.role == "null",
        answers=file.answers,
        bases=tuple(BaseImage(b.argument, b.registry, b.local) for b in file.bases),
        packages=file.packages,
        toolchain=file.process.toolchain if file.process else None,
        probes=Probes(file.probes.program, file.probes.hello) if file.probes else None,
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
        logs_requests=section.logs_requests,
        closes_connections=section.closes_connections,
        is_debug=section.debug,
    )


def load_scenarios(root: Path) -> dict[str, Scenario]:
    """Find every scenarios/<name>.py, by name, with the first line of its docstring; nothing is imported.

    Raises:
        UsageError: One is not Python.
    """
    found = {}
    for path in sorted((root / "scenarios").glob("*.py")):
        try:
            docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
        except SyntaxError as error:
            raise UsageError(
                "a scenario is not Python",
                where=f"{path}:{error.lineno or 1}",
                cause=error.msg,
                remedy="Mend that line.",
            ) from error
        found[path.stem] = Scenario(path.stem, docstring.partition("\n")[0], path.resolve())
    return found


def load_profiles(path: Path = _PROFILES) -> dict[str, Profile]:
    """Read the profiles, by name.

    Raises:
        UsageError: The file is wrong.
    """
    sections = read_toml(path, ProfilesFile).profiles
    return {name: section.profile(name) for name, section in sections.items()}


def find_subjects(words: Iterable[str], targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Turn `flask_app`, `gin_app:release` or several with commas into subjects, in order, each once.

    Raises:
        UsageError: A target or variant is unknown; names the nearest.
    """
    found: dict[Subject, None] = {}
    for word in (part.strip() for words_ in words for part in words_.split(",")):
        name, _, variant = word.partition(":")
        if name not in targets:
            raise UsageError(
                "unknown target", where=word, cause="no such folder in targets/", remedy=nearest(name, targets)
            )
        target = targets[name]
        variants = [v.name for v in target.variants]
        if variant and variant not in variants:
            raise UsageError(
                "unknown variant",
                where=word,
                cause=f"{target.title} has none of that name",
                remedy=nearest(variant, variants),
            )
        found[Subject(name, variant or target.default_variant)] = None
    return tuple(found)


def find_all(kind: str, text: str, known: Iterable[str]) -> list[str]:
    """Split what is separated by commas into known words, in order, each once.

    Raises:
        UsageError: A word is not known, and the nearest is named; or there is none.
    """
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise UsageError(f"no {kind}", where=repr(text), cause="it names none", remedy=nearest("", known))
    for word in words:
        _require(kind, word, known)
    return words


def find_one(kind: str, word: str, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - returns what the mapping holds
    """Look a scenario, profile or document up by name.

    Raises:
        UsageError: There is none; names the nearest.
    """
    _require(kind, word, known)
    return known[word]


def _require(kind: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise UsageError(f"unknown {kind}", where=word, cause=f"no {kind} of that name", remedy=nearest(word, known))
