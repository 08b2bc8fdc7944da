"""Each command reads each of its input files once."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from harness.manifest import profiles
from harness.model import Bound, Measurement
from harness.runtime import choice
from harness.runtime.choice import RuntimeName
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project, write
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

RUNS = ("20260131-142501-smoke-9f3a", "20260131-142502-smoke-9f3b")
opened: list[Path] = []
listening = False


def record(event: str, arguments: tuple[object, ...]) -> None:
    """Record each file that is opened for reading; an audit hook can't be removed from the process."""
    if not listening or event != "open":
        return
    path, mode, flags = arguments
    by_flags = mode is None and isinstance(flags, int) and not flags & (os.O_ACCMODE | os.O_DIRECTORY)
    if by_flags or str(mode).startswith("r"):
        opened.append(Path(str(path)))


sys.addaudithook(record)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: RuntimeName.DOCKER if asked == "auto" else asked)
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    for scenario in ("path_value", "post_json"):  # scenarios of the real profiles
        write(tmp_path / "scenarios" / f"{scenario}.py", "from locust import User\n\nclass One(User):\n    pass\n")
    for name in RUNS:
        folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), name))
        for block in range(3):
            for subject in (FLASK, GIN):
                rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0 + block, "hello", Bound.TARGET)
                folder.append(a_trial(block, subject, rate, Measurement("memory.idle", Unit.BYTE, 3e7 + block)))
    shell.run("list")  # so that later commands read no modules
    return shell


def reads(shell: Shell, *words: str) -> dict[str, int]:
    """Return how often a successful command reads each file of its project, and profiles.toml."""
    global listening  # noqa: PLW0603 - the hook has no other input
    opened.clear()
    listening = True
    try:
        done = shell.run(*words)
    finally:
        listening = False
    assert done.code == 0, done.err
    inside = [str(path.relative_to(shell.folder)) for path in opened if path.is_relative_to(shell.folder)]
    return Counter(inside + [path.name for path in opened if path.name == "profiles.toml"])


TARGETS = {f"targets/{name}/target.toml" for name in ("flask_app", "gin_app", "null_app")}
DOCKERFILES = {path.replace("target.toml", "Dockerfile") for path in TARGETS}
SCENARIOS = {f"scenarios/{name}.py" for name in ("hello", "json_body", "path_value", "post_json")}
EVERY_RUN = {f"results/{name}/run.json" for name in RUNS}
TRIALS = {f"results/{name}/trials.jsonl" for name in RUNS}


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (("run", "--dry-run"), TARGETS | DOCKERFILES | SCENARIOS | {"profiles.toml"}),
        (("list",), TARGETS | SCENARIOS | EVERY_RUN | TRIALS | {"profiles.toml"}),
        (("report", "--format", "json,md"), TARGETS | EVERY_RUN | {max(TRIALS), "figures/page.toml"}),
        (("check",), TARGETS | EVERY_RUN | {max(TRIALS), "figures/page.toml"}),
        (("check", "--run", RUNS[0]), TARGETS | {min(EVERY_RUN), min(TRIALS), "figures/page.toml"}),
        (("compare", *RUNS), TARGETS | EVERY_RUN | TRIALS | {"figures/page.toml"}),
        (("compare", RUNS[0], RUNS[0]), TARGETS | {min(EVERY_RUN), min(TRIALS), "figures/page.toml"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",  # a set has no order
)
def test_each_file_is_read_once(shell: Shell, words: tuple[str, ...], files: set[str]) -> None:
    profiles._own_profiles.cache_clear()  # a process reads them once, and an earlier test may have
    assert reads(shell, *words) == dict.fromkeys(files | {"project.toml"}, 1)
