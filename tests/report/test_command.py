"""The commands that measure a run again, and render its page again."""

from dataclasses import replace

from harness.model import Revision
from harness.report.command import command
from harness.report.material import Material
from harness.report.page import render_page
from tests.report.markup import read
from tests.report.material import material
from tests.report.measured import FLASK, NULL
from tests.report.seven_run import seven_material


def test_the_command_runs_the_same_plan() -> None:
    assert command(material(ceiling=NULL)) == (
        "harness run --profile quick --runtime docker --seed 42 --target flask_app:gthread --target gin_app:release"
    )


def test_the_command_names_scenarios_only_if_they_differ_from_the_profiles() -> None:
    report = material(FLASK)
    plan = replace(report.summary.run.plan, scenarios=("json_body",))
    changed = replace(report, summary=replace(report.summary, run=replace(report.summary.run, plan=plan)))
    assert command(changed).endswith("--target flask_app:gthread --scenario json_body")


def test_the_command_has_the_cpus_the_page_cache_and_the_revision_of_the_plan() -> None:
    revision = Revision("HEAD~1", "0123abc" * 5, "89defab" * 5)
    report = material(FLASK)
    plan = replace(
        report.summary.run.plan,
        subjects=(FLASK, revision.of(FLASK)),
        target_cpus=2,
        generator_cpus=3,
        drops_page_cache=True,
        against=revision,
    )
    changed = replace(report, summary=replace(report.summary, run=replace(report.summary.run, plan=plan)))
    assert command(changed).endswith(
        "--seed 42 --target flask_app:gthread --target-cpus 2 --generator-cpus 3 --cold-page-cache "
        f"--against {revision.commit}"
    )


def again(report: Material) -> str:
    """Return the text of the section that says how to repeat the measurement and the page."""
    return read(render_page(report)).one("section", aria_labelledby="again").text


def test_the_command_of_the_page_has_its_price() -> None:
    assert "--format html,md,csv,json --core-hour 0.04" in again(replace(material(), core_hour=0.04))
    assert "--core-hour" not in again(material())


def test_the_page_of_a_pair_is_checked_with_the_stored_run() -> None:
    (pair, *_) = seven_material().pages
    assert "harness render --check index.html --run 20260601-120000-quick" in again(pair.material)
    assert "about these targets, listed below" in render_page(pair.material)
