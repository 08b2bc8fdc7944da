"""Reading a TOML file into a model, with complaints that name file, key and remedy."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound="Section")

# strict: TOML has numbers of its own, so neither `true` nor "5" is one
Positive = Annotated[float, Field(gt=0, strict=True)]
NotNegative = Annotated[float, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
CountOrNone = Annotated[int, Field(ge=0, strict=True)]


def offered(words: Iterable[str]) -> Any:  # noqa: ANN401 - what pydantic gives
    """Return the mark of a key that takes one of these words: the schema lists them, and the reader checks them."""
    return Field(json_schema_extra={"enum": list(words)})


class Section(BaseModel):
    """A table of a TOML file: no key that it does not know, and frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    schema_name: ClassVar[str | None] = None
    """The name of the file's schema, as in `harness schema target`; None for a part of a file."""


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


def schema_of(model: type[Section]) -> dict[str, Any]:
    """Return the JSON Schema of a file, with a description of each key."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()


def _complaint(path: Path, model: type[Section], detail: ErrorDetails) -> UsageError:
    where = ".".join(str(part) for part in detail["loc"])
    remedy = f"`harness schema {model.schema_name}` shows what each key takes." if model.schema_name else "Correct it."
    if detail["type"] == "extra_forbidden":
        remedy = nearest(str(detail["loc"][-1]), _keys_at(model, detail["loc"][:-1]))
    elif detail["type"] == "missing":
        remedy = f"Add {detail['loc'][-1]!r}."
    elif "expected" in detail.get("ctx", {}):
        remedy = f"Use one of: {detail['ctx']['expected']}."
    return UsageError("wrong key or value", where=f"{path}: {where}", cause=detail["msg"], remedy=remedy)


def _keys_at(model: type[Section], location: Iterable[str | int]) -> set[str]:
    """Follow a path through fields that hold models by name or in a row, and return the keys of the last."""
    parts = iter(location)
    for part in parts:
        held = get_args(model.model_fields[str(part)].annotation)
        model = next(kind for kind in held if isinstance(kind, type) and issubclass(kind, Section))
        next(parts, None)  # which one, by name or number
    return {field.alias or name for name, field in model.model_fields.items()}
