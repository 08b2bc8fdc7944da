import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_without_wrk_the_generator_benchmark_says_so_and_exits_3(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "generator.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}, cwd=ROOT)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: wrk is missing (PATH): no such command. apt-get install wrk\n"
