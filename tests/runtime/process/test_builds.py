"""Builds in the cache: made once, found again, never half, never pulled away from under a run."""

import os
import re
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from harness.errors import MachineError, TargetError
from harness.model import Probes, Target
from harness.runtime.base import Image
from harness.runtime.process import builds
from harness.runtime.process.builds import Builds, cache_folder
from harness.runtime.process.steps import Steps


@pytest.fixture
def target(target: Target) -> Target:
    (target.folder / "static").mkdir()
    (target.folder / "static" / "page.html").write_text("<p>")
    (target.folder / "empty").mkdir()
    (target.folder / "run").write_text("#!/bin/sh\n")
    (target.folder / "run").chmod(0o700)
    (target.folder / "link").symlink_to("app.py")
    (target.folder / "notes.md").write_text("not for the build")
    (target.folder / ".dockerignore").write_text("*.md\n")
    return target


class Compiler:
    """A builder that is done at once: it fails where app.py says so, and leaves a program and a link to it."""

    bases: ClassVar[list[str]] = ["compiler 1.0"]

    def build(self, folder: Path, steps: Steps) -> None:
        steps.run("grep", "--with-filename", "print", "app.py", where=folder / "app")
        (folder / "app" / "program").write_text("#!/bin/sh\n")
        (folder / "app" / "program").chmod(0o755)
        (folder / "bin").mkdir()
        (folder / "bin" / "program").symlink_to("../app/program")

    def versions(self, folder: Path, steps: Steps) -> Mapping[str, str]:
        return {"compiler": steps.read("sh", "-c", "bin/program && printf 1.0", where=folder)}

    def findings(self, target: Target, folder: Path, steps: Steps) -> str:
        assert target.probes is not None
        return steps.read("cat", target.probes.program, where=folder / "app")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.runtime.process.builds.builder_of", lambda *_: Compiler())


@pytest.fixture
def uses() -> Iterator[ExitStack]:
    with ExitStack() as uses:
        yield uses


@pytest.fixture
def store(tmp_path: Path) -> Builds:
    return Builds(tmp_path / "cache")


def built(store: Builds, target: Target, uses: ExitStack, lines: list[str] | None = None) -> tuple[Image, Path]:
    image = store.build(target, uses, ([] if lines is None else lines).append)
    return image, store.folder_of(target, image.identity)


def test_what_the_build_lets_in_is_there_and_nothing_else(store: Builds, target: Target, uses: ExitStack) -> None:
    _, folder = built(store, target, uses)
    found = {str(path.relative_to(folder / "app")) for path in (folder / "app").rglob("*")}
    assert found == {"app.py", "empty", "link", "program", "run", "static", "static/page.html"}
    assert (folder / "app/link").readlink() == Path("app.py")


def test_it_says_what_it_is_made_of(store: Builds, target: Target, uses: ExitStack) -> None:
    image, folder = built(store, target, uses)
    assert re.fullmatch(r"process:[0-9a-f]{16}", image.identity)
    assert image.versions == {"compiler": "1.0"}
    everything = [path for path in folder.rglob("*") if path.name != "built.json"]
    assert image.size_bytes == sum(path.lstat().st_size for path in everything if path.is_symlink() or path.is_file())


def test_everybody_may_read_it_and_nobody_write(store: Builds, target: Target, uses: ExitStack) -> None:
    _, folder = built(store, target, uses)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if not path.is_symlink()}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o555}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o444, 0o555}
    assert modes[folder / "app/run"] == 0o555
    assert modes[folder / "app/app.py"] == 0o444


def test_a_strict_umask_does_not_lock_others_out(store: Builds, target: Target, uses: ExitStack) -> None:
    before = os.umask(0o077)
    try:
        _, folder = built(store, target, uses)
    finally:
        os.umask(before)
    assert all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, folder.parent, folder.parent.parent))


def test_what_is_built_is_found(store: Builds, target: Target, uses: ExitStack) -> None:
    image, folder = built(store, target, uses)
    before = folder.stat().st_mtime_ns
    again, _ = built(store, target, uses)
    assert (again, folder.stat().st_mtime_ns) == (image, before)


def test_a_changed_target_is_another_build(store: Builds, target: Target, uses: ExitStack) -> None:
    image, _ = built(store, target, uses)
    (target.folder / "app.py").write_text("print('hallo')\n")
    changed, folder = built(store, target, uses)
    assert changed.identity != image.identity
    assert (folder / "app/app.py").read_text() == "print('hallo')\n"


def test_what_was_left_half_made_is_made_again(store: Builds, target: Target, uses: ExitStack) -> None:
    with ExitStack() as first:
        _, folder = built(store, target, first)
    folder.chmod(0o755)
    (folder / "built.json").unlink()
    (folder / "rubbish").write_text("half")
    built(store, target, uses)
    assert not (folder / "rubbish").exists()
    assert (folder / "built.json").exists()


def test_a_build_that_fails_is_told_with_its_last_lines_and_tried_again(
    store: Builds, target: Target, uses: ExitStack
) -> None:
    (target.folder / "app.py").write_text("import this\n")
    for _ in range(2):
        with pytest.raises(TargetError, match=r"does not build \(flask_app, ") as caught:
            built(store, target, uses)
        assert caught.value.cause == "its build ended with\ngrep exited with code 1"
    (target.folder / "app.py").write_text("print()\n")
    built(store, target, uses)


def test_two_at_once_build_it_once(store: Builds, target: Target, uses: ExitStack) -> None:
    lines: list[str] = []
    images: list[Image] = []

    def build() -> None:
        images.append(built(store, target, uses, lines)[0])

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert images == [images[0]] * 3
    assert lines == ["app.py:print('hello')"]


def test_whoever_comes_between_a_build_and_its_use_does_not_wait_for_its_users(
    store: Builds, target: Target, uses: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, _ = built(store, target, uses)
    real, looks = builds._use, iter([False])  # the first look was before the build was complete
    monkeypatch.setattr(builds, "_use", lambda folder, by: next(looks, True) and real(folder, by))
    assert built(store, target, uses)[0] == image


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path, target: Target, uses: ExitStack) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match=r"can't write a build \(.*file.*\): Not a directory"):
        built(Builds(tmp_path / "file" / "cache"), target, uses)


class TestRemoving:
    def test_what_a_run_uses_stays_and_the_rest_goes(self, store: Builds, target: Target, uses: ExitStack) -> None:
        _, used = built(store, target, uses)
        with ExitStack() as over:
            _, unused = built(store, replace(target, name="other"), over)
        assert store.remove() == (unused.name,)
        assert (used.exists(), unused.exists()) == (True, False)
        uses.close()
        assert store.remove() == (used.name,)
        assert store.remove() == ()

    def test_what_was_removed_is_built_again(self, store: Builds, target: Target, uses: ExitStack) -> None:
        with ExitStack() as first:
            image, _ = built(store, target, first)
        store.remove()
        again, folder = built(store, target, uses)
        assert (again.identity, folder.exists()) == (image.identity, True)

    def test_where_nothing_was_built_there_is_nothing_to_remove(self, store: Builds) -> None:
        assert store.remove() == ()


class TestTheCacheFolder:
    @pytest.fixture(autouse=True)
    def _bare(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("HARNESS_CACHE", raising=False)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def test_it_is_in_the_users_cache(self, tmp_path: Path) -> None:
        assert cache_folder() == tmp_path / ".cache" / "harness"

    def test_roots_is_where_others_may_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert cache_folder() == builds._ROOTS_CACHE

    def test_the_environment_names_another(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
        assert cache_folder() == Path("/somewhere/harness")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HARNESS_CACHE", "mine")
        assert cache_folder() == tmp_path / "mine"


def test_what_its_probes_print_comes_with_a_build(store: Builds, target: Target, uses: ExitStack) -> None:
    (target.folder / "answers").write_text("{}")
    image, _ = built(store, replace(target, probes=Probes("answers", "app.py")), uses)
    assert image.findings == "{}"


def test_a_build_whose_probes_fail_says_what_they_said(store: Builds, target: Target, uses: ExitStack) -> None:
    with pytest.raises(TargetError, match=r"probes failed .*No such file"):
        built(store, replace(target, probes=Probes("gone", "app.py")), uses)
