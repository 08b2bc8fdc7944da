"""Files that can't be checked: a sentence each, never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.figures.audit import AuditRule, audit_file, looks_like_results
from tests.figures.audit.files import INPUTS, audit, broken

ROW = {
    "framework": "a", "rps": 1000, "avg_latency": "64.00ms", "p99_latency": "90.00ms", "connections": 64,
    "duration": "5s", "pipeline": 1, "bandwidth": "1MB/s", "reconnects": 0, "status_2xx": 5000,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "line 1, column 1: Expecting value"),
        ('[{"framework": "a", "rps"', "line 1, column 26: Expecting ':' delimiter"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"rps": ' + "9" * 5000 + "}]", "a number can't be read"),
        ("{}", "its members fit no known format"),
        ("[]", "its members fit no known format"),
        ("null", "its members fit no known format"),
        ('"a text"', "its members fit no known format"),
        ("[1, 2, null, [], {}]", "its members fit no known format"),
        ('{"rawData": {}, "duration": 15}', "it has the format of TechEmpower, and no rows"),
        ('{"rawData": {"json": {"a": []}}, "duration": 15}', "it has the format of TechEmpower, and no rows"),
        ('{"schema": "harness.run/1", "results": []}', "it has the format of harness.run/1, and no rows"),
        ('{"schema_version": 2, "plan": {"profile": {}}}', "the numbers are in trials.jsonl beside it"),
    ],
)
def test_a_file_without_rows_is_refused_with_the_cause(text: str, cause: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        audit(text, tmp_path)
    assert cause in str(caught.value)


def test_an_unknown_format_names_those_that_are_understood(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Known are the files of harness run, .*TechEmpower, .*k6, oha, .*Locust"):
        audit({"weather": "fine"}, tmp_path)


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file or directory"):
        audit_file(tmp_path / "nowhere.json")
    with pytest.raises(UsageError, match="Is a directory"):
        audit_file(tmp_path)
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(UsageError, match="byte 7 is not UTF-8"):
        audit_file(tmp_path / "latin.json")


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert broken(audit("\ufeff" + json.dumps([ROW]), tmp_path)) == {}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ('"rps": NaN', "rps nan is not finite"),
        ('"rps": Infinity', "rps inf is not finite"),
        ('"rps": -3', "rps -3 is negative"),
        ('"rps": "fast"', "rps fast is no number"),
        ('"rps": true', "rps True is no number"),
        (f'"rps": 1{"0" * 400}', "rps of more than 40 digits is larger than any measurement"),
        ('"avg_latency": "soon"', "avg_latency soon is no time"),
        ('"avg_latency": "64.00 parsecs"', "avg_latency 64.00 parsecs is no time"),
        ('"avg_latency": "-1ms"', "avg_latency -1ms is negative"),
        (f'"avg_latency": "{"9" * 400}s"', "is not finite"),
    ],
)
def test_a_number_that_can_not_be_is_a_finding_of_its_row(change: str, text: str, tmp_path: Path) -> None:
    good = json.dumps(ROW)
    bad = f"{good[:-1]}, {change}}}"  # of two members with one key, the last one counts
    audited = audit(f"[{good}, {bad}]", tmp_path)
    assert broken(audited) == {AuditRule.IMPOSSIBLE_NUMBER: ["[1]"]}
    assert text in audited.contradictions[0].message


@pytest.mark.parametrize("value", [None, "", [], {}, [[]], {"a": 1}, 0, 1e-300, 1e300, "1e999", "0ms", -0.0, 2**70])
@pytest.mark.parametrize("name", sorted(path.relative_to(INPUTS).as_posix() for path in INPUTS.rglob("*.json")))
def test_no_value_in_any_place_of_a_file_ends_in_a_traceback(name: str, value: object, tmp_path: Path) -> None:
    document = json.loads((INPUTS / name).read_text(encoding="utf-8"))
    for key in sorted(keys_of(document)):
        try:
            audit(with_value(document, key, value), tmp_path)
        except UsageError as error:
            assert "Traceback" not in str(error)  # noqa: PT017 - a refused file is right, too


def keys_of(document: object) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(keys_of, document.values()))
    return set().union(*map(keys_of, document)) if isinstance(document, list) else set()


def with_value(document: Any, key: str, value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a document in which every member of this name has one value."""
    if isinstance(document, dict):
        return {name: value if name == key else with_value(inner, key, value) for name, inner in document.items()}
    return [with_value(inner, key, value) for inner in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("name", "text", "is_results"),
    [
        ("results.json", "anything", True),
        ("RESULTS.JSON", "{}", True),
        ("summary", '\n  {"metrics": {}}', True),
        ("summary.txt", "a page", False),
        ("figures.toml", "{", False),
        ("figures", "[[figure]]", False),
        ("page.html", "{", False),
        ("page.md", "{", False),
    ],
)
def test_a_result_file_is_told_by_suffix_or_first_character(
    name: str, text: str, tmp_path: Path, *, is_results: bool
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert looks_like_results(tmp_path / name) is is_results


def test_a_missing_argument_is_no_result_file_unless_its_suffix_says_so(tmp_path: Path) -> None:
    assert not looks_like_results(tmp_path / "nowhere")
    assert looks_like_results(tmp_path / "nowhere.json")
