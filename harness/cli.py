"""The application: its commands and their exit codes.

Exit codes: 0 fine, 1 a finding, 2 wrong use, 3 this machine can't, 4 a target failed, 5 not valid,
129/130/143 interrupted.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from harness import __version__, interrupts, plain_characters
from harness.commands.build import build
from harness.commands.check import check
from harness.commands.clean import clean
from harness.commands.compare import compare
from harness.commands.completion_install import in_known_shell, installing
from harness.commands.doctor import doctor
from harness.commands.examples import epilog
from harness.commands.explain import explain
from harness.commands.history import history
from harness.commands.import_ import import_
from harness.commands.init import init
from harness.commands.list import list_
from harness.commands.render import render
from harness.commands.report import report
from harness.commands.run import run
from harness.commands.schema import schema
from harness.commands.selftest import selftest
from harness.commands.worker import worker
from harness.errors import NO_ROOM, HarnessError, MachineError, UsageError
from harness.foreign_text import printable
from harness.paragraphs import fitted_to

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAR = re.compile(r" (?:\(Possible options: (.+)\)|Did you mean:? (.+)\?)$")  # as typer names the nearest words
_WRONG_PATH = frozenset({errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EINVAL})
_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_SHOWN = 200  # characters of a path
_STDERR = 2


@contextmanager
def _usage_errors_as_ours(ctx: typer.Context) -> Iterator[None]:
    """Raise what typer says of wrong words, such as an unknown option, as an error of ours."""
    try:
        yield
    except TyperException as error:
        told: Any = error  # the class with these attributes is a part of typer's own copy of click, which is private
        command = getattr(told, "ctx", None) or ctx
        where = " ".join(filter(None, [command.command_path, command.invoked_subcommand]))
        message = " ".join(told.format_message().split()).replace(": Value error, ", ": ")
        message = _with_value(message, error.__cause__).replace(": Input should", ": it should")
        near = _NEAR.search(message)
        cause = (message[: near.start()] if near else message).rstrip(".")
        remedy = f"`{where} --help` shows its usage."
        remedy = f"Did you mean {near[1] or near[2]}? {remedy}" if near else remedy
        raise UsageError("wrong use", where=where, cause=f"{cause[:1].lower()}{cause[1:]}", remedy=remedy) from error


def _with_value(message: str, cause: BaseException | None) -> str:
    """Return a message with the value that pydantic refused, where it has none: typer prints the reason alone."""
    errors = getattr(cause, "errors", None)
    if errors is None:
        return message
    value = f"'{errors()[0]['input']}'"
    return message if value in message else message.replace("Invalid value for", f"Invalid value {value} for", 1)


class Commands(TyperGroup):
    """All commands; they exit with SIGPIPE's code when stdout closes."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the words; typer installs or prints the completion of a shell here, and ends."""
        with ExitStack() as completion:
            if "--install-completion" in args:
                completion.enter_context(installing())
            if {"--install-completion", "--show-completion"} & set(args):
                completion.enter_context(in_known_shell())
            if not args:
                return super().parse_args(ctx, args)  # typer prints the help
            with _usage_errors_as_ours(ctx):
                return super().parse_args(ctx, args)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401 - the declared type
        """Run the command; typer itself would exit with 1, the code of a finding, when stdout closes."""
        try:
            with _usage_errors_as_ours(ctx):
                result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            _discard_output(sys.stdout)
            raise typer.Exit(128 + signal.SIGPIPE) from error
        return result


class Argument(TyperArgument):
    """Argument whose help has its name and no type of Python: `[FILE]...`, and `FILE...` if it is required."""

    def get_usage_pieces(self, _: typer.Context) -> list[str]:  # type: ignore[override]
        """Return its part of the line of usage."""
        name = self.display_name_raw if self.required else f"[{self.display_name_raw}]"
        return [name if self.nargs == 1 else f"{name}..."]

    def display_type_rich(self, ctx: typer.Context) -> None:  # type: ignore[override]
        """Return no type."""


class Command(TyperCommand):
    """Command whose help shows the names of its arguments."""

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return its options and arguments."""
        found = super().get_params(ctx)
        for parameter in found:
            if isinstance(parameter, TyperArgument):
                parameter.__class__ = Argument  # typer has no option for the class of an argument
        return found


app = typer.Typer(
    name="harness",
    cls=Commands,
    help="Live benchmarks of web frameworks: measured figures with error bars, and verdicts on published figures.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Live benchmarks of web frameworks."""
    if version:
        typer.echo(f"harness {__version__}")
        raise typer.Exit


for name, command in (
    ("init", init),
    ("doctor", doctor),
    ("list", list_),
    ("import", import_),
    ("build", build),
    ("run", run),
    ("report", report),
    ("render", render),
    ("check", check),
    ("explain", explain),
    ("compare", compare),
    ("history", history),
    ("selftest", selftest),
    ("schema", schema),
    ("clean", clean),
    ("worker", worker),
):
    app.command(name, cls=Command, epilog=epilog(name))(command)


def main() -> None:
    """Run a command and exit with its code; an expected failure prints one line and no traceback."""
    _prepare_streams()
    try:
        with interrupts.raising():
            _commands()(prog_name="harness")
    except HarnessError as error:
        _end(error)
    except OSError as error:  # of a file that a user or a manifest names: too long a name, no right to a folder
        _end(_refused(error))


@cache  # typer would read the parameters of all commands at every call
def _commands() -> Any:  # noqa: ANN401 - typer's own copy of click, which is private
    return get_command(app)


def _prepare_streams() -> None:
    """Open the streams that this process was started without, and let no character that they lack end a command.

    A file gets the lowest free number: without these streams, a stored run would be the stdout of a program.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - the standard library's signature
    os.close(descriptor)
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
    plain_characters.register()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not codecs.lookup(stream.encoding).name.startswith("utf"):
            stream.reconfigure(errors=plain_characters.PLAIN)


def _discard_output(stream: TextIO) -> None:
    """Let a stream that takes no more lead nowhere: at its end Python writes what is left, and would fail with it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _end(error: HarnessError) -> NoReturn:
    with suppress(OSError):  # a reader that has gone does not change how the command ended
        sys.stderr.write(fitted_to(sys.stderr, f"error: {printable(str(error))}\n"))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _discard_output(stream)
    sys.exit(error.exit_code)


def _refused(error: OSError) -> HarnessError:
    """Return the error of a call that the system refused, wherever it was made."""
    where, cause = str(error.filename or "the harness")[:_SHOWN], error.strerror or str(error)
    if error.filename and error.errno in _WRONG_PATH:
        return UsageError("a file can't be used", where=where, cause=cause, remedy="Correct the path.")
    remedy = "Repeat the command."
    if error.errno in NO_ROOM:
        remedy = "Free some space, then repeat the command."
    elif error.errno in _NO_RIGHT:
        remedy = "Change the rights of this file or folder."
    return MachineError("this machine refuses a call", where=where, cause=cause, remedy=remedy)
