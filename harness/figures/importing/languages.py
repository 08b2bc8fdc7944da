"""The language of a page that declares none, by its words. Tables of words; this module must not know numbers."""

from __future__ import annotations

import re
from collections import Counter

_SMALL = {
    "en": "the and of for with is are than per to",
    "de": "der die das und ist mit für nicht ein eine pro bei",
    "fr": "le la les et des pour avec est une dans par plus de du en que celle sur",
    "es": "el los las y para con una es por más que de del en la se",
    "it": "il gli e per con una di che più sono la del",
    "pt": "o os as e para com uma em por mais que são de do da no na é",
    "nl": "de het een en van voor met is niet",
    "pl": "i w na z do jest nie się oraz dla",
    "ru": "и в на с не для по что это",
    "sv": "och att det som en för med är inte av",
}
"""Small words, of which a text of some sentences has many."""
_HEADS = {
    "en": "metric rate requests request second seconds throughput latency memory usage response responses time times "
    "average mean median startup speed faster slower higher lower better serves handles reaches uses needs "
    "measured results connections concurrent users lines size comparison compared",
    "de": "anfragen anfrage sekunde sekunden durchsatz speicher arbeitsspeicher latenz antwortzeit antwortzeiten zeit "
    "mittelwert mittel startzeit schneller langsamer schafft braucht gemessen ergebnis ergebnisse verbindungen "
    "zeilen größe vergleich gegen von zu im auf",
    "fr": "requêtes requête seconde secondes débit latence mémoire utilisation réponse temps moyenne médiane démarrage "
    "vitesse rapide lent mesuré résultats connexions utilisateurs lignes taille comparaison comparatif contre du au",
    "es": "peticiones solicitudes segundo segundos rendimiento latencia memoria uso respuesta tiempo promedio media "
    "mediana arranque velocidad rápido lento medido resultados conexiones usuarios líneas tamaño comparación de del en",
    "it": "richieste secondo secondi prestazioni latenza memoria uso risposta tempo media mediana avvio velocità "
    "misurato risultati connessioni utenti righe confronto contro del al",
    "pt": "requisições pedidos segundo segundos vazão latência memória uso resposta tempo média mediana inicialização "
    "velocidade medido resultados conexões usuários linhas tamanho comparação de do",
    "nl": "verzoeken seconde seconden doorvoer latentie geheugen gebruik reactietijd tijd gemiddelde snelheid sneller "
    "gemeten resultaten verbindingen gebruikers regels grootte vergelijking tegen",
    "pl": "żądań żądania sekundę sekund przepustowość opóźnienie pamięć użycie odpowiedzi czas średnia mediana "
    "szybkość wyniki połączenia porównanie",
    "ru": "запросов запросы секунду секунд задержка память время ответа среднее скорость результаты сравнение против",
    "sv": "förfrågningar sekund sekunder genomströmning latens minne användning svarstid tid genomsnitt hastighet mätt "
    "resultat anslutningar rader storlek jämförelse mot",
}
"""Words of the heads and sentences of a benchmark."""
_SMALL_WORDS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_ALL_WORDS = {language: small | frozenset(_HEADS[language].split()) for language, small in _SMALL_WORDS.items()}
_LEAST_WORDS = 4
_LEAST_OF_FEW = 2
_MOST_TEXT = 200_000


def language_of(text: str) -> str:
    """Return the language of a text by its small words; empty if they don't tell."""
    words = _words(text)
    known = {language: sum(words[word] for word in small) for language, small in _SMALL_WORDS.items()}
    (first, most), (_, second) = Counter(known).most_common(2)
    return first if most >= _LEAST_WORDS and most > 1.5 * second else ""


def language_of_few(text: str) -> str:
    """Return the language that has two known words of a short text, while no other has one besides; else empty."""
    words = {word for word in _words(text) if len(word) > 1}  # a letter alone is a unit or a variable
    known = {language: words & every for language, every in _ALL_WORDS.items()}
    found = max(known, key=lambda language: len(known[language]))
    is_told = len(known[found]) >= _LEAST_OF_FEW and not any(
        others - known[found] or (others == known[found] and language != found) for language, others in known.items()
    )
    return found if is_told else ""


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]+", text[:_MOST_TEXT].casefold()))
