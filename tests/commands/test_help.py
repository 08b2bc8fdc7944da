"""The texts of `--help`: what a reader needs stands there whole, in words of users and not of Python."""

import re

import pytest
import typer

from harness.analysis.thresholds import read_thresholds
from harness.cli import app
from harness.model import Verdict

GROUP = typer.main.get_group(app)


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        app([*words, "--help"], prog_name="harness")
    assert ended.value.code == 0
    return capsys.readouterr().out


def options_of(text: str) -> str:
    """Return the arguments and options of a help text, which begin behind the description."""
    return re.split(r"^(?:Arguments|Options):$", text, maxsplit=1, flags=re.MULTILINE)[1].partition("Examples:")[0]


def test_the_list_of_commands_has_the_first_sentence_of_each_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = dict(re.findall(r"^  ([a-z]+) +(\S.*)$", help_of(capsys).partition("Commands:\n")[2], re.MULTILINE))
    first = {name: (command.help or "").partition("\n\n")[0].strip() for name, command in GROUP.commands.items()}
    assert listed == first


@pytest.mark.parametrize("name", list(GROUP.commands))
def test_options_and_arguments_have_names_and_no_types_of_python(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, name)
    assert re.findall(r"<[a-z][\w |\[\]]*>", options_of(text)) == []
    assert re.findall(r"\[\[|\{", text.splitlines()[0]) == []


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("check", "[FILE]..."),
        ("render", "FILE..."),
        ("import", "PAGE"),
        ("report", "[RUN]"),
        ("compare", "RUN_A RUN_B"),
    ],
)
def test_the_usage_says_what_is_required_and_what_may_be_repeated(
    name: str, usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert help_of(capsys, name).splitlines()[0] == f"Usage: harness {name} [OPTIONS] {usage}"


def test_the_help_of_check_lists_all_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    words = help_of(capsys, "check").partition("--fail-on")[2].partition("--online")[0]
    assert [verdict for verdict in Verdict if verdict.value not in words] == []


def test_the_help_of_run_has_thresholds_that_are_valid_and_says_where_names_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = help_of(capsys, "run").partition("--fail-on")[2].partition("--dry-run")[0]
    examples = re.findall(r"'(\S+)'", words)
    assert [one.text for one in read_thresholds(",".join(examples))] == examples
    assert len(examples) > 1
    assert "GLOSSARY.md" in words
