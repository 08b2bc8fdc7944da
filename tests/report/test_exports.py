"""The files of a report."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING
from unittest.mock import Mock
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from harness.errors import MachineError, UsageError
from harness.report import Format, render, unwritable
from harness.report.claim_plot import claim_chart
from harness.report.contents import contents
from harness.report.exports import render_csv
from harness.report.markdown import _shortening
from harness.report.page import render_page, templates
from harness.report.plots import throughput_chart
from harness.report.records import FLOATS, INTEGERS, tables
from tests.report.ladder_run import with_ladder
from tests.report.material import failed_material, material
from tests.report.measured import NULL
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable
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
        "report/report_full.md",
        "report/tables/results.csv",
        "report/tables/comparisons.csv",
        "report/tables/measurements.csv",
        "report/tables/latency_curves.csv",
        "report/tables/attributes.csv",
        "report/tables/figures.csv",
        "report/tables/results.parquet",
        "report/tables/comparisons.parquet",
        "report/tables/measurements.parquet",
        "report/tables/latency_curves.parquet",
        "report/tables/attributes.parquet",
        "report/tables/figures.parquet",
        "report/charts/throughput.svg",
        "report/charts/latency-1000.svg",
        "report/charts/forest.svg",
        "report/charts/trials.svg",
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


def test_each_format_has_files_of_its_own_and_all_formats_together_write_the_same_files(tmp_path: Path) -> None:
    def written(name: str, formats: frozenset[Format]) -> set[str]:
        return {str(path.relative_to(tmp_path / name)) for path in render(material(), tmp_path / name, formats)}

    alone = [written(one.value, frozenset({one})) for one in Format]
    assert all(alone)
    counts = Counter(chain.from_iterable(alone))
    shared = {path for path, count in counts.items() if count > 1}
    assert shared <= {"claims.svg"}, "page and Markdown show it, and either writes it"
    assert counts.keys() == written("all", EVERYTHING)


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


def test_contents_and_charts_are_made_once_for_all_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Mock(wraps=contents), Mock(wraps=claim_chart), Mock(wraps=throughput_chart)
    for place, one in zip(("exports.contents", "claim_plot.claim_chart", "plots.throughput_chart"), made, strict=True):
        monkeypatch.setattr(f"harness.report.{place}", one)
    render(material(), tmp_path, frozenset({Format.HTML, Format.MARKDOWN, Format.SVG}))
    assert [one.call_count for one in made] == [1, 2, 1], "one picture of published figures is for phones"
    render(material(), tmp_path, frozenset({Format.MARKDOWN}))
    assert [one.call_count for one in made] == [2, 3, 1]


def test_a_template_is_compiled_once_for_all_reports_of_a_process() -> None:
    assert templates() is templates()
    assert _shortening(75) is _shortening(75)
    assert _shortening(75)("x" * 80) == "x" * 74 + "\N{HORIZONTAL ELLIPSIS}"


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


@pytest.mark.parametrize("link", ["report", "report/tables"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(outside)
    with pytest.raises(UsageError, match=rf"can't write a report \(.*{link}\): it is a symbolic link"):
        render(material(), tmp_path / "report", frozenset({Format.CSV}))
    assert list(outside.iterdir()) == []


def test_the_table_of_results_is_the_golden_one(golden: GoldenFiles) -> None:
    golden.check("results.csv", render_csv(tables(material(ceiling=NULL))["results"]))


@pytest.mark.parametrize("run", [material, failed_material, seven_material])
def test_parquet_has_the_same_values_as_csv_and_typed_columns(run: Callable[[], Material], tmp_path: Path) -> None:
    render(run(), tmp_path, frozenset({Format.CSV, Format.PARQUET}))
    files = {path.stem: path for path in (tmp_path / "tables").glob("*.parquet")}
    assert files.keys() == {path.stem for path in (tmp_path / "tables").glob("*.csv")} >= {"results", "measurements"}
    for path in files.values():
        read = pd.read_parquet(path)
        assert {str(kind) for kind in read.dtypes} <= {"Int64", "Float64", "string"}
        texts = [str(name) for name, kind in read.dtypes.items() if kind == "string"]
        read[texts] = read[texts].fillna("")  # CSV has no other sign for an absent text
        written = pd.read_csv(
            path.with_suffix(".csv"),
            dtype=read.dtypes.to_dict(),
            keep_default_na=False,
            na_values={name: [""] for name in read.columns if name not in texts},
        )
        pd.testing.assert_frame_equal(read, written, check_exact=True)


@pytest.mark.parametrize("run", [with_ladder, failed_material, seven_material])
def test_a_column_of_a_table_has_numbers_or_texts_in_every_run(run: Callable[[], Material]) -> None:
    for rows in tables(run()).values():
        for name, value in ((name, value) for row in rows for name, value in row.items() if value is not None):
            kind = int if name in INTEGERS else int | float if name in FLOATS else str
            assert isinstance(value, kind), name


def test_only_parquet_takes_a_package_that_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unwritable(EVERYTHING, tmp_path) == {}
    monkeypatch.setattr("harness.report.exports.find_spec", lambda _: None)
    assert unwritable(EVERYTHING - {Format.PARQUET}, tmp_path) == {}
    [(wanted, error)] = unwritable(EVERYTHING, tmp_path).items()
    assert (wanted, error.where) == (Format.PARQUET, str(tmp_path / "tables"))
    assert error.cause == "pyarrow is not installed; all other formats are written"
    assert unwritable(frozenset({Format.PARQUET}), tmp_path)[Format.PARQUET].cause == "pyarrow is not installed"


def test_csv_quotes_commas_quotes_and_line_breaks_and_leaves_absent_values_empty() -> None:
    text = render_csv([{"a": 'x, "y"\nz', "b": None, "c": 0.1}])
    assert text == 'a,b,c\n"x, ""y""\nz",,0.1\n'
    assert list(csv.DictReader(io.StringIO(text))) == [{"a": 'x, "y"\nz', "b": "", "c": "0.1"}]
