"""The data of memory over a trial and of cold start by phase."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.report.stages import memory_lines, moments_of, start_bars
from tests.report.material import empty_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL

if TYPE_CHECKING:
    from harness.report.material import Material


def renamed(report: Material, names: dict[str, str]) -> Material:
    """Return a report whose results have other metrics; those without a new name are left out."""
    results = tuple(replace(one, metric=names[one.metric]) for one in report.summary.results if one.metric in names)
    return replace(report, summary=replace(report.summary, results=results))


def test_memory_has_its_moments_in_the_order_of_time() -> None:
    flask, gin = memory_lines(material(ceiling=NULL))
    assert (flask.name, flask.place, gin.name, gin.place) == ("Flask", 0, "Gin", 1)
    assert [(one.name, one.estimate / 2**20) for one in flask.moments] == [
        ("idle", 46.5),
        ("peak under load", 58.0),
        ("end of load", 49.25),
    ]
    assert moments_of((flask, gin)) == {"idle": 0, "peak under load": 1, "end of load": 2}


def test_a_moment_that_was_not_read_has_no_place_and_no_point() -> None:
    (sync,) = [line for line in memory_lines(material(FLASK, FLASK_SYNC, GIN)) if line.name == "Flask sync"]
    assert [one.name for one in sync.moments] == ["end of load"]
    assert moments_of((sync,)) == {"end of load": 0}


def test_without_containers_the_memory_is_that_of_the_processes() -> None:
    names = {"memory.idle": "memory_pss.idle", "memory.loaded": "memory_pss.loaded"}
    flask, _ = memory_lines(renamed(material(), names))
    assert [one.name for one in flask.moments] == ["idle", "end of load"]


def test_resident_sizes_which_count_shared_pages_twice_are_no_line() -> None:
    assert memory_lines(renamed(material(), {"memory.idle": "memory_rss.idle"})) == ()


def test_the_phases_of_a_start_follow_each_other_and_end_at_ready() -> None:
    flask, _ = start_bars(material())
    assert [(one.name, one.begin_s, one.end_s) for one in flask.phases] == [
        ("create", -0.0214, 0.0),
        ("start", 0.0, 0.0723),
        ("until ready", 0.0723, 0.2312),
    ]
    assert flask.ready_s == 0.2312  # as in the tables
    assert flask.low_s < flask.ready_s < flask.high_s


def test_without_containers_a_start_is_one_phase() -> None:
    flask, _ = start_bars(renamed(material(), {"cold_start.ready": "process_start.ready"}))
    assert [(one.name, one.begin_s, one.end_s) for one in flask.phases] == [("until ready", 0.0, 0.2312)]


def test_a_target_that_was_never_ready_has_no_bar() -> None:
    assert start_bars(empty_material()) == ()
    assert memory_lines(empty_material()) == ()
