"""`harness run --like RUN` with fakes: the stored plan on this machine, its targets, and what is said before."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import MachineError
from harness.experiment import environment
from harness.model import Run, Subject, Target
from harness.runtime.base import Image
from harness.runtime.context import source_of
from harness.store import RunFolder, Store
from tests.project import Done, write
from tests.repository import commit_all
from tests.test_cli import document
from tests.test_cli_run import SMALL, Bench
from tests.trials import FLASK, GIN

STORED_SEED = 7


class LikeBench(Bench):
    """A bench with one stored run, in a repository with one commit; `built` has the files of each built target."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, monkeypatch, capsys)
        write(folder / ".gitignore", "results\n")
        write(folder / "targets/flask_app/app.py", "then")
        self.commit = commit_all(folder)
        self.built: dict[str, str] = {}
        self._build = self.runtime.build
        monkeypatch.setattr(self.runtime, "build", self.build)
        assert self.run("run", "--seed", str(STORED_SEED), "--target", "gin_app,flask_app").code == 0
        (self.first,) = Store(self.results).folders()
        self.built.clear()

    def build(self, target: Target, progress: Callable[[str], None]) -> Image:
        app = target.folder / "app.py"
        self.built[target.name] = app.read_text(encoding="utf-8") if app.exists() else ""
        return replace(self._build(target, progress), source=source_of(target))

    def like(self, *words: str) -> Done:
        return self.run("run", "--like", self.first, *words)

    def repeated(self) -> Run:
        (name,) = Store(self.results).folders().keys() - {self.first}
        return RunFolder(self.results / name).run()

    def change_stored(self, change: Callable[[dict[str, Any]], None]) -> None:
        path = self.results / self.first / "run.json"
        values = json.loads(path.read_text(encoding="utf-8"))
        change(values)
        path.write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> LikeBench:
    return LikeBench(tmp_path, monkeypatch, capsys)


class TestThePlan:
    def test_it_is_the_stored_one_with_another_seed_although_the_profile_has_changed(
        self, bench: LikeBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = replace(SMALL, connections=(1, 64), cold_starts=5, blocks=3)
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"smoke": changed, "quick": changed})
        assert bench.like().code == 0
        stored, plan = RunFolder(bench.results / bench.first).run().plan, bench.repeated().plan
        assert plan.seed != stored.seed
        assert replace(plan, seed=stored.seed, orders=stored.orders) == stored
        assert (plan.profile, plan.subjects) == (SMALL, (GIN, FLASK))

    def test_with_the_stored_seed_it_is_the_stored_one(self, bench: LikeBench) -> None:
        done = bench.like("--seed", str(STORED_SEED))
        assert done.code == 0
        assert bench.repeated().plan == RunFolder(bench.results / bench.first).run().plan
        assert f"like {bench.first} of " in done.err
        assert f"whose seed was {STORED_SEED}" in done.err

    def test_a_dry_run_prints_it_and_measures_nothing(self, bench: LikeBench) -> None:
        bench.journal.clear()
        done = bench.like("--dry-run")
        assert (done.code, done.err, bench.journal) == (0, "", [])
        first, *lines = done.out.splitlines()
        assert first.startswith(f"like {bench.first} of ")
        assert any(line.startswith("targets gin_app:release, flask_app:gthread; ") for line in lines)

    def test_the_run_records_what_it_repeats_and_the_next_step_is_printed(self, bench: LikeBench) -> None:
        done = bench.like()
        run = bench.repeated()
        assert run.like == bench.first
        assert done.err.splitlines()[-1] == (
            f"whether its conclusions hold here: harness compare {bench.first} {run.id}"
        )

    def test_its_document_names_the_repeated_run(self, bench: LikeBench) -> None:
        assert document(bench.like("--json").out, "run")["run"]["like"] == bench.first

    @pytest.mark.parametrize(
        "words",
        [
            ("--profile", "quick"),
            ("--target", "flask_app"),
            ("--scenario", "hello"),
            ("--runtime", "process"),
            ("--target-cpus", "2"),
            ("--generator-cpus", "1"),
            ("--cold-page-cache",),
            ("--against", "HEAD"),
        ],
    )
    def test_an_option_that_the_plan_has_decided_is_exit_2(self, bench: LikeBench, words: tuple[str, ...]) -> None:
        bench.journal.clear()
        done = bench.like(*words)
        assert (done.code, done.out, bench.journal) == (2, "", [])
        assert done.err.startswith(
            f"error: the plan of a stored run can't be changed ({words[0]}): a repetition keeps "
        )

    def test_a_run_is_not_resumed_and_repeated_at_once(self, bench: LikeBench) -> None:
        done = bench.like("--resume", bench.first)
        assert done.code == 2
        assert "(--like): a resumed run keeps its plan" in done.err

    def test_an_unknown_run_is_exit_2(self, bench: LikeBench) -> None:
        done = bench.run("run", "--like", "none")
        assert done.code == 2
        assert done.err.startswith("error: unknown run (none): ")

    def test_a_machine_without_the_cpus_of_the_plan_is_exit_3(
        self, bench: LikeBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_: object) -> None:
            raise MachineError("too few CPUs", where="1 here", cause="2 are needed", remedy="Use smaller numbers.")

        monkeypatch.setattr(environment, "plan_cpus", refuse)
        done = bench.like()
        assert done.code == 3
        assert "A repetition keeps the CPUs of the stored plan: use a machine with more CPUs." in done.err

    def test_a_subject_on_more_cpus_than_this_machine_has_is_left_out_and_said(self, bench: LikeBench) -> None:
        many = replace(GIN, cpus=4096)

        def add(values: dict[str, Any]) -> None:
            values["plan"]["subjects"].append(values["plan"]["subjects"][0] | {"cpus": many.cpus})

        bench.change_stored(add)
        done = bench.like()
        assert (done.code, bench.repeated().plan.subjects) == (0, (GIN, FLASK))
        assert f"left out, because this machine has too few CPUs: {many}" in done.err

    def test_the_number_of_workers_is_the_stored_one(self, bench: LikeBench, monkeypatch: pytest.MonkeyPatch) -> None:
        bench.change_stored(lambda values: values["environment"]["cpus"].update(workers=2))
        asked: list[int] = []

        def generator(*_: object, workers: int, **__: object) -> object:
            asked.append(workers)
            return bench.generator

        monkeypatch.setattr("harness.experiment.workforce.Generator", generator)
        assert [bench.like(*words).code for words in ((), ("--workers", "1"))] == [0, 0]
        assert asked == [2, 1]


class TestTheTargets:
    def test_they_are_those_of_today_if_their_folders_have_not_changed(self, bench: LikeBench) -> None:
        write(bench.folder / "README.md", "changed")
        commit_all(bench.folder)
        done = bench.like()
        assert bench.built == {"gin_app": "", "flask_app": "then", "null_app": ""}
        assert "built from commit" not in done.err

    @pytest.mark.parametrize("is_committed", [False, True])
    def test_a_changed_one_is_built_from_the_commit_of_the_run(self, bench: LikeBench, *, is_committed: bool) -> None:
        write(bench.folder / "targets/flask_app/app.py", "now")
        if is_committed:
            commit_all(bench.folder)
        done = bench.like()
        assert done.code == 0
        assert bench.built == {"gin_app": "", "flask_app": "then", "null_app": ""}
        named = bench.commit[:7]
        assert f"built from commit {named}, because their folders have changed since: flask_app\n" in done.err
        assert (bench.folder / "targets/flask_app/app.py").read_text() == "now"

    def test_a_new_file_is_a_change(self, bench: LikeBench) -> None:
        write(bench.folder / "targets/gin_app/new.go", "now")
        assert "changed since: gin_app\n" in bench.like().err

    def test_one_that_was_removed_is_built_from_the_commit(self, bench: LikeBench) -> None:
        write(bench.folder / "project.toml", 'title = "T"\nreference = "gin_app"\ntargets = ["gin_app"]\n')
        for path in sorted((bench.folder / "targets/flask_app").iterdir()):
            path.unlink()
        assert bench.like().code == 0
        assert bench.built["flask_app"] == "then"

    @pytest.mark.parametrize("is_committed", [False, True])
    def test_one_that_has_the_measured_files_is_that_of_today(self, bench: LikeBench, *, is_committed: bool) -> None:
        self.measure_uncommitted(bench)
        if is_committed:
            commit_all(bench.folder)
        done = bench.like()
        assert (done.code, bench.built["flask_app"]) == (0, "uncommitted")
        assert "built from commit" not in done.err
        assert "built from today's folder, because it has the files that were measured: flask_app\n" in done.err

    @pytest.mark.parametrize("files", ["then", "now", None])
    def test_one_whose_measured_files_are_nowhere_is_exit_2(self, bench: LikeBench, files: str | None) -> None:
        self.measure_uncommitted(bench)
        app = bench.folder / "targets/flask_app/app.py"
        app.unlink() if files is None else write(app, files)
        bench.journal.clear()
        done = bench.like()
        assert (done.code, bench.journal) == (2, [])
        assert (
            f"can't repeat a run ({bench.first}): it measured files of flask_app that neither today's folder "
            f"nor commit {bench.commit[:7]} has. Restore the files" in done.err
        )

    def test_a_repetition_of_a_repetition_does_not_measure_the_files_of_today(self, bench: LikeBench) -> None:
        write(bench.folder / "targets/flask_app/app.py", "now")
        commit_all(bench.folder)
        assert bench.like().code == 0
        done = bench.run("run", "--like", bench.repeated().id)
        assert done.code == 2
        assert "it measured files of flask_app that neither today's folder nor commit" in done.err

    def measure_uncommitted(self, bench: LikeBench) -> None:
        """Store a run of an uncommitted change of a target in the place of the first one."""
        write(bench.folder / "targets/flask_app/app.py", "uncommitted")
        before = set(Store(bench.results).folders())
        assert bench.run("run", "--target", "gin_app,flask_app").code == 0
        (bench.first,) = set(Store(bench.results).folders()) - before
        bench.built.clear()

    def test_changes_that_were_not_committed_then_are_said(self, bench: LikeBench) -> None:
        bench.change_stored(lambda values: values["environment"].update(commit=f"{bench.commit[:12]}+"))
        assert (
            f"was measured with changes that are not in commit {bench.commit[:7]} (docs/reproduce.md)\n"
            in bench.like().err
        )

    def test_changed_scenarios_are_said(self, bench: LikeBench) -> None:
        write(bench.folder / "scenarios/hello.py", '"""GET /: other words."""\n')
        assert (
            f"today's scenarios are used, and have changed since commit {bench.commit[:7]}: hello\n" in bench.like().err
        )

    def test_without_the_commit_they_are_those_of_today_and_each_other_version_is_named(self, bench: LikeBench) -> None:
        def older(values: dict[str, Any]) -> None:
            values["environment"]["commit"] = "0123456789ab"
            values["environment"]["images"]["flask_app"]["versions"] = {"flask": "3.0.0"}

        write(bench.folder / "targets/flask_app/app.py", "now")
        bench.change_stored(older)
        done = bench.like()
        assert (done.code, bench.built["flask_app"]) == (0, "now")
        lines = done.err.splitlines()
        assert (
            "this repository has no commit 0123456789ab: the targets are built from today's folders; "
            "these have other files than the measured ones: flask_app"
        ) in lines
        different = next(line for line in lines if line.startswith("not the same: flask_app.flask was 3.0.0 and is "))
        assert lines.index(different) < next(n for n, line in enumerate(lines) if line.startswith("block 1 of 2"))

    def test_without_the_commit_nothing_is_said_of_targets_with_the_measured_files(self, bench: LikeBench) -> None:
        bench.change_stored(lambda values: values["environment"].update(commit="0123456789ab"))
        lines = bench.like("--dry-run").out.splitlines()
        assert "this repository has no commit 0123456789ab: the targets are built from today's folders" in lines

    def test_of_a_run_without_digests_a_changed_one_is_built_from_the_commit(self, bench: LikeBench) -> None:
        write(bench.folder / "targets/flask_app/app.py", "now")
        bench.change_stored(lambda values: values["environment"].pop("sources"))
        assert (bench.like().code, bench.built["flask_app"]) == (0, "then")

    def test_a_target_that_is_nowhere_is_exit_2(self, bench: LikeBench) -> None:
        for file in ("run.json", "trials.jsonl"):
            path = bench.results / bench.first / file
            path.write_text(path.read_text(encoding="utf-8").replace("gin_app", "gone_app"), encoding="utf-8")
        done = bench.like()
        assert done.code == 2
        assert "unknown target (gone_app:release)" in done.err

    def test_a_scenario_that_is_nowhere_is_exit_2(self, bench: LikeBench) -> None:
        bench.change_stored(lambda values: values["plan"].update(scenarios=["gone"]))
        done = bench.like("--dry-run")
        assert done.code == 2
        assert "unknown scenario (gone)" in done.err


class TestAnotherMachine:
    def test_each_difference_is_said_before_the_first_block(self, bench: LikeBench) -> None:
        def elsewhere(values: dict[str, Any]) -> None:
            values["environment"]["machine"]["cpu"] = "Another CPU"
            values["environment"]["cpus"]["target"] = [0, 1]
            values["environment"]["versions"]["locust"] = "1.0"

        bench.change_stored(elsewhere)
        lines = bench.like().err.splitlines()
        started = next(n for n, line in enumerate(lines) if line.startswith("block 1 of 2"))
        for words in (
            "machine.cpu was Another CPU and is ",
            "cpus.target was 2 and is 1",
            "versions.locust was 1.0 and",
        ):
            assert any(line.startswith(f"not the same: {words}") for line in lines[:started]), words

    def test_nothing_is_said_of_the_same_machine(self, bench: LikeBench) -> None:
        assert "not the same" not in bench.like().err

    def test_the_conclusions_are_then_compared_although_the_machines_are_unlike(self, bench: LikeBench) -> None:
        bench.change_stored(lambda values: values["environment"]["machine"].update(cpu="Another CPU"))
        bench.like()
        done = bench.run("compare", bench.first, bench.repeated().id, "--fail-on", "reversed", "--json")
        assert (done.code, done.err) == (0, "")
        compared = document(done.out, "compare")
        assert [row["key"] for row in compared["unlike"]] == ["cpu"]
        driven = [row for row in compared["conclusions"] if row["metric"].startswith("throughput.")]  # no real times
        assert {row["outcome"] for row in driven} == {"holds"}

    def test_a_planted_reversal_is_reported(self, bench: LikeBench) -> None:
        drive = bench.generator.drive
        swapped: dict[Subject, Subject] = {FLASK: GIN, GIN: FLASK}
        bench.generator.drive = lambda part: drive(replace(part, subject=swapped.get(part.subject, part.subject)))
        bench.like()
        done = bench.run("compare", bench.first, bench.repeated().id, "--fail-on", "reversed", "--verbose")
        assert done.code == 1
        assert "reversed: flask_app:gthread / gin_app:release, throughput.closed.c32 of hello" in done.out


def test_the_plan_of_a_run_against_a_revision_measures_the_same_revision(bench: LikeBench) -> None:
    def against(values: dict[str, Any]) -> None:
        plan = values["plan"]
        plan["against"] = {"name": "old", "commit": bench.commit, "now": "the working tree"}
        plan["subjects"].append(plan["subjects"][0] | {"target": f"gin_app@{bench.commit[:7]}"})

    bench.change_stored(against)
    done = bench.like("--dry-run")
    assert done.code == 0, done.err
    assert f"against old ({bench.commit})" in done.out
