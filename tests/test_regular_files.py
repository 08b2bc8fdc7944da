"""Files that others wrote: a pipe, a device or a file without end is an error with its cause, and nothing waits."""

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.manifest.toml import read_text
from harness.regular_files import content_of, content_within


def test_a_file_is_read_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert content_of(tmp_path / "link") == b"text"


def _make(kind: str, path: Path) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "round":
        path.symlink_to(path)
    elif kind == "long":
        with path.open("wb") as file:
            file.truncate(3 << 30)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("folder", "Is a directory"),
        ("pipe", "it is not a regular file"),
        ("device", "it is not a regular file"),
        ("round", "Too many levels of symbolic links"),
        ("long", "it is longer than 16,777,216 bytes"),
        ("missing", "No such file or directory"),
    ],
)
def test_what_is_no_file_of_a_reasonable_length_is_refused_with_the_cause(
    tmp_path: Path, kind: str, cause: str
) -> None:
    path = tmp_path / "target.toml"
    _make(kind, path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match=cause):
        content_of(path)
    with pytest.raises(UsageError) as caught:
        read_text(path)
    assert str(caught.value) == f"can't read a file ({path}): {cause}. Check the path."
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("name", ["../secret.py", "inner/../../secret.py", "out.py", "inner/out.py", "/etc/passwd"])
def test_a_name_or_a_link_that_leads_out_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.py").write_bytes(b"secret")
    folder = tmp_path / "target"
    (folder / "inner").mkdir(parents=True)
    (folder / "out.py").symlink_to("../secret.py")
    (folder / "inner/out.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(OSError, match="it leads out of the folder"):
        content_within(folder, name)


@pytest.mark.parametrize("name", ["round.py", "a\0b.py"])
def test_a_name_that_no_file_can_have_and_a_link_to_itself_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "round.py").symlink_to("round.py")
    with pytest.raises(OSError, match=r"Symlink loop|null|Too many levels"):
        content_within(tmp_path, name)


def test_a_file_of_a_folder_is_read_also_through_a_link_within_it(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/file.py").write_bytes(b"text")
    (tmp_path / "link.py").symlink_to("inner/file.py")
    assert content_within(tmp_path, "link.py") == content_within(tmp_path, "inner/file.py") == b"text"
