"""The matrix of tried attributes."""

from __future__ import annotations

from dataclasses import replace

from harness.report.attributes import attribute_matrix
from tests.report.material import empty_material, material
from tests.report.measured import FLASK


def test_each_attribute_has_one_answer_for_each_target_in_the_order_of_the_contestants() -> None:
    matrix = attribute_matrix(material())
    assert matrix.targets == ("Flask", "Gin")
    assert [row.title for row in matrix.rows] == [
        "Oldest language version",
        "Native async views",
        "Built-in validation",
    ]
    answers = [[answer and answer.answer for answer in row.answers] for row in matrix.rows]
    assert answers == [["Python 3.9", "Go 1.25"], ["by extension", None], [None, "yes"]]
    assert matrix.has_gaps


def test_a_target_without_any_answer_has_no_column() -> None:
    whole = material()
    run = whole.summary.run
    of_flask = tuple(one for one in run.attributes if one.target == FLASK.target)
    matrix = attribute_matrix(replace(whole, summary=replace(whole.summary, run=replace(run, attributes=of_flask))))
    assert matrix.targets == ("Flask",)
    assert not matrix.has_gaps


def test_a_run_without_attributes_has_an_empty_matrix() -> None:
    assert attribute_matrix(empty_material()).rows == ()
