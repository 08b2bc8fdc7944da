"""What a target is built from, and what the hash of it depends on."""

import os

import pytest

from harness.errors import TargetError
from harness.model import Target
from harness.runtime.context import Context, context_files, digest


@pytest.fixture
def before(target: Target) -> str:
    return digest_of(target)


def digest_of(target: Target) -> str:
    return digest(target.folder, context_files(target.folder), ["sha256:registry"])


def test_a_changed_file_changes_it(target: Target, before: str) -> None:
    (target.folder / "app.py").write_text("print('hallo')\n")
    assert digest_of(target) != before


def test_a_renamed_file_changes_it(target: Target, before: str) -> None:
    (target.folder / "app.py").rename(target.folder / "application.py")
    assert digest_of(target) != before


def test_an_executable_file_changes_it(target: Target, before: str) -> None:
    (target.folder / "app.py").chmod(0o755)
    assert digest_of(target) != before


def test_a_link_counts_by_where_it_points(target: Target, before: str) -> None:
    link = target.folder / "link"
    link.symlink_to("nowhere")
    dangling = digest_of(target)
    link.unlink()
    link.symlink_to("elsewhere")
    assert len({before, dangling, digest_of(target)}) == 3


def test_an_empty_folder_changes_it(target: Target, before: str) -> None:
    (target.folder / "static").mkdir()
    assert digest_of(target) != before


def test_a_files_time_does_not_change_it(target: Target, before: str) -> None:
    os.utime(target.folder / "app.py", (0, 0))
    assert digest_of(target) == before


def test_the_dockerfile_counts_even_where_everything_is_ignored(target: Target) -> None:
    (target.folder / ".dockerignore").write_text("*\n!app.py\n")
    assert context_files(target.folder) == (".dockerignore", "Dockerfile", "app.py")


def test_what_dockerignore_names_does_not_count(target: Target) -> None:
    (target.folder / ".dockerignore").write_text("# notes\n\n*.md\n__pycache__\n!KEEP.md\n")
    before = digest_of(target)
    (target.folder / "README.md").write_text("read me")
    (target.folder / "__pycache__").mkdir()
    (target.folder / "__pycache__/app.pyc").write_text("")
    assert digest_of(target) == before
    (target.folder / "KEEP.md").write_text("keep me")
    assert digest_of(target) != before


def test_what_it_is_built_on_changes_it(target: Target, before: str) -> None:
    assert Context.of(target, ["sha256:registry"]).digest == before
    assert Context.of(target, ["sha256:another"]).digest != before


def test_a_file_that_can_not_be_read_is_the_targets_failure(target: Target) -> None:
    target.folder.rename(target.folder.with_name("moved"))
    with pytest.raises(TargetError, match=r"does not build \(flask_app, .*flask_app\): No such file"):
        Context.of(target, [])
