"""Conditions of load and server that sentences, captions and command lines of a page state.

Only what `harness.figures.conditions` understands is taken, in the page's words. What belongs to the load tool says so,
because a thread of the tool is no thread of the server.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.conditions import understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Nouns of other languages; the judge of a figure reads the English ones.
_NOUNS = {
    **dict.fromkeys(("verbindungen", "connexions", "conexiones", "conexões"), "connections"),
    **dict.fromkeys(("kern", "kerne", "kernen", "cœurs", "coeurs", "núcleos"), "cores"),
    **dict.fromkeys(("prozesse", "prozessen", "processus", "procesos", "processos"), "processes"),
    **dict.fromkeys(("workern", "arbeitsprozesse", "arbeitsprozessen"), "workers"),
}
_ADJECTIVES = r"(?:gleichzeitigen?|parallelen?|offenen?|simultan[ée]e?s?|simultáneas|simultâneas|concurrentes|cpu)"
_N = r"\d+(?:[,. ]\d{3}){0,4}k?"
_PHRASE = re.compile(
    rf"""\b(?=[\dcdefghkpnqstuw])(?:  # how each phrase begins
    {_N}\ (?:concurrent\ |parallel\ |open\ |keep-alive\ )*(?:connections?|clients?)\b
    |(?P<count>{_N})[-\ ](?:{_ADJECTIVES}[-\ ])*(?P<noun>{"|".join(_NOUNS)})(?:\ {_ADJECTIVES})?\b
    |\b(?:concurrency|connections|clients)(?:\ level)?(?:\ of)?\ ?[:=]?\ ?{_N}\b
    |\b(?:\d+|dual|quad|two|four|six|eight|sixteen)[-\ ](?:cpu\ )?cores?\b|\b\d+-v?cpus?\b
    |\b{_N}\ (?:worker\ processes|workers?|processes|v?cpus?|(?:cpu\ )?cores?|instances?)\b
    |\b{_N}\ threads?(?:\ of\ the\ load\ tool)?\b
    |\b(?:without|no)\ keep-?alive\b|\bkeep-?alive\ (?:off|disabled)\b|\bkeep-?alive\b
    |\b(?:gunicorn|uvicorn|hypercorn|waitress|uwsgi|daphne|granian|puma)\b
    |\b(?:development|dev|debug)\ (?:server|mode)\b
    |\bwithout\ (?:further\ )?optimi[sz]ations?\b
    |\bper\ instance\b
    |(?:\bfor\ |\bduration:?\ (?:of\ )?|(?<=,\ )|^)(?P<duration>\d+(?:\.\d+)?\ ?(?:s|secs?|seconds?|minutes?|min)\b)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# What every condition has: a digit, or one of these words.
_MAY_STATE = re.compile(
    r"\d|[- ]core|keep-?alive|gunicorn|uvicorn|hypercorn|waitress|uwsgi|daphne|granian|puma|\b(?:dev|debug)|optimi"
    r"|instance",
    re.IGNORECASE,
)
_TOOL = re.compile(
    r"\b(?:wrk2?|hey|oha|bombardier|autocannon|rewrk|load (?:tool|generator)|measured|benchmarked|tested"
    r"|gemessen|getestet|time-?out)\b",
    re.IGNORECASE,
)
_SERVER = re.compile(r"\b(?:workers?|gunicorn|server|per worker)\b", re.IGNORECASE)
_TIME_OUT = re.compile(r"time-?out(?: of)? ?$", re.IGNORECASE)
_LONGEST_TIME_OUT = 12
_COMMAND = re.compile(
    r"(?:^|[\s`$(])(?P<tool>wrk2?|ab|hey|oha|bombardier|autocannon|rewrk)\s+(?P<options>-[^\n`]{1,300})", re.MULTILINE
)
_OPTION = re.compile(r"(?:^|\s)(?P<name>--?[A-Za-z][\w-]*?)[ =]?(?P<value>\d+(?:\.\d+)?[smhk]?)?(?=\s|$)")
_OF_OPTIONS = {
    "-c": "{} connections", "--connections": "{} connections", "--concurrency": "{} connections",
    "-d": "{}", "-z": "{}", "--duration": "{}",
    "-R": "{} req/s offered", "--rate": "{} req/s offered", "-q": "{} req/s offered",
    "-t": "{} threads of the load tool", "--threads": "{} threads of the load tool",
}  # fmt: skip
_BY_TOOL: dict[str, dict[str, str | None]] = {
    "ab": {"-t": "{} s", "-c": "{} connections", "-k": "keep-alive"},
    "hey": {"-q": None},
}


def stated_in(text: str) -> tuple[str, ...]:
    """Return the conditions that a text states, each in its words."""
    if _MAY_STATE.search(text) is None:
        return ()
    prose = _COMMAND.sub(" ", text)
    found: list[str] = []
    for sentence in re.split(r"[;.]\s|\n", prose):
        found += _of_sentence(sentence.strip())
    return tuple(one for one in without_conflict([*commands_in(text), *found]) if not understand((one,)).others)


def commands_in(text: str) -> tuple[str, ...]:
    """Return what the command lines of load tools in a text state."""
    return tuple(condition for command in _COMMAND.finditer(text) for condition in _of_command(command))


def without_commands(text: str) -> str:
    """Return a text of the same length in which the command lines of load tools are blank."""
    return _COMMAND.sub(lambda found: " " * len(found[0]), text)


def _of_sentence(sentence: str) -> Iterator[str]:
    is_of_tool = _TOOL.search(sentence) is not None and _SERVER.search(sentence) is None
    for match in _PHRASE.finditer(sentence):
        phrase = match["duration"] or match[0].strip()
        if match["noun"]:
            phrase = f"{match['count']} {_NOUNS[match['noun'].casefold()]}"
        if _TIME_OUT.search(sentence, max(0, match.start() - _LONGEST_TIME_OUT), match.start()):
            continue
        if is_of_tool and re.search(r"threads?$", phrase, re.IGNORECASE):
            phrase = f"{phrase} of the load tool"
        yield phrase


def _of_command(command: re.Match[str]) -> Iterator[str]:
    """Yield the conditions that the options of a load tool's command line state."""
    own = _BY_TOOL.get(command["tool"], {})
    for option in _OPTION.finditer(command["options"]):
        form = own[option["name"]] if option["name"] in own else _OF_OPTIONS.get(option["name"])
        if form is None or (option["value"] is None and "{}" in form):
            continue
        value = option["value"] or ""
        if option["name"] in {"-d", "--duration"} and value.isdecimal():
            value = f"{value} s"
        yield form.format(value)


def without_conflict(conditions: Iterable[str]) -> Iterator[str]:
    """Yield conditions, without those of a field for which the text states several values: it has several loads."""
    stated = {one: _fields(one) for one in dict.fromkeys(conditions)}
    values: dict[str, set[object]] = {}
    for fields in stated.values():
        for name, value in fields.items():
            values.setdefault(name, set()).add(value)
    several = {name for name, of in values.items() if len(of) > 1}
    yield from (one for one, fields in stated.items() if not several & fields.keys())


@lru_cache(maxsize=4096)
def _fields(condition: str) -> dict[str, object]:
    """Return what a condition states; a server and the development server are two values of one field."""
    understood = understand((condition,))
    return understood.stated() | ({"mode": understood.servers} if understood.servers else {})


@lru_cache(maxsize=64)
def states_several(text: str) -> bool:
    """Return whether a text states several values of one condition: `with 4 workers ..., with 8 workers ...`."""
    found = [phrase for sentence in re.split(r"[;.]\s|\n", text) for phrase in _of_sentence(sentence.strip())]
    known = [one for one in dict.fromkeys(found) if not understand((one,)).others]
    return len(list(without_conflict(known))) < len(known)


def spans_stated(sentence: str) -> list[tuple[int, int]]:
    """Return where a sentence states conditions."""
    return [match.span() for match in _PHRASE.finditer(sentence)]
