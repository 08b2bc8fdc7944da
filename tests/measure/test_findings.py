"""Footprint and attributes from the output of probes, each with its evidence; other output is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.measure.findings import attributes, code_lines, footprint
from harness.model import Attribute, AttributeName, Footprint, Probes, Target, Variant, VariantClass
from harness.runtime.base import Image, Metering
from harness.units import Unit

SIZE = {"metric": "footprint.framework", "unit": "B", "value": 346371, "evidence": "34 files"}
ADMIN = {"name": "admin", "answer": "no", "evidence": "/admin: 404"}
ASYNC = {"name": "async_views", "answer": "by extension", "evidence": "RuntimeError: Install Flask with ..."}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "hello.py").write_text("# the smallest\nimport web\n\n  # serve\nweb.serve()  # now\n")
    served = Variant("v", VariantClass.PRODUCTION, "")
    probes = Probes("probe.py", "hello.py")
    return Target("web_app", "Web", "Python", "", tmp_path, (served,), "v", probes=probes)


def printed(target: Target, *, sizes: object = (), answers: object = ()) -> Image:
    return Image(target, "sha256:1", 1000, findings=json.dumps({"footprint": sizes, "attributes": answers}))


def test_a_footprint_has_the_size_of_the_build_the_probes_numbers_and_the_lines_of_the_smallest_app(
    target: Target,
) -> None:
    assert footprint(printed(target, sizes=[SIZE]), Metering.CONTAINERS) == (
        Footprint("web_app", "footprint.image", Unit.BYTE, 1000, "all of its files"),
        Footprint("web_app", "footprint.framework", Unit.BYTE, 346371, "34 files"),
        Footprint("web_app", "footprint.app_lines", Unit.ONE, 2, "code lines of hello.py"),
    )


def test_a_target_without_probes_has_only_its_size(target: Target) -> None:
    image = Image(replace(target, probes=None), "process:1", 1000)
    (size,) = footprint(image, Metering.PROCESSES)
    assert (size.metric, attributes(image)) == ("footprint.build", ())


def test_attributes_are_in_a_fixed_order_for_any_order_of_the_output(target: Target) -> None:
    assert attributes(printed(target, answers=[ADMIN, ASYNC])) == (
        Attribute("web_app", AttributeName.ASYNC_VIEWS, "by extension", "RuntimeError: Install Flask with ..."),
        Attribute("web_app", AttributeName.ADMIN, "no", "/admin: 404"),
    )


@pytest.mark.parametrize(
    "wrong",
    [{**ADMIN, "answer": "perhaps"}, {**ADMIN, "name": "charm"}, {"name": "admin", "answer": "no"}, "admin"],
    ids=["answer", "name", "no evidence", "no object"],
)
def test_an_unknown_answer_is_refused(target: Target, wrong: object) -> None:
    with pytest.raises(TargetError, match=r"probes can't be read \(web_app, .*target.toml: probes"):
        attributes(printed(target, answers=[wrong]))


@pytest.mark.parametrize(
    "wrong",
    [
        {**SIZE, "value": 0},
        {**SIZE, "value": "big"},
        {**SIZE, "unit": "KB"},
        {**SIZE, "unit": "1"},
        {**SIZE, "metric": "footprint.framwork"},
        {**SIZE, "metric": "memory.idle"},
        {**SIZE, "metric": ["footprint.framework"]},
    ],
)
def test_a_malformed_number_is_refused(target: Target, wrong: object) -> None:
    with pytest.raises(TargetError, match="probes can't be read"):
        footprint(printed(target, sizes=[wrong]), Metering.CONTAINERS)


@pytest.mark.parametrize(
    "metric", ["throughput.peak", "footprint.image", "footprint.build", "footprint.app_lines", "memory.idle"]
)
def test_a_probe_can_not_give_a_number_that_the_harness_measures(target: Target, metric: str) -> None:
    with pytest.raises(TargetError, match=r"no probe measures '.*' in the unit"):
        footprint(printed(target, sizes=[{**SIZE, "metric": metric}]), Metering.CONTAINERS)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 60_000,
        '{"footprint": ' + "[" * 60_000,
        '{"attributes": [{"name": "admin", "answer": "no", "evidence": ["a"]}]}',
        '{"attributes": [{"name": "admin", "answer": "no", "evidence": "\\ud800"}]}',
        '{"attributes": [{"name": "admin", "answer": "no", "evidence": "' + "x" * 3000 + '"}]}',
        '{"footprint": [{"metric": "footprint.framework", "unit": "B", "value": 1' + "0" * 400 + ', "evidence": ""}]}',
        '{"footprint": [{"metric": "footprint.framework", "unit": "B", "value": 1e999, "evidence": ""}]}',
        '{"footprint": [{"metric": "footprint.framework", "unit": "B", "value": true, "evidence": ""}]}',
        '{"footprint": 1}',
        " " * (1 << 19) + "{}",
        "null",
    ],
    ids=["deep", "deep rows", "evidence", "surrogate", "long", "10**400", "inf", "true", "rows", "big", "null"],
)
def test_no_output_ends_the_harness(target: Target, text: str) -> None:
    image = Image(target, "sha256:1", 1000, findings=text)
    with pytest.raises(TargetError, match="probes can't be read"):
        (footprint(image, Metering.CONTAINERS), attributes(image))


def test_a_number_or_an_answer_that_stands_twice_is_refused(target: Target) -> None:
    with pytest.raises(TargetError, match=r"'footprint\.framework' stands twice"):
        footprint(printed(target, sizes=[SIZE, SIZE]), Metering.CONTAINERS)
    with pytest.raises(TargetError, match="'admin' stands twice"):
        attributes(printed(target, answers=[ADMIN, ADMIN]))


def test_control_characters_in_evidence_are_shown_as_escapes(target: Target) -> None:
    [found] = attributes(printed(target, answers=[{**ADMIN, "evidence": "\x1b[2Jred\n::error::x"}]))
    assert found.evidence == r"\x1b[2Jred \::error::x"


def test_output_that_is_not_json_is_refused(target: Target) -> None:
    with pytest.raises(TargetError, match="probes can't be read"):
        attributes(Image(target, "sha256:1", 1000, findings="Traceback"))


def test_a_missing_smallest_app_is_named_in_the_error(target: Target) -> None:
    with pytest.raises(TargetError, match=r"smallest app can't be read .*gone\.py"):
        footprint(printed(replace(target, probes=Probes("probe.py", "gone.py"))), Metering.CONTAINERS)


@pytest.mark.parametrize(
    ("source", "lines"),
    [("", 0), ("\n \n# a\n// b\n", 0), ("a = 1  # one\n\nb\n", 2), ("func main() {\n\t// c\n}\n", 2)],
)
def test_blank_lines_and_comments_are_not_code(source: str, lines: int) -> None:
    assert code_lines(source) == lines
