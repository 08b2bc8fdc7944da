"""The man page: it is current, has every command and option, and groff prints it without a warning."""

import re
import shutil
import subprocess

import pytest
import typer

from harness.cli import app
from harness.commands.examples import EXAMPLES
from tests.checkout import ROOT
from tools.release.man_page import escaped, man_page

PAGE = man_page()


def test_the_packaged_page_is_current() -> None:
    assert (ROOT / "packaging/harness.1").read_text(encoding="utf-8") == PAGE, "run `make packaging`"


def test_the_page_has_its_sections_in_the_usual_order() -> None:
    assert re.findall(r"^\.SH (.+)$", PAGE, re.MULTILINE) == [
        *("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT")
    ]
    assert PAGE.startswith(".TH HARNESS 1 ")


def test_each_command_has_its_options_and_its_examples() -> None:
    sections = PAGE.split("\n.SS ")[1:]
    group = typer.main.get_group(app)
    for (name, command), section in zip(group.commands.items(), sections, strict=True):
        assert section.startswith(f'"harness {name}')
        for option in (option for parameter in command.params for option in parameter.opts if option.startswith("--")):
            assert escaped(option) in section
        for typed, does in EXAMPLES[name]:
            assert f"\\fB{escaped(typed)}\\fR\n{escaped(does)}" in section


@pytest.mark.parametrize(("text", "printed"), [(".x", r"\&.x"), ("'x'", r"\&'x'"), ("a-b", r"a\-b"), ("\\n", r"\en")])
def test_text_that_groff_would_read_as_a_request_is_escaped(text: str, printed: str) -> None:
    assert escaped(text) == printed


@pytest.mark.program
@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_prints_the_page_without_a_warning_and_with_the_texts_as_they_are() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-rLL=200n", "-P-cbou"]
    done = subprocess.run(command, input=PAGE, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    for examples in EXAMPLES.values():
        for typed, does in examples:
            assert typed in done.stdout
            assert does in done.stdout
