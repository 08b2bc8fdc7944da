"""Words of statistics: percentiles, means and ends of a distribution. This module must not know quantities."""

from __future__ import annotations

import re

_SHARE = r"(?:50|75|90|95|99(?:[.,]9+)?)"
_PERCENTILE = r"(?:percentiles?|perzentile?|quantile?|centile|percentil)"
# `p(95)`, `95th percentile`, `95. Perzentil`, `95e centile`, `percentil 95`: p95.
_PERCENTILES = (
    rf"\bp\s?\((?P<of_k6>{_SHARE})\)|\b(?P<before>{_SHARE})(?:th|[\u00ba.]|e|\u00e8me|\s?%)?[\s-]{_PERCENTILE}\b"
    rf"|\b{_PERCENTILE}\s(?P<behind>{_SHARE})\b"
)
_STATISTIC = re.compile(
    rf"{_PERCENTILES}|"
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
SPREAD = re.compile(
    r"\b(?:std(?! ?lib)|std[. ]{0,2}dev|stddev|stdev|standard deviation|std\.? ?err(?:or)?|stderr|variance|iqr|rsd"
    r"|ci (?:9\d ?%? )?(?:low|high|lower|upper)|9\d ?%? ci|confidence interval|standardabweichung|écart[- ]type"
    r"|desviaci[óo]n|desvio)\b",
    re.IGNORECASE,
)
"""The words of a spread, or of an end of an interval."""
_ALONE = re.compile(
    r"(?:average|avg|mean|median|max(?:imum)?|min(?:imum)?|stdev|best|worst|highest|lowest|fastest|slowest"
    r"|mittelwert|durchschnitt|moyenne|médiane|mediana|promedio|m[ií]nimo|m[áa]ximo)\.?"
    r"(?: (?:ms|µs|us|ns|s|secs?|seconds?))?"
)


def statistics_in(text: str) -> set[str]:
    """Return the percentiles and means that a text names."""
    return {_words_of(found).casefold() for found in _STATISTIC.finditer(text)}


def statistic_of_sentence(text: str) -> tuple[str, ...]:
    """Return the first percentile or mean that a sentence names, in its words."""
    found = _STATISTIC.search(text)
    return (_words_of(found),) if found else ()


def statistic_of_label(text: str) -> tuple[str, ...]:
    """Return the statistic of a label, in its words: a percentile or mean, else `best`, `worst`, `maximum` and such."""
    found = _STATISTIC.search(text)
    if found:
        return (_words_of(found),)
    end = _END.search(text)
    return (end[0],) if end else ()


def _words_of(found: re.Match[str]) -> str:
    """Return a statistic in its words, a percentile of several words as `p95`."""
    share = found["of_k6"] or found["before"] or found["behind"]
    return f"p{share.replace(',', '.')}" if share else found[0]


def names_percentile(label: str) -> bool:
    """Return whether a label names a percentile, as latencies have them."""
    return any(word[:1] == "p" and word[1:2].isdecimal() for word in statistics_in(label))


def is_statistic(words: str) -> bool:
    """Return whether a label in small letters is only a statistic with a unit of time: `avg ms`, `worst`."""
    return _ALONE.fullmatch(words) is not None
