"""The examples of `--help` and of the man page: each command has some, and the command line takes each of them."""

import shlex

import pytest
import typer

from harness.cli import app
from harness.commands.examples import EXAMPLES
from harness.errors import HarnessError

GROUP = typer.main.get_group(app)
TYPED = [typed for examples in EXAMPLES.values() for typed, _ in examples]


def parse(typed: str) -> str:
    """Parse a command line without running it, and return the name of its command."""
    program, *words = shlex.split(typed)
    assert program == "harness"
    with GROUP.make_context("harness", words, resilient_parsing=False) as root:
        name, command, rest = GROUP.resolve_command(root, [*root._protected_args, *root.args])
        assert command is not None
        assert name is not None
        command.make_context(name, rest, parent=root)
        return name


def test_every_command_has_an_example_and_no_other_has() -> None:
    assert list(EXAMPLES) == list(GROUP.commands)


@pytest.mark.parametrize("typed", TYPED)
def test_each_example_is_taken_by_the_command_that_has_it(typed: str) -> None:
    name = parse(typed)
    assert typed in [one for one, _ in EXAMPLES[name]]


def test_a_wrong_option_would_be_found() -> None:
    with pytest.raises((typer.Exit, SystemExit, HarnessError, Exception), match="profil"):
        parse("harness run --profil quick")


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_help_ends_with_the_examples_on_lines_of_their_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app([name, "--help"], prog_name="harness")
    lines = capsys.readouterr().out.splitlines()
    assert "Examples:" in [line.strip() for line in lines]
    for typed, does in EXAMPLES[name]:
        at = [line.strip() for line in lines].index(typed)
        assert lines[at + 1].strip() == does
    assert max(map(len, lines)) <= 80
