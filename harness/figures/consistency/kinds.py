"""Units that a quantity can't have: the rule UNIT.

A latency is a time, requests per second are a rate, and a memory is a size. The metric of a figure says its kind;
without one, its quantity and label do, if they name one kind only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.consistency.wording import listed
from harness.figures.published import Contradiction, Figure, Rule
from harness.metrics.catalogue import unit_for_figures
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KINDS = {
    Unit.SECOND: (
        "a time",
        re.compile(
            r"\b(?:latenc(?:y|ies)|response times?|start-?up times?|boot times?|cold starts?|time per request|ttfb)\b"
        ),
    ),
    Unit.PER_SECOND: ("a rate", re.compile(r"\b(?:req(?:uest)?s?(?: per |/)s(?:ec(?:ond)?)?|rps|throughput)\b")),
    Unit.BYTE: ("a size", re.compile(r"\b(?:memory|ram|rss|heap|(?:image|binary|package|bundle) size)\b")),
}
# A rate with its number is a load, and names no quantity: `Median at 1,000 req/s`.
_LOAD = re.compile(r"(?<![\w.])\d[\d.,'\u2009\u202f\u00a0 ]*k? ?(?:req(?:uest)?s?(?: per |/)s(?:ec(?:ond)?)?|rps)\b")
_PERCENT = "%"
# Words with which per cent, or bytes of a throughput, are another quantity.
RELATIVE = re.compile(
    r"[-+\u2212]\s?\d|\b(?:of|best|relative|vs|versus|compared|share|utili[sz]ation|usage|used|improve\w*|faster|slower|more|"
    r"less|lower|higher|gain\w*|loss|errors?|change|increase\w*|reduc\w*|overhead|stdev|deviation|variation|spread|cv|score)\b"
)
_RATES_OF_REQUESTS = re.compile(r"\b(?:req(?:uest)?s?(?: per |/)s(?:ec(?:ond)?)?|rps)\b")


def impossible_units(plain: Iterable[Figure]) -> Iterator[Contradiction]:
    """Yield the figures whose printed unit is of another kind than their quantity."""
    for figure in plain:
        wanted = kind_of(figure)
        if wanted is not None and _is_impossible(figure, wanted):
            what = figure.quantity or figure.label
            message = f"{listed([figure])} is in {figure.unit}, and {what} is {_KINDS[wanted][0]}."
            yield Contradiction(Rule.UNIT, message, (figure,))


def kind_of(figure: Figure) -> Unit | None:
    """Return the kind of number that a figure's metric or words ask for; None if it is not known."""
    by_metric = unit_for_figures(figure.metric) if figure.metric else None
    if by_metric in _KINDS:
        return by_metric
    named = [kind for kind, (_, words) in _KINDS.items() if words.search(_words(figure))]
    return named[0] if len(named) == 1 and by_metric is None else None


def _is_impossible(figure: Figure, wanted: Unit) -> bool:
    base, words = figure.unit.base, f"{_words(figure)} {figure.printed.casefold()}"
    if base is wanted or (base is Unit.ONE and figure.unit.name != _PERCENT):
        return False
    if wanted is Unit.PER_SECOND and base is Unit.BYTE:  # bytes per second are a throughput too
        return bool(_RATES_OF_REQUESTS.search(words))
    if base is Unit.ONE:  # a memory can be a share of the machine's
        return wanted is not Unit.BYTE and not RELATIVE.search(words)
    return True


def _words(figure: Figure) -> str:
    """Return what names the quantity of a figure; the words before a number in a sentence can be of another number."""
    label = "" if figure.label.startswith("[") else figure.label
    return _LOAD.sub(" ", f"{figure.quantity or ''} {label}".casefold())
