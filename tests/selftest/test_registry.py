"""Rows are found by name, run one after the other and written as a document. A row that can't be run fails."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import jsonschema
import pytest

from harness.documents import as_json, schema_of
from harness.errors import Interrupted, MeasurementError, UsageError
from harness.experiment.environment import CpuPlan
from harness.selftest.checks import Check, Findings, Outcome, Row, at_least
from harness.selftest.registry import ROWS, document_of, find_rows, run_rows
from harness.selftest.rig import Lab
from harness.units import Unit

LAB = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path())
FINE = Row("fine", lambda _lab: Findings((Check("x", 1, 1, 0),), "all correct"))


def failing_with(error: BaseException) -> Row:
    def fail(_lab: Lab) -> Findings:
        raise error

    return Row("failing", fail)


def test_the_registry_has_every_row_about_load() -> None:
    names = [
        "verification",
        "accounting",
        "schedule",
        "delay",
        "closed_loop",
        "queue",
        "stall",
        "frozen_generator",
        "black_hole",
        "histogram",
        "saturation",
    ]
    assert [row.name for row in ROWS if row.name in names] == names
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_rows_that_only_compute_are_not_live() -> None:
    computing = ["histogram", "steady_state", "interval_coverage", "a_a", "known_effect", "rate_search"]
    assert [row.name for row in ROWS if not row.live] == computing


def test_without_names_all_rows_are_found_and_with_names_only_those_in_registry_order() -> None:
    assert find_rows([]) == ROWS
    assert [row.name for row in find_rows(["stall", "delay"])] == ["delay", "stall"]


def test_an_unknown_row_is_a_usage_error_that_names_the_nearest_row() -> None:
    with pytest.raises(UsageError, match="Did you mean 'black_hole'"):
        find_rows(["histogram", "blackhole"])


def test_a_row_that_cannot_be_run_fails_and_the_next_rows_still_run() -> None:
    announced: list[str] = []
    error = MeasurementError("it broke", where="here", cause="why", remedy="Do.")
    outcomes = list(run_rows([failing_with(error), FINE], LAB, announced.append))
    assert [(outcome.name, outcome.passed) for outcome in outcomes] == [("failing", False), ("fine", True)]
    assert outcomes[0].detail == "not run: it broke (here): why. Do."
    assert announced[0] == "1 of 2: failing"
    assert re.fullmatch(r"2 of 2: fine \(\d+ s so far\)", announced[1])


def test_a_row_keeps_its_yardsticks() -> None:
    late = Check("bare loop", 0, 3, 2)
    noisy = Row("noisy", lambda _lab: Findings((Check("x", 1, 1, 0),), "how", (late,)))
    (outcome,) = run_rows([noisy], LAB, lambda _name: None)
    assert outcome.yardsticks == (late,)
    assert outcome.passed is None


def test_an_interrupt_ends_all_rows() -> None:
    with pytest.raises(Interrupted):
        list(run_rows([failing_with(Interrupted(2, where="selftest")), FINE], LAB, lambda _name: None))


def test_the_document_shows_the_tightest_check_of_each_row_and_counts_rows() -> None:
    outcomes = [
        Outcome("good", (Check("a", 10, 11, 5), Check("b", 0.5, 0.9, 0.5, Unit.SECOND)), "how"),
        Outcome("bad", (Check("a", 10, 11, 5), at_least("b", 2.0, 1.5, Unit.SECOND)), "how"),
        Outcome("nothing", (Check("a", math.nan, math.inf, 5), Check("b", 1, None, 1)), "how"),
        Outcome("absent", (), "not run: no engine"),
        Outcome("noisy", (Check("a", 10, 11, 5),), "how", (Check("bare loop", 0, 3, 2),)),
    ]
    document = as_json(document_of(outcomes))
    jsonschema.validate(document, schema_of("selftest"))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    counts = [document[member] for member in ("schema", "passed", "failed", "too_noisy")]
    assert counts == ["harness.selftest/1", 1, 3, 1]
    assert [row["outcome"] for row in document["rows"]] == ["passed", "failed", "failed", "failed", "too_noisy"]
    shown = ("name", "truth", "measured", "limit", "unit", "rule", "passed", "detail")
    assert [tuple(row[member] for member in shown) for row in document["rows"]] == [
        ("good", 0.5, 0.9, 0.5, "s", "within", True, "how"),
        ("bad", 2.0, 1.5, 2.0, "s", "at_least", False, "how"),
        ("nothing", None, None, 5, "1", "within", False, "how"),
        ("absent", None, None, None, None, None, False, "not run: no engine"),
        ("noisy", 10, 11, 5, "1", "within", None, "how"),
    ]
    assert [len(row["checks"]) for row in document["rows"]] == [2, 2, 2, 0, 1]
    assert [one["what"] for row in document["rows"] for one in row["yardsticks"]] == ["bare loop"]
    assert document["rows"][1]["checks"][0] == {
        "what": "a",
        "truth": 10,
        "measured": 11,
        "limit": 5,
        "rule": "within",
        "unit": "1",
        "passed": True,
    }
