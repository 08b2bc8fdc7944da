"""The page: one HTML file without external resources, for screens of every width and for paper.

This module passes contents and charts to a template. The words come from other modules.
Its one script, `page.js`, sorts and hides what is there; the page allows no other, by the hash of its text.
Only this module and `compiled` import jinja2.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.foreign_text import printable
from harness.report.anchors import anchor
from harness.report.attributes import UNTRIED
from harness.report.charts import CLAIMS, CLAIMS_NARROW, CONDITIONS, charts
from harness.report.compiled import compiled_templates
from harness.report.contents import contents
from harness.report.ranks import RANK_MEANING
from harness.report.wording import BOUND_WORDS, DASH, VERDICT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.report.charts import Chart
    from harness.report.contents import Contents
    from harness.report.material import Material

_TEMPLATES = Path(__file__).with_name("templates")
_BEFORE_A_UNIT = re.compile(r"(?<=\d) (?=(?:%|req/s|[mµ]?s(?:/s)?|[KMG]i?B|B|min)(?![\w/]))|(?<=±) (?=\d)")
_MOST_PLACES = 2  # of a warning that has room on the page


def _name_of(finalize: Callable[[object], object] | None) -> str:
    """Return a name of a function, or of one with some of its arguments, that is the same in each command."""
    if isinstance(finalize, partial):
        return f"{_name_of(finalize.func)}{finalize.args}"
    return f"{finalize.__module__}.{finalize.__qualname__}" if finalize else ""


@cache
def templates(finalize: Callable[[object], object] | None = None) -> Environment:
    """Return the template environment; it escapes all values and raises an error for an undefined name.

    There is one for each `finalize`: it keeps its compiled templates, and compiling takes longer than filling.

    Args:
        finalize: Applied to every value before it is escaped and written.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=compiled_templates(_name_of(finalize)),
    )
    environment.globals |= {
        "verdict_words": VERDICT_WORDS,
        "bound_words": BOUND_WORDS,
        "dash": DASH,
        "rank_meaning": RANK_MEANING,
        "anchor": anchor,
        "most_places": _MOST_PLACES,
        "untried": UNTRIED,
    }
    return environment


def _printable(value: object) -> object:
    """Return a value whose text can be printed, with no line break before a unit.

    Markup is ours, and has been made of such texts.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _BEFORE_A_UNIT.sub("\N{NO-BREAK SPACE}", printable(value))


def render_page(material: Material, carried: str | None = None) -> str:
    """Return the page as HTML; `carried` is its data block, None for a page that does not carry its run."""
    return filled_page(contents(material), tuple(charts(material)), carried)


def filled(template: str, **values: object) -> str:
    """Return a filled template of a page; each text is printable, escaped, and has no line break before a unit."""
    return templates(finalize=_printable).get_template(template).render(**values)


def filled_page(report: Contents, drawn: Sequence[Chart], carried: str | None) -> str:
    """Return the page of these contents, charts and data block as HTML."""
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    return filled(
        "page.html.j2",
        report=report,
        carried=carried,
        script=Markup(script),  # noqa: S704
        script_source=content_source(script),
        charts=tuple(chart for chart in drawn if chart.name not in (CONDITIONS, CLAIMS, CLAIMS_NARROW)),
        condition_charts=tuple(chart for chart in drawn if chart.name == CONDITIONS),
        claims_charts=tuple(chart for chart in drawn if chart.name in (CLAIMS, CLAIMS_NARROW)),
        row_ids=_row_ids(report),
        setting_ids={anchor("settings", one.target, one.name) for one in report.settings},
    )


def content_source(script: str) -> str:
    """Return the source of a content security policy that allows this script alone: `sha256-...`."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}"


def _row_ids(report: Contents) -> set[str]:
    """Return the ids of the rows that a sentence may link."""
    rows = {anchor("row", row.metric, row.scenario) for group in report.results.groups for row in group.rows}
    return rows | {anchor("attribute", tried.title, tried.target) for tried in report.attributes}
