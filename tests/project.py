"""A small project in a temporary folder, and a shell that runs commands in it within the test's process."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import cli
from harness.model import Scenario, ScenarioTraits

PROJECT = """
title = "Flask vs Gin"
reference = "flask_app"
targets = ["flask_app", "gin_app"]

[[comparisons]]
name = "page"
targets = ["flask_app", "gin_app"]
figures = "figures/page.toml"
"""
TARGET = """
title = "{title}"
language = "Python"
summary = "A target."
role = "{role}"
answers = {answers}
default = "{default}"
"""
VARIANT = """
[variants.{name}]
class = "{variant_class}"
summary = "the variant {name}"
"""
SCENARIO = '''"""GET {path}: {words}."""

from harness.users import LaneUser, Request


class Caller(LaneUser):
    requests = (Request("GET", "{path}"),)
'''
FIGURES = """
title = "Flask vs Gin"
source = "A page"
date = "Jun 2026"

[quantities]
"memory" = { metric = "memory.idle" }
"stars" = {}

[[groups]]
id = "facts"
section = "Facts"
target = "flask_app"
figures = [
  { id = "memory", label = "Memory", printed = "30 MB", value = 30, unit = "MB", quantity = "memory" },
  { id = "heap", label = "Heap", printed = "900 MB", value = 900, unit = "MB", metric = "memory.idle" },
  { id = "stars", label = "Stars", printed = "68,000", value = 68000, unit = "stars", quantity = "stars" },
]
"""


def make_project(folder: Path) -> Path:
    """Write a project of three targets, two scenarios and one figures file, and return its folder."""
    write_target(folder, "flask_app", "framework", gthread="production", sync="tuned")
    write_target(folder, "gin_app", "framework", release="production")
    write_target(folder, "null_app", "null", raw="tuned")
    for name, path, words in (("hello", "/", "the smallest answer"), ("json_body", "/json", "the same as JSON")):
        write(folder / "scenarios" / f"{name}.py", SCENARIO.format(path=path, words=words))
    write(folder / "figures" / "page.toml", FIGURES)
    write(folder / "project.toml", PROJECT)
    return folder


def write_target(folder: Path, name: str, role: str, **variants: str) -> None:
    """Write a target.toml; each variant is given as name=class, and the first one is the default."""
    answers = '["plain"]' if role == "null" else '["plain", "json", "path", "post"]'
    head = TARGET.format(title=name.title(), role=role, answers=answers, default=next(iter(variants)))
    tables = [VARIANT.format(name=variant, variant_class=variant_class) for variant, variant_class in variants.items()]
    write(folder / "targets" / name / "target.toml", head + "".join(tables))
    write(folder / "targets" / name / "Dockerfile", "FROM scratch\n")


def write(path: Path, text: str) -> None:
    """Write a file and, if needed, its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lane_users(scenarios: Sequence[Scenario], _arguments: str = "") -> dict[str, ScenarioTraits]:
    """Return the traits of lane users without an import of Locust; see `harness.load.inspection.inspect`."""
    return {one.name: ScenarioTraits(one.name, ("GET /",), drives_open=True) for one in scenarios}


@dataclass(frozen=True)
class Done:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


class Shell:
    """A runner of commands in a project, as `harness` runs them, but within this process."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("HARNESS_RESULTS", raising=False)
        monkeypatch.setattr("harness.load.inspection.inspect", lane_users)
        monkeypatch.setattr("harness.runtime.choice.obstacle", lambda _: None)  # an engine answers

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / "results"

    def run(self, *words: str) -> Done:
        """Run a command and return its result; a traceback fails the test."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["harness", *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        output = self._capsys.readouterr()
        code = caught.value.code or 0
        assert isinstance(code, int)
        return Done(code, output.out, output.err)
