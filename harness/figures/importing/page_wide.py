"""What a page states for all of its numbers: `We tested both on a 4-core VPS`.

Such a sentence says who or what was tested, names no framework alone and has no result. In the introduction it states
its load and set-up for the whole page, behind it only the CPUs: a later section may have a load of its own. What it
states in words that no rule understands is listed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.page import Kind, Table
from harness.figures.importing.stated import stated_in, without_conflict
from harness.figures.importing.subjects import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.importing.found import Finder
    from harness.figures.importing.source import Text

_DONE = r"(?:tested|measured|benchmarked|load-?tested|taken|performed|executed|ran|(?:was|were|are|is)\srun)"
# The same in German, French, Spanish and Portuguese.
_STATES_ALL_ABROAD = (
    r"\W{0,3}(?:(?:wir|ich)\s[^.;]{0,80}?\b(?:getestet|gemessen)"
    r"|(?:beide|alle|alles)\b[^.;]{0,80}?\b(?:getestet|gemessen)"
    r"|(?:die|unsere|alle)\s(?:tests|messungen|benchmarks|ergebnisse|zahlen)\s[^.;]{0,60}?"
    r"\b(?:liefen|gemessen|durchgeführt)"
    r"|(?:getestet|gemessen)\s(?:wurde\s)?(?:auf|mit)|(?:testumgebung|testrechner|rechner|umgebung):"
    r"|(?:nous|on|j.ai)\s[^.;]{0,40}?\b(?:testé|mesuré)"
    r"|(?:tous|toutes|les\sdeux)\b[^.;]{0,60}?\b(?:testé|mesuré)e?s?"
    r"|(?:les|nos)\s(?:tests|mesures|benchmarks|résultats)\s[^.;]{0,60}?\b(?:exécuté|effectué|mesuré|réalisé)e?s?"
    r"|(?:testé|mesuré)e?s?\s(?:sur|avec)|(?:matériel|environnement):"
    r"|(?:probamos|medimos|hemos\s(?:probado|medido)|testamos|testámos)\b"
    r"|(?:ambos|todos|todas)\b[^.;]{0,60}?\b(?:probad|medid|testad)[oa]s?"
    r"|(?:las|los|as|os)\s(?:pruebas|mediciones|tests|resultados|testes|medições)\s[^.;]{0,60}?"
    r"\b(?:ejecut|realiz|execut|hicieron)\w*|(?:entorno|ambiente):)"
)
_NOUN = r"(?:tests?|benchmarks?|numbers|figures|measurements?|results|frameworks|apps|servers)"
_STATES_ALL = re.compile(
    rf"\W{{0,3}}(?:(?:we|i)\s[^.;]{{0,40}}?\b{_DONE}|(?:both|all|every\w*|each)\b[^.;]{{0,60}}?\b{_DONE}"
    rf"|(?:the|our|my|these)\s(?:\w+\s)?{_NOUN}\s[^.;]{{0,40}}?\b{_DONE}|(?:tested|measured|benchmarked|run)\son"
    r"|(?:(?:test|benchmark)\s)?(?:hardware|machine|environment|set-?up):)",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\b(?:on\s(?:an?|the|our|my|one|two)|auf\s(?:einem|einer|zwei)|sur\s(?:un|une)"
    r"|en\s(?:un|una)|em\s(?:um|uma)|num|numa)"
    r"\s[^.;,]{0,60}?\b(?:vps|vms?|virtual machines?|servers?|machines?|laptop|desktop"
    r"|instances?|droplets?|macbook(?:\s(?:pro|air))?|mac mini|raspberry pi|workstation|pc|box"
    r"|rechner|notebook|ordinateur|serveur|servidor|portátil)\b[^.;,]{0,40}",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[A-Z\d]")  # `on my laptop` tells nothing
_SENTENCE = re.compile(r"(?<=[.;!?])\s|\n")
_DENIES = re.compile(
    r"\b(?:not|never|nicht|nie|kein\w*|jamais|pas|nunca|n\u00e3o|no\shemos)\b|n['\u2019]t\b", re.IGNORECASE
)
_RESULTS = frozenset({"req/s", "ms", "\u00b5s", "x"})
_NOT_UNDERSTOOD = "where the page measured, in words that no rule understands"


def states_all(finder: Finder, sentence: str) -> bool:
    """Return whether a sentence states what holds for all numbers of its page or section."""
    states = _STATES_ALL.match(sentence) or re.match(_STATES_ALL_ABROAD, sentence, re.IGNORECASE)
    if states is None or _DENIES.search(sentence) or len(distinct(finder.subjects.mentions(sentence))) == 1:
        return False
    return not any(one.unit in _RESULTS for one in amounts_in(sentence, finder.convention))


def read_page_wide(finder: Finder) -> None:
    """Find what a page states for all of its numbers; of two values of one condition neither holds for all."""
    stated: list[str] = []
    for text, start, sentence, is_introduction in _sentences(finder):
        if states_all(finder, sentence):
            found = stated_in(sentence)
            stated += (one for one in found if is_introduction or understand((one,)).stated().keys() <= {"cpus"})
            machine = None if found else _MACHINE.search(sentence)
            if machine is not None and _NAMED.search(machine[0]):
                finder.refuse(machine[0].rstrip(), text.offset(start + machine.start()), _NOT_UNDERSTOOD, sentence)
    finder.conditions = tuple(without_conflict(stated))


def _sentences(finder: Finder) -> Iterator[tuple[Text, int, str, bool]]:
    """Yield the sentences of a page with their beginnings, and whether each stands in the introduction."""
    is_introduction = True
    for block in finder.page.blocks:
        if isinstance(block, Table) or block.kind in {Kind.CODE, Kind.PICTURE}:
            continue
        if block.kind is Kind.HEADING:
            is_introduction = is_introduction and block.level <= 1
            continue
        start = 0
        for gap in [*_SENTENCE.finditer(block.text.plain), None]:
            end = gap.start() if gap else len(block.text.plain)
            yield block.text, start, block.text.plain[start:end], is_introduction
            start = gap.end() if gap else end
