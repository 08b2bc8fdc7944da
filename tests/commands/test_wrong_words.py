"""Words that no command takes: errors in the form of all others, with exit code 2."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import Shell, make_project

RUN = "`harness run --help` shows its usage."
CHOICES = "'auto', 'docker', 'process'"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("frobnicate", "(harness): no such command 'frobnicate'. `harness --help` shows its usage."),
        ("chek", "(harness): no such command 'chek'. Did you mean 'check', 'schema'? `harness --help` shows its"),
        ("--bar", "(harness): no such option: --bar. `harness --help` shows its usage."),
        ("run -h", f"(harness run): no such option: -h. {RUN}"),
        ("run --profil smoke", f"(harness run): no such option: --profil. Did you mean --profile? {RUN}"),
        ("run --profile", f"(harness run): option '--profile' requires an argument. {RUN}"),
        ("run --seed x", "(harness run): invalid value 'x' for '--seed': it should be a valid integer, "),
        (
            "run --target-cpus 0",
            "(harness run): invalid value '0' for '--target-cpus': it should be greater than or equ",
        ),
        (
            "report --core-hour much",
            "(harness report): invalid value 'much' for '--core-hour': it should be a valid nu",
        ),
        (
            "run --runtime podman",
            f"(harness run): invalid value for '--runtime': 'podman' is not one of {CHOICES}. {RUN}",
        ),
        ("import", "(harness import): missing argument 'PAGE'. `harness import --help` shows its usage."),
        ("import a b", "(harness import): got unexpected extra argument(s) (b). `harness import --help` shows"),
    ],
)
def test_wrong_words_are_an_error_with_where_and_what_to_do(shell: Shell, words: str, said: str) -> None:
    done = shell.run(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: wrong use {said}")
    assert done.err.count("\n") == 1
    assert not shell.results.exists()


@pytest.mark.program
def test_such_an_error_is_wrapped_to_the_width_of_a_terminal() -> None:
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "harness", "run", "--no-such-option", "--profile", "smoke"]
    environment = {**os.environ, "COLUMNS": "50"}
    done = subprocess.run(command, stderr=writer, stdout=subprocess.PIPE, env=environment, check=False)
    os.close(writer)
    lines = os.read(reader, 4096).decode().splitlines()
    os.close(reader)
    assert done.returncode == 2
    assert len(lines) > 1
    assert max(map(len, lines)) <= 50
