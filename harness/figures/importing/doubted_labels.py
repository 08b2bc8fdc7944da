"""Labels, heads and headings whose numbers are no results of today: estimates, goals, another time, a change.

Tables of words in English, German, French, Spanish and Portuguese. This module must not know frameworks.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harness.figures.consistency.vocabulary import NAMES, words_in
from harness.figures.importing.doubts import tells_another_time
from harness.figures.printed import unit_named
from harness.units import Unit

NO_RESULT = "its label names an estimate or a goal, and no result"
OTHER_TIME = "its label tells of another time, or of a change"
OTHER_YEAR = "its label names a year that is not the page's own"
_SUPPOSES = re.compile(
    r"\b(?:est\.?|estimat\w*|(?<!as\s)expect(?:ed|ations?)|project(?:ed|ions?)|predict(?:ed|ions?)|forecast\w*"
    r"|extrapolat\w*|theoretical\w*|in\stheory|hypothetical\w*|assum(?:ed|ptions?)|goals?|planned|desired|slo|sla|threshold|budget"
    r"|target(?!\s(?:rate|rps|qps|load|throughput|req\w*))"
    r"|geschätzt\w*|schätzung\w*|(?<!wie\s)erwartet\w*|erwartung\w*|prognos\w*|hochrechnung|hochgerechnet\w*|theoretisch\w*"
    r"|ziel(?:wert\w*|vorgabe\w*|e)?|soll(?:wert\w*)?|geplant\w*|angestrebt\w*"
    r"|estim(?:ée?s?|ations?)|attendue?s?|prévue?s?|prévisions?|théorique\w*|en\sthéorie|objectifs?|cible|visée?s?"
    r"|estimad[oa]s?|estimación|estimativa|esperad[oa]s?|previst[oa]s?|previsión|previsão|te[óo]ric[oa]s?|objetivos?|meta|alvo|schwellwert|seuil|umbral|limiar)"
    r"(?!\w)",
    re.IGNORECASE,
)
# Alone in a label, or as its last word; `Memory before load` is a state of the server.
_BEFORE = (
    r"(?:before|previous(?:ly)?|prior|old|older|earlier|former(?:ly)?|legacy|past|original(?:ly)?"
    r"|vorher|davor|zuvor|früher|alt|avant|ancien(?:ne)?s?|précédente?s?|antes|anterior(?:es)?|previ[oa]|antig[oa]s?)"
)
_AFTER = r"(?:after|nachher|danach|hinterher|après|después|despues|depois)"
_SEGMENT = r"(?:^|[(\[,;:/\u2013\u2014])\s*{words}\s*(?:$|[()\[\],;:/\u2013\u2014])|\s{words}\W*$"
_IS_BEFORE, _IS_AFTER = (re.compile(_SEGMENT.format(words=words), re.IGNORECASE) for words in (_BEFORE, _AFTER))
_ALONE = re.compile(rf"{_BEFORE}|(?P<after>{_AFTER})", re.IGNORECASE)
_YEAR = re.compile(r"20(?:0[5-9]|[12]\d|3[0-5])")  # and no number of connections, such as 2000 and 2048
_DAY_S = 86_400


@lru_cache(maxsize=4096)
def doubt_in_label(label: str, dated: str, *, names_framework: bool = False) -> str | None:
    """Return why the numbers below a label are no results of today; None if the label does not tell it.

    Args:
        label: The label of a row, the head of a column, a heading, or the words of a cell.
        dated: What dates the page: a year of it is the page's own time.
        names_framework: Whether the label names a framework. `After (Gin)` is a change to it, so its number counts.
    """
    if _SUPPOSES.search(label):
        return NO_RESULT
    if tells_another_time(label, dated) or _IS_BEFORE.search(label):
        return OTHER_TIME
    words = [word for word in words_in(label.casefold()) if word not in NAMES]
    if len(words) == 1 and _YEAR.fullmatch(words[0]) and words[0] not in dated:
        return OTHER_YEAR
    alone = _ALONE.fullmatch(words[0]) if len(words) == 1 else None
    is_after = _IS_AFTER.search(label) or (alone and alone["after"])
    if (alone and not alone["after"]) or (is_after and not names_framework):
        return OTHER_TIME
    return None


def is_of_runs(unit: str | None) -> bool:
    """Return whether a number in a unit can be measured by a run, as rates and sizes can; years of a market can't."""
    if unit in {None, "x", "%", "% difference"}:
        return True
    known = unit_named(str(unit))
    if known is None:
        return False
    return known.base in {Unit.PER_SECOND, Unit.BYTE} or (known.base is Unit.SECOND and known.factor < _DAY_S)
