"""A list that names one thing twice is wrong use: nothing in it silently has no effect."""

import os
from pathlib import Path

import pytest

from harness.analysis.thresholds import read_fail_on
from harness.errors import UsageError, refuse_doubles
from harness.experiment.environment import parse_cpus
from harness.model import Flag
from harness.runtime import choice
from harness.runtime.choice import RuntimeName
from harness.selftest.registry import find_rows
from tests.project import Shell, make_project
from tests.test_cli import store_run

NO_FLAGS: tuple[Flag, ...] = ()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "run --target flask_app,flask_app",
            "a target is named twice (flask_app): the list has it twice. Name it once.",
        ),
        ("run --target flask_app --target gin_app,flask_app", "a target is named twice (flask_app): the list has it"),
        ("run --target flask_app,flask_app:gthread", "twice (flask_app:gthread): flask_app is the same. Name it once."),
        ("run --target all,all", "a target is named twice (all): the list has it twice."),
        ("run --pair flask_app,flask_app", "a target is named twice (flask_app): the list has it twice."),
        ("run --scenario hello,json_body,hello", "a scenario is named twice (hello): the list has it twice."),
        ("run --scenario hello,scenarios/hello.py", "a scenario is named twice (hello): the list has it twice."),
        ("build --target gin_app,gin_app", "a target is named twice (gin_app): the list has it twice."),
        ("check --fail-on refuted,refuted", "a verdict is named twice (refuted): the list has it twice."),
        ("check figures/page.toml ./figures/page.toml", "a file is named twice (figures/page.toml): the list has it"),
        ("explain memory --figures figures/page.toml --figures figures/../figures/page.toml", "a file is named twice"),
        ("explain facts.memory --run old --run old", "a run is named twice (old): the list has it twice."),
        ("report --format md,json,md", "a format is named twice (md): the list has it twice."),
        ("report --figures figures/page.toml --figures figures/page.toml", "a file is named twice (figures/page.toml)"),
        ("compare old old --fail-on gone,gone", "a threshold is named twice (gone): the list has it twice."),
        ("selftest schedule schedule", "a row is named twice (schedule): the list has it twice."),
    ],
)
def test_a_double_is_named(shell: Shell, words: str, said: str) -> None:
    store_run(shell, "old", NO_FLAGS, memory_idle=30e6)
    done = shell.run(*words.split(), *(["--dry-run"] if words.startswith("run") else []))
    assert (done.code, done.out) == (2, "")
    assert said in done.err.replace("\n", " ")


@pytest.mark.parametrize("words", ["flask_app,all", "all,gin_app", "flask_app,flask_app:sync", "flask_app,,"])
def test_what_differs_is_no_double(shell: Shell, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr(choice, "choose", lambda *_: RuntimeName.DOCKER)  # it asks no engine
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", words)
    assert done.code == 0, done.err


def test_cpus_rows_and_thresholds_are_lists_as_well() -> None:
    cpu = min(os.sched_getaffinity(0))
    with pytest.raises(UsageError, match="a CPU is named twice"):
        parse_cpus(f"{cpu},0{cpu}")
    with pytest.raises(UsageError, match="a row is named twice"):
        find_rows(["delay", "schedule", "delay"])
    with pytest.raises(UsageError, match="a threshold is named twice"):
        read_fail_on("throughput<-5%, memory>10%,throughput<-5%")


def test_a_list_without_doubles_passes() -> None:
    refuse_doubles("target", [("a", 1), ("b", 2)])
    refuse_doubles("target", [])
