"""The settings before a page in Markdown."""

import pytest

from harness.figures.importing.front_matter import front_matter_of
from tests.figures.importing.imported import imported_text

PAGE = "# Les mesures\n\nFlask traite 5400 req/s.\n"


@pytest.mark.parametrize(
    ("settings", "title", "language"),
    [
        ("---\ntitle: De Flask à Gin\ndate: 2024-05-01\ntags: [a, b]\nlang: fr\n---\n", "De Flask à Gin", "fr"),
        ('---\ntitle: "De Flask: \\"Gin\\"" # so\nlanguage: fr_FR\n---\n', 'De Flask: "Gin"', "fr-FR"),
        ("---\ntitle: 'L''essai'\nlocale: 'fr'\n...\n", "L'essai", "fr"),
        ("---\ntitle: >-\n  De Flask\n  à Gin\ntags:\n- a\n  - b\n\nlang: fr # French\n---\n", "De Flask à Gin", "fr"),
        ("---\n# no title\nauthor:\n  title: Dr\n---\n", "", ""),
        ('+++\ntitle = "De Flask à Gin"\ndate = 2024-05-01T10:00:00Z\nlanguage = "fr"\n+++\n', "De Flask à Gin", "fr"),
        ("+++\ntitle = \n+++\n", "", ""),
    ],
)
def test_title_and_language_are_read_and_the_rest_is_no_text(settings: str, title: str, language: str) -> None:
    assert front_matter_of(settings + PAGE) == (title, language, len(settings))
    page = imported_text(settings + PAGE)
    assert page.file.title == (title or "Les mesures")
    assert [(one.printed, one.place) for one in page.figures.figures] == [
        ("Flask traite 5400 req/s", (settings.count("\n") + 3, 1))
    ]


@pytest.mark.parametrize(
    "text", ["---\nSome words.\n---\n", "---\n\n# Flask\n", "# A\n\n---\ntitle: b\n---\n", "+++\n"]
)
def test_a_line_of_dashes_alone_begins_no_settings(text: str) -> None:
    assert front_matter_of(text) == ("", "", 0)


def test_the_date_of_the_settings_is_that_of_the_page() -> None:
    assert imported_text(f"---\ntitle: A\ndate: 2024-05-01\n---\n{PAGE}").file.date == "2024-05-01"
