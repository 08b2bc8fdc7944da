"""The reader of TOML files into pydantic models; every error names the file, the key and a remedy."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, Tag, ValidationError

from harness.errors import UsageError, nearest
from harness.manifest.toml_faults import fault_of
from harness.regular_files import content_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound="Section")

# strict, because TOML has numbers: `true` and "5" are errors
Positive = Annotated[float, Field(gt=0, strict=True)]
NotNegative = Annotated[float, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
CountOrNone = Annotated[int, Field(ge=0, strict=True)]
YesOrNo = StrictBool

# for a key that takes a list or a table, so that an error names the key inside the one that was given
IS_LIST, IS_TABLE = Tag("list"), Tag("table")
LIST_OR_TABLE = Discriminator(lambda given: "list" if isinstance(given, list | tuple) else "table")


def offered(words: Iterable[str]) -> Any:  # noqa: ANN401 - pydantic's own type
    """Return the annotation of a key that takes one of these words: the schema lists them, and the reader checks it."""
    return Field(json_schema_extra={"enum": list(words)})


class Section(BaseModel):
    """A table of a TOML file; it is immutable and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    schema_name: ClassVar[str | None] = None
    """The name of the file's schema, `target` of `harness schema target`; None for a part of a file."""


class OpenSection(Section):
    """A table of a TOML file that keeps unknown keys."""

    model_config = ConfigDict(extra="allow")


def read_toml(path: Path, model: type[M]) -> M:
    """Return a TOML file as a model.

    Raises:
        UsageError: The file is missing, is not TOML, or has a wrong key or value; it names file, key and remedy.
    """
    return parse_toml(read_text(path), path, model)


def read_text(path: Path) -> str:
    """Return the text of a TOML file.

    Raises:
        UsageError: The file is missing, or is not text.
    """
    try:
        return content_of(path).decode()
    except OSError as error:
        raise UsageError(
            "can't read a file", where=str(path), cause=error.strerror or str(error), remedy="Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError("not a TOML file", where=str(path), cause=str(error), remedy="Write it in UTF-8.") from error


def parse_toml(text: str, path: Path, model: type[M]) -> M:
    """Return the text of a TOML file as a model. See `read_toml`."""
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise _not_toml(path, text, "it is nested too deep") from error
    except ValueError as error:  # also of a number with more digits than Python reads
        raise _not_toml(path, text, str(error)) from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # a mistyped key gives two errors, an unknown key and a missing one: the first is more helpful
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        raise _error_of(path, model, details[0]) from error


def _not_toml(path: Path, text: str, message: str) -> UsageError:
    fault = fault_of(text, message)
    return UsageError("not a TOML file", where=f"{path}{fault.place}", cause=fault.cause, remedy=fault.remedy)


def schema_of(model: type[Section]) -> dict[str, Any]:
    """Return the JSON Schema of a file, with a description of each key."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()


def _error_of(path: Path, model: type[Section], detail: ErrorDetails) -> UsageError:
    where = ".".join(str(part) for part in detail["loc"])
    remedy = f"`harness schema {model.schema_name}` describes all keys." if model.schema_name else "Correct it."
    if detail["type"] == "extra_forbidden":
        remedy = nearest(str(detail["loc"][-1]), _keys_at(model, detail["loc"][:-1]))
    elif detail["type"] == "missing":
        remedy = f"Add {detail['loc'][-1]!r}."
    elif "expected" in detail.get("ctx", {}):
        remedy = f"Use one of: {detail['ctx']['expected']}."
    cause = detail["msg"].removeprefix("Value error, ")
    return UsageError("wrong key or value", where=f"{path}: {where}".removesuffix(": "), cause=cause, remedy=remedy)


def _keys_at(model: type[Section], location: Iterable[str | int]) -> set[str]:
    """Return the keys of the model at a location, through fields that are mappings or lists of models."""
    parts = iter(location)
    for part in parts:
        arguments = get_args(model.model_fields[str(part)].annotation)
        model = next(kind for kind in arguments if isinstance(kind, type) and issubclass(kind, Section))
        next(parts, None)  # the name or number of the item
    return {field.alias or name for name, field in model.model_fields.items()}
