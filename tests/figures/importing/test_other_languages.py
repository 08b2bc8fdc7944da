"""Comparisons, bounds, thousands and conditions in German, French, Spanish and Portuguese."""

from pathlib import Path

import pytest

from harness.figures.directed import readings_of_ratio
from harness.figures.importing.in_words import IN_WORDS
from tests.figures.importing.imported import imported_text, read_again, reasons

RATE, MEMORY, LATENCY = "throughput.closed.*", "memory.*", "latency.*"
# Small words that tell the language of a page.
PAGES = {
    "de": "Das ist der Vergleich der beiden, und so ist er mit den Zahlen für die Messung entstanden.",
    "fr": "Voici la comparaison des deux pour les pages et les mesures, avec le détail dans une liste.",
    "es": "Esta es la comparación de los dos para las páginas, y con una lista por cada prueba que es nueva.",
    "pt": "Esta é a comparação dos dois para as páginas, com uma lista em que os testes são os mesmos.",
    "en": "This is the comparison of the two, and how it was done for the page with the tool.",
}


def page(language: str, text: str) -> str:
    return f"# Flask, Gin\n\n{PAGES[language]}\n\n{text}\n"


@pytest.mark.parametrize(
    ("language", "sentence", "sides", "metric", "number", "unit"),
    [
        ("de", "Gin ist 78 % schneller als Flask.", "gin/flask", RATE, 78, "%"),
        ("de", "Gin ist 12-mal schneller als Flask.", "gin/flask", RATE, 12, "x"),
        ("de", "Gin ist 3,5-mal so schnell wie Flask.", "gin/flask", RATE, 3.5, "x"),
        ("de", "Gin braucht 40 % weniger Speicher als Flask.", "gin/flask", MEMORY, 40, "%"),
        ("de", "Gin braucht 40 Prozent weniger Arbeitsspeicher als Flask.", "gin/flask", MEMORY, 40, "%"),
        ("de", "Gin verarbeitet 5x mehr Anfragen pro Sekunde als Flask.", "gin/flask", RATE, 5, "x"),
        ("de", "Flask hat eine 20 % höhere Latenz als Gin.", "flask/gin", LATENCY, 20, "%"),
        ("fr", "Gin est 3 fois plus rapide que Flask.", "gin/flask", RATE, 3, "x"),
        ("fr", "Gin consomme 40 % de moins de mémoire que Flask.", "gin/flask", MEMORY, 40, "%"),
        ("es", "Gin es 4 veces más rápido que Flask.", "gin/flask", RATE, 4, "x"),
        ("es", "Gin usa un 40 % menos memoria que Flask.", "gin/flask", MEMORY, 40, "%"),
        ("es", "Flask es un 30 % más lento que Gin.", "flask/gin", RATE, 30, "%"),
        ("pt", "O Gin é 4 vezes mais rápido do que o Flask.", "gin/flask", RATE, 4, "x"),
        ("pt", "O Gin usa 40 % menos memória que o Flask.", "gin/flask", MEMORY, 40, "%"),
        ("en", "Gin is 78 % faster than Flask.", "gin/flask", RATE, 78, "%"),
        ("en", "Gin needs 40 % less memory than Flask.", "gin/flask", MEMORY, 40, "%"),
    ],
)
def test_a_comparison_of_two_frameworks_is_a_ratio(  # noqa: PLR0913, PLR0917 - the parts of a ratio
    language: str, sentence: str, sides: str, metric: str, number: float, unit: str
) -> None:
    (figure,) = imported_text(page(language, sentence)).figures.figures
    target, of = (f"{side}_app" for side in sides.split("/"))
    assert (figure.target, figure.of, figure.metric) == (target, of, metric)
    assert figure.unit.from_base(figure.low) == pytest.approx(number)
    assert figure.unit.name == unit


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Gin ist 78 % schneller als früher."),
        ("de", "Gin ist 40 % schneller als früher, Flask ist es nicht."),
        ("de", "Gin ist 40 % schneller, wie Flask zeigt."),
        ("de", "Gin ist 40 % schneller und so gut wie Flask."),
        ("de", "Gin ist 78 % schneller."),
        ("de", "40 % mehr Anfragen scheiterten als bei Flask."),
        ("es", "Gin es un 40 % más rápido y demuestra que Flask es lento."),
        ("es", "Gin es un 40 % más rápido porque dicen que Flask es lento."),
        ("fr", "Gin est 3 fois plus rapide depuis que Flask est lent."),
        ("fr", "Gin est 3 fois plus rapide, alors que Flask est lent."),
        ("pt", "O Gin é 40 % mais rápido e mostra que o Flask é lento."),
        ("en", "Gin is 40 % faster than before."),
        ("en", "Gin is 40 % faster."),
    ],
)
def test_a_comparison_without_its_other_side_is_left_out_and_said(language: str, sentence: str) -> None:
    file = imported_text(page(language, sentence))
    assert file.figures.figures == ()
    assert file.unplaced


@pytest.mark.parametrize(
    ("language", "sentence", "low", "high"),
    [
        ("de", "Gin schafft mehr als 12.000 Anfragen pro Sekunde.", 12_000, float("inf")),
        ("de", "Gin schafft mindestens 12.000 Anfragen pro Sekunde.", 12_000, float("inf")),
        ("de", "Flask braucht weniger als 40 MB Speicher.", float("-inf"), 40e6),
        ("de", "Flask braucht bis zu 40 MB Speicher.", float("-inf"), 40e6),
        ("fr", "Gin traite plus de 12 000 requêtes par seconde.", 12_000, float("inf")),
        ("fr", "Flask utilise moins de 40 Mo de mémoire.", float("-inf"), 40e6),
        ("es", "Gin atiende más de 12.000 peticiones por segundo.", 12_000, float("inf")),
        ("es", "Flask usa menos de 40 MB de memoria.", float("-inf"), 40e6),
        ("pt", "O Gin atende mais de 12.000 requisições por segundo.", 12_000, float("inf")),
        ("pt", "O Flask usa até 40 MB de memória.", float("-inf"), 40e6),
    ],
)
def test_a_bound_is_no_plain_number(language: str, sentence: str, low: float, high: float) -> None:
    (figure,) = imported_text(page(language, sentence)).figures.figures
    assert (figure.low, figure.high) == (low, high)


@pytest.mark.parametrize(
    ("language", "cell", "number"),
    [
        ("es", "85 mil", 85_000),
        ("pt", "85 mil", 85_000),
        ("es", "1,5 mil peticiones por segundo", 1_500),
        ("es", "2 millones", 2e6),
        ("pt", "2,5 milhões", 2.5e6),
        ("de", "3,5 Tsd.", 3_500),
        ("de", "85 Tausend", 85_000),
        ("de", "1,2 Mio.", 1.2e6),
        ("de", "1,2 Millionen", 1.2e6),
        ("en", "1.2M", 1.2e6),
        ("en", "10 k", 10_000),
        ("en", "10k", 10_000),
        ("es", "10-20 mil", 10_000),
    ],
)
def test_a_word_for_thousand_or_million_multiplies(language: str, cell: str, number: float, tmp_path: Path) -> None:
    table = f"| | Flask |\n|---|---|\n| Requests per second | {cell} |"
    file = imported_text(page(language, table))
    (figure,) = file.figures.figures
    assert figure.low == pytest.approx(number)
    assert read_again(file, tmp_path) == file.figures.figures


def test_mil_has_two_readings_on_other_pages() -> None:
    table = "| | Flask |\n|---|---|\n| Requests per second | 85 mil |"
    file = imported_text(page("en", table))
    assert file.figures.figures == ()
    assert reasons(file) == [("85 mil", "'85' has two readings, 85 and 85000, and the page does not tell which")]


@pytest.mark.parametrize(
    ("cell", "name", "base"),
    [("45,5 Mo", "MB", 45.5e6), ("850 ko", "KB", 850e3), ("1,2 Go", "GB", 1.2e9), ("45 Mio", "MiB", 45 * 2**20)],
)
def test_octets_are_bytes_on_french_pages(cell: str, name: str, base: float) -> None:
    (figure,) = imported_text(page("fr", f"| | Flask |\n|---|---|\n| Mémoire | {cell} |")).figures.figures
    assert figure.unit.name == name
    assert figure.low == pytest.approx(base)


def test_octets_per_second_are_no_memory_and_no_requests() -> None:
    table = "| | Flask |\n|---|---|\n| Débit | 8,35 Mo/s |\n| Mémoire | 45,5 Mo |"
    file = imported_text(page("fr", table))
    assert [one.printed for one in file.figures.figures] == ["45,5 Mo"]
    assert reasons(file) == [("8,35 Mo/s", "bytes per second, and no requests")]


@pytest.mark.parametrize(
    ("language", "sentence", "stated"),
    [
        ("de", "Wir haben beide auf einem VPS mit 4 Kernen getestet.", ("4 cores",)),
        ("de", "Beide wurden mit 100 gleichzeitigen Verbindungen gemessen.", ("100 connections",)),
        ("de", "Alle Tests liefen auf einem Rechner mit 8 Kernen.", ("8 cores",)),
        ("de", "Gemessen wurde auf einem 4-Kern-Server.", ("4 cores",)),
        ("fr", "Nous avons testé les deux sur un serveur à 4 cœurs.", ("4 cores",)),
        ("fr", "Les tests ont été exécutés avec 100 connexions simultanées.", ("100 connections",)),
        ("es", "Probamos ambos con 100 conexiones simultáneas.", ("100 connections",)),
        ("es", "Las pruebas se ejecutaron en un servidor de 4 núcleos.", ("4 cores",)),
        ("pt", "Testamos os dois com 100 conexões.", ("100 connections",)),
        ("de", "Wir haben Flask auf einem VPS mit 4 Kernen getestet.", ()),
        ("de", "Wir haben nie auf einem VPS mit 4 Kernen getestet.", ()),
        ("de", "Beide laufen auf einem VPS mit 4 Kernen.", ()),
        ("en", "We have not tested them with 100 connections.", ()),
    ],
)
def test_a_sentence_on_all_tests_states_conditions_of_the_page(
    language: str, sentence: str, stated: tuple[str, ...]
) -> None:
    table = "## T\n\n| | Flask | Gin |\n|---|---|---|\n| RPS | 3200 | 41000 |\n"
    text = f"# Flask, Gin\n\n{PAGES[language]} {sentence}\n\n{table}"
    assert imported_text(text).file.conditions == stated


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("de", "Gin ist doppelt so schnell wie Flask.", "doppelt so schnell"),
        ("de", "Gin ist dreimal schneller.", "dreimal schneller"),
        ("de", "Gin braucht die Hälfte des Speichers.", "die Hälfte des Speichers"),
        ("fr", "Gin est deux fois plus rapide.", "deux fois plus rapide"),
        ("es", "Gin es dos veces más rápido.", "dos veces más rápido"),
        ("pt", "O Gin usa metade da memória.", "metade da memória"),
    ],
)
def test_a_number_in_words_is_listed_and_is_no_figure(language: str, sentence: str, words: str) -> None:
    file = imported_text(page(language, sentence))
    assert file.figures.figures == ()
    listed = [printed for printed, reason in reasons(file) if reason == IN_WORDS]
    assert listed == [words]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mit Flask sind es 92 MB Speicher, und 18 MB für Gin.",
        "Con Flask son 92 MB de memoria, y 18 MB para Gin.",
        "Avec Flask 92 Mo de mémoire, et 18 Mo pour Gin.",
    ],
)
def test_a_number_before_its_framework_is_not_that_of_the_one_before(sentence: str) -> None:
    language = {"Mit": "de", "Con": "es", "Avec": "fr"}[sentence.split(maxsplit=1)[0]]
    figures = imported_text(page(language, sentence)).figures.figures
    assert ("gin_app", 92e6) not in [(one.target, one.low) for one in figures]
    assert ("flask_app", 18e6) not in [(one.target, one.low) for one in figures]


def test_the_written_file_has_the_same_comparisons(tmp_path: Path) -> None:
    file = imported_text(page("de", "Gin ist 12-mal schneller als Flask und braucht mehr als 40 MB Speicher."))
    assert [one.of for one in file.figures.figures] == ["flask_app", None]
    assert read_again(file, tmp_path) == file.figures.figures


@pytest.mark.parametrize(
    ("language", "sentence", "number"),
    [
        ("de", "Flask schafft 5,4 Tsd. Anfragen pro Sekunde.", 5_400),
        ("de", "Flask schafft 0,06 Mio. Anfragen je Sekunde.", 60_000),
        ("de", "Flask schafft 1,2 Mio. Anfragen pro Minute.", 20_000),
        ("de", "Flask schafft z. B. 5.400 Anfragen pro Sekunde.", 5_400),
        ("de", "Flask schafft ca. 5.400 Anfragen pro Sekunde.", 5_400),
        ("fr", "Flask traite 5,4 mille requêtes par seconde.", 5_400),
        ("fr", "Flask traite 5,4 milliers de requêtes par seconde.", 5_400),
        ("fr", "Flask traite 0,06 million de requêtes par seconde.", 60_000),
        ("fr", "Flask traite 1,2 millions de requêtes à la minute.", 20_000),
        ("fr", "Flask traite 5,4k requêtes/s.", 5_400),
        ("fr", "Flask traite 5,4 k requêtes/s.", 5_400),
        ("es", "Flask atiende 5,4 mil peticiones por segundo.", 5_400),
        ("es", "Flask atiende 1,2 millones de solicitudes por minuto.", 20_000),
        ("en", "Flask serves approx. 5,400 requests per second.", 5_400),
        ("en", "Flask serves requests, i.e. 5,400 requests per second.", 5_400),
    ],
)
def test_a_rate_in_thousands_or_millions_is_read_in_sentences(
    language: str, sentence: str, number: float, tmp_path: Path
) -> None:
    file = imported_text(page(language, sentence))
    (figure,) = file.figures.figures
    assert figure.metric == RATE
    assert figure.low == pytest.approx(number)
    assert read_again(file, tmp_path) == file.figures.figures


@pytest.mark.parametrize(
    ("language", "sentence", "metric", "ratio"),
    [
        ("fr", "Gin utilise 78 % de mémoire en moins que Flask.", MEMORY, 0.22),
        ("fr", "Gin utilise 78 % de mémoire de moins que Flask.", MEMORY, 0.22),
        ("fr", "Gin traite 40 % de requêtes en plus que Flask.", RATE, 1.4),
        ("de", "Gin braucht 78 % an Speicher weniger als Flask.", MEMORY, 0.22),
        ("es", "Gin usa un 78 % de memoria menos que Flask.", MEMORY, 0.22),
    ],
)
def test_a_comparison_may_stand_behind_what_is_compared(
    language: str, sentence: str, metric: str, ratio: float
) -> None:
    (figure,) = imported_text(page(language, sentence)).figures.figures
    assert (figure.target, figure.of, figure.metric) == ("gin_app", "flask_app", metric)
    assert readings_of_ratio(figure)[0].figure.low == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("language", "text", "bound"),
    [
        ("fr", "La latence de Flask reste sous les 2 ms.", "below"),
        ("fr", "La latence de Flask est inférieure à 2 ms.", "below"),
        ("fr", "La latence de Flask dépasse 2 ms.", "at_least"),
        ("de", "Die Latenz von Flask übersteigt 2 ms.", "at_least"),
        ("es", "La latencia de Flask supera 2 ms.", "at_least"),
        ("es", "La latencia de Flask es inferior a 2 ms.", "below"),
    ],
)
def test_verbs_and_adjectives_are_bounds(language: str, text: str, bound: str) -> None:
    page = imported_text(f"---\nlang: {language}\n---\n\n# Flask, Gin\n\n{text}\n")
    [section] = [figure for group in page.file.groups for figure in group.figures]
    assert getattr(section, bound) == 2


def test_a_denial_of_french_is_no_result() -> None:
    page = imported_text("---\nlang: fr\n---\n\n# Flask, Gin\n\nFlask n'atteint pas 1 500 req/s.\n")
    assert not page.figures.figures


def test_a_machine_beside_a_number_is_a_condition() -> None:
    page = imported_text("# Flask\n\nFlask serves 1,250.5 req/s on an M1 and 2,100.5 req/s on an EPYC server.\n")
    assert [one.conditions for one in page.figures.figures] == [("M1",), ("EPYC server",)]
