"""Why a sentence does not state a number of its framework today: it denies it, supposes it, or tells of another time.

Tables of words in English, German, French, Spanish and Portuguese. This module must not know frameworks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.figures.importing.statistic_words import SPREAD
from harness.figures.importing.units import NOUNS
from harness.figures.printed import unit_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.amounts import Amount

UNREAL = "its sentence denies or supposes it"
ANOTHER_TIME = "its sentence tells of another time"
DIFFERENCE = "a difference in absolute numbers, and no value"
OF_SPREAD = "a spread or an end of an interval, and no result"
OF_LIMIT = "what its sentence limits to, and no result"
BESIDE = "two numbers stand beside a slash, and nothing says what each is of"
BY_ORDER = "its sentence tells by the order of its numbers alone what each is of"
_DENIES = (
    r"not|never|at\sno\s(?:point|time)|hardly|scarcely|rarely|seldom|kaum|zu\skeine[mr]\s\w+|à\saucun\smoment|en\sningún\smomento|em\snenhum\smomento|cannot|neither|nor|no\slonger|nicht|pas|nie|niemals|kein\w*|jamais|ne|nunca|não|ya\sno"
    r"|goal|promis\w*|hop(?:e[ds]?|ing)"
)
_VERB = r"(?:be|have|reach|serve|handle|do|get|need|use|take|achieve|process|hit|manage|exceed|deliver|go|grow|drop)"
_SUPPOSES = (
    rf"if|would|could|should|might|may\s(?:well\s|even\s|also\s|then\s)?{_VERB}\b|expect\w*|estimat\w*|predict\w*|forecast\w*"
    r"|extrapolat\w*|project(?:ed|ions?)|suppos\w*|assum\w*|imagin\w*|hypothetical\w*|theoretical\w*|in\stheory"
    r"|presumably|probably|likely|potentially|(?:wants?|aim(?:s|ed)?|plan(?:s|ned)?|needs?)\sto\s(?:\w+\s)?"
    rf"{_VERB}\b|aim(?:s|ed|ing)?\s(?:for|at)|(?:target|objective|slo|sla|budget|threshold|deadline|quota)\s(?:is|was|of|at)"
    r"|rate[\s-]?limit\w*|throttl\w+|ziel\s(?:ist|war|sind|waren)"
    r"|objecti[fv]o?\s(?:est|était|es|era|é)|meta\s(?:es|era|é)|wollen|möchten|voulons|visons|queremos"
    r"|wenn|falls|würden?|könnten?|sollten?|wären?|hätten?|dürften?|müssten?|kämen?|geschätzt\w*|schätz\w*"
    r"|erwart\w*|vermutlich|wahrscheinlich|voraussichtlich|theoretisch"
    r"|si|\w*(?:er|dr|rr|vr)ai(?:t|ent)|aurai(?:t|ent)|estim[ée]\w*|prév(?:u|oit|oyons)\w*|attendu\w*|théori(?:e|que)\w*|probablement"
    r"|(?:ser|podr|deber|tendr|har|llegar|alcanzar|atender|servir|lograr|usar|necesitar)ían?|estimad\w*|esperad\w*"
    r"|teóric\w*|(?:ser|poder|dever|ter|far|chegar|alcançar|atender|usar)iam?"
)
_SUPPOSED = re.compile(rf"\b(?:{_SUPPOSES})\b", re.IGNORECASE)
_UNREAL = re.compile(rf"\b(?:{_DENIES}|{_SUPPOSES})\b|n['\u2019]t\b", re.IGNORECASE)
_DENIED_BEHIND = re.compile(
    r"\s(?:targets?|goals?|budgets?|sl[oa]s?|thresholds?|deadlines?|time-?outs?|rate\slimits?|quotas?|objectives?|ziel\w*|budget)\b"
    r"|\s*(?:is|are|was|were|do|does|did)(?:n['\u2019]t| not| never)\b",
    re.IGNORECASE,
)
_GUESSED = (
    r"(?:estimate[ds]?|expected|projected|predicted|extrapolated|hypothetical|theoretical(?:ly)?|in\stheory|geschätzt|erwartet"
    r"|schätzung|theoretisch|estim(?:ée?s?|ation)|attendue?s?|en\sthéorie|estimad[oa]s?|esperad[oa]s?|en\steoría|em\steoria)\b"
)
_ARTICLE = r"(?:an?\s|only\s|our\s|eine?\s|une\s)?"
_SUPPOSED_BEHIND = re.compile(
    r"\s*(?:(?:of\s\w+|for\s\w+|with\s\w+)\s)?(?:would|could|should|might|würden?|wären?|serai(?:t|ent)|serían?|seriam?)\b"
    rf"|\s*(?:(?:is|are|was|were|wird|werden|est|sont)\s)?{_ARTICLE}{_GUESSED}"
    rf"|\s*[,(\u2013\u2014-]{{1,2}}\s?{_ARTICLE}{_GUESSED}(?=\s*(?:[.,;)]|$))"
    r"|\s\w+\s(?:würden?|könnten?|sollten?|dürften?)\b",
    re.IGNORECASE,
)
_ALTERS = (
    r"(?:add|enabl|scal|doubl|increas|tun|optimi|cach|upgrad|switch|replac|remov|hinzu|skalier|verdoppel|erhöh|ajout|activ|augment"
    r"|aument|añad|agreg|adicion|escal|duplic)\w*\b"
)
# What begins a sentence, and holds for all of it up to what was measured.
_IN_THEORY = re.compile(
    rf"\W*(?:(?:if|wenn|falls|si|se)\s(?:[^\W\d]+\s){{0,4}}?{_ALTERS}"
    r"|theoretically|hypothetically|in\s(?:the\s)?theory|in\sder\stheorie|theoretisch|en\sthéorie|théoriquement"
    r"|en\steoría|em\steoria|on\spaper|auf\sdem\spapier)\b(?:(?!\bbut\b|\baber\b|\bmais\b|\bpero\b|\bpractice\b|\bpraxis\b"
    r"|\bpratique\b|\bpráctica\b|\bprática\b|\breality\b|;).)*",
    re.IGNORECASE | re.DOTALL,
)
_PART = re.compile(r"[,;:.!?]\s|\s\(|\)\s|\b(?:but|while|whereas|aber|mais|pero)\b", re.IGNORECASE)
_SPAN = r"(?:day|week|month|quarter|year|decade|spring|summer|autumn|winter|release|version)s?"
_WORK = (
    r"(?:set-?up|stack|version|release|server|machine|box|hardware|laptop|kernel|cpu|runtime|deployment|config(?:uration)?|build|code|codebase"
    r"|implementation|system|infrastructure|environment|app|measurement|test|benchmark|run|result|number|figure|attempt)s?"
)
_CHANGE = (
    r"(?:tun\w+|upgrad\w+|updat\w+|migrat\w+|mov(?:e|ing|ed)|switch\w*|chang\w+|optimi[sz]\w+|rewrit\w+|rewrote|refactor\w*"
    r"|fix\w*|patch\w*|releas\w+|caching|rework\w*|replac\w+|introduc\w+)"
)
_PAST = re.compile(
    # English
    r"\b(?:previously|formerly|originally|used\sto|back\sthen|in\sthe\spast|at\sthat\stime|ago|back\sin\s(?:19|20)\d\d"
    r"|once\s(?:served|reached|did|had|needed|used|took|handled)|until\s(?:recently|last|now)"
    rf"|(?:last|previous|prior|past)\s{_SPAN}"
    rf"|(?:old|older|earlier|former|previous|prior|legacy|outdated|original)\s(?:\w+\s)?{_WORK}"
    rf"|(?:before|prior\sto|until)\s(?:(?:the|our|my|this|that|any|we|i|they|it|was|were|had)\s){{0,3}}(?:\w+\s)?{_CHANGE}"
    # German
    r"|früher|vorher|zuvor|damals|ehemals|seinerzeit|ursprünglich|vor\s(?:\w+\s){1,3}(?:tag|woche|monat|jahr)\w*"
    r"|(?:letzte|vorige|vergangene)[nmrs]?\s(?:jahr|monat|woche|version|quartal|sommer|winter|frühjahr|herbst)\w*"
    r"|(?:alte|ältere|frühere|ehemalige|bisherige|vorherige|ursprüngliche)[nmrs]?\s(?:version|aufbau|set-?up|server|rechner"
    r"|maschine|stand|konfiguration|system|umgebung|messung|installation|hardware|code)\w*"
    r"|vor\s(?:der|dem|den|unsere[rmn]?|einer?m?)\s(?:\w+\s)?\w*(?:tuning|umstellung|optimierung|update|upgrade|migration|umzug"
    r"|wechsel|umbau|umstieg|änderung|anpassung)\w*"
    # French
    r"|avant(?=\s?,)|auparavant|autrefois|jadis|précédemment|anciennement|à\sl['\u2019]époque"
    r"|il\sy\sa\s(?:[^\W\d]+\s|\d+\s){1,3}(?:jours?|semaines?|mois|ans?|années?)"
    r"|(?:l['\u2019]an(?:née)?|le\smois|la\ssemaine|la\sversion|l['\u2019]été)\s(?:derni(?:er|ère)|passée?|précédente?)"
    r"|ancien(?:ne)?s?\s(?:version|serveur|machine|configuration|installation|système|matériel|code|mesure|test|set-?up)s?"
    r"|avant\s(?:de\s|que\s)?(?:l[ea]s?\s|l['\u2019]|notre\s|cette\s|d['\u2019]|nous\s)*(?:tuning|migr|optimi|mise\s|passage|passer|chang|refonte"
    r"|réglage)\w*"
    # Spanish and Portuguese
    r"|antes|anteriormente|antiguamente|antigamente"
    r"|(?:hace|há|faz)\s(?:[^\W\d]+\s|\d+\s){1,3}(?:d[ií]as?|semanas?|m[eê]s(?:es)?|a[ñn]os?)"
    r"|(?:a[ñn]o|m[eê]s|semana|versión|versão)\s(?:pasad|passad)[oa]|(?:versión|versão)\santerior"
    r"|(?:antigu|antig|viej|velh)[oa]\s(?:versión|versão|servidor|máquina|sistema|configura\w+))\b",
    re.IGNORECASE,
)
_NO_UNIT = r"(?![.,]?\d|\s?(?:ms|µs|us|s|req\w*|rps|[kmg]i?b|x|%|lines?|users?|connections?|Anfragen|peticiones)\b)"
_WHEN = re.compile(
    rf"\b(?:(?:in|since|by|until|seit|im\sJahr|en|em|depuis|desde)\s(?:19|20)\d\d{_NO_UNIT}|today|now(?:adays)?|currently"
    r"|heute|aujourd['\u2019]hui|hoy|hoje)\b",
    re.IGNORECASE,
)
_IN_YEAR = re.compile(
    rf"\b(?:in|im|en|em)\s(?:Jahr\s|(?:[^\W\d_]{{3,12}}\.?\s(?:de\s|of\s)?))?(?P<year>(?:19|20)\d\d){_NO_UNIT}(?!\w)",
    re.IGNORECASE,
)
_CAME = re.compile(
    r"\b(?:released|created|founded|born|began|begun|started|written|launched|appeared|published|introduced|invented"
    r"|veröffentlicht|erschienen|erschien|entstanden|publiée?|créée?|parue?|sortie?|lanzado|creado|lançado|criado)\s$",
    re.IGNORECASE,
)
_LOOK_BACK = 24
_CHANGED = re.compile(
    r"\b(?:went|gr[eo]wn?|improv\w*|rose|increas\w*|dropp\w*|fell|reduc\w*|decreas\w*)\b[^.]{0,40}\b(?:from|by)\s$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:instead\sof|rather\sthan|(?:up|down)\sfrom|(?:an)?statt|au\slieu\sde|en\s(?:lugar|vez)\sde|em\svez\sde"
    r"|ao\sinvés\sde)\s\S{0,3}$",
    re.IGNORECASE,
)
_BY_ORDER = re.compile(r"\b(?:respectively|respectivement|respectivamente|beziehungsweise|bzw)\b", re.IGNORECASE)


_MORE = (
    r"(?:more(?!\sor\sless)|less|fewer|faster|slower|quicker|better|worse|higher|lower|smaller|larger|bigger|heavier|lighter"
    r"|mehr|weniger|schneller|langsamer|höher|niedriger|de\s(?:plus|moins)|plus\s(?:rapide|lente?)s?|más|menos|a\smais)"
)
_DIFFERS_BEHIND = re.compile(rf"\s(?:of\s)?(?:{_MORE}|overhead|extra)\b", re.IGNORECASE)
_DIFFERS_BEFORE = re.compile(
    r"(?:(?<!followed\s)\bby|\bum|\b(?:add(?:s|ed|ing)?|sav(?:es?|ed|ing)|los(?:es?|t|ing)|gain(?:s|ed|ing)?|extra|additional"
    r"|spar(?:t|te)|verl(?:or|iert)|ajoutent?|ajoute|gagne|perd|ahorra|añade|pierde|adiciona|economiza|perde)"
    r"|\b(?:overhead|difference|differenz|différence|diferen(?:cia|ça))\s(?:of|is|was|von|de))\s$",
    re.IGNORECASE,
)
_SPREAD_BEFORE = re.compile(rf"(?:{SPREAD.pattern})\s?(?:(?:of|is|was|von|de)\s|[:=]\s?)?$", re.IGNORECASE)
_LONGEST_SPREAD = 40
_LIMITED = re.compile(r"\b(?:limit|cap|throttl|restrict)\w*\s(?:[^\s,;:]+\s){0,3}(?:to|at)\s$", re.IGNORECASE)
_LONGEST_LIMITED = 60
_BESIDE = re.compile(r"\s?/\s?")


def doubt_of_number(plain: str, amount: Amount) -> str | None:
    """Return why a number of a sentence is none of today: it is a change or difference, or is not real."""
    if amount.unit not in {None, "x", "%", *NOUNS} and _is_difference(plain, amount):
        return DIFFERENCE
    if _SPREAD_BEFORE.search(plain, max(0, amount.start - _LONGEST_SPREAD), amount.start):
        return OF_SPREAD
    if amount.key == "range" and _CHANGED.search(plain[: amount.start]):  # `went from 1,000 to 3,000 req/s`
        return "a change from one number to another"
    if _INSTEAD.search(plain, max(0, amount.start - _LOOK_BACK), amount.start):
        return "its sentence states another number instead"
    if is_unreal(plain, amount):
        return UNREAL
    is_limit = amount.unit == "req/s" and _LIMITED.search(plain, max(0, amount.start - _LONGEST_LIMITED), amount.start)
    return OF_LIMIT if is_limit else None


def _is_difference(plain: str, amount: Amount) -> bool:
    before = _DIFFERS_BEFORE.search(plain, max(0, amount.start - _LOOK_BACK), amount.start)
    return before is not None or _DIFFERS_BEHIND.match(plain, amount.end) is not None


def is_beside(plain: str, amount: Amount, amounts: Sequence[Amount]) -> bool:
    """Return whether nothing but a slash stands between an amount and another of its kind: `8 ms / 21 ms`."""
    kinds = {one: unit_named(one.unit) for one in amounts if one.unit}
    return any(
        amount in pair and _BESIDE.fullmatch(plain, pair[0].end, pair[1].start)
        for pair in pairwise(amounts)
        if len({kind.base for one in pair if (kind := kinds.get(one))}) == 1 and kinds.keys() >= set(pair)
    )


def is_by_order(plain: str) -> bool:
    """Return whether a sentence pairs two lists by their order: `the p50 and p99 are 8 ms and 21 ms, respectively`."""
    return _BY_ORDER.search(plain) is not None


def is_unreal(plain: str, amount: Amount) -> bool:
    """Return whether a sentence denies or supposes a number: `never exceeded 3,000 req/s`, `would serve 10k`."""
    part = max([found.end() for found in _PART.finditer(plain, 0, amount.start)], default=0)
    return bool(
        _UNREAL.search(plain, part, amount.start) or _DENIED_BEHIND.match(plain, amount.end) or _supposes(plain, amount)
    )


def _supposes(plain: str, amount: Amount) -> bool:
    in_theory = _IN_THEORY.match(plain)
    return (in_theory is not None and amount.start < in_theory.end()) or bool(_SUPPOSED_BEHIND.match(plain, amount.end))


@lru_cache(maxsize=64)
def tells_another_time(plain: str, dated: str) -> bool:
    """Return whether a sentence tells of a time before its page, or of several times.

    Args:
        plain: The sentence.
        dated: What dates the page: a year of it is the page's own time.
    """
    if _PAST.search(plain) or len({found[0].casefold() for found in _WHEN.finditer(plain)}) > 1:
        return True
    return any(
        found["year"] not in dated and not _CAME.search(plain, max(0, found.start() - _LOOK_BACK), found.start())
        for found in _IN_YEAR.finditer(plain)
    )


@lru_cache(maxsize=64)
def without_supposed(plain: str, amounts: tuple[Amount, ...]) -> str:
    """Return a text of the same length in which the parts that suppose something are blank.

    What stands before or behind a supposed number, up to a measured one, is about the supposed one.
    """
    if _SUPPOSED.search(plain) is None and _SUPPOSED_BEHIND.search(plain) is None:
        return plain
    results = [one for one in amounts if one.unit is not None and one.unit not in NOUNS]
    for start, end in _supposed(plain, results):
        plain = plain[:start] + " " * (end - start) + plain[end:]
    return plain


def _supposed(plain: str, results: Sequence[Amount]) -> Iterator[tuple[int, int]]:
    """Yield where a text supposes something: a part alone, or with the parts around it that have no other number."""
    edges = [0, *(found.end() for found in _PART.finditer(plain)), len(plain)]
    told, is_supposed = 0, False  # up to where numbers are told, and whether the last of them is supposed
    for start, end in pairwise(edges):
        inside = [one for one in results if start <= one.start < end]
        supposes = bool(_SUPPOSED.search(plain, start, end)) or any(_supposes(plain, one) for one in inside)
        if supposes:
            yield (told if inside else start), end
        if inside or supposes:
            told, is_supposed = end, supposes
    if is_supposed:
        yield told, len(plain)
