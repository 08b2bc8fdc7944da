"""The bills of materials of a run: a file for each image, and a notice for each that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.experiment.bills import store_bills
from harness.runtime.base import Image
from harness.store import RunFolder
from tests.fakes import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

TARGET = next(iter(TARGETS.values()))


def image(sbom: str | None = None, gap: str = "") -> Image:
    return Image(TARGET, "sha256:1", 1, sbom=sbom, sbom_gap=gap)


def test_each_bill_is_a_file_and_each_gap_a_notice(tmp_path: Path) -> None:
    notices: list[str] = []
    images = {"flask_app": image("{}"), "flask_app@feature/x": image("[]"), "gin_app": image(gap="it is cut")}
    store_bills(RunFolder(tmp_path), images, notices.append)
    assert {path.name: path.read_text() for path in (tmp_path / "sbom").iterdir()} == {
        "flask_app.cdx.json": "{}",
        "flask_app@feature%2Fx.cdx.json": "[]",
    }
    assert notices == ["gin_app has no bill of materials: it is cut."]


def test_images_that_have_neither_leave_no_folder_and_no_notice(tmp_path: Path) -> None:
    store_bills(RunFolder(tmp_path), {"flask_app": image()}, pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "sbom").write_text("a file in its place")
    notices: list[str] = []
    store_bills(RunFolder(tmp_path), {"flask_app": image("{}")}, notices.append)
    assert notices[0].startswith("flask_app has no bill of materials: ")
