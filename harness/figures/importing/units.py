"""The units that pages write: words to the names of `harness.figures.printed`. A table, and one pattern of it."""

from __future__ import annotations

import re

_PER_S = r"\s?(?:/|per|a|pro|je|par|por|\u00e0\sla)\s?(?:s|secs?|seconds?|sekunde|sek|seconde|segundo)"
_REQUESTS = (
    r"(?:https?\s)?(?:req(?:uest)?s?|responses?|anfragen|requ[êe]tes|peticiones|solicitudes|richieste"
    r"|requisi[çc][õo]es|запрос(?:ов|а)?)"
)
TRANSFER = "bytes/s"
"""A rate of bytes: no number of requests."""
# Each unit with its spellings, as a pattern in any case; MB and mb differ in nothing that a page means.
_SPELLINGS = {
    "req/s": rf"{_REQUESTS}{_PER_S}|r/s|ops?/s(?:ec)?|rps|qps|\#/sec|запросов/с(?:ек)?"
    r"|(?:\u30ea\u30af\u30a8\u30b9\u30c8|\u8bf7\u6c42|\u8acb\u6c42)\s?/\s?\u79d2",
    "req/min": rf"{_REQUESTS}\s?(?:/|per|pro|je|par|por|\u00e0\sla)\s?(?:minut(?:e[ns]?|os?)|min)|rpm",
    "req/hour": rf"{_REQUESTS}\s?(?:/|per|pro)\s?hours?",
    "req/day": rf"{_REQUESTS}\s?(?:/|per|pro)\s?days?",
    "ns": r"ns|nanoseconds?",
    "µs": "(?:[µ\u03bc]|u)s(?:ecs?)?|microseconds?|mikrosekunden?|\u30de\u30a4\u30af\u30ed\u79d2|\u5fae\u79d2",
    "ms": r"ms(?:ecs?)?|milli-?seconds?|millis|millisekunden?|millisecondes?|milisegundos?|мс"
    r"|\u30df\u30ea\u79d2|\u6beb\u79d2",
    "s": r"s|secs?|seconds?|sekunden?|secondes?|segundos?|\u79d2",
    "minutes": r"min(?:ute[sn]?|s)?",
    "hours": r"hours?|hrs?|stunden?|heures?",
    "days": r"days?|tagen?",
    "weeks": r"weeks?|wochen?",
    "years": r"years?|yrs?|jahren?",
    "KB": r"kb(?:ytes)?|kilobytes?",
    "MB": r"mb(?:ytes)?|megabytes?|мб|\u30e1\u30ac\u30d0\u30a4\u30c8",
    "GB": r"gb(?:ytes)?|gigabytes?",
    "KiB": r"kib|kibibytes?",
    "MiB": r"mib|mebibytes?",
    "GiB": r"gib|gibibytes?",
    TRANSFER: r"[kmg]?i?b(?:ytes?|its?)?(?:/|\sper\s|p)(?:s|secs?|seconds?)|[kmg]i?o(?:/|\spar\s)(?:s|seconde)",
    "x": r"x|\u00d7|times|-?fold|-?mal|-?fach(?:e[nrs]?)?|fois|veces|vezes|volte|\u500d",
    "%": r"%|percent|per\scent|pct|prozent|pour\scent|por\s?cien?to|por\scento|per\scento",
    "connections": r"(?:concurrent\s)?conn(?:ection)?s?|verbindung(?:en)?|connexions?|conexi[óo]n(?:es)?"
    r"|conex(?:ão|ões)",
    "extensions": r"(?:third-party\s)?extensions?|plugins?",
    "lines": r"lines?(?:\sof\scode)?|loc|zeilen",
    "packages": r"packages?",
    "positions": r"positions?|jobs?",
    "stars": r"(?:github\s)?stars?",
    "users": r"(?:concurrent\s)?users?",
    "dependencies": r"dependenc(?:y|ies)|abhängigkeiten",
    "thousand": r"thousands?|tsd\.?",
    "million": r"millions?|mio\.?",
}
_GROUPS = {f"u{number}": name for number, name in enumerate(_SPELLINGS)}
_ALTERNATIVES = "|".join(f"(?P<u{number}>{spelling})" for number, spelling in enumerate(_SPELLINGS.values()))
_OF_PART = r"(?:core|kern|worker|process|prozess|thread|v?cpu|conn(?:ection)?|instance)\b"  # `9,100 req/s/core`
UNIT = re.compile(rf"[\s-]?\s?\[?(?:{_ALTERNATIVES})\]?(?![A-Za-zäöüßéà])(?!/(?!{_OF_PART}))(?!\^)", re.IGNORECASE)
_WORD = re.compile(rf"(?<![A-Za-z/])(?:{_ALTERNATIVES})(?![A-Za-zäöüßéà/])", re.IGNORECASE)
# Octets are bytes on French pages; elsewhere `Go` behind a number can be the language.
OCTETS = re.compile(r"[\s\u00a0]?(?P<prefix>[kmg])(?P<binary>i?)o(?:ctets?)?(?![^\W\d_]|/)", re.IGNORECASE)
NOUNS = frozenset({"connections", "extensions", "lines", "packages", "positions", "stars", "users", "dependencies"})


def unit_of(found: re.Match[str]) -> str:
    """Return the name of the unit that a pattern of this module found."""
    return _GROUPS[str(found.lastgroup)]


def only_unit(text: str) -> str | None:
    """Return the unit of a text that is a unit and nothing else: `req/sec`; None otherwise."""
    found = _WORD.fullmatch(text.strip(" .[]()"))
    return unit_of(found) if found else None


def bytes_of(octets: re.Match[str]) -> str:
    """Return the name of the unit that `OCTETS` found: `Mo` is MB."""
    return f"{octets['prefix'].upper()}{'i' if octets['binary'] else ''}B"


def units_in(text: str) -> list[tuple[str, int, int]]:
    """Return the units that a text names, with their places, in order."""
    return [(unit_of(found), found.start(), found.end()) for found in _WORD.finditer(text)]
