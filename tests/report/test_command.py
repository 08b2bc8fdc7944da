"""The command that measures a run again."""

from dataclasses import replace

from harness.model import Revision
from harness.report.command import command
from tests.report.material import material
from tests.report.measured import FLASK, NULL


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
