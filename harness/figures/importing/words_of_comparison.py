"""Words by which pages compare two frameworks, by language. Patterns of words; this module must not know frameworks."""

from __future__ import annotations

import re

# What stands before the framework that another one is compared with, and holds one order: the other one is the subject.
COMPARED_TO = (
    r"(?:(?:when\s)?compared\s(?:to|with)|in\scomparison\s(?:to|with)|relative\sto"
    r"|im\svergleich\szu|verglichen\smit|gegenüber|gemessen\san|next\sto"
    r"|par\srapport\sà|comparée?s?\sà|en\scomparaison\s(?:de|avec)"
    r"|en\scomparación\scon|comparad[oa]s?\sco[nm]|frente\sa|respecto\sa"
    r"|em\scomparação\s(?:com|ao?|à)|em\srelação\s(?:ao?|à)"
    r"|rispetto\sa|in\sconfronto\sa)"
)
# What stands between two names, of which either can be the subject.
VERSUS = r"(?:vs\b\.?|versus|gegen|contre|contra)"
# What a column or a row of ratios is called.
RATIO = (
    r"(?:diff\.?|(?:relative )?differences?|change|ratio|speed-?up|delta|factor|improvement|advantage"
    r"|(?:x|times) (?:faster|slower|better)"
    r"|unterschied|differenz|verhältnis|faktor|beschleunigung|vorteil"
    r"|différence|écart|rapport|facteur|accélération"
    r"|diferencia|relación|razón|aceleración|diferença|razão|aceleração|fator|\u0394|\u00d7)"
)
_MULTIPLE = re.compile(
    r"\b(?:ratio|speed-?up|factor|multiplier|relative|verhältnis|faktor|beschleunigung|rapport|facteur|accélération"
    r"|relación|razón|aceleración|relação|razão|aceleração|fator|relativ[aeo])\b",
    re.IGNORECASE,
)


def names_multiple(head: str) -> bool:
    """Return whether a head calls its numbers multiples, and no differences: `Speedup`, `Relative`."""
    return _MULTIPLE.search(head) is not None
