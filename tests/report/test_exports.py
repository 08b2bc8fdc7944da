"""The files of a report."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness.errors import MachineError
from harness.report import Format, render
from harness.report.exports import render_csv, render_markdown
from harness.report.page import render_page
from harness.report.records import tables
from tests.report.ladder_run import with_ladder
from tests.report.material import TARGETS, empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report import Material
    from tests.conftest import GoldenFiles

EVERYTHING = frozenset(Format)


def test_every_format_has_its_files(tmp_path: Path) -> None:
    written = render(material(), tmp_path / "report", EVERYTHING)
    assert [str(path.relative_to(tmp_path)) for path in written] == [
        "report/index.html",
        "report/claims.svg",
        "report/report.md",
        "report/tables/results.csv",
        "report/tables/comparisons.csv",
        "report/tables/measurements.csv",
        "report/tables/latency_curves.csv",
        "report/tables/attributes.csv",
        "report/tables/figures.csv",
        "report/charts/throughput.svg",
        "report/charts/latency-1000.svg",
        "report/charts/memory.svg",
        "report/charts/cold-start.svg",
        "report/report.json",
        "report/junit.xml",
        "report/harness.sarif",
        "report/github/annotations.txt",
        "report/gitlab/code-quality.json",
        "report/gitlab/metrics.txt",
        "report/github-action-benchmark/bigger-is-better.json",
        "report/github-action-benchmark/smaller-is-better.json",
        "report/bencher.json",
        "report/openmetrics.txt",
        "report/badge.json",
    ]
    assert sorted(path for path in (tmp_path / "report").rglob("*") if path.is_file()) == sorted(written)


@pytest.mark.parametrize("chosen", Format)
def test_only_the_chosen_format_is_written(chosen: Format, tmp_path: Path) -> None:
    alone = render(material(), tmp_path / "alone", frozenset({chosen}))
    others = render(material(), tmp_path / "others", EVERYTHING - {chosen})
    assert alone
    assert not {one.relative_to(tmp_path / "alone") for one in alone} & {
        one.relative_to(tmp_path / "others") for one in others
    }


def test_a_chart_is_a_separate_file_with_its_colours_and_no_external_resources(tmp_path: Path) -> None:
    for path in render(material(), tmp_path, frozenset({Format.SVG})):
        text = path.read_text(encoding="utf-8")
        root = ET.fromstring(text)  # noqa: S314 - written by the test itself
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "--series-1" in text
        assert "light-dark(" in text
        assert not re.search(r"""(?:href|src)="(?!#)|url\((?!#)|@import""", text)


@pytest.mark.program
def test_the_page_does_not_depend_on_the_other_formats(tmp_path: Path) -> None:
    render(material(), tmp_path, frozenset({Format.HTML}))
    alone = (tmp_path / "index.html").read_bytes()
    render(material(), tmp_path, EVERYTHING)
    assert (tmp_path / "index.html").read_bytes() == alone == render_page(material()).encode()


def test_the_document_is_written_unchanged(tmp_path: Path) -> None:
    document = {"schema": "harness.run/1", "run": {"id": "µ"}}
    render(replace(material(), document=document), tmp_path, frozenset({Format.JSON}))
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == document


def test_a_document_with_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        render(replace(material(), document={"x": float("nan")}), tmp_path, frozenset({Format.JSON}))
    assert list(tmp_path.iterdir()) == []


def test_the_error_for_an_unwritable_folder_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file in place of the folder")
    with pytest.raises(MachineError, match="HARNESS_RESULTS"):
        render(material(), tmp_path / "report", EVERYTHING)


def test_the_markdown_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("report.md", render_markdown(material(ceiling=NULL)))


def test_the_markdown_of_a_run_with_a_ladder_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("report_ladder.md", render_markdown(with_ladder()))


def test_the_table_of_results_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("results.csv", render_csv(tables(material(ceiling=NULL))["results"]))


def test_csv_quotes_commas_quotes_and_line_breaks_and_leaves_absent_values_empty() -> None:
    text = render_csv([{"a": 'x, "y"\nz', "b": None, "c": 0.1}])
    assert text == 'a,b,c\n"x, ""y""\nz",,0.1\n'
    assert list(csv.DictReader(io.StringIO(text))) == [{"a": 'x, "y"\nz', "b": "", "c": "0.1"}]


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
def test_all_rows_of_a_markdown_table_have_the_same_width(report: Material) -> None:
    text = render_markdown(report)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for line, following in pairwise(rows):
        if set(following) <= {"|", "-"}:
            width = line.replace("\\|", "").count("|")
        assert width == line.replace("\\|", "").count("|")
    assert "\n\n\n" not in text
    for word in ("nan", "None", "inf ", "&#", "Markup"):
        assert word not in text


def test_markdown_escapes_markup_in_values() -> None:
    evil = replace(TARGETS["gin_app"], title="<script>|[x](javascript:1)*`")
    text = render_markdown(replace(material(), targets={**TARGETS, "gin_app": evil}))
    assert text.startswith("# Flask vs &lt;script&gt;\\|[x]\\(javascript:1)\\*\\`, measured\n")
    assert "<script>" not in text
