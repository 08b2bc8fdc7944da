"""Audit of other people's result files: the rows of one file, checked for contradictions.

1. `reading` reads a file as JSON, and `formats` recognises its format by its content.
2. The format's module (`suites`, `tools`, `summaries`, `own`) gives uniform rows (`rows`): numbers in base units,
   with the text of the file (`numbers`).
3. `laws` holds each row against the rules, and `ceilings` all rows of one test against each other.
4. `findings` joins the findings of one rule in one contradiction, with the places of the worst rows. `document` gives
   them the form of a page's.

Pure but for reading: it must not know figures, pages, or how the terminal shows a contradiction.
"""

from harness.figures.audit.document import with_audits
from harness.figures.audit.findings import Audit, audit_file
from harness.figures.audit.formats import FORMATS
from harness.figures.audit.reading import looks_like_results
from harness.figures.audit.rules import RULES, AuditRule

__all__ = ["FORMATS", "RULES", "Audit", "AuditRule", "audit_file", "looks_like_results", "with_audits"]
