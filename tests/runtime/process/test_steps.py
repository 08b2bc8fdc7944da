"""The commands of a build: told line by line, failing in words, ended with all that they started."""

import os
import signal
import uuid
from pathlib import Path

import pytest

from harness import interrupts
from harness.errors import Interrupted
from harness.runtime.process.steps import StepError, Steps
from tests.runtime.awaiting import marked, until


def test_every_line_is_told_wherever_it_is_printed(tmp_path: Path) -> None:
    lines: list[str] = []
    Steps(lines.append).run(
        "sh", "-c", "echo one; echo two >&2; echo $WORD; pwd", where=tmp_path, variables={"WORD": "3"}
    )
    assert lines == ["one", "two", "3", str(tmp_path)]


def test_a_build_does_not_see_where_the_harness_finds_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "somewhere else")
    lines: list[str] = []
    Steps(lines.append).run("sh", "-c", 'echo "$PYTHONPATH, $PIP_INDEX_URL"', where=tmp_path)
    assert lines == [", somewhere else"]


def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).run("sh", "-c", "seq 30; exit 7", where=tmp_path)
    assert caught.value.lines == [*map(str, range(11, 31)), "sh exited with code 7"]


def test_a_command_that_is_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="flying-carpet can't be run: No such file or directory"):
        Steps(lambda _: None).run("flying-carpet", where=tmp_path)
    with pytest.raises(StepError, match="flying-carpet can't be run: No such file or directory"):
        Steps(lambda _: None).read("flying-carpet", where=tmp_path)


def test_what_is_read_is_stdout_alone(tmp_path: Path) -> None:
    lines: list[str] = []
    assert Steps(lines.append).read("sh", "-c", "echo one; echo two >&2", where=tmp_path) == "one\n"
    assert lines == []


def test_a_reading_that_fails_is_told_with_what_it_complained_of(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).read("sh", "-c", "echo one; echo two >&2; exit 7", where=tmp_path)
    assert caught.value.lines == ["two", "sh exited with 7"]


def test_an_interrupt_ends_a_command_and_what_it_started(tmp_path: Path) -> None:
    name = f"test-{uuid.uuid4().hex}"

    def interrupt(_line: str) -> None:
        until(lambda: len(marked(name)) == 2)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted), interrupts.raising():
        Steps(interrupt).run("sh", "-c", "sleep 60 & echo here; wait", where=tmp_path, variables={"HARNESS_RUN": name})
    until(lambda: marked(name) == [])
