"""The simulation of the intervals of percentiles: its cells, its truth, and what a table says of them."""

import json
from types import ModuleType

import numpy as np
import pytest

from harness.analysis.intervals import Interval
from tests.scripts import loaded


@pytest.fixture
def benchmark() -> ModuleType:
    return loaded("percentiles")


def test_each_cell_has_two_targets_that_are_alike_or_of_which_one_has_the_usual_spread(benchmark: ModuleType) -> None:
    titles = [str(cell) for cell in benchmark.cells([6])]
    assert len(titles) == len(set(titles)) == 3 * 5
    assert "6 blocks, 5% over 25%, blocks 20%" in titles
    assert "6 blocks, exponential, blocks 4%" in titles


def test_a_cell_has_the_coverage_of_each_percentile_and_ratio(benchmark: ModuleType) -> None:
    cell = benchmark.Cell(6, 0.1, 0.25, 0.25)
    found = benchmark.measured(cell, 2_000, 12, np.random.default_rng(2))
    assert list(found)[:4] == ["p50", "ratio of p50", "p90", "ratio of p90"]
    assert found["p50"].numbers == 1.0
    assert found["p50"].contains >= 0.8
    assert found["ratio of p50"].width < found["p50"].width  # the speed of the machine is common to both targets


def test_a_share_of_runs_with_a_number_is_said_where_some_have_none(benchmark: ModuleType) -> None:
    right, wrong = (Interval(1.0, 0.9, 1.1), 1.0), (Interval(1.0, 0.9, 1.1), 2.0)
    assert benchmark.in_a_table(benchmark.covered([right, right, right, wrong])) == "75%, 1.22"
    assert benchmark.in_a_table(benchmark.covered([right, (None, 1.0)])) == "100% of 50%, 1.22"
    assert benchmark.in_a_table(benchmark.covered([(None, 1.0)])) == "no number"


def test_the_document_has_all_cells(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "WITHIN", (0.25,))
    monkeypatch.setattr(benchmark, "UNLIKE", (0.1,))
    assert benchmark.main(["--json", "--runs", "2", "--blocks", "6", "--requests", "2000"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["6 blocks, 25%, blocks 10%"]
    assert benchmark.main(["--runs", "2", "--blocks", "6", "--requests", "2000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("| cell | p50 | ratio of p50 | p90 |")
