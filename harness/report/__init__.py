"""From a stored run to what people read: page, Markdown, tables and the JSON document (`exports.render`).

The way through: `material` (what is rendered, and who is who) → `tables`, `facts`, `answer`, `series` (views: plain
values and words, no markup) → `plots` (charts) → `page` (HTML) and `exports` (the files). It never measures, and the
same run always renders to the same bytes.
"""

from harness.report.exports import render
from harness.report.material import Format, Material

__all__ = ["Format", "Material", "render"]
