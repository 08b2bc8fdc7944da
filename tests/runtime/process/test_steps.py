"""Commands of a build: logged line by line, errors with their last lines, and killed with their children."""

import os
import signal
import uuid
from pathlib import Path

import pytest

from harness import interrupts
from harness.errors import Interrupted
from harness.runtime.process.steps import StepError, Steps
from tests.runtime.awaiting import marked, until


def test_every_line_of_stdout_and_stderr_is_logged(tmp_path: Path) -> None:
    lines: list[str] = []
    Steps(lines.append).run(
        "sh", "-c", "echo one; echo two >&2; echo $WORD; pwd", where=tmp_path, variables={"WORD": "3"}
    )
    step = "Step: sh -c 'echo one; echo two >&2; echo $WORD; pwd'"
    assert lines == [step, "one", "two", "3", str(tmp_path)]


def test_a_command_does_not_get_the_python_path_of_the_harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "somewhere else")
    lines: list[str] = []
    Steps(lines.append).run("sh", "-c", 'echo "$PYTHONPATH, $PIP_INDEX_URL"', where=tmp_path)
    assert lines[1:] == [", somewhere else"]


def test_the_error_of_a_failed_command_has_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).run("sh", "-c", "seq 30; exit 7", where=tmp_path)
    assert caught.value.lines == [*map(str, range(11, 31)), "sh exited with code 7"]


def test_the_error_names_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no-such-command can't be run: No such file or directory"):
        Steps(lambda _: None).run("no-such-command", where=tmp_path)
    with pytest.raises(StepError, match="no-such-command can't be run: No such file or directory"):
        Steps(lambda _: None).read("no-such-command", where=tmp_path)


def test_read_returns_only_stdout(tmp_path: Path) -> None:
    lines: list[str] = []
    assert Steps(lines.append).read("sh", "-c", "echo one; echo two >&2", where=tmp_path) == "one\n"
    assert lines == []


def test_the_error_of_a_failed_read_has_the_lines_of_stderr(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).read("sh", "-c", "echo one; echo two >&2; exit 7", where=tmp_path)
    assert caught.value.lines == ["two", "sh exited with code 7"]


def test_an_interrupt_kills_a_command_and_its_children(tmp_path: Path) -> None:
    name = f"test-{uuid.uuid4().hex}"

    def interrupt(line: str) -> None:
        if line == "here":
            until(lambda: len(marked(name)) == 2)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted), interrupts.raising():
        Steps(interrupt).run("sh", "-c", "sleep 60 & echo here; wait", where=tmp_path, variables={"HARNESS_RUN": name})
    until(lambda: marked(name) == [])
