"""The documents that other programs read: their shapes, how they are filled, and their JSON Schemas.

Long format, one row a number, flat. A member once published keeps its meaning; others may join. Each shape is a data
class, so the type checker holds the writers to it and `schema_of` derives what `harness schema` prints.

The rooms above hand in values; nothing here measures, judges or prints.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from harness.documents.check import CheckDocument, ContradictionRow, FigureRow, MeasuredValue, Place
from harness.documents.clean import CleanDocument
from harness.documents.compare import CompareDocument, DifferenceRow, compare_document
from harness.documents.doctor import DoctorDocument, FindingRow
from harness.documents.listing import ListDocument, NamedRow, StoredRow, TargetRow, list_document
from harness.documents.run import ComparisonRow, FailureRow, ResultRow, RunDocument, RunHead, run_document
from harness.documents.selftest import SelftestCheck, SelftestDocument, SelftestRow

__all__ = [
    "DOCUMENTS",
    "CheckDocument",
    "CleanDocument",
    "CompareDocument",
    "ComparisonRow",
    "ContradictionRow",
    "DifferenceRow",
    "DoctorDocument",
    "FailureRow",
    "FigureRow",
    "FindingRow",
    "ListDocument",
    "MeasuredValue",
    "NamedRow",
    "Place",
    "ResultRow",
    "RunDocument",
    "RunHead",
    "SelftestCheck",
    "SelftestDocument",
    "SelftestRow",
    "StoredRow",
    "TargetRow",
    "as_json",
    "compare_document",
    "list_document",
    "run_document",
    "schema_of",
]

DOCUMENTS: Mapping[str, type] = {
    "run": RunDocument,
    "check": CheckDocument,
    "compare": CompareDocument,
    "list": ListDocument,
    "clean": CleanDocument,
    "doctor": DoctorDocument,
    "selftest": SelftestDocument,
}


def as_json(document: object) -> dict[str, Any]:
    """Return a document as plain JSON values."""
    values: dict[str, Any] = TypeAdapter(type(document)).dump_python(document, mode="json")
    return values


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document; KeyError if there is none of that name."""
    schema = TypeAdapter(DOCUMENTS[name]).json_schema(mode="serialization")
    return schema | {"required": list(schema["properties"])}  # also its name, which has a default only for the writer
