"""The table of metrics in GLOSSARY.md, generated from the catalogue and its words by --update-golden."""

import re
from pathlib import Path

import pytest

from harness.metrics.catalogue import CATALOGUE, Metric
from harness.metrics.words import WORDS, form_of

GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"


def row(metric: Metric) -> str:
    depends_on = [
        name for name, depends in (("load", metric.depends_on_load), ("machine", metric.depends_on_machine)) if depends
    ]
    cells = (
        f"`{metric.pattern}`",
        form_of(metric),
        WORDS[metric].definition,
        metric.unit,
        "\N{EN DASH}" if metric.is_given else metric.better,
        ", ".join(depends_on) or "\N{EN DASH}",
    )
    return f"| {' | '.join(cells)} |"


def table() -> str:
    head = ("| name | in words | what it is | unit | better | depends on |", "|---|---|---|---|---|---|")
    return "\n".join(["", *head, *map(row, CATALOGUE), "", ""])


def test_the_table_of_metrics_is_generated_from_the_catalogue(request: pytest.FixtureRequest) -> None:
    glossary = GLOSSARY.read_text(encoding="utf-8")
    before, block, after = re.split(r"(?<=-->\n)(.*?)(?=<!-- /metrics -->)", glossary, maxsplit=1, flags=re.DOTALL)
    if request.config.getoption("--update-golden"):
        GLOSSARY.write_text(before + table() + after, encoding="utf-8")
        return
    assert block == table(), "the table in GLOSSARY.md differs from the catalogue; --update-golden rewrites it"
