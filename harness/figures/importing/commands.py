"""Command lines of load tools and servers in a text: where they stand, and what their options state.

A command line ends where its options end: `With wrk -t4 -c64 Flask reached 5,400 req/s` has one of three words. This
module must not know figures.

Sources: the usage texts of wrk, wrk2, ab, hey, oha, bombardier, autocannon, rewrk, h2load, vegeta, k6, Locust, siege,
gunicorn, uvicorn, hypercorn and granian.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.conditions import servers_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVERS = "gunicorn|uvicorn|hypercorn|granian"
_TOOLS = rf"wrk2?|ab|hey|oha|bombardier|autocannon|rewrk|h2load|vegeta|k6|locust|siege|{_SERVERS}"
_NUMBER = r"\d+(?:\.\d+)?(?:[smhkKM](?:\d+[sm])?)?(?:/s)?"
_END = r"(?=$|[\s;:.!?)\]'\"`\u2019\u201d\\]|,(?!\d))"
_QUOTED = r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'"
_ADDRESS = r"https?://[^\s,;()\"'`]*[\w/]|[\w.-]{1,80}:\d{2,5}(?:/[^\s,;()\"'`]*[\w/])?|[\w.]{1,80}:[A-Za-z_]\w{0,80}(?:\(\))?|/[\w./-]{1,80}"
_FILE = r"[\w./-]{1,80}\.(?:js|ts|lua|py|txt|json)\b"
# An option whose value is a word, and another one with a value that no sentence goes on with.
_WITH_WORD = (
    r"(?:-[mXHTspAfoekb]|--(?:method|script|header|body|host|out|bind|worker-class|interface|locustfile|tags?))"
    rf"(?:=|[^\S\n]+)(?:{_QUOTED}|(?![-\d])[^\s,;()]+)"
)
_OPTION = rf"(?:-[A-Za-z](?=\d)|--?[A-Za-z][\w-]{{0,40}})(?:(?:=|[^\S\n]*)(?:{_QUOTED}|\d[\w.,/]*(?<![.,])))?"
_GAP = r"(?:[^\S\n]|\\\n)+"
_NEXT = rf"(?:{_GAP}|,?{_GAP}(?:and{_GAP}|with{_GAP})?(?=-))"
_PART = rf"(?:{_WITH_WORD}|{_OPTION}|{_QUOTED}|{_ADDRESS}|{_FILE})"
_COMMAND = re.compile(
    rf"(?<![\w.-])(?P<tool>{_TOOLS})(?P<rest>[:,]?{_GAP}(?:(?:run|attack|with|using|at|options){_GAP})?\(?"
    rf"(?:(?:{_ADDRESS}|{_FILE}){_GAP})?(?=-{{1,2}}[A-Za-z]){_PART}(?:{_NEXT}{_PART}){{0,30}})",
)
_STATED = re.compile(
    rf"(?<!\S)\(?(?P<name>-[A-Za-z](?=\d)|--?[A-Za-z][\w-]*)(?:(?:=|\s?)(?P<value>{_NUMBER}){_END})?"
    rf"(?:\s+(?P<word>[A-Za-z][\w.]*))?"
)
_CONNECTIONS, _OFFERED, _THREADS = "{} connections", "{} req/s offered", "{} threads of the load tool"
_OF_OPTIONS: dict[str, str | None] = {
    **dict.fromkeys(("-c", "--connections", "--concurrency"), _CONNECTIONS),
    **dict.fromkeys(("-d", "-z", "--duration"), "{}"),
    **dict.fromkeys(("-R", "--rate", "-q"), _OFFERED),
    **dict.fromkeys(("-t", "--threads"), _THREADS),
}
OF_USERS = "{} users of %s, whose pauses the page does not state"
_OF_SERVERS: dict[str, str | None] = {
    **dict.fromkeys(("-w", "--workers"), "{} workers"),
    "--threads": "{} threads",
    **dict.fromkeys(("-c", "-d", "-z", "-t", "-q", "-R"), None),
}
_BY_TOOL: dict[str, dict[str, str | None]] = {
    "ab": {"-t": "{} s", "-k": "keep-alive", "-q": None, "-d": None, "-R": None, "-z": None},
    "hey": {"-q": None, "-d": None, "-t": None},
    "oha": {"-d": None, "-t": None},
    "bombardier": {"-r": _OFFERED, "-t": None, "-q": None},
    "autocannon": {"-t": None},
    "h2load": {"-D": "{}", "--clients": _CONNECTIONS, "-d": None, "-R": None},
    "vegeta": {"-rate": _OFFERED, "-duration": "{}"},
    "k6": {**dict.fromkeys(("-u", "--vus"), OF_USERS % "k6"), "-c": None, "-t": None, "-q": None},
    "locust": {**dict.fromkeys(("-u", "--users"), OF_USERS % "Locust"), "-t": "{}", "--run-time": "{}"},
    "siege": {"-c": OF_USERS % "siege", "-d": None, "-t": None},
    **dict.fromkeys(_SERVERS.split("|"), _OF_SERVERS),
}
_IN_SECONDS = frozenset({"-d", "-D", "-z", "--duration"})


def commands_in(text: str) -> tuple[str, ...]:
    """Return what the command lines in a text state."""
    return tuple(condition for command in _COMMAND.finditer(text) for condition in _of_command(command))


def without_commands(text: str) -> str:
    """Return a text of the same length with blanks for command lines, except the names of their programs."""
    return _COMMAND.sub(lambda found: f"{found['tool']}{' ' * len(found['rest'])}", text)


def _of_command(command: re.Match[str]) -> Iterator[str]:
    """Yield the conditions that the options of a command line state."""
    own = _BY_TOOL.get(command["tool"], {})
    for option in _STATED.finditer(command["rest"]):
        if own is _OF_SERVERS and option["name"] in {"-k", "--worker-class"} and option["word"]:
            yield f"{option['word']} worker class" if servers_in(option["word"]) else option["word"]
        form = own[option["name"]] if option["name"] in own else _OF_OPTIONS.get(option["name"])
        if form is None or (option["value"] is None and "{}" in form):
            continue
        value = (option["value"] or "").removesuffix("/s")
        yield of_one(form.format(f"{value} s" if option["name"] in _IN_SECONDS and value.isdecimal() else value))


def of_one(condition: str) -> str:
    """Return a condition of a number and a noun, without the plural of one: `1 connection`."""
    return re.sub(r"^1 (connection|thread|worker|user)s\b", r"1 \1", condition)
