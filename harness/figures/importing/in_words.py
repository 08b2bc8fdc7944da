"""Numbers in words: `half a second`, `twice as fast`, `three times the memory`, `a few milliseconds`.

A figures file has numbers with digits, which its reader finds again in the printed text. So a number in words is no
figure, and it is listed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.importing.found import REFUSED

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.figures.importing.found import Finder
    from harness.figures.importing.source import Text

IN_WORDS = "a number in words, which has no digits to check"
_COUNT = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
    r"|(?:an?|one|several)\s(?:hundred|thousand|million)|an?\s(?:few|couple\sof|dozen)|several"
    r"|(?:dozens|hundreds|thousands|millions|tens\sof\sthousands)\sof)"
)
_PART = r"(?:half|(?:an?|one)\s(?:quarter|third|fifth|tenth|hundredth|fraction)|two\sthirds|three\squarters)"
_UNIT = (
    r"(?:(?:milli|micro)?seconds?|minutes?|hours?|(?:kilo|mega|giga)bytes?|[KMG]i?B|percent|lines\sof\scode"
    r"|(?:requests?|responses?)(?:\s(?:per|a|each|every)\ssecond|/s(?:ec)?))"
)
_WHAT = (
    r"(?:memory|ram|cpu|latency|throughput|speed|rate|performance|footprint|requests?|responses?|start-?up|size|code"
    r"|dependencies|load|traffic)"
)
_AS = r"as\s(?:fast|quick|slow|much|many|large|big|small|high|low|light|heavy|long|short|efficient|good)"
_THAN = (
    r"(?:faster|slower|quicker|better|worse|more|less|fewer|higher|lower|smaller|larger|bigger|lighter|heavier|longer)"
)
# The same in German, French, Spanish and Portuguese.
_TIMES = r"(?:zwei|drei|vier|fünf|sechs|acht|zehn|zwanzig|fünfzig|hundert)mal"
_WORDS_ABROAD = (
    rf"(?:doppelt|halb|{_TIMES})\s(?:so\s\w+|\w{{4,}}er|mehr)"
    r"|(?:die\shälfte|ein(?:en)?\s(?:drittel|viertel|fünftel|zehntel|bruchteil))\s(?:des|der)\s\w+"
    r"|(?:eine\shalbe|wenige|ein\spaar)\s(?:milli|mikro)?sekunden?"
    r"|(?:deux|trois|quatre|cinq|six|dix|vingt|cent)\sfois\s(?:plus|moins|la|le)\s\w+"
    r"|(?:la\smoitié|le\sdouble)\sde\sla\s\w+"
    r"|(?:dos|tres|cuatro|cinco|seis|diez|veinte|cien)\sveces\s(?:más|menos|la|el)\s\w+"
    r"|(?:la\smitad|el\sdoble)\sde\s\w+"
    r"|(?:duas|três|quatro|cinco|seis|dez|vinte|cem)\svezes\s(?:mais|menos|a|o)\s\w+"
    r"|(?:metade|o\sdobro)\sd[aeo]\s\w+"
)
_IN_WORDS = re.compile(
    rf"\b(?:{_COUNT}\s{_UNIT}|{_PART}\s(?:of\s)?an?\s{_UNIT}|{_PART}\s(?:{_AS}|(?:of\s)?(?:the|its|that|as)\s{_WHAT})"
    rf"|(?:twice|thrice|{_COUNT}\s(?:times|fold))\s(?:{_AS}|{_THAN}|(?:the|its|that)\s{_WHAT})"
    rf"|(?:doubl|tripl|quadrupl|halv)(?:es?|ed|ing)\s(?:(?:the|its|their|your|our|[\w.]+['\u2019]s?)\s)?(?:\w+\s)?{_WHAT}"
    rf"|(?:cut|cuts|cutting|reduc\w+|drop\w*|shr[aiu]nk\w*|lower\w*)\s(?:[\w'\u2019]+\s){{1,4}}"
    rf"(?:in|by|to)\s(?:half|an?\s(?:third|quarter|fifth|tenth))"
    rf"|{_WORDS_ABROAD})\b",
    re.IGNORECASE,
)
_MAY_HAVE = re.compile(
    r"\b(?:half|halves|quarters?|third|thirds|fifth|tenth|hundredth|fraction|twice|thrice|times|\w*fold|(?:doubl|tripl|quadrupl|halv)(?:es?|ed|ing)"
    rf"|magnitude|\w*seconds?|minutes?|hours?|\w*bytes?|[kmg]i?b|percent|lines|/s|doppelt|halbe?|{_TIMES}|hälfte"
    r"|(?:drit|vier|fünf|zehn)tel|bruchteil|(?:milli|mikro)?sekunden?|fois|moitié|double|veces|mitad|doble|vezes|metade"
    r"|dobro)\b",
    re.IGNORECASE,
)
_LONGEST = 4000


def may_have_words(text: str) -> bool:
    """Return whether a text can have numbers in words."""
    return _MAY_HAVE.search(text) is not None


def refuse_words(finder: Finder, text: Text, subject: str | None, factors: Collection[tuple[int, int]] = ()) -> None:
    """List the numbers in words of a sentence or a cell that is about a framework: `subject`, or one that it names.

    Args:
        finder: What the readers of the page share.
        text: The sentence or the cell.
        subject: The framework that it is about; None for those that it names.
        factors: The places of its factors that are read as ratios.
    """
    plain = text.plain[:_LONGEST]
    found = list(_IN_WORDS.finditer(plain)) if may_have_words(plain) else []
    found = [one for one in found if not any(start <= one.start() < end for start, end in factors)]
    if found and (subject or finder.subjects.mentions(plain)) and finder.affords(len(found) * REFUSED, text):
        for one in found:
            finder.refuse(one[0], text.offset(one.start()), IN_WORDS, plain)
