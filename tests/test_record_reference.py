"""The script that records the committed runs, with a fake of the harness."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT

pytestmark = pytest.mark.program

BASH = shutil.which("bash") or "bash"

FAKE_HARNESS = """#!/usr/bin/env bash
set -euo pipefail
printf '%s\\n' "$*" >>"$FAKE/calls"
[[ $1 != run ]] || { mkdir -p "$HARNESS_RESULTS/2026-$3-ab"; echo "new $3" >"$HARNESS_RESULTS/2026-$3-ab/run.json"; }
[[ ! -e $FAKE/$3-fails ]] || exit 4
"""


class TestRecordingTheCommittedRuns:
    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        """Return a checkout with both committed runs, whose harness only writes the folder of a run."""
        (tmp_path / "tools").mkdir()
        shutil.copy(ROOT / "tools/record-reference", tmp_path / "tools")
        for name in ("harness", "python"):
            script = tmp_path / ".venv/bin" / name
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(FAKE_HARNESS if name == "harness" else "#!/usr/bin/env bash\n")
            script.chmod(0o755)
        for name in ("reference", "conditions"):
            (tmp_path / "results" / name).mkdir(parents=True)
            (tmp_path / "results" / name / "run.json").write_text("old")
        (tmp_path / "tmp").mkdir()
        return tmp_path

    @staticmethod
    def record(checkout: Path, *names: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "FAKE": str(checkout), "TMPDIR": str(checkout / "tmp")}
        command = [BASH, str(checkout / "tools/record-reference"), *names]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=300)

    @staticmethod
    def recorded(checkout: Path) -> list[str]:
        return [(checkout / "results" / name / "run.json").read_text().strip() for name in ("reference", "conditions")]

    def test_both_are_recorded_each_with_its_profile_and_report(self, checkout: Path) -> None:
        assert self.record(checkout).returncode == 0
        assert self.recorded(checkout) == ["new quick", "new conditions"]
        assert (checkout / "calls").read_text().splitlines() == [
            "run --profile quick --target all",
            "report reference --format html,md,json,csv,svg",
            "run --profile conditions",
            "report conditions --format html,md,json,csv,svg",
        ]
        assert list((checkout / "tmp").iterdir()) == []

    def test_one_can_be_recorded_alone(self, checkout: Path) -> None:
        assert self.record(checkout, "conditions").returncode == 0
        assert self.recorded(checkout) == ["old", "new conditions"]

    def test_a_run_that_fails_leaves_the_old_one(self, checkout: Path) -> None:
        (checkout / "conditions-fails").touch()
        assert self.record(checkout).returncode == 4
        assert self.recorded(checkout) == ["new quick", "old"]

    def test_an_unknown_name_is_refused_before_anything_is_measured(self, checkout: Path) -> None:
        done = self.record(checkout, "reference", "refrence")
        assert done.returncode == 2
        assert done.stderr.startswith("error: unknown run (refrence): ")
        assert self.recorded(checkout) == ["old", "old"]
