"""A new target with packages, by the lines that its Dockerfile has as a comment, is built on the engine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT

LINES = re.compile(r"^# (?=COPY|RUN|ENV)", flags=re.MULTILINE)


def harness(*words: str, folder: Path) -> str:
    command, env = [sys.executable, "-m", "harness", *words], os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_the_three_lines_for_packages_build_a_target_that_has_them(tmp_path: Path) -> None:
    harness("init", "mine", folder=tmp_path)
    project = tmp_path / "mine"
    harness("init", "target", "tiny_app", folder=project)
    target = project / "targets" / "tiny_app"
    dockerfile = (target / "Dockerfile").read_text(encoding="utf-8")
    found, count = LINES.subn("", dockerfile)
    assert count == 3
    (target / "Dockerfile").write_text(found, encoding="utf-8")
    (target / "app.py").write_text(f"import itsdangerous\n{(target / 'app.py').read_text(encoding='utf-8')}", "utf-8")
    locked = (ROOT / "targets/flask_app/requirements.txt").read_text(encoding="utf-8")
    one = re.search(r"^itsdangerous==.*(\n    --hash.*)+", locked, flags=re.MULTILINE)
    assert one is not None
    (target / "requirements.txt").write_text(f"{one[0]}\n", encoding="utf-8")
    said = harness("build", "--target", "tiny_app", "--verify", "--runtime", "docker", folder=project)
    assert "tiny_app" in said
