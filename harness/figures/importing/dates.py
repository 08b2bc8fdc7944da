"""The date that a page states, as it is printed.

Months have the names of English and of the page's language, by Babel's data. The date is never turned into another
form: 03/05/2026 may be in March or in May.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import get_month_names

from harness.figures.importing.page import Block, Kind

if TYPE_CHECKING:
    from harness.figures.importing.page import Page

_LABEL = (
    r"(?:(?:last )?updated|published|posted|released on|written|date[d:]?|as of|measured|modified"
    r"|ver\u00f6ffentlicht|aktualisiert|stand|datum|publi\u00e9e?|mise? \u00e0 jour|publicado|actualizado|atualizado"
    r"|pubblicato|aggiornato|\u043e\u043f\u0443\u0431\u043b\u0438\u043a\u043e\u0432\u0430\u043d\u043e)"
)
_MOST_TEXT, _LONGEST_LINE = 500_000, 120


def date_of(page: Page) -> str:
    """Return the date that a page states: declared, behind a word such as `published`, or in a line of its own.

    It is empty for a page that states none.
    """
    if page.date:
        return page.date
    date = _dates(page.language.partition("-")[0])
    labelled = re.compile(rf"\b{_LABEL}\b[^\d.!?]{{0,24}}?(?<!version\s)(?P<date>{date})", re.IGNORECASE)
    texts = [one.text.plain for one in page.blocks if isinstance(one, Block) and one.kind is not Kind.CODE]
    for text in ("\n".join(texts)[:_MOST_TEXT], page.source.text[:_MOST_TEXT]):
        if found := labelled.search(text):
            return " ".join(found["date"].split())
    alone = re.compile(
        rf"\W*(?:by\s[^\d\n]{{1,50}}?)?(?P<date>{date})\W{{0,3}}(?:[\u00b7\u2022|\u2013\u2014-].*)?", re.IGNORECASE
    )
    lines = (alone.fullmatch(text.strip()) for text in texts if len(text) <= _LONGEST_LINE)
    return next((" ".join(found["date"].split()) for found in lines if found), "")


@lru_cache(maxsize=16)
def _dates(language: str) -> str:
    """Return the pattern of a date with day or month: `3 May 2026`, `May 2026`, `2026-05-03`, `03/05/2026`."""
    names = {name.rstrip(".").casefold() for one in dict.fromkeys(("en", language)) for name in _months(one)}
    month = rf"(?:{'|'.join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))}|Sept)\b\.?"
    day, year = r"\d{1,2}(?:st|nd|rd|th|er|[.\u00ba])?", r"(?:19|20)\d\d\b"
    return "|".join(
        (
            rf"\b{day}\s(?:of\s|de\s)?{month},?\s(?:de\s)?{year}",
            rf"\b{month}\s{day},?\s{year}",
            rf"\b{month},?\s(?:de\s)?{year}",
            r"\b(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?![\d.,])",
            r"\b\d{1,2}(?P<gap>[-/.])\d{1,2}(?P=gap)(?:19|20)\d\d\b",
            r"\b(?:19|20)\d\d\u5e74\d{1,2}\u6708(?:\d{1,2}\u65e5)?",
        )
    )


def _months(language: str) -> list[str]:
    """Return the names of the months in a language, long and short; nothing for an unknown language."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return []
    return [*get_month_names("wide", locale=locale).values(), *get_month_names("abbreviated", locale=locale).values()]
