"""The program's first moments: a signal during its imports ends it without a traceback."""

import os
import signal
import subprocess
import sys
import tomllib
from textwrap import dedent

import pytest

from tests.checkout import ROOT

pytestmark = pytest.mark.program

# Sends a signal to this process when it begins to import a module, then runs the program.
DRIVER = """
import os, runpy, sys
number, module, way = int(sys.argv[1]), sys.argv[2], sys.argv[3]

class Sender:
    def find_spec(self, name, *_):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), number)

sys.meta_path.insert(0, Sender())
sys.argv[1:] = ["--version"]
if way == "module":
    runpy.run_module("harness", run_name="__main__", alter_sys=True)
else:
    from harness.__main__ import main
    if module == "none":
        os.kill(os.getpid(), number)
    sys.exit(main())
"""
EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def run(number: int, module: str, way: str = "command", **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", dedent(DRIVER), str(int(number)), module, way]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("way", ["command", "module"])
@pytest.mark.parametrize("module", ["harness.cli", "typer", "harness.commands.run", "harness.foreign_text"])
@pytest.mark.parametrize("number", EXIT_CODES)
def test_a_signal_during_an_import_ends_the_program_with_one_line_and_its_exit_code(
    number: signal.Signals, module: str, way: str
) -> None:
    done = run(number, module, way)
    assert (done.returncode, done.stdout) == (EXIT_CODES[number], "")
    assert done.stderr == f"error: interrupted (harness): signal {int(number)}. Repeat the command.\n"


def test_a_signal_before_the_installed_command_calls_the_program_ends_it_in_the_same_way() -> None:
    done = run(signal.SIGINT, "none")
    assert (done.returncode, done.stderr) == (130, "error: interrupted (harness): signal 2. Repeat the command.\n")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    done = run(signal.SIGHUP, "typer", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("harness ")


def test_without_stderr_the_exit_code_is_the_same() -> None:
    assert run(signal.SIGINT, "typer", preexec_fn=lambda: os.close(2)).returncode == 130


def test_the_installed_command_begins_with_this_module() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"harness": "harness.__main__:main"}
