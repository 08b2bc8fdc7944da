"""Targets of a git revision: found, written into a temporary folder and removed, without a change to the project."""

import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import pytest

from harness.errors import MachineError, UsageError
from harness.experiment import revision as module
from harness.experiment.revision import alone, find_revision, targets_of, unchanged, with_older
from harness.manifest import load_targets
from harness.model import Revision, Subject
from tests.project import make_project, write
from tests.repository import commit_all, git
from tests.trials import FLASK, GIN, a_plan

FLASK_APP = {"flask_app"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in a folder of a repository: `old` has Flask with one file, the next commit has changed it."""
    root = make_project(tmp_path / "inside")
    shutil.rmtree(root / "targets" / "gin_app")
    write(root / "targets" / "flask_app" / "app.py", "old")
    (root / "targets" / "flask_app" / "app.py").chmod(0o755)
    commit_all(tmp_path, tag="old")
    make_project(root)
    write(root / "targets" / "flask_app" / "app.py", "new")
    commit_all(tmp_path)
    return root


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class TestEqualRevisions:
    def said(self, project: Path, word: str) -> tuple[str, ...]:
        revision = find_revision(project, word, FLASK_APP)
        return unchanged(replace(a_plan(FLASK, revision.of(FLASK)), against=revision), project)

    def test_the_same_commit_builds_the_same_targets(self, project: Path) -> None:
        [sentence] = self.said(project, "HEAD")
        assert sentence.endswith("HEAD build the same targets: the run shows how far two equal copies differ here")

    def test_another_commit_with_the_same_files_does_too(self, project: Path) -> None:
        write(project / "docs.md", "new")
        commit_all(project.parent)
        assert len(self.said(project, "HEAD~1")) == 1

    @pytest.mark.parametrize("path", ["app.py", "untracked.py"])
    def test_a_changed_file_makes_another_target(self, project: Path, path: str) -> None:
        assert self.said(project, "old") == ()
        write(project / "targets" / "flask_app" / path, "changed")
        assert self.said(project, "HEAD") == ()

    def test_a_file_of_a_target_that_is_not_measured_does_not_count(self, project: Path) -> None:
        write(project / "targets" / "gin_app" / "main.go", "changed")
        assert len(self.said(project, "HEAD")) == 1

    def test_a_run_without_a_revision_says_nothing(self, project: Path) -> None:
        assert unchanged(a_plan(FLASK), project) == ()


class TestARevision:
    def test_it_has_its_full_commit_and_the_commit_that_it_is_compared_with(self, project: Path) -> None:
        head = git(project, "rev-parse", "HEAD")
        assert find_revision(project, "old", FLASK_APP) == Revision(
            "old", git(project, "rev-parse", "old^{commit}"), f"commit {head[:7]}"
        )

    @pytest.mark.parametrize("path", ["app.py", "untracked.py"])
    def test_uncommitted_changes_of_a_measured_target_are_the_working_tree(self, project: Path, path: str) -> None:
        write(project / "targets" / "flask_app" / path, "changed")
        assert find_revision(project, "old", FLASK_APP).now == "the working tree"

    def test_changes_of_other_files_do_not_count(self, project: Path) -> None:
        write(project / "targets" / "gin_app" / "main.go", "changed")
        assert find_revision(project, "old", FLASK_APP).now.startswith("commit ")

    @pytest.mark.parametrize("word", ["none", "", "--all", "HEAD:project.toml"])
    def test_an_unknown_revision_is_refused_with_the_remedy_for_a_shallow_clone(self, project: Path, word: str) -> None:
        with pytest.raises(UsageError, match="the repository has no such revision") as caught:
            find_revision(project, word, FLASK_APP)
        assert "git fetch --depth 1 origin REV" in str(caught.value)

    def test_a_project_outside_a_repository_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(
            UsageError,
            match=r"can't compare with a revision \(--against old\): git finds no repository in .*: fatal: not a",
        ):
            find_revision(make_project(tmp_path), "old", FLASK_APP)

    @pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 60)])
    def test_without_a_git_that_answers_the_machine_is_named(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(subprocess, "run", refuse)
        with pytest.raises(MachineError, match="can't read the repository"):
            find_revision(project, "old", FLASK_APP)


class TestItsTargets:
    def test_their_files_are_those_of_the_revision_as_long_as_the_context_lasts(
        self, project: Path, temporary: Path
    ) -> None:
        revision = find_revision(project, "old", FLASK_APP)
        before = git(project, "status", "--porcelain")
        with targets_of(revision, project, FLASK_APP) as targets:
            [(name, target)] = targets.items()
            assert name == target.name == f"flask_app@{revision.commit[:7]}"
            assert (target.folder / "app.py").read_text() == "old"
            assert S_IMODE((target.folder / "app.py").stat().st_mode) == 0o755  # it is part of the build
            assert temporary in target.folder.parents
        assert list(temporary.iterdir()) == []
        assert (project / "targets" / "flask_app" / "app.py").read_text() == "new"
        assert git(project, "status", "--porcelain") == before

    def test_a_python_without_filters_of_archives_reads_them(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one of Debian 12, 3.11.2, has none."""
        extract, extract_all = tarfile.TarFile.extract, tarfile.TarFile.extractall

        def extract_as_before(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
            extract(archive, member, path)

        def extract_all_as_before(archive: tarfile.TarFile, path: Path) -> None:
            extract_all(archive, path)

        monkeypatch.setattr(tarfile.TarFile, "extract", extract_as_before)
        monkeypatch.setattr(tarfile.TarFile, "extractall", extract_all_as_before)
        with targets_of(find_revision(project, "old", FLASK_APP), project, FLASK_APP) as targets:
            assert [(target.folder / "app.py").read_text() for target in targets.values()] == ["old"]

    def test_their_folder_is_removed_after_an_error(self, project: Path, temporary: Path) -> None:
        with pytest.raises(KeyboardInterrupt), targets_of(find_revision(project, "old", ()), project, FLASK_APP):
            raise KeyboardInterrupt
        assert list(temporary.iterdir()) == []

    def test_equal_files_give_the_same_build_as_those_of_the_project(self, project: Path) -> None:
        with targets_of(find_revision(project, "HEAD", ()), project, FLASK_APP) as targets:
            [target] = targets.values()
            assert target.build_name == load_targets(project)["flask_app"].build_name == "flask_app"

    def test_a_target_that_the_revision_does_not_have_is_left_out(self, project: Path) -> None:
        with targets_of(find_revision(project, "old", ()), project, {"flask_app", "gin_app"}) as targets:
            assert [target.original for target in targets.values()] == ["flask_app"]
        with targets_of(find_revision(project, "old", ()), project, {"gin_app"}) as targets:
            assert targets == {}

    def test_a_wrong_manifest_is_named_by_revision_and_path(self, project: Path) -> None:
        write(project / "targets" / "flask_app" / "target.toml", "answer = 42")
        commit_all(project.parent, tag="wrong")
        revision = find_revision(project, "wrong", ())
        with (
            pytest.raises(UsageError, match=r"\(wrong:targets/flask_app/target.toml: answer\)"),
            targets_of(revision, project, FLASK_APP),
        ):
            pass

    def test_a_repository_that_cannot_be_read_is_named(self, project: Path) -> None:
        revision = find_revision(project, "old", ())
        with pytest.raises(MachineError, match="can't read a revision"):
            module.extract(project, revision.commit, ["targets/none"], project, "old")


class TestSubjects:
    def test_each_is_followed_by_its_build_of_the_revision(self, project: Path) -> None:
        revision = find_revision(project, "HEAD", ())
        with targets_of(revision, project, {"flask_app", "gin_app"}) as targets:
            assert with_older((FLASK, GIN), revision, targets) == (FLASK, GIN, revision.of(FLASK), revision.of(GIN))

    def test_one_that_the_revision_does_not_have_is_measured_alone_and_said(self, project: Path) -> None:
        revision, tuned = find_revision(project, "old", ()), Subject("flask_app", "newer")
        with targets_of(revision, project, {"flask_app", "gin_app"}) as targets:
            subjects = with_older((FLASK, tuned, GIN), revision, targets)
        assert subjects == (FLASK, tuned, GIN, revision.of(FLASK))
        assert alone(replace(a_plan(*subjects), against=revision)) == (
            "flask_app:newer: old does not have it, so it is measured alone",
            "gin_app:release: old does not have it, so it is measured alone",
        )

    def test_a_plan_without_a_revision_has_nothing_to_say(self) -> None:
        assert alone(a_plan(FLASK, GIN)) == ()

    def test_a_revision_without_any_of_them_is_refused(self, project: Path) -> None:
        revision = find_revision(project, "old", ())
        with pytest.raises(UsageError, match=r"nothing to compare \(--against old\): .* has none of gin_app:release"):
            with_older((GIN,), revision, {})
