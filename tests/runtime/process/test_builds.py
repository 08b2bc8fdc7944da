"""Builds in the cache: made once, found again, complete, and not removed while a run uses them."""

import os
import re
import signal
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from harness import interrupts
from harness.errors import MachineError, TargetError
from harness.model import Probes, Target
from harness.runtime.base import Image
from harness.runtime.context import source_of
from harness.runtime.process import builds
from harness.runtime.process.builds import Builds, _versions
from harness.runtime.process.steps import Steps
from tests.runtime.awaiting import PATIENCE_S, lives, until
from tests.small_disk import small_disk


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
    """Fast fake builder: it fails unless app.py contains `print`, and makes a program and a link to it."""

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


def test_a_build_has_exactly_the_files_of_its_context(store: Builds, target: Target, uses: ExitStack) -> None:
    _, folder = built(store, target, uses)
    found = {str(path.relative_to(folder / "app")) for path in (folder / "app").rglob("*")}
    assert found == {"app.py", "empty", "link", "program", "run", "static", "static/page.html"}
    assert (folder / "app/link").readlink() == Path("app.py")


def test_an_image_has_the_versions_and_the_size_of_its_build(store: Builds, target: Target, uses: ExitStack) -> None:
    image, folder = built(store, target, uses)
    assert re.fullmatch(r"process:[0-9a-f]{16}", image.identity)
    assert image.source == source_of(target)
    assert image.versions == {"compiler": "1.0"}
    everything = [path for path in folder.rglob("*") if path.name != "built.json"]
    assert image.size_bytes == sum(path.lstat().st_size for path in everything if path.is_symlink() or path.is_file())


def test_a_build_is_readable_for_all_users_and_writable_for_none(
    store: Builds, target: Target, uses: ExitStack
) -> None:
    _, folder = built(store, target, uses)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if not path.is_symlink()}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o555}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o444, 0o555}
    assert modes[folder / "app/run"] == 0o555
    assert modes[folder / "app/app.py"] == 0o444


def test_a_build_is_readable_for_all_users_with_a_strict_umask(store: Builds, target: Target, uses: ExitStack) -> None:
    before = os.umask(0o077)
    try:
        _, folder = built(store, target, uses)
    finally:
        os.umask(before)
    assert all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, folder.parent, folder.parent.parent))


def test_an_existing_build_is_found(store: Builds, target: Target, uses: ExitStack) -> None:
    image, folder = built(store, target, uses)
    before = folder.stat().st_mtime_ns
    again, _ = built(store, target, uses)
    assert (again, folder.stat().st_mtime_ns) == (image, before)


def test_a_changed_target_gets_a_new_build(store: Builds, target: Target, uses: ExitStack) -> None:
    image, _ = built(store, target, uses)
    (target.folder / "app.py").write_text("print('hallo')\n")
    changed, folder = built(store, target, uses)
    assert changed.identity != image.identity
    assert (folder / "app/app.py").read_text() == "print('hallo')\n"


def test_an_incomplete_build_is_built_again(store: Builds, target: Target, uses: ExitStack) -> None:
    with ExitStack() as first:
        _, folder = built(store, target, first)
    folder.chmod(0o755)
    (folder / "built.json").unlink()
    (folder / "rubbish").write_text("half")
    built(store, target, uses)
    assert not (folder / "rubbish").exists()
    assert (folder / "built.json").exists()


@pytest.mark.parametrize("left", [b"", b'{"versions": {', b'{"versions": {}}', b"[]", b"\xff\0\0\0"])
def test_a_build_whose_record_a_crash_of_the_machine_has_cut_is_built_again(
    store: Builds, target: Target, uses: ExitStack, left: bytes
) -> None:
    with ExitStack() as first:
        image, folder = built(store, target, first)
    folder.chmod(0o755)
    (folder / "built.json").chmod(0o644)
    (folder / "built.json").write_bytes(left)
    assert built(store, target, uses)[0] == image


def test_the_error_of_a_failed_build_has_its_last_lines_and_the_next_build_tries_again(
    store: Builds, target: Target, uses: ExitStack
) -> None:
    (target.folder / "app.py").write_text("import this\n")
    for _ in range(2):
        with pytest.raises(TargetError, match=r"does not build \(flask_app, ") as caught:
            built(store, target, uses)
        assert caught.value.cause == "its build failed\nIts last lines:\n  grep exited with code 1"
    (target.folder / "app.py").write_text("print()\n")
    built(store, target, uses)


def test_a_build_beyond_its_limit_leaves_no_process_and_no_folder(
    store: Builds, target: Target, uses: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_: Compiler, folder: Path, steps: Steps) -> None:
        steps.run("sh", "-c", "sleep 60 & echo $! > pid; wait", where=folder)

    monkeypatch.setattr(Compiler, "build", build)
    pids: list[int] = []

    def noted() -> list[str]:
        return [text for path in (tmp_path / "cache/builds").glob("*/pid") if (text := path.read_text())]

    def end_the_limit_once_it_runs() -> None:
        until(lambda: noted() != [])
        os.kill(os.getpid(), signal.SIGALRM)

    def too_long() -> TargetError:
        pids.extend(map(int, noted()))
        return TargetError("too long", where="here", cause="a test", remedy="None.")

    ending = threading.Thread(target=end_the_limit_once_it_runs)
    ending.start()
    with pytest.raises(TargetError, match="too long"), interrupts.limited(2 * PATIENCE_S, too_long):
        built(store, target, uses)
    ending.join()
    assert len(pids) == 1
    until(lambda: not lives(pids[0]))
    assert [path for path in (tmp_path / "cache/builds").iterdir() if path.is_dir()] == []


def test_concurrent_builds_build_once(store: Builds, target: Target, uses: ExitStack) -> None:
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
    assert lines[1:] == ["app.py:print('hello')"]


def test_a_build_completed_by_another_process_is_used_at_once(
    store: Builds, target: Target, uses: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, _ = built(store, target, uses)
    use, is_complete = builds._use, iter([None])  # the first check comes before the build is complete
    monkeypatch.setattr(builds, "_use", lambda folder, uses: next(is_complete, True) and use(folder, uses))
    assert built(store, target, uses)[0] == image


def test_the_error_names_a_cache_that_can_not_be_written(tmp_path: Path, target: Target, uses: ExitStack) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match=r"a build \(.*file.*\): Not a directory\. Name another folder"):
        built(Builds(tmp_path / "file" / "cache"), target, uses)


def test_the_error_of_a_full_disk_names_the_new_file_and_not_its_source(
    tmp_path: Path, target: Target, uses: ExitStack
) -> None:
    (target.folder / "large").write_bytes(b"x" * 2**18)
    with small_disk(tmp_path / "disk") as disk, pytest.raises(MachineError) as caught:
        built(Builds(disk, None), target, uses)
    assert caught.value.where.startswith(f"{disk}/")
    assert caught.value.cause == "No space left on device"


class TestRemoving:
    def test_only_unused_builds_are_removed(self, store: Builds, target: Target, uses: ExitStack) -> None:
        _, used = built(store, target, uses)
        with ExitStack() as ended:
            _, unused = built(store, replace(target, name="other"), ended)
        assert store.remove() == (unused.name,)
        assert (used.exists(), unused.exists()) == (True, False)
        uses.close()
        assert store.remove() == (used.name,)
        assert store.remove() == ()

    def test_a_removed_build_is_built_again(self, store: Builds, target: Target, uses: ExitStack) -> None:
        with ExitStack() as first:
            image, _ = built(store, target, first)
        store.remove()
        again, folder = built(store, target, uses)
        assert (again.identity, folder.exists()) == (image.identity, True)

    def test_an_empty_cache_has_no_builds_to_remove(self, store: Builds) -> None:
        assert store.remove() == ()


def test_a_build_has_the_output_of_its_probes(store: Builds, target: Target, uses: ExitStack) -> None:
    (target.folder / "answers").write_text("{}")
    image, _ = built(store, replace(target, probes=Probes("answers", "app.py")), uses)
    assert image.findings == "{}"


def test_the_error_of_failed_probes_has_their_output(store: Builds, target: Target, uses: ExitStack) -> None:
    with pytest.raises(TargetError, match=r"probes failed .*No such file"):
        built(store, replace(target, probes=Probes("missing", "app.py")), uses)


@pytest.mark.parametrize(
    "printed", [{"flask": None}, {"a" * 300: "1"}, {"a": {"b": 1}}, ["flask"], {"\ud800": 1.5, "": "x"}]
)
def test_versions_that_a_package_has_changed_are_the_failure_of_its_target(printed: object) -> None:
    class Lying:
        def versions(self, *_: object) -> object:
            return printed

    recipe = SimpleNamespace(
        builder=Lying(), folder=Path("build"), target=SimpleNamespace(name="flask_app", folder="f")
    )
    with pytest.raises(TargetError, match=r"the target's versions can't be read \(flask_app, f\)"):
        _versions(cast("Any", recipe), Steps(lambda _: None))
