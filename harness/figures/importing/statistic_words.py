"""Words of statistics: percentiles, means and ends of a distribution. This module must not know quantities."""

from __future__ import annotations

import re

_STATISTIC = re.compile(
    r"\bp(?:50|75|90|95|99(?:\.9+|9)?)\b|\b(?:50|75|90|95|99)(?:th|\s?%)|\b(?:average|avg|mean|median|max|min|stdev)\b"
    r"|\b(?:moyen(?:ne)?|médiane?|mediana|m[ée]di[ao]|promedio|mittlere[rs]?|mittelwert|durchschnitt(?:lich(?:e[rs]?)?)?)\b",
    re.IGNORECASE,
)
# Of a label. In a sentence, `the lowest latency` is that of a framework among others.
_END = re.compile(
    r"\b(?:best(?! performance)|worst|highest|lowest|slowest|fastest|longest|shortest"
    r"|(?:best|schlechtest|höchst|niedrigst|langsamst|schnellst|längst|kürzest|minimal|maximal)e[rsn]?"
    r"|meilleure?|pire|m[ií]nim[oa]|m[áa]xim[oa]|mejor|peor|melhor|pior"
    r"|(?:minimum|maximum(?! (?:throughput|rate)))"  # and not `minimum Python version`
    r"(?=\W*$|.*\b(?:latenc\w+|response|time|r[pq]s|req\w*|throughput|rate|memory|ram|rss)\b))\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:average|avg|mean|median|max(?:imum)?|min(?:imum)?|stdev|best|worst|highest|lowest|fastest|slowest"
    r"|mittelwert|durchschnitt|moyenne|médiane|mediana|promedio|m[ií]nimo|m[áa]ximo)\.?"
    r"(?: (?:ms|µs|us|ns|s|secs?|seconds?))?"
)


def statistics_in(text: str) -> set[str]:
    """Return the percentiles and means that a text names."""
    return {found[0].casefold() for found in _STATISTIC.finditer(text)}


def statistic_of_sentence(text: str) -> tuple[str, ...]:
    """Return the first percentile or mean that a sentence names, in its words."""
    found = _STATISTIC.search(text)
    return (found[0],) if found else ()


def statistic_of_label(text: str) -> tuple[str, ...]:
    """Return the statistic of a label, in its words: a percentile or mean, else `best`, `worst`, `maximum` and such."""
    found = _STATISTIC.search(text) or _END.search(text)
    return (found[0],) if found else ()


def is_statistic(words: str) -> bool:
    """Return whether a label in small letters is only a statistic with a unit of time: `avg ms`, `worst`."""
    return _ALONE.fullmatch(words) is not None
