"""The committed report of the reference run is what today's code renders from the stored run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT

REFERENCE = ROOT / "results" / "reference"
FORMATS = "html,md,json,csv,svg"

pytestmark = pytest.mark.program


def rendered(folder: Path) -> dict[str, bytes]:
    """Return the files of a report by their path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_committed_report_is_what_is_rendered_today(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(REFERENCE, tmp_path / "reference", ignore=shutil.ignore_patterns("report"))
    monkeypatch.setenv("HARNESS_RESULTS", str(tmp_path))
    command = [sys.executable, "-m", "harness", "report", "reference", "--format", FORMATS]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    now = rendered(tmp_path / "reference" / "report")
    if request.config.getoption("--update-golden"):
        shutil.rmtree(REFERENCE / "report")
        shutil.copytree(tmp_path / "reference" / "report", REFERENCE / "report")
    committed = rendered(REFERENCE / "report")
    assert committed.keys() == now.keys()
    assert [name for name in now if now[name] != committed[name]] == []
