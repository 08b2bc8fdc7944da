"""Arguments of locustfiles: Locust's own parser, with the options that each locustfile adds.

Arguments come from `--locust-args`, from environment variables, and from Locust's configuration files. The harness
decides users, hosts, workers and the length of a run itself. Such an option is refused as an argument. In a
configuration file or in the environment it has no effect, which a note says.
"""

from __future__ import annotations

import argparse
import copy
import glob
import io
import shlex
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locust
from locust import argument_parser

from harness.errors import UsageError, nearest
from harness.regular_files import content_of

if TYPE_CHECKING:
    from argparse import Action, Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from locust.argument_parser import LocustArgumentParser
    from locust.event import Events

WHERE = "--locust-args"
_LEFT_TO_LOCUST = frozenset({"tags", "exclude_tags", "equal_weights", "user_classes"})
_PROFILE = "the profile decides the load: `harness run --profile NAME`"
_WORKERS = "the options of `harness run` are --workers, --workers-expected and --master-bind"
_REPORT = "`harness report` shows the results of a run"
_INSTEAD = {
    "host": "the targets are the hosts: `harness run --target TARGET`",
    "locustfile": "the locustfiles are the scenarios: `harness run --scenario NAME`",
    "config": "write locust.conf beside project.toml; it is read",
    **dict.fromkeys(("num_users", "spawn_rate", "run_time", "stop_timeout"), _PROFILE),
    "config_users": "set weight and fixed_count in the locustfile",
    **dict.fromkeys(("master", "master_bind_host", "master_bind_port", "expect_workers"), _WORKERS),
    **dict.fromkeys(("expect_workers_max_wait", "enable_rebalancing", "worker", "processes"), _WORKERS),
    **dict.fromkeys(("master_host", "master_port"), _WORKERS),
    **dict.fromkeys(("csv_prefix", "stats_history_enabled", "print_stats", "only_summary", "reset_stats"), _REPORT),
    **dict.fromkeys(("html_file", "json", "json_file"), _REPORT),
}
_NO_USE = "a run of the harness has no use for it"
_OF_ANOTHER = " of another locustfile"  # no name of an attribute, so no locustfile has it


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of one locustfile.

    Attributes:
        options: What Locust calls `environment.parsed_options`. The options that the harness decides have their
            defaults; the host is set for each target.
        own: The options that the locustfile adds: `--whom`.
        notes: A sentence for each file or environment that sets options that the harness decides.
    """

    options: Namespace
    own: tuple[str, ...]
    notes: tuple[str, ...]


def config_files(scenarios: Sequence[Path]) -> tuple[Path, ...]:
    """Return the configuration files that exist for the scenarios of a project, the weakest first."""
    found: list[Path] = []
    with suppress(RuntimeError):  # HOME is not set, and the list of users does not have this one
        found = [Path("~/.locust.conf").expanduser()]
    for folder in dict.fromkeys(path.parent for path in scenarios):
        found += [folder.parent / "pyproject.toml", folder.parent / "locust.conf", folder / "locust.conf"]
    return tuple(path for path in found if path.is_file())


def parse(files: Mapping[Path, Events], text: str, configs: Sequence[Path]) -> dict[Path, Arguments]:
    """Return the arguments of each locustfile; an option that another one adds is no error, but left out.

    Args:
        files: The events of each locustfile; its listeners of `init_command_line_parser` add its options.
        text: The arguments, as in a shell.
        configs: The configuration files, the weakest first.

    Raises:
        UsageError: An argument is unknown or malformed, one is missing, or the harness decides it.
    """
    words = _split(text)
    parsers = {path: _parser_of(events, configs) for path, events in files.items()}
    own = {path: _own_actions(parser) for path, parser in parsers.items()}
    for path, parser in parsers.items():
        _accept_others(parser, [action for other in own if other != path for action in own[other]])
        _require_left_to_locust(parser, words)
    return {path: _parse(path, parser, words, own[path]) for path, parser in parsers.items()}


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        remedy = "Quote the whole: --locust-args '--whom \"Ada L.\"'."
        raise UsageError("bad arguments for locustfiles", where=WHERE, cause=str(error), remedy=remedy) from error


def _parser_of(events: Events, configs: Sequence[Path]) -> LocustArgumentParser:
    locust.events = events  # Locust's parser fires the event of this attribute
    parser = argument_parser.get_parser(default_config_files=[glob.escape(str(path)) for path in configs])
    parser._config_file_open_func = _opened  # noqa: SLF001 - Locust leaves no other way to name it
    return parser


def _opened(path: str) -> io.TextIOWrapper:
    """Open a configuration file, which is UTF-8 whatever the user's locale.

    Raises:
        UsageError: It can't be read, or is not UTF-8.
    """
    try:
        content_of(Path(path)).decode()  # ConfigArgParse would blame the scenario, or wait for a pipe
        return Path(path).open(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
        raise UsageError(
            "can't read a configuration file of Locust", where=path, cause=cause, remedy="Correct or remove it."
        ) from error


@cache
def _built_in() -> frozenset[str]:
    """Return the destinations of Locust's own options."""
    parser = argument_parser.get_empty_argument_parser(default_config_files=[])
    argument_parser.setup_parser_arguments(parser)
    return frozenset(action.dest for action in parser._actions)  # noqa: SLF001 - argparse has no other list


def _is_decided(action: Action) -> bool:
    return action.dest in _built_in() - _LEFT_TO_LOCUST


def _own_actions(parser: LocustArgumentParser) -> list[Action]:
    return [action for action in parser._actions if action.dest not in _built_in()]  # noqa: SLF001 - as above


def _accept_others(parser: LocustArgumentParser, others: Sequence[Action]) -> None:
    """Let a parser accept the options of other locustfiles; a run has the same arguments for all."""
    for action in others:
        known = parser._option_string_actions  # noqa: SLF001 - argparse has no other list
        if action.option_strings and not known.keys() & set(action.option_strings):
            accepted = copy.copy(action)
            accepted.required, accepted.default = False, argparse.SUPPRESS
            accepted.dest = f"{action.dest}{_OF_ANOTHER}"
            parser._add_action(accepted)  # noqa: SLF001 - `add_argument` makes a new action only


def _require_left_to_locust(parser: LocustArgumentParser, words: Sequence[str]) -> None:
    """Refuse arguments that are unknown, and those that the harness decides.

    Raises:
        UsageError: There is such an argument.
    """
    with _bare(parser) as actions:
        if {"-h", "--help"} & set(words):
            raise _refused("--help", _NO_USE)
        given, unknown = _known(parser, words, where=WHERE, config_file_contents="", env_vars={})
    for action in actions:
        if _is_decided(action) and hasattr(given, action.dest):
            raise _refused(action.option_strings[-1], _INSTEAD.get(action.dest, _NO_USE))
    if unknown:
        known = [action.option_strings[-1] for action in actions if action.option_strings and not _is_decided(action)]
        raise UsageError(
            "unknown argument for locustfiles",
            where=f"{WHERE} {unknown[0]}",
            cause="neither Locust nor a scenario of this run has it",
            remedy=nearest(unknown[0].partition("=")[0], known),
        )


@contextmanager
def _bare(parser: LocustArgumentParser) -> Iterator[list[Action]]:
    """Take away defaults and requirements, so that a parse returns only what is given; return the actions."""
    actions: list[Action] = list(parser._actions)  # noqa: SLF001 - argparse has no other list
    kept = [(action, action.default, action.required) for action in actions]
    for action in actions:
        action.default, action.required = argparse.SUPPRESS, False
    try:
        yield actions
    finally:
        for action, default, required in kept:
            action.default, action.required = default, required


def _known(
    parser: LocustArgumentParser,
    words: Sequence[str],
    where: str,
    **sources: Any,  # noqa: ANN401 - those of Locust's parser
) -> tuple[Namespace, list[str]]:
    """Return the parsed arguments and the unknown words.

    Raises:
        UsageError: An argument is malformed or missing.
    """
    printed = io.StringIO()
    try:
        with redirect_stderr(printed):
            options, unknown = parser.parse_known_args(words, **sources)
    except SystemExit as error:
        cause = " ".join(printed.getvalue().partition("error: ")[2].split()) or "an option that only prints"
        remedy = "Correct it in --locust-args, in locust.conf or in its environment variable."
        raise UsageError("bad arguments for locustfiles", where=where, cause=cause, remedy=remedy) from error
    return options, unknown


def _refused(option: str, why: str) -> UsageError:
    cause = "the harness decides this itself" if why is not _NO_USE else "it is an option of Locust's own program"
    return UsageError("an argument is refused", where=f"{WHERE} {option}", cause=cause, remedy=f"Drop it: {why}.")


def _parse(path: Path, parser: LocustArgumentParser, words: Sequence[str], own: Sequence[Action]) -> Arguments:
    options, unknown = _known(parser, words, where=str(path))
    sources = parser.get_source_to_settings_dict()
    if unknown:
        found = [source for source, settings in sources.items() for action, _ in settings.values() if action is None]
        raise UsageError(
            "unknown option in a configuration file",
            where=next((_name(source) for source in found if source.startswith("config_file")), str(path)),
            cause=f"neither Locust nor a scenario of this run has {unknown[0].partition('=')[0]}",
            remedy="Correct or remove this line.",
        )
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list
        if _is_decided(action) and action.default is not argparse.SUPPRESS:
            setattr(options, action.dest, action.default)
        elif action.dest.endswith(_OF_ANOTHER):
            vars(options).pop(action.dest, None)
    return Arguments(
        options, tuple(action.option_strings[-1] for action in own if action.option_strings), tuple(_notes(sources))
    )


def _notes(sources: Mapping[str, Mapping[str, tuple[Action | None, object]]]) -> Iterator[str]:
    for source, settings in sources.items():
        keys = [key for key, (action, _) in settings.items() if action is not None and _is_decided(action)]
        if keys and source not in {"command_line", "defaults"}:
            yield f"{_name(source)}: {', '.join(keys)} has no effect, because the harness decides it"


def _name(source: str) -> str:
    kind, _, file = source.partition("|")
    return file if kind == "config_file" else "the environment"
