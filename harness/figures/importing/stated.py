"""Conditions of load and server that sentences and captions of a page state, with those of its command lines.

Only what `harness.figures.conditions` understands is taken, in the page's words. What belongs to the load tool says so,
because a thread of the tool is no thread of the server.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.importing.commands import commands_in, without_commands

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
    rf"""\b(?=[\dcdefghkopnqstuw])(?:  # how each phrase begins
    {_N}\ (?:concurrent\ |parallel\ |open\ |keep-alive\ )*(?:connections?|conns?|clients?)\b
    |(?P<count>{_N})[-\ ](?:{_ADJECTIVES}[-\ ])*(?P<noun>{"|".join(_NOUNS)})(?:\ {_ADJECTIVES})?\b
    |\b(?:concurrency|connections|clients)(?:\ level)?(?:\ of)?\ ?[:=]?\ ?{_N}\b
    |\b(?:\d+|single|one|dual|quad|two|four|six|eight|sixteen)[-\ ](?:cpu\ )?cores?\b|\b\d+-v?cpus?\b
    |\b{_N}\ (?:worker\ processes|workers?|processes|v?cpus?|(?:cpu\ )?cores?|instances?)\b
    |(?P<copies>{_N})\ (?:\w+\ )?(?:pods|replicas|dynos)\b
    |\b{_N}\ threads?(?:\ of\ the\ load\ tool)?\b
    |\b(?:single|one|two|four|eight)\ (?:workers?|worker\ processe?s?|process(?:es)?|connections?|instances?)\b
    |\b(?:without|no)\ keep-?alive\b|\bkeep-?alive\ (?:off|disabled)\b|\bkeep-?alive\b
    |\b(?:gunicorn|uvicorn|hypercorn|waitress|uwsgi|daphne|granian|puma)\b
    |\b(?:development|dev|debug)\ (?:server|mode)\b
    |\bwithout\ (?:further\ )?optimi[sz]ations?\b
    |\bper\ instance\b
    |(?:\bfor\ |\bduration:?\ (?:of\ )?|(?<=,\ )|^)(?P<duration>\d+(?:[.]\d+)?\ ?(?:s|secs?|seconds?|minutes?|min)\b)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# What every condition has: a digit, or one of these words.
_MAY_STATE = re.compile(
    r"\d|[- ]core|keep-?alive|gunicorn|uvicorn|hypercorn|waitress|uwsgi|daphne|granian|puma|\b(?:dev|debug)|optimi"
    r"|instance|\b(?:single|one|two|four|eight)\s(?:worker|process|connection)",
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


def stated_in(text: str) -> tuple[str, ...]:
    """Return the conditions that a text states, each in its words."""
    if _MAY_STATE.search(text) is None:
        return ()
    found: list[str] = []
    for sentence in re.split(r"[;.]\s|\n", without_commands(text)):
        found += _of_sentence(sentence.strip())
    known = [one for one in found if not understand((one,)).others]
    return tuple(without_conflict([*commands_in(text), *known]))


def _of_sentence(sentence: str) -> Iterator[str]:
    is_of_tool = _TOOL.search(sentence) is not None and _SERVER.search(sentence) is None
    for match in _PHRASE.finditer(sentence):
        phrase = match["duration"] or match[0].strip()
        if match["copies"]:
            phrase = f"{match['copies']} instances"
        if match["noun"]:
            phrase = f"{match['count']} {_NOUNS[match['noun'].casefold()]}"
        if _TIME_OUT.search(sentence, max(0, match.start() - _LONGEST_TIME_OUT), match.start()):
            continue
        if is_of_tool and re.search(r"threads?$", phrase, re.IGNORECASE):
            phrase = f"{phrase} of the load tool"
        yield phrase


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
    sentences = re.split(r"[;.]\s|\n", without_commands(text))
    found = [*commands_in(text), *(phrase for sentence in sentences for phrase in _of_sentence(sentence.strip()))]
    known = [one for one in dict.fromkeys(found) if not understand((one,)).others]
    return len(list(without_conflict(known))) < len(known)


def spans_stated(sentence: str) -> list[tuple[int, int]]:
    """Return where a sentence states conditions."""
    return [match.span() for match in _PHRASE.finditer(sentence)]
