"""New projects and new targets, copied from the stock."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError, UsageError
from harness.manifest import (
    default_subjects,
    load_project,
    load_scenarios,
    load_target,
    load_targets,
    require_complete,
)
from harness.measure.verify import Verifier
from harness.model import Subject
from harness.runtime.context import context_files
from harness.runtime.ending import refuses
from harness.runtime.ports import free_port
from harness.scaffold import new_project, new_target
from tests.checkout import ROOT, committed_files
from tests.project import make_project, write
from tests.repository import commit_all, git
from tests.small_disk import small_disk

SCHEMAS = {"target": "{}\n", "project": "[]\n"}


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return the folder of a new project, in a folder that was missing."""
    new_project(tmp_path / "deep" / "mine", SCHEMAS)
    return tmp_path / "deep" / "mine"


class TestAProject:
    def test_a_new_project_has_two_targets_all_scenarios_figures_the_contract_and_schemas(self, fresh: Path) -> None:
        copied = ("targets/flask_app", "targets/null_app", "scenarios")
        stock = {name: text for name, text in committed_files(*copied).items() if not Path(name).match("test_*.py")}
        own = {"project.toml", "figures/flask.toml", "targets/CONTRACT.md", "targets/contract_cases.json"}
        own.add("results/.gitignore")
        assert files_below(fresh) == stock.keys() | own | {"schemas/target.json", "schemas/project.json"}
        assert [name for name, text in stock.items() if (fresh / name).read_bytes() != text] == []
        assert (fresh / "schemas" / "target.json").read_text(encoding="utf-8") == "{}\n"

    def test_the_reference_of_a_new_project_is_flask(self, fresh: Path) -> None:
        project, targets = load_project(fresh), load_targets(fresh)
        assert list(map(str, default_subjects(project, targets))) == ["flask_app:gthread"]
        assert [target.name for target in targets.values() if target.is_null] == ["null_app"]
        assert set(load_scenarios(fresh)) == {"hello", "json_body", "path_value", "post_json"}
        assert [one.name for one in project.comparisons_of({"flask_app"})] == ["flask"]

    def test_new_project_returns_the_created_files_and_folders(self, tmp_path: Path) -> None:
        created = new_project(tmp_path, SCHEMAS)
        assert [str(path) for path in created] == [
            "project.toml",
            "figures/flask.toml",
            "targets/flask_app",
            "targets/null_app",
            "scenarios",
            "schemas",
            "results/.gitignore",
        ]
        assert [path for path in created if not (tmp_path / path).exists()] == []

    def test_its_runs_are_not_committed(self, tmp_path: Path) -> None:
        (tmp_path / ".gitignore").write_text("mine\n")
        new_project(tmp_path, SCHEMAS)
        (tmp_path / "results/run-1").mkdir()
        (tmp_path / "results/run-1/run.json").write_text("{}")
        commit_all(tmp_path)
        kept = git(tmp_path, "ls-files").splitlines()
        assert [name for name in kept if name.startswith("results")] == ["results/.gitignore"]
        assert "project.toml" in kept

    def test_other_files_in_the_folder_are_left_unchanged(self, tmp_path: Path) -> None:
        write(tmp_path / "README.md", "mine")
        write(tmp_path / "targets" / "my_app" / "target.toml", "mine")
        new_project(tmp_path, SCHEMAS)
        assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"

    @pytest.mark.parametrize("name", ["project.toml", "scenarios/hello.py", "targets/null_app/main.go"])
    def test_an_existing_file_is_refused_and_nothing_is_written(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / name, "mine")
        with pytest.raises(UsageError) as caught:
            new_project(tmp_path, SCHEMAS)
        assert (caught.value.what, caught.value.where) == ("a file would be overwritten", str(tmp_path / name))
        assert files_below(tmp_path) == {name}
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"

    def test_a_file_in_place_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path / "file", "mine")
        with pytest.raises(MachineError, match=r"^can't write a file \(.*/file/project\.toml\): File exists"):
            new_project(tmp_path / "file", SCHEMAS)

    def test_a_full_disk_leaves_nothing_that_would_refuse_the_next_try(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "disk") as disk:
            room = os.statvfs(disk)
            write(disk / "mine", "x" * (room.f_bavail * room.f_frsize - 4096))
            (disk / "bench" / "targets").mkdir(parents=True)
            with pytest.raises(MachineError, match=r"can't write a file \(.*No space left on device\. Free some space"):
                new_project(disk / "bench", SCHEMAS)
            assert sorted(str(path.relative_to(disk)) for path in disk.rglob("*")) == ["bench", "bench/targets", "mine"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_without_write_permission_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(MachineError, match="Permission denied"):
            new_project(tmp_path, SCHEMAS)


class TestTheStockOfACheckout:
    """A checkout with an own scenario, an own target, and changes of its files."""

    @pytest.fixture
    def checkout(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "checkout"
        for name in ("CONTRACT.md", "contract_cases.json", "flask_app/target.toml", "null_app/target.toml"):
            write(folder / "targets" / name, "stock")
        write(folder / "scenarios" / "hello.py", "stock")
        for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "stock"]):
            author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
            subprocess.run(["git", "-C", str(folder), *author, *words], check=True)
        write(folder / "scenarios" / "shop.py", "mine")
        write(folder / "scenarios" / "hello.py", "mine")
        write(folder / "targets" / "flask_app" / "secret.env", "mine")
        write(folder / "targets" / "my_app" / "target.toml", "mine")
        monkeypatch.setattr("harness.scaffold.stock_folder", lambda: folder)
        return folder

    @pytest.mark.usefixtures("checkout")
    def test_untracked_and_changed_files_are_not_for_a_new_project(self, tmp_path: Path) -> None:
        new_project(tmp_path / "new", SCHEMAS)
        assert files_below(tmp_path / "new" / "scenarios") == {"hello.py"}
        assert (tmp_path / "new" / "scenarios" / "hello.py").read_text(encoding="utf-8") == "stock"
        assert files_below(tmp_path / "new" / "targets" / "flask_app") == {"target.toml"}

    @pytest.mark.usefixtures("checkout")
    def test_a_new_target_of_another_project_is_like_the_committed_one(self, tmp_path: Path) -> None:
        assert files_below(new_target(tmp_path / "new", "new_app", "flask_app")) == {"target.toml"}
        with pytest.raises(UsageError, match="unknown target"):
            new_target(tmp_path / "new", "other_app", "my_app")

    def test_an_archive_of_the_source_has_no_repository_and_is_copied_as_it_is(
        self, checkout: Path, tmp_path: Path
    ) -> None:
        (checkout / ".git").rename(tmp_path / "away")
        new_project(tmp_path / "new", SCHEMAS)
        assert files_below(tmp_path / "new" / "scenarios") == {"hello.py", "shop.py"}

    def test_a_repository_that_git_cannot_read_is_an_error_with_its_reason(
        self, checkout: Path, tmp_path: Path
    ) -> None:
        (checkout / ".git" / "HEAD").unlink()
        with pytest.raises(MachineError, match=r"^can't read a revision \(.*/checkout, HEAD\): fatal: not a git repo"):
            new_project(tmp_path / "new", SCHEMAS)
        assert not (tmp_path / "new").exists()


class TestATarget:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        return make_project(tmp_path)

    def test_a_new_target_is_a_copy_with_the_new_name_as_its_title(self, project: Path) -> None:
        folder = new_target(project, "new_app", "flask_app")
        assert folder == project / "targets" / "new_app"
        source = load_target(project / "targets" / "flask_app" / "target.toml")
        new = load_target(folder / "target.toml")
        assert (new.name, new.title, new.variants) == ("new_app", "new_app", source.variants)
        assert new.summary == "new_app: say in one line what it is"

    def test_a_copy_does_not_have_the_names_of_the_other_at_public_services_nor_its_tests(self, project: Path) -> None:
        (project / "targets" / "flask_app" / "target.toml").unlink()
        folder = new_target(project, "new_app", "flask_app")
        source = load_target(ROOT / "targets" / "flask_app" / "target.toml")
        new = load_target(folder / "target.toml")
        assert (source.online is None, new.online) == (False, None)
        assert replace(new, name="", title="", summary="", folder=ROOT, online=None) == replace(
            source, name="", title="", summary="", folder=ROOT, online=None
        )
        assert list(folder.rglob("test_*.py")) == []

    def test_the_small_target_has_one_variant_and_can_be_built_in_both_runtimes(self, project: Path) -> None:
        folder = new_target(project, "tiny_app", None)
        assert files_below(folder) == {"target.toml", "Dockerfile", ".dockerignore", "app.py"}
        tiny = load_target(folder / "target.toml")
        assert (tiny.name, tiny.title, len(tiny.variants), tiny.toolchain) == ("tiny_app", "tiny_app", 1, "python-venv")
        assert tiny.summary == "tiny_app: say in one line what it is"
        for in_containers in (True, False):
            require_complete(tiny, tiny.variants, context_files(folder), in_containers=in_containers)
        assert [path.name for path in folder.iterdir() if b"new_target" in path.read_bytes()] == []

    @pytest.mark.program
    def test_the_app_of_the_small_target_answers_its_contract_and_ends_at_sigterm(self, project: Path) -> None:
        folder = new_target(project, "tiny_app", None)
        port = free_port()
        environment = {"HOST": "127.0.0.1", "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen([sys.executable, "app.py"], cwd=folder, env=environment, stderr=subprocess.PIPE) as app:
            try:
                deadline_s = time.monotonic() + 60
                while refuses(f"http://127.0.0.1:{port}"):
                    assert app.poll() is None
                    assert time.monotonic() < deadline_s
                    time.sleep(0.01)
                answers = load_target(folder / "target.toml").answers
                url = f"http://127.0.0.1:{port}"
                verifier = Verifier(Subject("tiny_app", "own"), url, answers, random.Random(0))  # noqa: S311
                verifier.verify()
                verifier.verify_date_moved()
            finally:
                app.send_signal(signal.SIGTERM)
                _, printed = app.communicate(timeout=60)
        assert (verifier.notes, app.returncode, printed) == ((), 0, b"")

    def test_the_contract_in_the_comments_of_the_small_target_is_valid(self, project: Path) -> None:
        path = new_target(project, "tiny_app", None) / "target.toml"
        text = path.read_text(encoding="utf-8").replace('answers = ["plain", "json"]\n', "")
        path.write_text(re.sub(r"^# (\[contract|path =|body =)", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
        tiny = load_target(path)
        assert (tiny.answers, list(tiny.contract)) == ((), ["hello"])

    def test_a_target_of_the_project_takes_precedence_over_the_stocks(self, project: Path) -> None:
        assert files_below(new_target(project, "other_app", "null_app")) == {"target.toml", "Dockerfile"}

    def test_a_copy_of_a_stock_target_has_the_new_name_in_all_files(self, project: Path) -> None:
        (project / "targets" / "gin_app" / "target.toml").unlink()
        folder = new_target(project, "fast_app", "gin_app")
        committed = {name.removeprefix("targets/gin_app/") for name in committed_files("targets/gin_app")}
        assert files_below(folder) == committed
        assert (folder / "go.mod").read_text(encoding="utf-8").startswith("module fast_app\n")
        assert [path for path in folder.rglob("*") if path.is_file() and b"gin_app" in path.read_bytes()] == []
        assert load_target(folder / "target.toml").variant("release").command == ("./fast_app",)

    def test_caches_are_not_copied_and_binary_files_are_copied_unchanged(self, project: Path) -> None:
        source = project / "targets" / "flask_app"
        write(source / "__pycache__" / "app.pyc", "flask_app")
        write(source / ".cache" / "x", "flask_app")
        write(source / ".dockerignore", "flask_app")
        write(source / "my_flask_app.py", "flask_apple = 'flask_app'")
        (source / "icon.png").write_bytes(b"\xff flask_app")
        folder = new_target(project, "new_app", "flask_app")
        assert files_below(folder) == {"target.toml", "Dockerfile", ".dockerignore", "my_flask_app.py", "icon.png"}
        assert (folder / ".dockerignore").read_text(encoding="utf-8") == "new_app"
        assert (folder / "my_flask_app.py").read_text(encoding="utf-8") == "flask_apple = 'new_app'"
        assert (folder / "icon.png").read_bytes() == b"\xff flask_app"

    @pytest.mark.parametrize(
        ("name", "valid"),
        [("My App", "my_app"), ("9lives", "my_app"), ("a:b", "a_b"), ("../a", "a"), ("", "my_app"), ("a-b", "a_b")],
    )
    def test_the_error_for_an_invalid_name_suggests_a_valid_one(self, project: Path, name: str, valid: str) -> None:
        before = files_below(project)
        with pytest.raises(UsageError) as caught:
            new_target(project, name, "flask_app")
        assert (caught.value.what, caught.value.where) == ("invalid name of a target", name)
        assert caught.value.remedy == f"Use {valid!r}, for example."
        assert files_below(project) == before

    def test_the_name_of_an_existing_target_is_refused(self, project: Path) -> None:
        with pytest.raises(UsageError) as caught:
            new_target(project, "gin_app", "flask_app")
        assert caught.value.where == str(project / "targets" / "gin_app")
        assert caught.value.cause == "the folder already exists"

    def test_the_error_for_an_unknown_target_to_copy_suggests_the_nearest(self, project: Path) -> None:
        with pytest.raises(UsageError) as caught:
            new_target(project, "new_app", "flsk_app")
        assert (caught.value.where, caught.value.remedy) == ("--like flsk_app", "Did you mean 'flask_app'?")
