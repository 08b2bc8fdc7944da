"""Write the man page from the texts of the command line: `python -m tools.release.man_page > packaging/harness.1`.

The options and their texts are those of `--help`, the examples those of `harness.commands.examples`. The macros
are described at https://man7.org/linux/man-pages/man7/man.7.html.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from harness import __version__
from harness.cli import app
from harness.commands.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.core import TyperGroup

EXIT_CODES = (
    ("0", "Success."),
    ("1", "A finding: a figure that does not hold, a regression, a threshold."),
    ("2", "Wrong use or configuration."),
    ("3", "This machine can't: no container engine, no disk space, another run holds the lock."),
    ("4", "A target failed: its build, its start, or a wrong answer."),
    ("5", "The measurement is not valid: the generator was the limit, errors, noise."),
    ("129, 130, 143", "Interrupted by a signal."),
)
ENVIRONMENT = (
    ("HARNESS_RESULTS", "The folder of stored runs; default: the project's."),
    ("HARNESS_LOCK", "The lock file that keeps two runs apart on one machine."),
    ("DOCKER_HOST", "The address of the container engine."),
    ("COLUMNS", "The width of the output; default: the terminal's, else 80."),
    ("NO_COLOR", "Print without colour."),
)


def man_page() -> str:
    """Return the man page."""
    group: TyperGroup = typer.main.get_group(app)
    root = typer.Context(group, info_name="harness")
    return "\n".join((*_head(group), *_commands(group, root), *_end())) + "\n"


def _head(group: TyperGroup) -> Iterator[str]:
    yield f'.TH HARNESS 1 "" "harness {escaped(__version__)}" "User Commands"'
    yield ".SH NAME"
    yield rf"harness \- {escaped(_summary(group).lower().removesuffix('.'))}"
    yield ".SH SYNOPSIS"
    yield r".B harness"
    yield r"\fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(group.help or "")


def _commands(group: TyperGroup, root: typer.Context) -> Iterator[str]:
    yield ".SH COMMANDS"
    for name, command in group.commands.items():
        ctx = typer.Context(command, info_name=name, parent=root)
        yield f'.SS "{escaped(" ".join(("harness", name, *command.collect_usage_pieces(ctx))))}"'
        yield from _paragraphs(command.help or "")
        yield from _options(ctx)
        yield ".PP"
        yield "Examples:"
        for typed, does in EXAMPLES[name]:
            yield from _item(typed, does)


def _options(ctx: typer.Context) -> Iterator[str]:
    """Yield an entry for each option and argument, with the words of its help."""
    for parameter in ctx.command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            yield from _item(*record)


def _end() -> Iterator[str]:
    for heading, rows in (("EXIT STATUS", EXIT_CODES), ("ENVIRONMENT", ENVIRONMENT)):
        yield f".SH {heading}"
        for name, text in rows:
            yield from _item(name, text)


def _summary(group: TyperGroup) -> str:
    return (group.help or "").partition(":")[0]


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        yield escaped(" ".join(paragraph.split()))


def _item(name: str, text: str) -> tuple[str, ...]:
    return (".TP", rf"\fB{escaped(name)}\fR", escaped(" ".join(text.split())))


def escaped(text: str) -> str:
    """Return a text whose characters groff prints as they are."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    sys.stdout.write(man_page())
