"""Units and digits of other languages."""

import pytest

from tests.figures.importing.imported import imported_text


def _figures(language: str, rows: str) -> list[tuple[str, float, str]]:
    head = f'<!doctype html><html lang="{language}"><title>Flask</title><table><tr><th></th><th>Flask</th></tr>'
    file = imported_text(f"{head}{rows}</table>", "page.html")
    return [(one.printed, float(f"{one.unit.from_base(one.low):.9g}"), one.unit.name) for one in file.figures.figures]


@pytest.mark.parametrize(
    ("language", "row", "found"),
    [
        ("fr", "<td>Mémoire<td>45,5 Mo", ("45,5 Mo", 45.5, "MB")),
        ("fr", "<td>Mémoire (Mo)<td>45,5", ("45,5", 45.5, "MB")),
        ("fr", "<td>Taille<td>850 Ko", ("850 Ko", 850, "KB")),
        ("fr", "<td>Taille<td>1,2 Gio", ("1,2 Gio", 1.2, "GiB")),
        ("fr", "<td>Requêtes/s<td>2 345,6", ("2 345,6", 2345.6, "req/s")),
        ("es", "<td>Peticiones por segundo<td>2.345", ("2.345", 2345, "req/s")),
        ("es", "<td>Latencia media (ms)<td>1.250,75", ("1.250,75", 1250.75, "ms")),
        ("de", "<td>Durchsatz<td>52,3 Tsd. Anfragen/s", ("52,3 Tsd. Anfragen/s", 52300, "req/s")),
        ("ja", "<td>リクエスト/秒<td>２，３４５", ("２，３４５", 2345, "req/s")),
        ("ja", "<td>レイテンシ<td>12.5ミリ秒", ("12.5ミリ秒", 12.5, "ms")),
        ("ja", "<td>スループット<td>約1.2万 req/s", ("約1.2万 req/s", 12000, "req/s")),
    ],
)
def test_units_and_digits_of_a_language_are_read(language: str, row: str, found: tuple[str, float, str]) -> None:
    assert _figures(language, f"<tr>{row}") == [found]


def test_go_behind_a_number_is_a_language_unless_the_page_is_french() -> None:
    assert _figures("en", "<tr><td>Throughput (req/s)<td>2,000 Go") in ([], [("2,000 Go", 2000, "req/s")])


def test_an_approximation_in_another_language_has_a_tolerance() -> None:
    text = '<html lang="fr"><title>Flask</title><p>Flask traite environ 2 500 requêtes par seconde.</p></html>'
    (figure,) = imported_text(text, "page.html").figures.figures
    assert (figure.low, figure.tolerance) == (2500, 250)


@pytest.mark.parametrize(("word", "statistic"), [("moyenne", "mean"), ("médiane", "p50"), ("mediana", "p50")])
def test_a_statistic_in_another_language_is_a_condition(word: str, statistic: str) -> None:
    text = f'<html lang="fr"><title>Flask</title><table><tr><th></th><th>Flask</th></tr><tr><td>Latence {word}<td>3 ms'
    (figure,) = imported_text(text, "page.html").figures.figures
    assert figure.stated.statistic == statistic
