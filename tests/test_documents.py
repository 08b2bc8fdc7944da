"""JSON documents: checked against their own schemas, and against the members that are fixed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from harness.documents import (
    DOCUMENTS,
    DifferenceRow,
    as_json,
    compare_document,
    run_document,
    schema_of,
)
from harness.manifest import load_profiles
from harness.model import BetweenRuns, Difference, Floor, Result, RunsCompared, Summary
from harness.units import Unit
from tests.examples import EXAMPLES, the_list, the_run
from tests.trials import GIN, a_run

VALIDATORS = {name: Draft202012Validator(schema_of(name)) for name in DOCUMENTS}


def members(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


POINT = members("at_s median_bytes smallest_bytes largest_bytes")

# The fixed members of each document; a mapping is an object, a list with one entry is a list of such objects.
FIXED: dict[str, Mapping[str, Any]] = {
    "run": {
        "schema": "harness.run/1",
        "run": members("id status profile seed runtime started_at wall_s measured_s"),
        "environment": {},
        "results": [
            members("target variant scenario metric unit estimate low high confidence trials bound warnings reason")
        ],
        "comparisons": [members("metric scenario subject reference ratio low high p verdict")],
        "thresholds": [members("threshold subject outcome reason fails")],
        "costs": [members("target variant cpu_s cpu_s_low cpu_s_high core_hour money money_low money_high reason")],
        "memory_curves": [members("target variant cpus trials highest reason") | {"ready": POINT, "points": [POINT]}],
        "noise_floor": {},
        "failures": [members("target variant stage message")],
    },
    "check": {
        "schema": "harness.check/1",
        "run": None,
        "figures": [
            members("id printed target metric verdict reason source") | {"measured": members("estimate low high unit")}
        ],
        "contradictions": [members("rule message") | {"places": [members("line text")]}],
        "totals": {},
    },
    "explain": {
        "schema": "harness.explain/1",
        "figure": None,
        "holds_under": [members("subject scenario load cpus estimate low high")],
        "nearest": members("subject scenario load cpus estimate low high"),
        "cpus_needed": members("estimate low high"),
    },
    "import": {
        "schema": "harness.import/1",
        "page": None,
        "output": None,
        "figures": [members("id printed target of metric unit low high conditions line column")],
        "unplaced": [members("printed line column reason context")],
        "totals": {},
    },
    "list": {
        "schema": "harness.list/1",
        "targets": [{"name": None, "variants": [members("name class")]}],
        "scenarios": [],
        "profiles": [],
        "comparisons": [members("name targets figures")],
        "runs": [],
    },
    "clean": {"schema": "harness.clean/1"},
    "render": {
        "schema": "harness.render/1",
        "files": [members("path blocks written") | {"differences": [members("line block stands should")]}],
    },
    "doctor": {"schema": "harness.doctor/1", "findings": [members("name state detail fix")]},
    "compare": {
        "schema": "harness.compare/1",
        "comparisons": [members("kind metric scenario subject reference ratio low high p verdict called")],
        "differences": [members("key a b")],
        "conclusions": [
            members("kind subject reference metric scenario outcome")
            | {"said": members("text verdict ratio low high"), "here": members("text verdict ratio low high")}
        ],
        "unlike": [members("key a b")],
        "gone": [],
        "new": [],
        "spread": {"needed": None, "runs": [members("id started_at")]},
    },
    "history": {
        "schema": "harness.history/1",
        "machines": [
            {
                "conditions": None,
                "runs": None,
                "series": [
                    members("target variant scenario metric unit")
                    | {
                        "points": [members("run started_at commit estimate low high")],
                        "changes": [members("run ratio")],
                    }
                ],
            }
        ],
        "left_out": [members("run reason")],
    },
    "selftest": {
        "schema": "harness.selftest/1",
        "rows": [members("name truth measured limit unit passed detail")],
        "passed": None,
        "failed": None,
    },
    "build": {
        "schema": "harness.build/1",
        "runtime": None,
        "builds": [members("target identity already_built stand_ins error")],
        "verified": [members("target variant ready_s notes error")],
    },
    "report": {
        "schema": "harness.report/1",
        "run": None,
        "folder": None,
        "files": [],
        "unwritten": [members("format message")],
    },
    "init": {"schema": "harness.init/1", "kind": None, "created": []},
}


def missing(fixed: object, found: object, path: str = "") -> list[str]:
    """Return the paths of fixed members that a document lacks; only the first entry of a list is checked."""
    if isinstance(fixed, Mapping):
        if not isinstance(found, Mapping):
            return [path]
        inside = [gap for key in fixed if key in found for gap in missing(fixed[key], found[key], f"{path}.{key}")]
        return [f"{path}.{key}" for key in fixed if key not in found] + inside
    if isinstance(fixed, list):
        if not isinstance(found, list):
            return [path]
        return [gap for one in fixed for gap in (missing(one, found[0], f"{path}[0]") if found else [f"{path}[0]"])]
    return [path] if isinstance(fixed, str) and fixed != found else []


def test_every_document_has_an_example_and_fixed_members() -> None:
    assert set(EXAMPLES) == set(FIXED) == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_schema_is_a_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))
    json.dumps(schema_of(name), allow_nan=False)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_json_and_fits_its_schema(name: str) -> None:
    document = json.loads(json.dumps(EXAMPLES[name](), allow_nan=False))
    VALIDATORS[name].validate(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_all_fixed_members(name: str) -> None:
    assert missing(FIXED[name], EXAMPLES[name]()) == []


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("other", DOCUMENTS)
def test_a_schema_accepts_only_its_own_document(name: str, other: str) -> None:
    assert VALIDATORS[name].is_valid(EXAMPLES[other]()) is (name == other)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_lacks_any_member_is_refused(name: str) -> None:
    whole = EXAMPLES[name]()
    for member in whole:
        with pytest.raises(ValidationError, match=f"'{member}' is a required property"):
            VALIDATORS[name].validate({key: value for key, value in whole.items() if key != member})


@pytest.mark.parametrize(
    ("name", "members", "value"),
    [
        ("run", ("run", "status"), "done"),
        ("run", ("results", 0, "unit"), "mph"),
        ("run", ("results", 0, "bound"), "sky"),
        ("run", ("results", 0, "estimate"), "85000"),
        ("run", ("comparisons", 0, "verdict"), "faster"),
        ("run", ("failures", 0, "stage"), "lunch"),
        ("check", ("figures", 0, "measured"), 6120.0),
        ("list", ("runs", 0, "status"), "done"),
        ("selftest", ("rows", 0, "passed"), "yes"),
    ],
)
def test_a_value_of_the_wrong_type_or_set_is_refused(name: str, members: tuple[str | int, ...], value: object) -> None:
    document: Any = EXAMPLES[name]()
    holder = document
    for member in members[:-1]:
        holder = holder[member]
    holder[members[-1]] = value
    assert not VALIDATORS[name].is_valid(document)


words = st.text(max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words, lambda inner: st.dictionaries(words, inner, max_size=2)
)
MAPPINGS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "run": {
        "environment": st.dictionaries(words, json_values, max_size=2),
        "noise_floor": st.dictionaries(words, st.floats(), max_size=2),
    },
    "import": {"totals": st.dictionaries(words, st.integers(), max_size=2)},
    "check": {"totals": st.dictionaries(words, st.integers(), max_size=2)},
    "compare": dict.fromkeys(
        ("differences", "unlike"), st.lists(st.builds(DifferenceRow, a=json_values, b=json_values), max_size=2)
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_value_that_the_types_allow_fits_the_schema(name: str, data: st.DataObject) -> None:
    VALIDATORS[name].validate(as_json(data.draw(st.builds(DOCUMENTS[name], **MAPPINGS.get(name, {})))))


def test_an_unknown_document_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schema_of("weather")


# Contents of the documents.


def test_a_run_document_has_the_values_of_its_run() -> None:
    document = the_run()
    assert document["run"] == {
        "id": "20260131-142501-smoke-9f3a",
        "status": "complete",
        "profile": "smoke",
        "seed": 7,
        "runtime": "docker",
        "target_cpus": 1,
        "started_at": "2026-01-31T14:25:01+00:00",
        "wall_s": 40.5,
        "measured_s": 12.25,
        "stopped": None,
        "imprecise": [],
        "like": None,
    }
    assert document["environment"] == {"machine": {"cpus": 2, "governor": None}, "commit": "0123abc+"}
    assert document["noise_floor"] == {"throughput.closed.c32": 0.012}
    assert document["failures"] == [
        {"target": "flask_app", "variant": "gthread", "cpus": 1, "stage": "verify", "message": "it greets wrongly"}
    ]


def test_a_result_is_one_row_in_base_units() -> None:
    [row, _] = the_run()["results"]
    assert row == {
        "target": "gin_app",
        "variant": "release",
        "cpus": 1,
        "scenario": "hello",
        "metric": "throughput.closed.c32",
        "unit": "1/s",
        "estimate": 85_000.0,
        "low": 84_000.0,
        "high": 86_000.0,
        "confidence": 0.95,
        "trials": 5,
        "bound": "generator",
        "warnings": ["the machine was busy"],
        "reason": None,
        "detail": "at 32 connections",
        "ceiling_share": 0.9,
        "at_most": None,
        "steadiness": None,
        "blocks": [],
        "clean_trials": None,
        "clean_estimate": None,
        "clean_low": None,
        "clean_high": None,
        "floor": None,
    }


def test_the_floor_of_a_latency_is_an_object_in_base_units() -> None:
    p99 = Result(GIN, "hello", "latency.open.r500.p99", Unit.SECOND, 5, 0.95, 9e-4, 8e-4, 1e-3)
    document = as_json(run_document(Summary(a_run(), (replace(p99, floor=Floor(6e-5, 5e-5, 7e-5)),), ())))
    VALIDATORS["run"].validate(document)
    [row] = document["results"]
    assert row["floor"] == {"estimate": 6e-5, "low": 5e-5, "high": 7e-5}


def test_memory_through_the_trials_is_a_row_for_each_contestant_with_its_points_or_its_reason() -> None:
    curve, absent = the_run()["memory_curves"]
    assert (curve["target"], curve["variant"], curve["cpus"], curve["trials"], curve["reason"]) == (
        *("flask_app", "gthread", 1, 3),
        None,
    )
    assert curve["ready"] == {"at_s": -4.0, "median_bytes": 32e6, "smallest_bytes": 31e6, "largest_bytes": 33.5e6}
    assert [point["at_s"] for point in (*curve["points"], curve["highest"])] == [0.0, 30.0, 60.0, 30.0]
    assert absent == {
        "target": "gin_app",
        "variant": "release",
        "cpus": 1,
        "trials": 0,
        "ready": None,
        "points": [],
        "highest": None,
        "reason": "this run took no samples of memory",
    }


def test_an_absent_number_has_no_estimate_and_no_interval_but_a_reason() -> None:
    [_, row] = the_run()["results"]
    assert (row["estimate"], row["low"], row["high"], row["bound"]) == (None, None, None, None)
    assert row["reason"] == "this kernel keeps no high-water mark"


def test_a_comparison_names_subject_and_reference() -> None:
    [row] = the_run()["comparisons"]
    assert row == {
        "metric": "throughput.closed.c32",
        "scenario": "hello",
        "subject": "gin_app:release",
        "reference": "flask_app:gthread",
        "ratio": 13.9,
        "low": 13.5,
        "high": 14.3,
        "p": 0.0625,
        "p_holm": None,
        "verdict": "higher",
        "warnings": ["a lower bound"],
        "at_least": None,
        "at_most": None,
    }


def test_a_headline_comparison_of_two_runs_has_its_adjusted_p() -> None:
    between = BetweenRuns(
        GIN, "memory.loaded", None, "b gin", "a gin", 0.9, 0.88, 0.92, 0.01, Difference.LOWER, p_holm=0.04
    )
    document = as_json(compare_document(RunsCompared("a", "b", (between,)), (), ()))
    [row] = document["comparisons"]
    assert (row["p"], row["p_holm"], row["warnings"]) == (0.01, 0.04, [])


def test_a_list_shows_the_default_variant_first_and_the_others_in_their_order() -> None:
    document = the_list()
    assert document["targets"] == [
        {
            "name": "flask_app",
            "title": "Flask",
            "variants": [
                {"name": "gthread", "class": "production", "summary": "threads"},
                {"name": "dev-server", "class": "development", "summary": "for developers"},
                {"name": "sync", "class": "tuned", "summary": "processes"},
            ],
            "problem": "",
        }
    ]
    assert document["scenarios"] == [{"name": "hello", "summary": "Say hello.", "problem": ""}]
    assert [row["name"] for row in document["profiles"]] == list(load_profiles())
    assert document["runs"] == [
        {
            "name": "reference",
            "id": "an-id",
            "status": "complete",
            "is_invalid": False,
            "targets": ["flask_app", "gin_app"],
            "failed_targets": [],
            "profile": "smoke",
            "started_at": "2026-01-31T14:25:01+00:00",
        }
    ]
