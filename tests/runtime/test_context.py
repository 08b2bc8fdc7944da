"""Build contexts: their files, and what their digest depends on."""

import os
import subprocess
from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.model import Target
from harness.runtime.context import Context, context_files, digest, source_of


@pytest.fixture
def before(target: Target) -> str:
    return digest_of(target)


def digest_of(target: Target) -> str:
    return digest(target.folder, context_files(target.folder), ["sha256:registry"])


def test_a_changed_file_changes_the_digest(target: Target, before: str) -> None:
    (target.folder / "app.py").write_text("print('hallo')\n")
    assert digest_of(target) != before


def test_a_renamed_file_changes_the_digest(target: Target, before: str) -> None:
    (target.folder / "app.py").rename(target.folder / "application.py")
    assert digest_of(target) != before


def test_an_executable_bit_changes_the_digest(target: Target, before: str) -> None:
    (target.folder / "app.py").chmod(0o755)
    assert digest_of(target) != before


def test_the_target_of_a_symbolic_link_changes_the_digest(target: Target, before: str) -> None:
    link = target.folder / "link"
    link.symlink_to("nowhere")
    dangling = digest_of(target)
    link.unlink()
    link.symlink_to("elsewhere")
    assert len({before, dangling, digest_of(target)}) == 3


def test_an_empty_folder_changes_the_digest(target: Target, before: str) -> None:
    (target.folder / "static").mkdir()
    assert digest_of(target) != before


def test_the_time_of_a_file_does_not_change_the_digest(target: Target, before: str) -> None:
    os.utime(target.folder / "app.py", (0, 0))
    assert digest_of(target) == before


def test_the_dockerfile_is_in_the_context_even_if_everything_is_ignored(target: Target) -> None:
    (target.folder / ".dockerignore").write_text("*\n!app.py\n")
    assert context_files(target.folder) == (".dockerignore", "Dockerfile", "app.py")


def test_files_that_dockerignore_names_do_not_change_the_digest(target: Target) -> None:
    (target.folder / ".dockerignore").write_text("# notes\n\n*.md\n__pycache__\n!KEEP.md\n")
    before = digest_of(target)
    (target.folder / "README.md").write_text("read me")
    (target.folder / "__pycache__").mkdir()
    (target.folder / "__pycache__/app.pyc").write_text("")
    assert digest_of(target) == before
    (target.folder / "KEEP.md").write_text("keep me")
    assert digest_of(target) != before


def test_the_bases_change_the_digest(target: Target, before: str) -> None:
    assert Context.of(target, ["sha256:registry"]).digest == before
    assert Context.of(target, ["sha256:another"]).digest != before


def test_the_source_is_what_git_keeps_of_the_files(target: Target) -> None:
    app = target.folder / "app.py"
    app.chmod(0o755)
    source = source_of(target)
    assert Context.of(target, ["sha256:any"]).source == source
    app.chmod(0o700)
    (target.folder / "empty").mkdir()
    assert source_of(target) == source
    app.chmod(0o644)
    assert source_of(target) != source
    app.chmod(0o755)
    app.write_text("another")
    assert source_of(target) != source


def test_an_unreadable_file_is_a_target_error(target: Target) -> None:
    target.folder.rename(target.folder.with_name("moved"))
    with pytest.raises(TargetError, match=r"does not build \(flask_app, .*flask_app\): No such file"):
        Context.of(target, [])


def test_a_pipe_in_the_folder_is_refused_and_nothing_waits_for_it(target: Target) -> None:
    os.mkfifo(target.folder / "pipe")
    with pytest.raises(TargetError, match=r"pipe\): it is no file, folder or link\. Every file"):
        Context.of(target, [])


def test_a_pipe_in_place_of_dockerignore_is_refused(target: Target) -> None:
    os.mkfifo(target.folder / ".dockerignore")
    with pytest.raises(TargetError, match=r"\.dockerignore\): it is not a regular file"):
        Context.of(target, [])


def test_names_and_patterns_of_any_bytes_are_part_of_the_context(target: Target) -> None:
    before = Context.of(target, []).digest
    (target.folder / os.fsdecode(b"\xff\n\x1b[2J")).write_text("any bytes")
    (target.folder / os.fsdecode(b"link\xfe")).symlink_to(os.fsdecode(b"\xfd"))
    (target.folder / os.fsdecode(b"folder\xfc")).mkdir()
    (target.folder / os.fsdecode(b"ignored\xfb")).write_text("")
    (target.folder / ".dockerignore").write_bytes(b"ignored\xfb\n")
    context = Context.of(target, [])
    assert context.digest != before
    assert os.fsdecode(b"\xff\n\x1b[2J") in context.files
    assert os.fsdecode(b"ignored\xfb") not in context.files


@pytest.mark.parametrize("pattern", ["[z-a]", "docs/[b-a]*.md"])
def test_a_pattern_that_is_not_valid_is_the_targets_fault(target: Target, pattern: str) -> None:
    (target.folder / ".dockerignore").write_text(f"*.md\n{pattern}\n")
    with pytest.raises(TargetError, match=r"\.dockerignore\): one of its patterns is not valid: bad character range"):
        Context.of(target, [])


def test_folders_that_are_nested_too_deep_are_the_targets_fault(target: Target) -> None:
    path = target.folder
    for _ in range(1_200):
        path = Path(f"{path}/d")
        path.mkdir()
    try:
        with pytest.raises(TargetError, match="its folders are nested too deep"):
            Context.of(target, [])
    finally:
        subprocess.run(["rm", "-rf", target.folder / "d"], check=True)  # Python's own way is recursive
