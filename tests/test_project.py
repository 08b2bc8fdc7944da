"""The project of a command: its root folder, results, default targets and figures."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model import Measurement, Subject
from harness.project import stock_folder
from harness.runtime import choice
from harness.store import REFERENCE, Store
from harness.units import Unit
from tests.checkout import ROOT
from tests.project import FIGURES, PROJECT, Shell, make_project, write, write_target
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

OTHER = """
[[comparisons]]
name = "other"
targets = ["flask_app", "other_app"]
figures = "figures/other.toml"
"""
RUN = "20260131-142501-smoke-9f3a"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: asked)
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    store_run(shell, RUN, FLASK, GIN)
    return shell


def store_run(shell: Shell, name: str, *subjects: Subject) -> None:
    """Store a run of three blocks in which each subject measures 30 MB, plus 0 to 2 %."""
    folder = Store(shell.results).create(a_run(a_plan(*subjects), name))
    for block in range(3):
        for subject in subjects:
            folder.append(a_trial(block, subject, Measurement("memory.idle", Unit.BYTE, 3e7 * (1 + block / 100))))


def change(shell: Shell, old: str, new: str) -> None:
    """Replace a text in project.toml."""
    path = shell.folder / "project.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def judged(shell: Shell, *words: str) -> list[tuple[str, str]]:
    """Return source and verdict of each figure of a successful check."""
    done = shell.run("check", "--json", *words)
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return [(row["source"], row["verdict"]) for row in document["figures"]]


OWN = [("A page, Jun 2026", verdict) for verdict in ("confirmed", "not_reproduced", "not_measured")]


class TestTheProject:
    @pytest.mark.parametrize(
        "words",
        [("list",), ("run", "--dry-run"), ("report",), ("check",), ("compare", "a", "b"), ("build",)],
        ids=" ".join,
    )
    def test_the_error_outside_a_project_has_a_remedy(
        self, shell: Shell, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, words: tuple[str]
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        monkeypatch.chdir(elsewhere)
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: no project here ({elsewhere}): neither this folder nor a folder above it has a project.toml. "
            "Change to the folder of a project, or make a project: `harness init FOLDER`.\n"
        )

    def test_a_command_works_in_any_folder_of_the_project(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(shell.folder / "targets" / "flask_app")
        assert shell.run("list").code == 0

    @pytest.mark.parametrize(
        "words", [("list",), ("run", "--dry-run"), ("report",), ("check",), ("build",)], ids=" ".join
    )
    def test_an_unknown_reference_is_exit_2_with_the_nearest_name(self, shell: Shell, words: tuple[str]) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "flsk_app"')
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: unknown target ({shell.folder}/project.toml: reference): 'flsk_app': targets/ has no such folder. "
            "Did you mean 'flask_app'?\n"
        )

    def test_a_command_that_only_reads_results_ignores_an_unknown_reference(self, shell: Shell) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "flsk_app"')
        assert shell.run("compare", RUN, RUN).code == 0

    def test_results_are_in_the_folder_of_project_toml_or_of_the_environment(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(shell.folder / "project.toml", 'results = "kept/here"\n' + PROJECT)
        assert RUN not in shell.run("list").out
        (shell.folder / "kept").mkdir()
        shell.results.rename(shell.folder / "kept" / "here")
        assert RUN in shell.run("list").out
        monkeypatch.setenv("HARNESS_RESULTS", str(shell.folder / "nowhere"))
        assert RUN not in shell.run("list").out

    def test_the_committed_runs_of_the_project_are_found_beside_results_elsewhere(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (shell.results / RUN).rename(shell.results / REFERENCE)
        elsewhere = shell.folder / "elsewhere"
        monkeypatch.setenv("HARNESS_RESULTS", str(elsewhere))
        for words in (["check"], ["check", "--run", REFERENCE], ["compare", REFERENCE, REFERENCE]):
            assert shell.run(*words).code == 0, words
        assert "no run is stored yet" not in shell.run("report").err
        assert f"\n{REFERENCE} " in shell.run("list").out
        unknown = f"error: unknown run (A): not in {elsewhere}. Known: {REFERENCE}.\n"
        assert shell.run("report", "A").err == unknown

    def test_a_run_of_the_results_comes_before_a_committed_one_of_its_name(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = shell.folder / "elsewhere"
        shutil.copytree(shell.results / RUN, elsewhere / REFERENCE)
        (shell.results / RUN).rename(shell.results / REFERENCE)
        (shell.results / REFERENCE / "run.json").write_text("{}", encoding="utf-8")
        monkeypatch.setenv("HARNESS_RESULTS", str(elsewhere))
        assert shell.run("check").code == 0

    def test_the_list_shows_each_comparison_with_targets_and_figures(self, shell: Shell) -> None:
        listed = json.loads(shell.run("list", "--json").out)
        assert (listed["title"], listed["reference"]) == ("Flask vs Gin", "flask_app")
        assert listed["comparisons"] == [
            {"name": "page", "targets": ["flask_app", "gin_app"], "figures": "figures/page.toml"}
        ]


class TestDefaultTargets:
    def planned(self, shell: Shell, *words: str) -> str:
        done = shell.run("run", "--dry-run", "--profile", "smoke", *words)
        assert done.code == 0, done.err
        return done.out.splitlines()[1].partition(";")[0]

    def test_a_target_that_project_toml_does_not_name_is_not_measured(self, shell: Shell) -> None:
        write_target(shell.folder, "a_first_app", "framework", only="production")
        assert self.planned(shell) == "targets flask_app:gthread, gin_app:release"

    def test_the_reference_is_the_first_subject(self, shell: Shell) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "gin_app"')
        assert self.planned(shell) == "targets gin_app:release, flask_app:gthread"

    def test_the_first_target_of_the_option_is_the_reference(self, shell: Shell) -> None:
        assert self.planned(shell, "--target", "gin_app,flask_app") == "targets gin_app:release, flask_app:gthread"


class TestFigures:
    def test_a_figures_file_without_a_comparison_is_not_used(self, shell: Shell) -> None:
        write(shell.folder / "figures" / "aaa.toml", FIGURES.replace("A page", "Another"))
        assert judged(shell) == OWN

    def test_a_check_uses_the_figures_files_of_the_command_line(self, shell: Shell) -> None:
        write(shell.folder / "aaa.toml", FIGURES.replace("A page", "Another"))
        another = [(source.replace("A page", "Another"), verdict) for source, verdict in OWN]
        assert judged(shell, "aaa.toml") == another
        assert judged(shell, "--figures", "aaa.toml") == another
        assert judged(shell, "aaa.toml", "--figures", "figures/page.toml") == another + OWN

    def test_a_report_uses_the_figures_file_of_the_command_line(self, shell: Shell) -> None:
        write(shell.folder / "aaa.toml", FIGURES.replace("Flask vs Gin", "Another page"))
        assert self.sources(shell, "--figures", "aaa.toml", folder="report-aaa") == {"Another page"}
        assert self.sources(shell) == {"Flask vs Gin"}

    @staticmethod
    def sources(shell: Shell, *words: str, folder: str = "report") -> set[str]:
        done = shell.run("report", "--format", "csv", *words)
        assert done.code == 0, done.err
        table = shell.results / RUN / folder / "tables" / "figures.csv"
        return {line.rsplit(",", 1)[1] for line in table.read_text(encoding="utf-8").splitlines()[1:]}

    def test_a_run_is_checked_with_the_comparison_of_all_its_targets(self, shell: Shell) -> None:
        """The other comparison has only one target in common with the run."""
        write(shell.folder / "project.toml", PROJECT + OTHER)
        write(shell.folder / "figures" / "other.toml", FIGURES.replace("A page", "Another"))
        assert judged(shell) == OWN

    def test_a_run_of_one_target_is_checked_with_all_comparisons_of_it(self, shell: Shell) -> None:
        store_run(shell, "alone", FLASK)
        write(shell.folder / "project.toml", PROJECT + OTHER)
        write(shell.folder / "figures" / "other.toml", FIGURES.replace("A page", "Another"))
        another = [(source.replace("A page", "Another"), verdict) for source, verdict in OWN]
        assert judged(shell, "--run", "alone") == OWN + another

    def test_several_sources_are_counted_together(self, shell: Shell) -> None:
        write(shell.folder / "other.toml", FIGURES.replace("A page", "Another page"))
        alone, both = (
            json.loads(shell.run("check", *names, "--json").out)
            for names in (("figures/page.toml",), ("figures/page.toml", "other.toml"))
        )
        assert both["totals"] == {verdict: 2 * count for verdict, count in alone["totals"].items()}
        assert len({row["source"] for row in both["figures"]}) == 2

    @pytest.mark.parametrize(
        ("target", "unit"),
        [('target = "flask_ap"', "MB"), ('target = "flask_app"\nof = "flask_ap"', "x")],
    )
    def test_figures_of_an_unknown_target_are_not_measured_and_give_a_warning(
        self, shell: Shell, target: str, unit: str
    ) -> None:
        figure = f'id = "one", label = "One", printed = "9 {unit}", value = 9, unit = "{unit}", metric = "memory.idle"'
        group = f'[[groups]]\nid = "more"\nsection = "More"\n{target}\nfigures = [{{ {figure} }}]\n'
        write(shell.folder / "figures" / "page.toml", FIGURES + group)
        done = shell.run("check", "--json")
        rows = json.loads(done.out)["figures"]
        assert done.code == 0
        assert [row["verdict"] for row in rows] == ["confirmed", "not_reproduced", "not_measured", "not_measured"]
        assert done.err == (
            f"warning: {shell.folder}/figures/page.toml has figures of 'flask_ap', but there is no such target. "
            "Did you mean 'flask_app'?\n"
        )

    def test_targets_that_a_project_lacks_have_one_warning_that_says_what_to_do(self, shell: Shell) -> None:
        groups = "".join(
            f'[[groups]]\nid = "{name}"\nsection = "More"\ntarget = "{name}"\nfigures = '
            '[{ id = "a", label = "A", printed = "9 MB", value = 9, unit = "MB", metric = "memory.idle" }]\n'
            for name in ("express", "rails", "gin")
        )
        write(shell.folder / "figures" / "page.toml", FIGURES + groups)
        done = shell.run("check", "--json")
        assert done.err == (
            f"warning: {shell.folder}/figures/page.toml has figures of 'express' and 'rails', but there is no such "
            "target, so no run measures them. Add it (`harness init target express_app`), or write in `target` which "
            "of these it is: flask_app, gin_app, null_app.\n"
        )
        assert json.loads(done.out)["figures"][-1]["target"] == "gin_app"

    def test_the_command_for_a_missing_target_is_one_that_init_takes(self, shell: Shell) -> None:
        group = '[[groups]]\nid = "more"\nsection = "More"\ntarget = "Ruby on Rails"\nfigures = '
        one = '[{ id = "a", label = "A", printed = "9 MB", value = 9, unit = "MB", metric = "memory.idle" }]\n'
        write(shell.folder / "figures" / "page.toml", FIGURES + group + one)
        assert "(`harness init target ruby_on_rails_app`)" in shell.run("check", "--json").err

    def test_a_missing_figures_file_ends_a_check_with_exit_2(self, shell: Shell) -> None:
        change(shell, "figures/page.toml", "figures/pag.toml")
        done = shell.run("check")
        assert (done.code, done.out) == (2, "")
        assert done.err == f"error: {self.message(shell)}\n"

    def test_a_missing_figures_file_is_a_warning_for_a_report(self, shell: Shell) -> None:
        change(shell, "figures/page.toml", "figures/pag.toml")
        done = shell.run("report")
        assert (done.code, done.err) == (0, f"warning: {self.message(shell)}\n")
        assert "Key facts" not in (shell.results / RUN / "report" / "report_full.md").read_text(encoding="utf-8")

    @staticmethod
    def message(shell: Shell) -> str:
        return (
            f"a figures file is missing ({shell.folder}/project.toml: comparisons.0.figures): there is no file "
            "'figures/pag.toml'. Did you mean 'figures/page.toml'?"
        )

    @pytest.mark.parametrize(
        "text", [PROJECT.partition("[[")[0], PROJECT.replace('"flask_app", "gin_app"]\nfig', '"x"]\nfig')]
    )
    def test_a_run_without_a_comparison_of_its_targets_can_be_reported_but_not_checked(
        self, shell: Shell, text: str
    ) -> None:
        write(shell.folder / "project.toml", text)
        done = shell.run("report")
        assert (done.code, done.err) == (0, "")
        done = shell.run("check")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: no figures ({shell.folder}/project.toml: comparisons): there is no comparison of this run's "
            "targets (flask_app, gin_app). Name a figures file, or add a comparison of these targets.\n"
        )


def test_the_stock_folder_in_a_checkout_is_its_root() -> None:
    assert stock_folder() == ROOT


class TestAMoreThoroughRun:
    """The newest run is taken, and a note names an older one of the same targets with a more thorough profile."""

    def store(self, shell: Shell, name: str, profile: str, *subjects: Subject, day: int = 1) -> None:
        plan = a_plan(*subjects)
        run = a_run(replace(plan, profile=replace(plan.profile, name=profile)), name)
        folder = Store(shell.results).create(replace(run, started_at=f"2026-01-{day:02}T10:00:00+00:00"))
        for block in range(3):
            for subject in subjects:
                folder.append(a_trial(block, subject, Measurement("memory.idle", Unit.BYTE, 3e7 * (1 + block / 100))))

    def said(self, shell: Shell, *words: str) -> list[str]:
        done = shell.run(*words)
        assert done.code == 0, done.err
        return [line for line in done.err.splitlines() if "more thorough" in line]

    def test_check_explain_and_report_name_it(self, shell: Shell) -> None:
        self.store(shell, "old", "quick", FLASK, GIN)
        self.store(shell, "better", "full", FLASK, GIN, day=2)
        self.store(shell, "later", "quick", FLASK, GIN, day=3)
        note = "the newest run is a smoke run; --run better is more thorough"
        assert self.said(shell, "check") == [note]
        assert self.said(shell, "explain", "facts.memory") == [note]
        assert self.said(shell, "report", "--format", "md") == [note.replace("--run", "harness report")]

    def test_a_named_run_has_no_note(self, shell: Shell) -> None:
        self.store(shell, "old", "quick", FLASK, GIN)
        assert self.said(shell, "check", "--run", RUN) == []

    @pytest.mark.parametrize(
        ("name", "profile", "subjects"),
        [
            ("old", "smoke", (FLASK, GIN)),
            ("old", "conditions", (FLASK, GIN)),
            ("old", "full", (FLASK,)),
            ("reference", "full", (FLASK, GIN)),
        ],
    )
    def test_no_run_that_is_not_better_is_named(
        self, shell: Shell, name: str, profile: str, subjects: tuple[Subject, ...]
    ) -> None:
        self.store(shell, name, profile, *subjects)
        assert self.said(shell, "check") == []
