"""Numbers of a part of a server: `45 MB per worker`, `9,100 req/s per core`. No metric of a run is one of a part.

Tables of words in English, German, French, Spanish and Portuguese. This module must not know frameworks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.metrics import published

if TYPE_CHECKING:
    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.vocabulary import Quantity

_PART = (
    r"(?:(?:[^\W\d]+\s)?(?:workers?|process(?:es)?|threads?|(?:child|sub)process(?:es)?|cores?|v?cpus?|goroutines?)"
    r"|(?:http\s)?requests?|anfragen?|requ\u00eates?|petici[o\u00f3]n(?:es)?|requisi\u00e7(?:\u00e3o|\u00f5es)"
    r"|(?:open\s|keep-alive\s|http\s|tcp\s|idle\s)?(?:connections?|conns?|sockets?)|(?:concurrent\s)?(?:users?|clients?)"
    r"|(?:arbeits|worker-?)?prozess(?:e|es|en)?|workern|(?:cpu-)?kern(?:e|en|s)?|threads|verbindung(?:en)?|nutzer|benutzer"
    r"|processus|(?:c\u0153|coe)urs?|fils?\sd['\u2019]ex\u00e9cution|connexions?|utilisateurs?"
    r"|procesos?|n\u00facleos?|hilos?|conexi[o\u00f3]n(?:es)?|usuarios?"
    r"|processos?|conex(?:\u00e3o|\u00f5es)|usu\u00e1rios?)"
)
_PER = r"(?:per|pro|je|par|por|each|every|jede[nmrs]?|chaque|cada|(?<=\w)/|(?<=\w)\s/\s)"
# What is counted so is a set-up, and no result: `2 threads per worker`.
_NO_COUNT = r"(?<!threads\s)(?<!thread\s)(?<!connections\s)(?<!workers\s)(?<!worker\s)(?<!process\s)(?<!processes\s)"
_OF_PART = re.compile(
    rf"{_NO_COUNT}(?:\b|(?<=\w)){_PER}[\s-]?(?P<count>\d[\d.,]*k?\s)?(?P<part>{_PART})(?!\w)"
    r"|\((?P<alone>thread|core|worker)\)|\b(?P<started>worker)[\s-](?:boot|start|spawn)",
    re.IGNORECASE,
)
_KINDS = {
    "worker": r"worker",
    "process": r"proc|prozess|child",
    "core": r"core|cpu|kern|c\u0153ur|coeur|n\u00facleo",
    "thread": r"thread|goroutine|fil|hilo",
    "request": r"request|anfrage|requ|petic|requis",
    "connection": r"conn|socket|verbindung|conex",
    "user": r"user|client|nutzer|utilis|usu",
}
_AT_FIRST = re.compile(
    rf"\W*(?:{_PER}\s{_PART}\s?,|(?:for\s)?{_PER}\s\d[\d.,]*k?\s{_PART}\b"
    r"|an?\s(?:[^\W\d]+\s)?(?:worker|process|thread)\s[a-z]+s\b)",  # `A Flask worker handles`
    re.IGNORECASE,
)
_PARTS_BEFORE = re.compile(rf"\b{_PART}\b", re.IGNORECASE)
_EACH = re.compile(
    r"\s?(?:(?:of\s)?(?:memory|ram)\s)?(?:each|apiece|jeweils|chacune?|cada\s(?:un[oa]?|uma?))\b",
    re.IGNORECASE,
)
_EACH_BEFORE = re.compile(r"\b(?:je|jeweils|each|chacun|cada\s(?:un[oa]|uma?))\s$", re.IGNORECASE)
_LONGEST_EACH = 12
_TIMES_PARTS = re.compile(rf"\s?[\u00d7x*]\s?\d+\s(?P<part>{_PART})\b", re.IGNORECASE)  # `31.5 MB x 4 workers = 126 MB`
_OF_PARTS = {published.THROUGHPUTS: "rate", published.MEMORIES: "memory", published.START: "start"}


@lru_cache(maxsize=4096)
def part_in(text: str) -> str:
    """Return the part of which a number is by the words about it: `worker` of `RPS per worker`; empty for the whole."""
    found = _OF_PART.search(text)
    if found is None:
        return ""
    kind = _kind_of(found["part"] or found["alone"] or found["started"])
    return f"{found['count']}{kind}s" if found["count"] else kind


def _kind_of(words: str) -> str:
    return next(kind for kind, pattern in _KINDS.items() if re.search(pattern, words, re.IGNORECASE))


def part_in_sentence(plain: str, clause: str, amount: Amount) -> str:
    """Return the part of which a number of a sentence is: `45 MB per worker`, `workers use 45 MB each`.

    Args:
        plain: The sentence.
        clause: The words about the number.
        amount: The number.
    """
    first, product = _AT_FIRST.match(plain), _TIMES_PARTS.match(plain, amount.end)
    if part := part_in(clause) or (
        part_in(first[0]) or _kind_of(first[0]) if first else _kind_of(product["part"]) if product else ""
    ):
        return part
    start = amount.start
    is_each = _EACH.match(plain, amount.end) or _EACH_BEFORE.search(plain, max(0, start - _LONGEST_EACH), start)
    parts = list(_PARTS_BEFORE.finditer(plain, 0, start)) if is_each else []
    return _kind_of(parts[-1][0]) if parts else ""


def of_part(quantity: Quantity, part: str) -> Quantity:
    """Return the quantity of a part for a rate, a memory or a start; a latency is the same of a part."""
    name = _OF_PARTS.get(quantity.metric or "")
    return quantity if name is None or not part else type(quantity)(f"{name} per {part}")
