"""The wheel of the package, installed outside this checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.checkout import ROOT, repository_files
from tools.release.contents import faults

pytestmark = [pytest.mark.program, pytest.mark.slow]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the archives as a release does, which also checks them; return the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    environment = os.environ | {"BIN": str(Path(sys.executable).parent)}
    subprocess.run([ROOT / "tools/build-release", folder], check=True, timeout=900, env=environment)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def harness(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment that also has the packages of this one; return the command's path."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    options = ("--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-deps", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", *options, str(wheel)], check=True, timeout=600)
    [packages] = (folder / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return folder / "bin" / "harness"


def run(command: Path, folder: Path, *words: str) -> str:
    """Run a command that must succeed, and return its stdout."""
    done = subprocess.run(
        [command, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in {"HARNESS_RESULTS", "PYTHONPATH"}},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_all_files_of_the_package_and_of_the_stock(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name and ".data/" not in name}
    package = {str(path.relative_to(ROOT)) for path in repository_files("harness")}
    stock = {f"harness/stock/{path.relative_to(ROOT)}" for path in repository_files("targets", "scenarios")}
    stock = {name for name in stock if "/test_" not in name}
    assert names == package | stock
    assert list(faults(wheel)) == []


def test_the_wheel_has_its_name_and_the_command_harness(wheel: Path) -> None:
    assert wheel.name.startswith("live_benchmark_harness-0.1.0-")
    with zipfile.ZipFile(wheel) as opened:
        [points] = [name for name in opened.namelist() if name.endswith("entry_points.txt")]
        assert opened.read(points).decode().split() == ["[console_scripts]", "harness", "=", "harness.__main__:main"]


def test_the_command_works_outside_this_repository(harness: Path, tmp_path: Path) -> None:
    python, mine = harness.with_name("python"), tmp_path / "mine"
    module = run(python, tmp_path, "-c", "import harness; print(harness.__file__)")
    assert Path(module).is_relative_to(harness.parents[1])
    assert run(harness, tmp_path, "--version") == "harness 0.1.0\n"
    run(harness, tmp_path, "init", "mine")
    assert "flask_app:gthread" in run(harness, mine, "list")
    run(harness, mine, "init", "target", "tiny_app")
    assert "tiny_app:own" in run(harness, mine, "list")
    run(harness, mine, "init", "target", "fast_app", "--like", "gin_app")
    words = ("run", "--dry-run", "--profile", "smoke", "--runtime", "process", "--target", "flask_app,fast_app")
    assert "targets flask_app:gthread, fast_app:release; one CPU each; runtime process;" in run(harness, mine, *words)


def test_the_self_test_uses_the_stock_of_the_wheel(harness: Path, tmp_path: Path) -> None:
    assert "1 passed, 0 failed" in run(harness, tmp_path, "selftest", "histogram")
    script = "from harness.project import stock_folder; print(stock_folder())"
    stock = Path(run(harness.with_name("python"), tmp_path, "-c", script).strip())
    assert stock.is_relative_to(harness.parents[1])
    assert (stock / "targets" / "null_app" / "target.toml").is_file()
    assert (stock / "scenarios" / "hello.py").is_file()


@pytest.mark.engine
@pytest.mark.locust
@pytest.mark.usefixtures("engine")
def test_a_project_made_by_init_can_be_measured_reported_and_checked(harness: Path, tmp_path: Path) -> None:
    run(harness, tmp_path, "init")
    brief = (ROOT / "tests/e2e/brief_blocks.py").read_text(encoding="utf-8")  # the wheel's own harness, in brief blocks
    words = ("run", "--profile", "smoke", "--json")
    measured = json.loads(run(harness.with_name("python"), tmp_path, "-c", brief, *words))
    assert (measured["run"]["status"], measured["environment"]["commit"]) == ("complete", None)
    numbers = {
        row["target"] for row in measured["results"] if row["metric"] == "throughput.closed.c32" and row["estimate"]
    }
    assert numbers == {"flask_app", "null_app"}
    run(harness, tmp_path, "report")
    page = tmp_path / "results" / measured["run"]["id"] / "report" / "index.html"
    assert "Are the published figures right?" in page.read_text(encoding="utf-8")
    checked = json.loads(run(harness, tmp_path, "check", "--json"))
    verdicts = {row["id"]: row["verdict"] for row in checked["figures"]}
    assert [name for name, verdict in verdicts.items() if verdict == "not_measured"] == ["key_facts.stars"]
