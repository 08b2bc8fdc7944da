"""What a number is of: words of labels and sentences to quantities and metrics, and claims in words to attributes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from harness.figures.conditions import understand
from harness.figures.consistency.vocabulary import NAMES, words_in
from harness.figures.importing.of_label import stated_in_brackets, states_in_label
from harness.figures.importing.offered_labels import OFFERED
from harness.figures.importing.statistic_words import is_statistic, statistic_of_label, statistic_of_sentence
from harness.figures.importing.units import OCTETS, TRANSFER, bytes_of, only_unit, units_in
from harness.figures.printed import unit_named
from harness.metrics import published
from harness.units import Unit

_LABELS = 4096  # a page has many cells for each label


class Quantity(NamedTuple):
    """A quantity: its name, the metric that can decide it, and the metric of this figure if that is another one."""

    name: str
    metric: str | None = None
    own_metric: str | None = None


THROUGHPUT = Quantity("throughput", published.THROUGHPUTS)
"""Requests per second."""
_MEMORY = Quantity("memory", published.MEMORIES)
LATENCY = Quantity("latency", published.LATENCIES)
"""The time of a request."""
# The first pattern that the words contain decides, by the base unit of the number.
_LATENCY_WORDS = (
    r"\blatenc(?:y|ies)\b|\blatenz|\blat[eê]n(?:ce|cia|za)|\bзадержк|延迟|レイテンシ|\bresponse\b|\bresponds?\b|\bp\d{2}\b|\bp\(\d{2}|\bpercentiles?\b|\bperzentile?\b|\bpercentil\b|\bcentile\b"
    r"|\btimes? per request\b|\brequest time\b|\bantwortzeit|\bround[- ]trip\b"
)
_COLD = (
    r"\bcold[- ]?starts?\b|\bkaltstart|\bd[ée]marrage à froid|\b(?:arranque|inicio) en frío|\b(?:arranque|início"
    r"|inicialização|partida) a frio|\bavvio a freddo"
)
_START_WORDS = (
    r"\b(?:temps de )?d[ée]marrage\b|\btiempo de (?:arranque|inicio)\b|\banlaufzeit\b"
    r"|\btempo de (?:arranque|início|inicialização)\b"
    r"|\bstarts? in\b|\bstart[- ]?up\b|\bstart(?:ing)? time\b|\bboot\b|\blaunch\b|\btime to start\b|\bstartzeit\b"
)
_OF_CONTAINER = rf"\bcontainers?\b(?=.*(?:{_START_WORDS}))|(?:{_START_WORDS})(?=.*\bcontainers?\b)"
# Behind a number CPUs are a condition: `time per request, 1 CPU`.
_CPU_TIME = (
    r"(?<!\d )(?<!\d-)(?<!one )\bcpu[- ]?(?:time|zeit|seconds|cost)\b|\btemps (?:de )?cpu\b|\b(?:tiempo|tempo) de cpu\b"
)
_REQUEST = r"(?:req(?:uest)?s?|anfrage|requ[êe]te|petici[óo]n|solicitud|requisi[çc][ãa]o|pedido|richiesta)"
_CPU_OF_REQUEST = (
    r"^(?!.*\b(?:laten\w+|latenz\w*|response|antwortzeit\w*|p\d\d)\b)"
    r"(?=.*(?<!\d )(?<!\d-)(?<!one )\bcpu\b)"
    rf"(?=.*(?:\b(?:per|pro|je|par|por|each|a|every)\s|/\s?)(?:http )?{_REQUEST}\b)"
)
# A time within a request, or beside it.
_OF_ELSE = (
    r"\bgc\b|\bgarbage\b|\bpauses?\b|\bevent[- ]loop (?:lag|delay)\b|\bqueu(?:e|ing) (?:time|delay|wait)\b"
    r"|\b(?:db|database|sql|redis|dns|tls|disk|network|backend|upstream) (?:query |call )?"
    r"(?:times?|latency|lookups?|calls?|delay|handshake)\b"
    r"|\b(?:datenbank|netzwerk)(?:zeit|latenz|abfrage)"
)
_STATISTIC_OF_LOAD = (
    r"\b(?:average|avg|mean|median|max|mittel(?:wert)?|mittlere|durchschnitt|moyenne?|m[ée]diane?|mediana|media|m[ée]dia"
    rf"|promedio|p\d\d)\b(?=[^\]]*\d\s?k?\s?(?:{_REQUEST}\w*\s?(?:/|per|pro|par|por)|rps\b|qps\b|conn|verbindung|connexion|conexi|conex))"
)
_FAILED = r"\b(?:failed|failing|unsuccessful) (?:requests?|reqs?|responses?)\b"
_MEMORY_WORDS = (
    r"\bmem(?:ory)?\b|\bram\b|\brss\b|\b(?:arbeits)?speicher|\bm[ée]moire\b|\bmem[óo]ria\b|\bпамят|内存|メモリ"
)
# Of a label; a sentence can name the limit beside what is used.
_LIMIT_WORDS = (
    r"^(?!\[)\W*(?:\w+ )?(?:(?:mem(?:ory)?|ram|heap|container|pod)[ -]limits?|(?:arbeits)?speicherlimit"
    r"|l[ií]mite (?:de )?(?:la )?(?:m[ée]moire|mem[óo]ria|ram))\b"
)
_IMAGE_WORDS = r"\bimages?\b(?=.*\bsize\b)|\bsize\b.*\bimage\b|\b(?:docker|container) image"
_SIZE_WORDS = r"\b(?:core|framework|library|package|install\w*)\b.*\bsize\b"
# The first pattern that the words contain decides, by the base unit of the number.
_RULES: dict[Unit, tuple[tuple[re.Pattern[str], Quantity], ...]] = {
    base: tuple((re.compile(pattern, re.IGNORECASE), quantity) for pattern, quantity in rules)
    for base, rules in {
        Unit.PER_SECOND: (
            (
                r"\bceiling\b|\bpeak\b|\bmaximum (?:throughput|rate)\b",
                THROUGHPUT._replace(own_metric=published.PEAK),
            ),
            (r"\btransfer\b", Quantity("rate of bytes")),
            (_FAILED, Quantity("rate of failures")),
            (OFFERED, Quantity("offered rate")),
            ("", THROUGHPUT),
        ),
        Unit.SECOND: (
            (_CPU_OF_REQUEST, Quantity("CPU time per request", published.CPU_TIMES)),
            (_CPU_TIME, Quantity("CPU time")),
            (_COLD, Quantity("cold start", published.START)),
            (_OF_CONTAINER, Quantity("container start", published.START)),
            (_START_WORDS, Quantity("startup time", published.START)),
            (_OF_ELSE, Quantity("time of a part")),
            (_LATENCY_WORDS, LATENCY),
            (_STATISTIC_OF_LOAD, LATENCY),
            (r"\bper request\b", Quantity("time per request")),  # of its work, or until its answer
        ),
        Unit.BYTE: (
            (_LIMIT_WORDS, Quantity("memory limit")),
            (_IMAGE_WORDS, Quantity("image size", published.IMAGE_SIZE)),
            (r"\bbinary\b|\bexecutable\b", Quantity("binary size", published.BINARY_SIZE)),
            (_MEMORY_WORDS, _MEMORY),
            (_SIZE_WORDS, Quantity("framework size", published.FRAMEWORK_SIZE)),
        ),
    }.items()
}
_COUNTED = {
    unit: (re.compile(pattern, re.IGNORECASE), Quantity(name, metric))
    for unit, pattern, name, metric in (
        ("lines", r"boilerplate|lines? of code|\bloc\b|hello", "boilerplate", published.APP_LINES),
        ("connections", r"\blimit\b|\bpractical\b|\bmax(?:imum)?\b", "practical connections", published.CONNECTIONS),
        ("dependencies", "", "dependencies", published.DEPENDENCIES),
    )
}
_MEASURES = re.compile(
    r"\b(?:requests?|reqs?|responses?)\s*(?:/|per)\s*(?:s|sec|second)\b|\brps\b|\bthroughput\b"
    r"|\banfragen (?:pro|/) ?s\w*|\bdurchsatz\b|\bd[ée]bit\b",
    re.IGNORECASE,
)
LOADS_IN_ENGLISH = {
    **dict.fromkeys(("concurrency", "verbindungen", "gleichzeitigkeit", "connexions", "conexiones"), "connections"),
    **dict.fromkeys(("conex\u00f5es", "concurrent connections"), "connections"),
    "concurrent users": "users",
    **dict.fromkeys(("kerne", "c\u0153urs", "coeurs", "n\u00facleos"), "cores"),
    **dict.fromkeys(("prozesse", "processus", "procesos", "processos"), "processes"),
}
HEAD_OF_LOADS = re.compile(
    rf"^(?:connections|clients|users|threads|workers|processes|cores|cpus|{'|'.join(LOADS_IN_ENGLISH)})$", re.IGNORECASE
)
"""The heads of columns of numbers that are a load or a set-up."""
# A load that a label states, and no unit of its numbers: `Median at 1,000 req/s`.
_NUMBER_OF_LOAD = re.compile(
    rf"(?<![\w.])\d[\d.,'\u2009\u202f\u00a0 ]*k?\s?(?:{_REQUEST}\w*\s?(?:/|per|pro|par|por)\s?s\w*|rps|qps)\b",
    re.IGNORECASE,
)
# `krps`, `k req/s`, `Tsd. Anfragen/s`; behind a number it is the suffix of that.
_MULTIPLE = re.compile(
    rf"(?<![\w.])(?<!\d )(?:k|K|M|[Tt]housand(?: of)?|[Tt]sd\.?|[Tt]ausend|[Mm]illions?(?: of)?|[Mm]io\.?"
    rf"|[Mm]illiers de|[Mm]iles de)"
    rf"\s?(?=(?i:{_REQUEST}\w*\s?(?:/|per|pro|par|por)|rps\b|qps\b))"
)
_SPEED = (
    r"\bfast\w*|\bslow\w*|\bquick\w*|\bspeed|\breq/s|\bschnell|\blangsam|\br[aá]pid|\blent[aeo]?s?\b|\bveloc"
    r"|\b(?:anfragen|requ[eê]tes|peticiones|solicitudes|requisi[cç][oõ]es|richieste)\b"
)
_RATE = r"\brequests\b|(?<!error )(?<!failure )(?<!hit )(?<!miss )(?<!growth )(?<!frame )\brate\b"
_LOST = r"\b(?:fail\w*|error\w*|drop(?:s|ped)?|los[et]\w*|reject\w*|time[sd]? out|time-?outs?|retr(?:y|ies))\b"
_OF_LATENCIES = re.compile(_LATENCY_WORDS, re.IGNORECASE)
_TESTS = frozenset(
    [
        "plaintext",
        "plain",
        "text",
        "json",
        "hello",
        "world",
        "db",
        "query",
        "queries",
        "fortunes",
        "fortune",
        "updates",
        "update",
        "single",
        "multiple",
        "cached",
        "static",
        "echo",
    ]
)
ATTRIBUTES = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "language_version": r"\bminimum \w+ version\b",
        "async_views": r"\basync(?:/await)?\b",
        "validation": r"\bvalidation\b",
        "websocket": r"\bweb ?sockets?\b",
        "admin": r"\badmin\b",
        "orm": r"\borm\b",
        "authentication": r"\bauthentication\b|\bauth built-in\b",
        "documentation": r"\b(?:auto-?|built-in )\w*\s?documentation\b|\bdocumentation generation\b|\bopenapi\b",
        "single_binary": r"\bdeployment model\b|\bsingle binary\b",
    }.items()
}
_BY_EXTENSION = re.compile(
    r"^(?:third-party|with |through |by )?.*\bextensions? only\b|^(?:by|with|through) (?:an )?extensions?\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:no\b|none\b|\u2717|\u2718|\u274c|not\b|manual\b|requires? (?:manual|third)|add-?on\b|via \w+ extension"
    r"|third-party add-?on)|\bmanual(?:ly)?\b.*\brequired\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:yes\b|\u2713|\u2714|\u2705|built-in\b|native\b|included\b|full\b|single (?:compiled )?binary)", re.IGNORECASE
)


def quantity_of(words: str, unit: str, label: str) -> Quantity:
    """Return the quantity of a number: by its unit and the words about it, else by its label alone."""
    words = words.replace("_", " ")  # of a column: `p99_ms`
    known = unit_named(unit)
    base = known.base if known else None
    for pattern, quantity in _RULES.get(base, ()) if base else ():
        if pattern.search(words):
            return quantity
    if unit in _COUNTED and _COUNTED[unit][0].search(words):
        return _COUNTED[unit][1]
    if label.startswith("["):
        return Quantity("")
    name = without_brackets(label).casefold()  # what stands in brackets is a condition
    return Quantity(name if unit in name else f"{name} ({unit})".strip())


def quantity_of_ratio(words: str) -> Quantity | None:
    """Return the quantity of a ratio by the words about it, throughput of one that is only faster; None without any."""
    for base in (Unit.SECOND, Unit.BYTE):
        for pattern, quantity in _RULES[base]:
            if pattern.search(words):
                return quantity
    if re.search(_SPEED, words, re.IGNORECASE) or _MEASURES.search(words):
        return THROUGHPUT
    is_rate = re.search(_RATE, words, re.IGNORECASE) and not re.search(_LOST, words, re.IGNORECASE)
    return THROUGHPUT if is_rate else None


def attribute_of(label: str, cell: str) -> tuple[str, str] | None:
    """Return the attribute that a label asks for and the answer that its cell states; None if either is unknown."""
    attribute = _attribute_in(label)
    if attribute is None or attribute == "language_version":
        return None
    if _BY_EXTENSION.search(cell):
        return attribute, "by extension"
    if _NO.search(cell):
        return attribute, "no"
    return (attribute, "yes") if _YES.search(cell) else None


@lru_cache(maxsize=_LABELS)
def asks_for_version(label: str) -> bool:
    """Return whether a label asks for the version of a language."""
    return ATTRIBUTES["language_version"].search(label) is not None


@lru_cache(maxsize=_LABELS)
def _attribute_in(label: str) -> str | None:
    return next((name for name, pattern in ATTRIBUTES.items() if pattern.search(label)), None)


@lru_cache(maxsize=_LABELS)
def is_neutral(label: str) -> bool:
    """Return whether a label names no quantity, but a test or nothing: `Plain Text`, `Speed (64)`."""
    outside = without_brackets(label)
    left = [
        word
        for word in words_in(outside.casefold())
        if word not in NAMES and not word.isdecimal() and word not in _TESTS and not is_statistic(word)
    ]
    return not left or not understand((outside,)).others


@lru_cache(maxsize=_LABELS)
def unit_in_label(label: str) -> str | None:
    """Return the unit of a label: in brackets, else the one that it names: `Latency (ms)`, `Requests per second`."""
    label = _MULTIPLE.sub("", label)
    for part in reversed(in_brackets(label)):
        octets = OCTETS.fullmatch(part) if part != "Go" else None
        if part.casefold() == "min":  # the least, or minutes
            continue
        unit = only_unit(part) or ("%" if part.startswith("% ") else None) or (bytes_of(octets) if octets else None)
        if unit:
            return unit
    outside = _NUMBER_OF_LOAD.sub(" ", without_brackets(label))
    units = [unit for unit, *_ in units_in(outside)]
    rates = [unit for unit in units if unit.startswith("req/")]
    if TRANSFER in units and not rates:
        return TRANSFER
    if rates or _MEASURES.search(outside):
        return rates[0] if rates else "req/s"
    tail = re.search(r"(?:,|(?P<share>(?<=\S)/)|/)\s*(?P<behind>[^\s,/]+)$|\bin (?P<of>[^\s]+)$", outside)
    unit = only_unit(tail["behind"] or tail["of"]) if tail else None
    if tail and unit and not (tail["share"] and unit in _TIMES):  # `hits/s` is no time
        return unit
    named = [unit for unit in units if unit in {"stars", "extensions", "lines", "packages", "dependencies"}]
    return named[0] if named else _bare_unit(outside)


@lru_cache(maxsize=_LABELS)
def multiple_in_label(label: str) -> str | None:
    """Return by what a label multiplies its rates: `thousand` of `Throughput (krps)`; None for single requests."""
    found = _MULTIPLE.search(label)
    word = found[0].strip().casefold() if found else None
    return None if word is None else "million" if word == "m" or word.startswith(("mio", "million")) else "thousand"


def _is_unit(part: str) -> bool:
    """Return whether what stands in brackets is a unit; `min` and `Go` can be something else."""
    return part.casefold() != "min" and (
        only_unit(_MULTIPLE.sub("", part)) is not None or (part != "Go" and OCTETS.fullmatch(part) is not None)
    )


def _ends_with_number(text: str) -> bool:
    """Return whether the last word of a text begins with a digit, as `100` does and `p99` does not."""
    return any(word[0].isdecimal() for word in text.split()[-1:])


def _bare_unit(outside: str) -> str | None:
    """Return the only unit among the words of a label: `Latency p99 ms`; not that of a number, as in `below 100 ms`."""
    found = {unit for unit, start, _ in units_in(outside) if not _ends_with_number(outside[:start])}
    units = found & {*_SIZES, "ms", "µs", "ns"}
    if found == {"s"} and re.search(r"\s(?:s|secs?|seconds?)$", outside, re.IGNORECASE):
        return "s" if quantity_of(outside, "s", outside).metric else None
    return units.pop() if len(units) == 1 else None


@lru_cache(maxsize=_LABELS)
def conditions_in_label(label: str) -> tuple[str, ...]:
    """Return what a label states beside its name: its brackets, and its statistic; a maximum of memory is its peak."""
    outside = without_brackets(label).replace("_", " ")
    states = states_in_label(outside)
    statistic = [one for one in statistic_of_label(outside) if not states or states_in_label(f"{one} memory") != states]
    return tuple(dict.fromkeys([*_of_brackets(label), *statistic, *states]))


def conditions_in_clause(clause: str) -> tuple[str, ...]:
    """Return what the words about a latency in a sentence state: their brackets, and a percentile or mean."""
    outside = without_brackets(clause).replace("_", " ")
    found = [*_of_brackets(clause), *statistic_of_sentence(outside), *states_in_label(outside)]
    return tuple(dict.fromkeys(found))


def _of_brackets(label: str) -> list[str]:
    parts = [part for part in in_brackets(label) if not _is_unit(part) and part.casefold() != "count"]
    return [one for part in parts for one in stated_in_brackets(part.removeprefix("% of ").strip())]


def what_of_statistic(head: str, context: str) -> str:
    """Return `latency` for a head that is only a statistic, `avg_ms`, in a context of latencies; else an empty text."""
    words = " ".join(without_brackets(head).replace("_", " ").casefold().split())
    return OF_LATENCY if is_statistic(words) and _OF_LATENCIES.search(context.replace("_", " ")) else ""


def names_rate(text: str) -> bool:
    """Return whether a text speaks of requests per second."""
    return _MEASURES.search(text) is not None


OF_LATENCY = "latency"
"""What a head that is only a statistic is of."""
_TIMES = frozenset({"s", "minutes", "hours", "days"})
_SIZES = frozenset({"KB", "MB", "GB", "KiB", "MiB", "GiB"})


def in_brackets(label: str) -> list[str]:
    """Return what stands in brackets."""
    return [part.strip() for part in re.findall(r"[(\[]([^()\[\]]*)[)\]]", label) if part.strip()]


def without_brackets(label: str) -> str:
    """Return a label without what stands in brackets."""
    return " ".join(re.sub(r"[(\[][^()\[\]]*[)\]]", " ", label).split())


@lru_cache(maxsize=_LABELS)
def without_units(label: str) -> str:
    """Return a label without the brackets that have its unit."""
    for part in in_brackets(label):
        if _is_unit(part) or part.casefold() == "count":
            label = re.sub(rf"\s*[(\[]\s*{re.escape(part)}\s*[)\]]", "", label)
    return label.strip()
