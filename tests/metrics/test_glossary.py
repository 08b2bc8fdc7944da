"""GLOSSARY's table of metrics is the catalogue and its words; --update-golden writes it anew."""

import re
from pathlib import Path

import pytest

from harness.metrics.catalogue import CATALOGUE, Metric
from harness.metrics.words import WORDS

GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"


def row(metric: Metric) -> str:
    depends_on = [
        what for what, does in (("load", metric.depends_on_load), ("machine", metric.depends_on_machine)) if does
    ]
    cells = (
        f"`{metric.pattern}`",
        WORDS[metric].definition,
        metric.unit,
        metric.better,
        ", ".join(depends_on) or "\N{EN DASH}",
    )
    return f"| {' | '.join(cells)} |"


def table() -> str:
    head = ("| name | what it is | unit | better | depends on |", "|---|---|---|---|---|")
    return "\n".join(["", *head, *map(row, CATALOGUE), "", ""])


def test_its_metrics_are_those_of_the_catalogue(request: pytest.FixtureRequest) -> None:
    glossary = GLOSSARY.read_text(encoding="utf-8")
    before, block, after = re.split(r"(?<=-->\n)(.*?)(?=<!-- /metrics -->)", glossary, maxsplit=1, flags=re.DOTALL)
    if request.config.getoption("--update-golden"):
        GLOSSARY.write_text(before + table() + after, encoding="utf-8")
        return
    assert block == table(), "GLOSSARY.md is not what the catalogue says; --update-golden writes it anew"
