"""Which project a command works in, and which figures it takes, as its user sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.model import Measurement, Subject
from harness.project import stock_folder
from harness.runtime import choice
from harness.store import Store
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
    """Store a run in which each subject occupies 30 MB, give or take 1 %."""
    folder = Store(shell.results).create(a_run(a_plan(*subjects), name))
    for block in range(3):
        for subject in subjects:
            folder.append(a_trial(block, subject, Measurement("memory.idle", Unit.BYTE, 3e7 * (1 + block / 100))))


def change(shell: Shell, old: str, new: str) -> None:
    """Change project.toml."""
    path = shell.folder / "project.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def judged(shell: Shell, *words: str) -> list[tuple[str, str]]:
    """Return source and verdict of each figure of a check that ends well."""
    done = shell.run("check", "--json", *words)
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return [(row["source"], row["verdict"]) for row in document["figures"]]


OWN = [("A page, Jun 2026", verdict) for verdict in ("confirmed", "refuted", "not_measured")]


class TestTheProject:
    @pytest.mark.parametrize(
        "words",
        [("list",), ("run", "--dry-run"), ("report",), ("check",), ("compare", "a", "b"), ("build",)],
        ids=" ".join,
    )
    def test_outside_of_one_a_command_says_how_to_make_one(
        self, shell: Shell, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, words: tuple[str]
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        monkeypatch.chdir(elsewhere)
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: no project here ({elsewhere}): neither this folder nor one above it has a project.toml. "
            "Change to a project's folder, or make one: `harness init FOLDER`.\n"
        )

    def test_a_command_works_from_any_folder_in_it(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(shell.folder / "targets" / "flask_app")
        assert shell.run("list").code == 0

    @pytest.mark.parametrize(
        "words", [("list",), ("run", "--dry-run"), ("report",), ("check",), ("build",)], ids=" ".join
    )
    def test_a_reference_that_is_not_there_is_exit_2_with_the_nearest(self, shell: Shell, words: tuple[str]) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "flsk_app"')
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: unknown target ({shell.folder}/project.toml: reference): 'flsk_app': no such folder in targets/. "
            "Did you mean 'flask_app'?\n"
        )

    def test_what_only_reads_results_does_not_ask_for_it(self, shell: Shell) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "flsk_app"')
        assert shell.run("compare", RUN, RUN).code == 0

    def test_its_results_are_where_it_says(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        write(shell.folder / "project.toml", 'results = "kept/here"\n' + PROJECT)
        assert RUN not in shell.run("list").out
        (shell.folder / "kept").mkdir()
        shell.results.rename(shell.folder / "kept" / "here")
        assert RUN in shell.run("list").out
        monkeypatch.setenv("HARNESS_RESULTS", str(shell.folder / "nowhere"))
        assert RUN not in shell.run("list").out

    def test_the_list_shows_what_belongs_together(self, shell: Shell) -> None:
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

    def test_another_target_is_neither_measured_nor_the_reference(self, shell: Shell) -> None:
        write_target(shell.folder, "a_first_app", "framework", only="production")
        assert self.planned(shell) == "targets flask_app:gthread, gin_app:release"

    def test_the_reference_comes_first_wherever_it_is_listed(self, shell: Shell) -> None:
        change(shell, 'reference = "flask_app"', 'reference = "gin_app"')
        assert self.planned(shell) == "targets gin_app:release, flask_app:gthread"

    def test_of_targets_that_are_named_the_first_is_the_reference(self, shell: Shell) -> None:
        assert self.planned(shell, "--target", "gin_app,flask_app") == "targets gin_app:release, flask_app:gthread"


class TestFigures:
    def test_a_file_that_no_comparison_names_is_not_taken(self, shell: Shell) -> None:
        write(shell.folder / "figures" / "aaa.toml", FIGURES.replace("A page", "Another"))
        assert judged(shell) == OWN

    def test_a_file_that_is_named_is_taken_instead(self, shell: Shell) -> None:
        write(shell.folder / "aaa.toml", FIGURES.replace("A page", "Another"))
        another = [(source.replace("A page", "Another"), verdict) for source, verdict in OWN]
        assert judged(shell, "aaa.toml") == another
        assert judged(shell, "--figures", "aaa.toml") == another
        assert judged(shell, "aaa.toml", "--figures", "figures/page.toml") == another + OWN

    def test_a_report_takes_the_file_that_is_named(self, shell: Shell) -> None:
        write(shell.folder / "aaa.toml", FIGURES.replace("Flask vs Gin", "Another page"))
        assert self.sources(shell, "--figures", "aaa.toml") == {"Another page"}
        assert self.sources(shell) == {"Flask vs Gin"}

    @staticmethod
    def sources(shell: Shell, *words: str) -> set[str]:
        done = shell.run("report", "--format", "csv", *words)
        assert done.code == 0, done.err
        table = shell.results / RUN / "report" / "tables" / "figures.csv"
        return {line.rsplit(",", 1)[1] for line in table.read_text(encoding="utf-8").splitlines()[1:]}

    def test_a_run_takes_the_comparison_of_all_its_targets(self, shell: Shell) -> None:
        """It leaves the other one, of which one target is here."""
        write(shell.folder / "project.toml", PROJECT + OTHER)
        write(shell.folder / "figures" / "other.toml", FIGURES.replace("A page", "Another"))
        assert judged(shell) == OWN

    def test_a_run_of_one_target_takes_all_that_speak_of_it(self, shell: Shell) -> None:
        store_run(shell, "alone", FLASK)
        write(shell.folder / "project.toml", PROJECT + OTHER)
        write(shell.folder / "figures" / "other.toml", FIGURES.replace("A page", "Another"))
        another = [(source.replace("A page", "Another"), verdict) for source, verdict in OWN]
        assert judged(shell, "--run", "alone") == OWN + another

    def test_several_sources_are_told_apart(self, shell: Shell) -> None:
        write(shell.folder / "other.toml", FIGURES.replace("Flask vs Gin", "Another page"))
        done = shell.run("check", "figures/page.toml", "other.toml")
        titles = [line for line in done.out.splitlines() if line.endswith(f" compared with {RUN}")]
        assert titles == [f"Flask vs Gin compared with {RUN}", f"Another page compared with {RUN}"]
        assert done.out.splitlines()[-1] == "2 confirmed, 2 refuted, 2 not_measured"

    @pytest.mark.parametrize(
        ("speaks_of", "unit"),
        [('target = "flask_ap"', "MB"), ('target = "flask_app"\nof = "flask_ap"', "x")],
    )
    def test_figures_of_a_target_that_is_not_here_are_listed_and_warned_of(
        self, shell: Shell, speaks_of: str, unit: str
    ) -> None:
        figure = f'id = "one", label = "One", printed = "9 {unit}", value = 9, unit = "{unit}", metric = "memory.idle"'
        group = f'[[groups]]\nid = "more"\nsection = "More"\n{speaks_of}\nfigures = [{{ {figure} }}]\n'
        write(shell.folder / "figures" / "page.toml", FIGURES + group)
        done = shell.run("check", "--json")
        rows = json.loads(done.out)["figures"]
        assert done.code == 0
        assert [row["verdict"] for row in rows] == ["confirmed", "refuted", "not_measured", "not_measured"]
        assert done.err == (
            f"warning: {shell.folder}/figures/page.toml has figures of 'flask_ap', and there is no such target. "
            "Did you mean 'flask_app'?\n"
        )

    def test_a_missing_figures_file_ends_a_check_with_file_key_and_nearest(self, shell: Shell) -> None:
        change(shell, "figures/page.toml", "figures/pag.toml")
        done = shell.run("check")
        assert (done.code, done.out) == (2, "")
        assert done.err == f"error: {self.problem(shell)}\n"

    def test_a_report_goes_on_without_it(self, shell: Shell) -> None:
        change(shell, "figures/page.toml", "figures/pag.toml")
        done = shell.run("report")
        assert (done.code, done.err) == (0, f"warning: {self.problem(shell)}\n")
        assert "Key facts" not in (shell.results / RUN / "report" / "report.md").read_text(encoding="utf-8")

    @staticmethod
    def problem(shell: Shell) -> str:
        return (
            f"no such figures file ({shell.folder}/project.toml: comparisons.0.figures): 'figures/pag.toml' is not "
            "there. Did you mean 'figures/page.toml'?"
        )

    @pytest.mark.parametrize(
        "text", [PROJECT.partition("[[")[0], PROJECT.replace('"flask_app", "gin_app"]\nfig', '"x"]\nfig')]
    )
    def test_without_a_comparison_of_its_targets_a_run_has_a_report_and_no_check(self, shell: Shell, text: str) -> None:
        write(shell.folder / "project.toml", text)
        done = shell.run("report")
        assert (done.code, done.err) == (0, "")
        done = shell.run("check")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: no figures ({shell.folder}/project.toml: comparisons): none of them speaks of a target of this "
            "run (flask_app, gin_app). Name a figures file, or add a comparison of these targets.\n"
        )


def test_the_stock_of_a_checkout_is_the_checkout() -> None:
    assert stock_folder() == ROOT
