"""Files for the audit's tests."""

import json
from pathlib import Path
from typing import Any

from harness.figures.audit import Audit, AuditRule, audit_file

INPUTS = Path(__file__).parent / "inputs"


def audit(document: Any, folder: Path, name: str = "results.json") -> Audit:  # noqa: ANN401 - any JSON value
    """Audit a document, or the text of a file."""
    file = folder / name
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return audit_file(file)


def broken(audited: Audit) -> dict[AuditRule, list[str]]:
    """Return the places of each broken rule, without the names and numbers in them."""
    return {one.rule: [place.split(" (")[0] for place in one.places] for one in audited.contradictions}
