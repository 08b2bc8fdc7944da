"""The two Markdown documents of a report: their texts, the size of the short one, and what links them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from harness.model import Failure, Stage
from harness.report import Format, render
from harness.report.markdown import FULL, MOST_BYTES, SHORT
from tests.report.ladder_run import with_ladder
from tests.report.markdown_texts import full_markdown, short_markdown
from tests.report.material import TARGETS, empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.published import JUDGED
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.report import Material
    from tests.conftest import GoldenFiles

DOCUMENTS: Mapping[str, Callable[[Material], str]] = {SHORT: short_markdown, FULL: full_markdown}


def with_figures(report: Material, number: int, words: str = "figure") -> Material:
    """Return a report with that many published figures, each with a label of its own."""
    base = JUDGED.judgements
    judged = tuple(
        replace(one, figure=replace(one.figure, id=f"{place}", label=f"{words} {place}"))
        for place, one in ((place, base[place % len(base)]) for place in range(number))
    )
    every = replace(JUDGED, judgements=judged, contradictions=JUDGED.contradictions * 50)
    return replace(report, judged=(every,), pages=())


def test_the_short_report_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("report.md", short_markdown(material(ceiling=NULL)))


def test_the_full_report_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("report_full.md", full_markdown(material(ceiling=NULL)))


def test_the_full_report_of_a_run_with_a_ladder_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("report_full_ladder.md", full_markdown(with_ladder()))


class TestTheSizeOfTheShortReport:
    @pytest.mark.parametrize("figures", [40, 800])
    @pytest.mark.parametrize("run", [material, seven_material])
    def test_it_is_under_the_limit_with_many_figures(self, run: Callable[[], Material], figures: int) -> None:
        report = with_figures(run(), figures)
        text = short_markdown(report)
        assert len(text.encode()) < MOST_BYTES == 20_000
        assert f"{figures} figures: " in text
        shown = len(re.findall(r"^\| .*figure \d+ \|", text, re.MULTILINE))
        assert shown >= 20
        left = f"{figures - shown} more rows; a figure that is printed several times has one"
        assert f"{left}: see [the full report](report_full.md)." in text
        assert len(full_markdown(report).encode()) > len(text.encode())

    def test_the_failing_figures_come_first(self) -> None:
        text = short_markdown(with_figures(material(), 800))
        verdicts = {line.rpartition(" | ")[2] for line in text.splitlines() if re.match(r"\| .*figure \d+ \|", line)}
        assert verdicts == {"contradicted |"}

    @pytest.mark.parametrize("words", ["long " * 2000, "<|*" * 3000, "\u202e" * 5000, "\U0001f600" * 5000])
    def test_it_is_under_the_limit_with_texts_of_any_length(self, words: str) -> None:
        report = with_figures(seven_material(), 800, words)
        targets = {name: replace(one, title=f"{words}{name}") for name, one in report.targets.items()}
        failures = tuple(Failure(one, Stage.START, words) for one in report.plan.subjects)
        run = replace(report.summary.run, failures=failures)
        report = replace(report, targets=targets, summary=replace(report.summary, run=run))
        assert len(short_markdown(report).encode()) < MOST_BYTES


def test_the_short_report_links_only_what_is_written_beside_it(tmp_path: Path) -> None:
    written = render(seven_material(), tmp_path, frozenset({Format.MARKDOWN}))
    for document in (path for path in written if path.name == SHORT):
        links = re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
        assert {"report_full.md", "claims.svg"} <= set(links)
        assert {(document.parent / link).resolve() for link in links} <= set(written)


def test_a_report_without_figures_has_no_picture() -> None:
    for report in (failed_material(), empty_material()):
        text = short_markdown(replace(report, judged=()))
        assert "claims.svg" not in text
        assert "Published" not in text


@pytest.mark.parametrize(
    "report",
    [
        material(),
        material(FLASK),
        material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
        material(compared=False),
        failed_material(),
        empty_material(),
    ],
    ids=["usual", "one_target", "variants", "uncompared", "failed", "empty"],
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_all_rows_of_a_table_have_the_same_width(name: str, report: Material) -> None:
    text = DOCUMENTS[name](report)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for line, following in pairwise(rows):
        if set(following) <= {"|", "-"}:
            width = line.replace("\\|", "").count("|")
        assert width == line.replace("\\|", "").count("|")
    assert "\n\n\n" not in text
    for word in ("nan", "None", "inf ", "&#", "Markup"):
        assert word not in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_markup_in_values_is_escaped(name: str) -> None:
    evil = replace(TARGETS["gin_app"], title="<script>|[x](javascript:1)*`")
    text = DOCUMENTS[name](replace(material(), targets={**TARGETS, "gin_app": evil}))
    assert text.startswith("# Flask vs &lt;script&gt;\\|[x]\\(javascript:1)\\*\\`, measured\n")
    assert "<script>" not in text
