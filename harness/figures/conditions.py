"""The conditions that a page states for a figure, as fields, and the words that state them.

Pure text; this module must not know any run: `driven` compares the fields with what a run drove. A word is understood
as a whole or not at all. A word that no rule understands stays a free condition, in `others`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.units import unrounded

if TYPE_CHECKING:
    from collections.abc import Callable


class Payload(StrEnum):
    """The answer that is requested."""

    PLAIN = "plain text"
    JSON = "JSON"
    PATH = "dynamic path"
    POST = "POST of JSON"


class Mode(StrEnum):
    """The purpose of the server's settings."""

    PRODUCTION = "production"
    DEVELOPMENT = "development server"


class State(StrEnum):
    """The state of a target when its memory is read."""

    IDLE = "idle"
    LOADED = "under load"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a figure; None for a field that the page does not state.

    Attributes:
        connections: Connections of closed load.
        rate_per_s: Requests offered per second.
        workers: Worker processes of the server.
        threads: Threads of each worker process.
        cpus: CPUs of the server.
        instances: Copies of the app.
        keep_alive: Whether a connection serves more than one request.
        duration_s: Duration of the load, in seconds. It selects nothing, because every rate is one per second.
        is_concurrent: Whether there is more than one connection, of a number that is not stated.
        is_tuned: Whether settings go beyond the framework's own deployment documentation.
        statistic: The percentile or mean of a latency, as in the metrics' names: `p99`, `mean`.
        servers: Servers by name, in alphabetical order: gunicorn can run workers of uvicorn.
        others: Conditions that no rule understands, in the page's words.
        conflict: Two conditions that exclude each other; None without such a pair.
    """

    connections: int | None = None
    rate_per_s: float | None = None
    workers: int | None = None
    threads: int | None = None
    cpus: int | None = None
    instances: int | None = None
    keep_alive: bool | None = None
    payload: Payload | None = None
    duration_s: float | None = None
    mode: Mode | None = None
    state: State | None = None
    is_concurrent: bool | None = None
    is_tuned: bool | None = None
    statistic: str | None = None
    servers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    conflict: tuple[str, str] | None = None

    def stated(self) -> dict[str, Any]:
        """Return the fields that the page states, by name, without servers, free conditions and conflicts."""
        return {name: value for name in _STATED if (value := getattr(self, name)) is not None}

    def facts(self) -> frozenset[tuple[str, Any]]:
        """Return everything that is stated as pairs of field and value; two figures can be compared by them."""
        return frozenset(
            (
                *self.stated().items(),
                *(("server", name) for name in self.servers),
                *(("other", word.casefold()) for word in self.others),
            )
        )


_STATED = tuple(field.name for field in fields(Conditions) if field.name not in {"servers", "others", "conflict"})


def describe(field: str, value: Any) -> str:  # noqa: ANN401 - the value of any field
    """Return a field with its value as the words of a page: `64 connections`, `without keep-alive`."""
    if isinstance(value, bool):
        return _YES_NO[field][0 if value else 1]
    if field in _COUNTED:
        return f"{value:,} {_COUNTED[field]}{'' if value == 1 else 's'}"
    return f"{unrounded(value)} {_MEASURED[field]}" if field in _MEASURED else str(value)


@lru_cache(maxsize=4096)
def understand(words: tuple[str, ...]) -> Conditions:
    """Return the conditions that words state; of two that exclude each other the first, with the conflict."""
    conditions = Conditions()
    for word in words:
        found = _read(word)
        if found is None:
            conditions = replace(conditions, others=(*conditions.others, word))
        for field, value in found or ():
            conditions = _with(conditions, field, value)
    return conditions


@lru_cache(maxsize=4096)
def inherit(outer: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Return inner words, and of outer words everything that the inner ones do not state otherwise.

    A rate also replaces connections: `at 1,000 req/s` of a row is not over the 32 connections of its page.
    """
    if not outer:
        return inner
    own_fields = set(understand(inner).stated())
    own_fields |= {"connections"} if "rate_per_s" in own_fields else set()
    kept: dict[str, None] = {}
    for word in outer:
        of_word = understand((word,))
        replaced = of_word.stated().keys() & own_fields
        if not replaced:
            kept[word] = None
            continue
        kept |= dict.fromkeys(of_word.servers)
        kept |= {describe(*one): None for one in of_word.stated().items() if one[0] not in replaced}
    return (*inner, *(word for word in kept if word not in inner))


def _with(conditions: Conditions, field: str, value: Any) -> Conditions:  # noqa: ANN401 - the value of any field
    if field == "servers":
        return replace(conditions, servers=tuple(sorted({*conditions.servers, value})))
    if field == "others":
        return replace(conditions, others=(*conditions.others, value))
    known = getattr(conditions, field)
    if known is None:
        return replace(conditions, **{field: value})
    if known == value or conditions.conflict:
        return conditions
    return replace(conditions, conflict=(describe(field, known), describe(field, value)))


def servers_in(text: str) -> frozenset[str]:
    """Return the servers that a text names."""
    return frozenset(re.findall(rf"\b(?:{_SERVERS})\b", text.casefold()))


_YES_NO = {
    "keep_alive": ("keep-alive", "without keep-alive"),
    "is_concurrent": ("concurrent load", "no concurrent load"),
    "is_tuned": ("tuned", "without optimization"),
}
_COUNTED = {
    "connections": "connection",
    "workers": "worker",
    "threads": "thread",
    "cpus": "CPU",
    "instances": "instance",
}
_MEASURED = {"rate_per_s": "req/s offered", "duration_s": "s"}

Found = list[tuple[str | None, Any]]


class _Rule(NamedTuple):
    """A pattern of words, and the field and value that a match states; no field for words that state nothing here."""

    field: str | None
    pattern: re.Pattern[str]
    read: Callable[[str], Any]


_NUMBERS = {
    "single": 1,
    "one": 1,
    "two": 2,
    "dual": 2,
    "quad": 4,
    "three": 3,
    "four": 4,
    "six": 6,
    "eight": 8,
    "ten": 10,
    "sixteen": 16,
}
_N = rf"(?P<value>\d+(?:[,' \u2009\u202f]\d{{3}})*(?:\.\d+)?k?|{'|'.join(_NUMBERS)})"
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _number(text: str) -> float:
    if text in _NUMBERS:
        return float(_NUMBERS[text])
    digits = re.sub(r"[^\d.]", "", text)
    return float(digits) * (1000.0 if text.endswith("k") else 1.0)


def _count(text: str) -> int:
    return round(_number(text))


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(.*?) ?([smh])\w*", text)
    return _number(match[1]) * _SECONDS[match[2]] if match else _number(text)


def _rule(field: str | None, pattern: str, value: Any = None) -> _Rule:  # noqa: ANN401 - a value or its reader
    """Return a rule of a value, or of a function that reads the pattern's group `value`."""
    return _Rule(field, re.compile(pattern), value if callable(value) else lambda _: value)


_SERVERS = (
    "gunicorn|uvicorn|hypercorn|waitress|uwsgi|daphne|granian|bjoern|meinheld|cheroot|gevent|puma|thin|webrick|"
    "passenger|net/http|fasthttp|nginx|apache|tomcat|jetty|netty|kestrel"
)
_RATE = r"(?:req(?:uest)?s?(?:/| per )(?:s|sec|second)|rps)"
_TIME = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b"
_STATISTICS = {"median": "p50", "mean": "mean", "average": "mean", "avg": "mean", "p99.9": "p999"}
_STATISTICS |= dict.fromkeys(("moyen", "moyenne", "media", "média", "medio", "médio", "promedio", "mittelwert"), "mean")
_STATISTICS |= dict.fromkeys(("mittlere", "mittlerer", "mittleres", "durchschnitt"), "mean")
_STATISTICS |= dict.fromkeys((f"durchschnittlich{end}" for end in ("", "e", "er", "es")), "mean")
_STATISTICS |= dict.fromkeys(("médian", "médiane", "mediana"), "p50")
_DEVELOPMENT = r"\b(?:flask(?:['’]s)? )?(?:built-?in )?(?:development|dev|debug) (?:server|mode)\b"
_RULES = (
    # The load tool's own threads and number of requests say nothing of the server.
    _rule(None, rf"\b{_N}[- ]threads? of (?:the )?(?:load )?(?:tool|generator|wrk)\b"),
    _rule(None, rf"\b{_N} (?:total )?requests\b(?! per)"),
    _rule("keep_alive", r"\b(?:without|no|non|not) ?keep[- ]?alives?\b|\bconnection: ?close\b", value=False),
    _rule("keep_alive", r"\bkeep[- ]?alives?:? ?=? ?(?:off|disabled|false|no)\b", value=False),
    _rule("keep_alive", r"\bkeep[- ]?alives?\b(?::? ?=? ?(?:on|enabled|true|yes)\b)?", value=True),
    _rule("rate_per_s", rf"\b{_N} ?{_RATE}\b(?: offered)?", _number),
    _rule("rate_per_s", rf"\b(?:(?:arrival |request |constant |offered )?rate(?: of)?|r) ?[:=]? ?{_N}\b", _number),
    _rule(
        "connections",
        rf"\b{_N} +(?:(?:concurrent|parallel|open|http|tcp) +)*(?:connections?|conns?|clients?)\b",
        _count,
    ),
    _rule("connections", rf"\b(?:concurrency|connections|clients)(?: level)?(?: of)? ?[:=]? ?{_N}\b", _count),
    _rule("connections", rf"\b{_N} (?:concurrent(?: requests)?|concurrency)\b", _count),
    _rule("connections", rf"\bc ?=? ?{_N}\b", _count),
    _rule("servers", rf"\b(?P<value>{_SERVERS})\b", str),
    _rule("workers", rf"\b{_N} +(?:worker processes|workers?|processes|process)\b", _count),
    _rule("workers", rf"\bworkers? ?[:=]? ?{_N}\b", _count),
    _rule("threads", rf"\b{_N}[- ]threads?\b(?: (?:each|per worker))?", _count),
    _rule("threads", rf"\bthreads ?[:=]? ?{_N}\b", _count),
    _rule("cpus", rf"\b{_N}[- ](?:v?cpus?|(?:cpu )?cores?)\b", _count),
    _rule("cpus", rf"\b(?:v?cpus|cores) ?[:=]? ?{_N}\b", _count),
    _rule("instances", rf"\b{_N} instances?\b", _count),
    _rule("instances", r"\bper instance\b", 1),
    _rule("payload", r"\bjson post\b|\bpost(?: requests?)?(?: of)?(?: a)?(?: json)?\b", Payload.POST),
    _rule(
        "payload",
        r"\b(?:dynamic|parametri[sz]ed) (?:path|route|url)s?\b|\b(?:path|url|route) parameters?\b",
        Payload.PATH,
    ),
    _rule("payload", r"\bjson(?: (?:serialization|responses?|body|endpoint))?\b", Payload.JSON),
    _rule("payload", r"\bplain[- ]?text\b|\bhello,? ?world\b|\bsimple get\b", Payload.PLAIN),
    _rule("mode", rf"{_DEVELOPMENT}|\bdevelopment\b|\bwerkzeug\b|\bflask run\b|\bapp\.run\b", Mode.DEVELOPMENT),
    _rule("mode", r"\bproduction\b(?: (?:server|mode|settings))?|\brelease mode\b", Mode.PRODUCTION),
    _rule("is_tuned", r"\bwithout (?:further )?optimi[sz]ations?\b|\bun(?:optimi[sz]ed|tuned)\b", value=False),
    _rule("is_tuned", r"\btuned\b", value=True),
    _rule("is_concurrent", r"\bconcurrent (?:load|requests)\b", value=True),
    _rule("state", r"\b(?:idle|at rest)\b", State.IDLE),
    _rule("state", r"\bunder load\b|\bloaded\b", State.LOADED),
    _rule("state", r"\bpeak\b", State.PEAK),
    _rule("statistic", rf"\b(?P<value>{'|'.join(map(re.escape, _STATISTICS))})\b", _STATISTICS.__getitem__),
    _rule("statistic", r"\b(?P<value>p(?:50|90|95|999?))\b", str),
    _rule("statistic", r"\b(?P<value>50|90|95|99)th percentile\b", "p{}".format),
    _rule("duration_s", rf"\b(?:duration|for)?(?: of)? ?[:=]? ?(?P<value>\d+(?:\.\d+)? ?{_TIME})", _seconds),
)
# Words that add nothing to the conditions beside them: load tools, and small words.
_FILLERS = frozenset(
    (
        *("a", "an", "and", "at", "for", "in", "of", "on", "over", "the", "to", "using", "via", "with"),
        *("http", "latency", "load", "server", "servers", "test", "tool"),
        *("ab", "apachebench", "autocannon", "bombardier", "hey", "k6", "locust", "oha", "rewrk", "wrk", "wrk2"),
    )
)


_OPTION = re.compile(r"(?:^|(?<=\s))(?P<name>--[a-z][\w-]*|-[A-Za-z])(?:[ =]?(?P<value>[^\s-]\S*))?")
_OF_LOAD: dict[str, tuple[str | None, Callable[[str], Any]]] = {
    **dict.fromkeys(("-c", "--connections", "--concurrency"), ("connections", _count)),
    **dict.fromkeys(("-d", "-z", "--duration"), ("duration_s", _seconds)),
    **dict.fromkeys(("-R", "--rate"), ("rate_per_s", _number)),
    **dict.fromkeys(("-t", "--threads", "-n", "--requests"), (None, _count)),
}
_OF_SERVERS: dict[str, tuple[str | None, Callable[[str], Any]]] = {
    **dict.fromkeys(("-w", "--workers"), ("workers", _count)),
    "--threads": ("threads", _count),
    **dict.fromkeys(("-k", "--worker-class"), ("others", str)),
}


def _read(word: str) -> list[tuple[str, Any]] | None:
    """Return the fields and values that a word states; None if a part of it is not understood."""
    text = " ".join(re.sub(r"[\u2010-\u2015]", "-", word).split())
    options = list(_OPTION.finditer(text))
    known = _OF_SERVERS if re.search(rf"\b(?:{_SERVERS})\b", text, re.IGNORECASE) else _OF_LOAD
    found: Found = []
    for option in options:
        field, read = known.get(option["name"], (None, None))
        value = option["value"] or ""
        if read is None or (field != "others" and not value[:1].isdecimal()):
            return None
        found.append((field, read(value)))
    rest = _read_phrases(_OPTION.sub(" ", text).casefold(), found)
    is_understood = bool(found) and set(re.findall(r"[^\s,;:()+&@]+", rest)) <= _FILLERS
    return [(field, value) for field, value in found if field is not None] if is_understood else None


def _read_phrases(text: str, found: Found) -> str:
    """Append the fields and values that phrases state, and return the text without them."""
    for rule in _RULES:
        while match := rule.pattern.search(text):
            found.append((rule.field, rule.read(match.groupdict().get("value", ""))))
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return text
