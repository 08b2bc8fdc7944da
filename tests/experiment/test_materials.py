"""What images are made of: a file or a notice for each bill of materials, and a line about bases made here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.experiment.materials import record_materials
from harness.runtime.base import Image
from harness.store import RunFolder
from tests.experiment.test_loop import FakeRun
from tests.fakes import TARGETS, FakeRuntime

if TYPE_CHECKING:
    from pathlib import Path

TARGET = next(iter(TARGETS.values()))


def image(sbom: str | None = None, gap: str = "") -> Image:
    return Image(TARGET, "sha256:1", 1, sbom=sbom, sbom_gap=gap)


def test_each_bill_is_a_file_and_each_gap_a_notice(tmp_path: Path) -> None:
    notices: list[str] = []
    images = {"flask_app": image("{}"), "flask_app@feature/x": image("[]"), "gin_app": image(gap="it is cut")}
    record_materials(RunFolder(tmp_path), images, notices.append)
    assert {path.name: path.read_text() for path in (tmp_path / "sbom").iterdir()} == {
        "flask_app.cdx.json": "{}",
        "flask_app@feature%2Fx.cdx.json": "[]",
    }
    assert notices == ["gin_app has no bill of materials: it is cut."]


def test_images_that_have_neither_leave_no_folder_and_no_notice(tmp_path: Path) -> None:
    record_materials(RunFolder(tmp_path), {"flask_app": image()}, pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "sbom").write_text("a file in its place")
    notices: list[str] = []
    record_materials(RunFolder(tmp_path), {"flask_app": image("{}")}, notices.append)
    assert notices[0].startswith("flask_app has no bill of materials: ")


def test_bases_that_stand_in_are_one_line_however_many_images_have_them(tmp_path: Path) -> None:
    python, go = f"python:3.13-slim@sha256:{'7c61' * 16}", "golang:1.26"
    stand_ins = {"local/python:3.13-trixie": python}
    notices: list[str] = []
    images = {
        "flask_app": Image(TARGET, "sha256:1", 1, stand_ins=stand_ins),
        "django_app": Image(TARGET, "sha256:2", 1, stand_ins=stand_ins | {"local/golang:1.26": go}),
    }
    record_materials(RunFolder(tmp_path), images, notices.append)
    (line,) = notices
    assert line == (
        "base images made on this machine stand in for the registry's: local/golang:1.26 for golang:1.26, "
        "local/python:3.13-trixie for python:3.13-slim@sha256:7c617c617c61…. To use the registry's, run "
        "`docker pull` with their names in target.toml."
    )


def test_a_run_says_and_stores_which_bases_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_ins = {"local/python:3.13-trixie": "python:3.13-slim"}
    build = FakeRuntime.build
    monkeypatch.setattr(FakeRuntime, "build", lambda *words: replace(build(*words), stand_ins=stand_ins))
    run = FakeRun(tmp_path)
    run.execute()
    (said,) = run.events("notice base images")
    assert "local/python:3.13-trixie for python:3.13-slim. " in said
    images = run.stored().run.environment["images"]
    assert {name: image["stand_ins"] for name, image in images.items()} == dict.fromkeys(images, stand_ins)
