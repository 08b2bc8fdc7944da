"""The words for `compared to` are one table: sentences, heads, rows and the beginning of a sentence read them alike."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text

RATIO = ("gin_app", "flask_app")


def sides(text: str) -> list[tuple[str, str | None]]:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{text}\n")
    return [(one.target, one.of) for one in page.figures.figures]


@pytest.mark.parametrize(
    "words",
    [
        *("compared to", "compared with", "in comparison to", "relative to", "im Vergleich zu", "verglichen mit"),
        *("gegenüber", "par rapport à", "comparé à", "en comparaison de", "en comparación con", "frente a"),
        *("comparado con", "em comparação com", "em comparação ao", "em relação a", "em relação ao", "rispetto a"),
    ],
)
def test_every_place_reads_each_of_them(words: str) -> None:
    assert sides(f"Gin is small, {words} Flask, with 15 MB of memory.") == [("gin_app", None)]
    assert sides(f"{words.capitalize()} Flask, Gin is 30 % slower.") == [RATIO]
    assert sides(f"Gin is 30 % faster {words} Flask.") == [RATIO]
    assert sides(f"| Metric | Gin {words} Flask |\n|---|---|\n| Throughput | 12x |") == [RATIO]
    assert sides(f"| Framework | {words} Flask |\n|---|---|\n| Gin | 12x |") == [RATIO]
