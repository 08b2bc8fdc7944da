"""The report of a stored run: page, Markdown, tables, charts and the JSON document (`exports.render`).

The steps: `material` (the inputs and their look-ups) → `tables`, `facts`, `answer`, `series` (views: plain values and
words, no markup) → `charts` and `plots` (drawings, which `beside` leaves to another process) → `page` (HTML) and
`exports` (the files). This room never measures. The same run always renders to the same bytes.
"""

import logging

# It warns at its import of a HOME that can't be written, in which it would keep a list of fonts.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

from harness.report.exports import render, unwritable  # noqa: E402 - this imports matplotlib
from harness.report.material import Format, Material, PairPage  # noqa: E402

__all__ = ["Format", "Material", "PairPage", "render", "unwritable"]
