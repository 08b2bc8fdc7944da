"""The date that a page states."""

from pathlib import Path

import pytest

from harness.figures.importing.dates import date_of
from harness.figures.importing.importer import read_page
from harness.figures.importing.source import Source

PAGE = "<html lang={language}><title>Flask vs Gin</title><body><p>Flask: 12 ms</p>{text}"


def date(text: str, language: str = "en", name: str = "page.html") -> str:
    page = PAGE.format(language=language, text=text) if name.endswith(".html") else text
    return date_of(read_page(Source.of(Path(name), page)))


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("<footer>Published 3 May 2026</footer>", "3 May 2026"),
        ("<p>Last updated: May 3rd, 2026.</p>", "May 3rd, 2026"),
        ("<p>Updated on the 3rd of May 2026</p>", "3rd of May 2026"),
        ("<p>Posted by Jane on <time>Sept. 3, 2026</time></p>", "Sept. 3, 2026"),
        ("<p>Measured in May 2026 on a laptop.</p>", "May 2026"),
        ("<p>Published: 03/05/2026</p>", "03/05/2026"),
        ("<p>Published: 3.5.2026</p>", "3.5.2026"),
        ("<p>Date: 2026-05-03</p>", "2026-05-03"),
        ("<p>By Jane Doe, 3 May 2026</p>", "3 May 2026"),
        ("<p>3 May 2026 \u00b7 5 min read</p>", "3 May 2026"),
        ("<p>May 2026</p>", "May 2026"),
        ("<p>Flask 3.1 came out on 3 May 2026 and is fast.</p>", ""),
        ("<p>Published by many, it took 35 ms in 2026.</p>", ""),
        ("<p>\u00a9 2026 Jane</p>", ""),
        ("<p>Updated to version 2.3.2026</p>", ""),
        ("<p>We may update 3 apps, maybe in 2026</p>", ""),
    ],
)
def test_a_date_is_read_as_it_is_printed_where_the_page_says_that_it_is_its_own(text: str, stated: str) -> None:
    assert date(text) == stated


@pytest.mark.parametrize(
    ("text", "language", "stated"),
    [
        ("<p>Ver\u00f6ffentlicht am 3. Mai 2026</p>", "de-AT", "3. Mai 2026"),
        ("<p>Stand: M\u00e4rz 2026</p>", "de", "M\u00e4rz 2026"),
        ("<p>Publi\u00e9 le 1er ao\u00fbt 2026</p>", "fr", "1er ao\u00fbt 2026"),
        ("<p>Publicado el 3 de mayo de 2026</p>", "es", "3 de mayo de 2026"),
        ("<p>Published 3 May 2026</p>", "xx-nonsense", "3 May 2026"),
        ("<p>2026\u5e745\u67083\u65e5</p>", "zh", "2026\u5e745\u67083\u65e5"),
    ],
)
def test_months_have_the_names_of_the_pages_language(text: str, language: str, stated: str) -> None:
    assert date(text, language) == stated


def test_a_date_beside_the_text_is_read_too() -> None:
    assert date("---\ndate: 2026-05-03\n---\n\n# Flask vs Gin\n\nFlask: 12 ms\n", name="page.md") == "2026-05-03"
    assert date('<p>Read.</p><script>{"date": "2026-05-03"}</script>') == "2026-05-03"
