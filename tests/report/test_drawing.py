"""The canvas of all charts on a machine whose user has no folder of settings."""

import os
import subprocess
import sys
from pathlib import Path

from tests.checkout import ROOT


def test_a_home_that_cannot_be_written_is_no_warning(tmp_path: Path) -> None:
    settings = {"MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in settings}
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", "import harness.report.drawing"],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
