"""Whole runs of the process runtime with targets of the harness's own user that turn hostile under load."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.awaiting import marked

ROOT = Path(__file__).parents[2]
BRIEF = (sys.executable, "-m", "tests.e2e.brief_blocks")
HOSTILE = """
        Handler.count += 1
        if Handler.count == 500 and os.environ["BEHAVIOUR"] == "kills" and os.fork() == 0:
            os.setsid()
            os.kill(int(os.environ["SUPERVISOR"]), signal.SIGKILL)
            signal.pause()
        if Handler.count == 500 and os.environ["BEHAVIOUR"] == "stops":
            os.kill(int(os.environ["SUPERVISOR"]), signal.SIGSTOP)
        if Handler.count == 500 and os.environ["BEHAVIOUR"] == "listens":
            Handler.late = __import__("socket").create_server(("0.0.0.0", 0))
"""
BEHAVIOURS = ("behaves", "kills", "stops", "listens")
VARIANTS = """
[variants.{name}]
class = "development"
summary = "It {name}"
command = ["python", "app.py"]
workers = 1
environment = {{ BEHAVIOUR = "{name}" }}
"""

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one target of the standard library, which has a variant for each behaviour."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "project.toml").write_text('title = "Hostile"\nreference = "hostile"\ntargets = ["hostile"]\n')
    words = [sys.executable, "-m", "harness", "init", "target", "hostile"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    folder = tmp_path / "targets" / "hostile"
    app = (folder / "app.py").read_text(encoding="utf-8")
    begins, first = '        """Answer one request."""\n', "    wbufsize"
    assert begins in app
    app = app.replace(begins, begins + HOSTILE).replace(first, f"    count = 0\n{first}")
    app = app.replace("if __name__", 'os.environ["SUPERVISOR"] = str(os.getppid())\nif __name__')
    (folder / "app.py").write_text(app, encoding="utf-8")
    manifest = (folder / "target.toml").read_text(encoding="utf-8").partition("[variants.own]")[0]
    variants = "".join(VARIANTS.format(name=name) for name in BEHAVIOURS)
    (folder / "target.toml").write_text(manifest.replace('"own"', '"behaves"') + variants, encoding="utf-8")
    return tmp_path


def test_hostile_targets_of_the_same_user_fail_alone_and_nothing_of_them_is_left(project: Path) -> None:
    (project / "cache").mkdir(mode=0o700)  # nobody can't read it, so root's targets run as root without capabilities
    environment = os.environ | {
        "DOCKER_HOST": f"unix://{project}/none.sock",
        "HARNESS_RESULTS": str(project / "results"),
        "HARNESS_CACHE": str(project / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    targets = ",".join(f"hostile:{name}" for name in BEHAVIOURS)
    words = (*BRIEF, "run", "--profile", "smoke", "--runtime", "process", "--target", targets, "--scenario", "hello")
    done = subprocess.run([*words, "--json"], cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    document = json.loads(done.stdout)
    stages = {row["variant"]: row["stage"] for row in document["failures"]}
    assert stages == {"kills": "load", "stops": "stop", "listens": "stop"}
    failures = {row["variant"]: row["message"] for row in document["failures"]}
    assert "its supervisor, the parent of its first process, ended before it" in failures["kills"]
    assert "its supervisor, the parent of its first process, is stopped" in failures["stops"]
    assert "it accepts connections on 0.0.0.0:" in failures["listens"]
    measured = {row["variant"] for row in document["results"] if row["estimate"] is not None}
    assert measured == {"behaves"}
    assert marked(document["run"]["id"]) == []
