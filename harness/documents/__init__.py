"""JSON documents for other programs: their data classes, the functions that fill them, and their JSON Schemas.

Long format: flat rows, one per number. A published member keeps its meaning; new members may be added. Each document is
a data class, so the type checker checks the code that fills it, and `schema_of` derives the schema that `harness
schema` prints. Nothing here measures, judges or prints.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from harness.documents.build import BuildDocument, BuildRow, VerifiedRow
from harness.documents.check import CheckDocument, ContradictionRow, FigureRow, FileRow, MeasuredValue, OnlineRow, Place
from harness.documents.clean import CleanDocument
from harness.documents.compare import CompareDocument, DifferenceRow, compare_document
from harness.documents.cost import CostRow, cost_rows
from harness.documents.doctor import DoctorDocument, FindingRow
from harness.documents.explain import ConditionRow, CpusNeededRow, ExplainDocument, ExplainedRun
from harness.documents.history import HistoryDocument, history_document
from harness.documents.importing import ImportDocument, ImportedFigure, UnplacedNumber
from harness.documents.init import InitDocument
from harness.documents.listing import (
    ListDocument,
    NamedRow,
    PublishedRow,
    ScenarioRow,
    StoredRow,
    TargetRow,
    list_document,
    stored_row,
)
from harness.documents.render import RenderDocument, RenderedDifference, RenderedFile
from harness.documents.report import ReportDocument, UnwrittenFormat
from harness.documents.run import ComparisonRow, FailureRow, ResultRow, RunDocument, RunHead, run_document
from harness.documents.selftest import SelftestCheck, SelftestDocument, SelftestOutcome, SelftestRow

__all__ = [
    "DOCUMENTS",
    "BuildDocument",
    "BuildRow",
    "CheckDocument",
    "CleanDocument",
    "CompareDocument",
    "ComparisonRow",
    "ConditionRow",
    "ContradictionRow",
    "CostRow",
    "CpusNeededRow",
    "DifferenceRow",
    "DoctorDocument",
    "ExplainDocument",
    "ExplainedRun",
    "FailureRow",
    "FigureRow",
    "FileRow",
    "FindingRow",
    "HistoryDocument",
    "ImportDocument",
    "ImportedFigure",
    "InitDocument",
    "ListDocument",
    "MeasuredValue",
    "NamedRow",
    "OnlineRow",
    "Place",
    "PublishedRow",
    "RenderDocument",
    "RenderedDifference",
    "RenderedFile",
    "ReportDocument",
    "ResultRow",
    "RunDocument",
    "RunHead",
    "ScenarioRow",
    "SelftestCheck",
    "SelftestDocument",
    "SelftestOutcome",
    "SelftestRow",
    "StoredRow",
    "TargetRow",
    "UnplacedNumber",
    "UnwrittenFormat",
    "VerifiedRow",
    "as_json",
    "compare_document",
    "cost_rows",
    "history_document",
    "list_document",
    "run_document",
    "schema_of",
    "stored_row",
]

DOCUMENTS: Mapping[str, type] = {
    "run": RunDocument,
    "check": CheckDocument,
    "explain": ExplainDocument,
    "import": ImportDocument,
    "compare": CompareDocument,
    "history": HistoryDocument,
    "list": ListDocument,
    "clean": CleanDocument,
    "doctor": DoctorDocument,
    "selftest": SelftestDocument,
    "render": RenderDocument,
    "build": BuildDocument,
    "report": ReportDocument,
    "init": InitDocument,
}


def as_json(document: object) -> dict[str, Any]:
    """Return a document as plain JSON values."""
    values: dict[str, Any] = TypeAdapter(type(document)).dump_python(document, mode="json")
    return values


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document; KeyError for an unknown name."""
    schema = TypeAdapter(DOCUMENTS[name]).json_schema(mode="serialization")
    return schema | {"required": list(schema["properties"])}  # `schema` too: its default is only for the writer
