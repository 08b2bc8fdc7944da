"""Warnings, failures, environment and method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.comparison import EQUIVALENCE
from harness.analysis.summary import CEILING_TOO_NEAR
from harness.measure.capacity import GENERATOR_BUSY, TARGET_BUSY
from harness.model import (
    CoreSpeed,
    Failure,
    RunStatus,
    SpeedMode,
    Stage,
    Stopped,
    StopReason,
)
from harness.report.background import (
    Entry,
    bounds,
    ceiling,
    core_speed_sentence,
    definitions,
    environment,
    failures,
    machine_line,
    noise_floor,
    statistics,
    status_sentence,
)
from tests.report.ladder_run import with_ladder
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import GIN, NULL

if TYPE_CHECKING:
    from harness.report.material import Material


def with_environment(**environment: object) -> Material:
    report = material()
    run = replace(report.summary.run, environment=environment)
    return replace(report, summary=replace(report.summary, run=run))


def core_speed_of(*modes: SpeedMode, known: bool = True) -> str:
    return core_speed_sentence(CoreSpeed(72, 0.0123, 0.0118, 0.0161, modes if known else None))


def test_the_environment_has_the_spread_and_the_modes_of_the_cores_speed_where_they_are_known() -> None:
    spread = "the same work took 12.3 ms of CPU time; 90 % of 72 readings from 11.8 ms to 16.1 ms"
    fast, slow = SpeedMode(0.012, 0.7), SpeedMode(0.0157, 0.3)
    assert core_speed_of(SpeedMode(0.0123, 1.0)) == f"{spread}; one mode"
    two = "two modes: 12.0 ms (70%) and 15.7 ms (30%). Another run may have them in other shares"
    assert core_speed_of(fast, slow) == f"{spread}; {two}"
    assert core_speed_of(known=False) == f"{spread}; too few readings to tell one mode from two"
    report = material()
    run = replace(report.summary.run, core_speed=CoreSpeed(72, 0.0123, 0.0118, 0.0161, (fast, slow)))
    ((_, entries), *_) = environment(replace(report, summary=replace(report.summary, run=run)))
    assert Entry("speed of the target's core", core_speed_of(fast, slow)) in entries


def test_a_run_without_readings_of_the_speed_probe_has_no_line_about_it() -> None:
    ((_, entries), *_) = environment(material())
    assert "speed of the target's core" not in {entry.name for entry in entries}


def test_the_latency_of_the_null_target_is_explained_where_a_latency_has_a_floor() -> None:
    term = "Latency of the null target"
    assert [term in {one.term for one in statistics(report)} for report in (with_ladder(), material())] == [True, False]


def test_a_complete_run_has_no_status_sentence() -> None:
    assert status_sentence(material()) is None


def test_the_status_sentence_names_how_an_incomplete_run_ended() -> None:
    assert status_sentence(empty_material()) == (
        "This run was interrupted; it has numbers from 0 of 5 planned blocks. "
        "This run is partial, so it ranks no target."
    )
    assert status_sentence(failed_material()) == "This run failed; it has numbers from 5 of 5 planned blocks."
    assert status_sentence(material(status=RunStatus.RUNNING)) == (
        "This run has not ended; it has numbers from 5 of 5 planned blocks."
    )


def test_the_status_sentence_names_the_headlines_without_enough_precision() -> None:
    complete = material()
    stopped = Stopped(StopReason.NOT_PRECISE, 5, ("a of b", "c of d"))
    summary = replace(complete.summary, run=replace(complete.summary.run, stopped=stopped))
    sentence = status_sentence(replace(complete, summary=summary))
    assert sentence == "Precision not reached in 5 blocks: a of b; c of d."


def test_a_failure_of_both_trials_and_run_is_listed_once() -> None:
    (failed,) = failures(failed_material())
    assert (failed.subject, failed.stage) == ("Gin", "start")
    assert failed.message.endswith("panic: <nil>")


def test_a_failure_before_the_first_block_is_listed() -> None:
    built = Failure(GIN, Stage.BUILD, "no such base image")
    assert [failed.stage for failed in failures(material(failures=(built,)))] == ["build"]


def test_the_machine_line_gives_cpus_memory_and_runtime() -> None:
    report = material()
    assert machine_line(report) == "2 × Imaginary CPU @ 2.50GHz, 8.0 GiB, docker 20.10.24"
    run = replace(report.summary.run, plan=replace(report.summary.run.plan, runtime="process"))
    report = replace(report, summary=replace(report.summary, run=run))
    assert machine_line(report) == "2 × Imaginary CPU @ 2.50GHz, 8.0 GiB, without containers"


def test_the_machine_line_leaves_out_what_the_environment_lacks() -> None:
    assert machine_line(with_environment()) == "docker"
    assert machine_line(with_environment(machine={"cpu": None, "cpus": 2}, runtime="odd")) == "docker"


def test_the_environment_is_flattened_into_groups() -> None:
    groups = dict(environment(material()))
    assert list(groups) == ["run", "machine", "cpus", "runtime", "image of Flask", "image of Gin", "versions"]
    assert Entry("duration", "3 min 12 s, including 1 min 24 s of counted slices") in groups["run"]
    assert Entry("commit", "0123456789ab") in groups["run"]
    assert Entry("memory", "8.00 GiB") in groups["machine"]
    assert Entry("governor", "– (not known)") in groups["machine"]
    assert groups["cpus"] == (Entry("target", "0"), Entry("generator", "1"), Entry("shared", "no"))
    assert groups["image of Flask"] == (
        Entry("id", "sha256:0f0f0f0f0f0f…"),
        Entry("size", "150 MiB"),
        Entry("flask", "3.1.2"),
    )


def test_the_page_of_a_pair_has_the_images_of_its_own_targets_and_of_the_null_target() -> None:
    images = {name: {"id": f"sha256:{place}"} for place, name in enumerate(["flask_app", "gin_app", "null_app"])}
    report = replace(with_environment(images=images), focus=("gin_app",))
    assert [name for name, _ in environment(report)] == ["run", "image of Gin", "image of Null responder"]


def test_the_digest_of_the_base_that_an_image_was_built_from_is_shown() -> None:
    digest = f"sha256:{'d1' * 32}"
    images = {"flask_app": {"id": "sha256:0", "bases": {"python:3.13-slim": digest}}}
    groups = dict(environment(with_environment(images=images)))
    assert Entry("bases: python:3.13-slim", "sha256:d1d1d1d1d1d1…") in groups["image of Flask"]


def test_a_base_that_was_made_on_the_machine_of_the_run_is_shown_with_what_it_stands_in_for() -> None:
    pin = f"python:3.13-slim@sha256:{'d1' * 32}"
    images = {"flask_app": {"bases": {pin: f"sha256:{'d1' * 32}"}, "stand_ins": {"local/python:3.13-trixie": pin}}}
    groups = dict(environment(with_environment(images=images)))
    assert groups["image of Flask"] == (
        Entry("bases: python:3.13-slim@sha256:d1d1d1d1d1d1…", "sha256:d1d1d1d1d1d1…"),
        Entry(
            "base made on that machine: local/python:3.13-trixie", "in place of python:3.13-slim@sha256:d1d1d1d1d1d1…"
        ),
    )


def test_unexpected_values_of_the_environment_are_shown_but_never_as_nan_or_none() -> None:
    groups = dict(environment(with_environment(clock=float("nan"), nothing=[], deep={"er": {"est": [1, None]}})))
    assert groups["run"][-2:] == (Entry("clock", "– (not known)"), Entry("nothing", "– (not known)"))
    assert groups["deep"] == (Entry("er: est", "1, – (not known)"),)


def test_a_definition_has_the_metric_in_words_beside_the_pattern_of_its_names() -> None:
    (first, *_), *_ = [kinds for _, kinds in definitions(material())]
    assert (first.title, first.pattern) == ("throughput over N connections", "throughput.closed.c<N>")
    assert first.meaning.startswith("Verified answers per second over N keep-alive connections")


def test_only_what_was_measured_is_defined() -> None:
    names = [kind.pattern for _, kinds in definitions(material()) for kind in kinds]
    assert names == [
        "throughput.closed.c<N>",
        "throughput.peak",
        "latency.open.r<R>.p<Q>",
        "memory.idle",
        "memory.loaded",
        "memory.peak",
        "cold_start.create",
        "cold_start.start",
        "cold_start.ready",
        "cpu_per_request.closed.c<N>",
        "footprint.image",
        "footprint.framework",
        "footprint.binary",
        "footprint.app_lines",
    ]


def test_the_method_states_the_thresholds_of_the_code() -> None:
    texts = [step.text for step in (*statistics(material()), *bounds())]
    assert any("95 % intervals" in text for text in texts)
    for share in (EQUIVALENCE, TARGET_BUSY, GENERATOR_BUSY, CEILING_TOO_NEAR):
        assert any(f"{share * 100:g} %" in text for text in texts)
    assert any("It needs enough samples: p50 20, p90 40, p99 400 and p99.9 4,000, and more" in text for text in texts)


def test_the_noise_floor_lists_all_finite_numbers() -> None:
    report = material()
    floor = {"memory.idle": 0.004, "throughput.closed.c32": 0.0123, "memory.peak": float("nan")}
    assert noise_floor(replace(report, summary=replace(report.summary, noise_floor=floor))) == (
        Entry("throughput over 32 connections", "1.23 %"),
        Entry("idle memory", "0.400 %"),
    )


def test_the_ceiling_is_listed_by_level() -> None:
    assert ceiling(material()) == ()
    assert ceiling(material(ceiling=NULL))[-1] == Entry("64 connections", "145,000 req/s [142,000, 148,000]")


def test_the_method_names_the_headlines_and_their_correction() -> None:
    (step,) = [step for step in statistics(material()) if step.term == "Several comparisons"]
    assert step.text.startswith("The headlines are throughput of the headline scenario over one number of connections")
    assert "corrected for their number by Holm's method" in step.text
