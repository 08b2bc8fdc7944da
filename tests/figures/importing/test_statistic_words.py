"""Statistics in heads and labels, and the same words in sentences."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text

HEAD = f"# Flask and Gin\n\n{ENGLISH}\n\n"


def of_table(head: str, cell: str) -> tuple[str | None, tuple[str, ...]]:
    (figure,) = imported_text(
        f"{HEAD}| Framework | {head} | p99 (ms) |\n|---|---|---|\n| Flask | {cell} | |\n"
    ).figures.figures
    return figure.metric, figure.conditions


@pytest.mark.parametrize(
    "word", ["Min", "Max", "Best", "Worst", "Fastest", "Slowest", "Highest", "Minimum", "Maximum", "Median", "Avg"]
)
def test_a_head_has_its_statistic(word: str) -> None:
    assert of_table(f"{word} (ms)", "4.5") == ("latency.*", (word,))
    assert of_table(f"{word} latency", "4.5 ms") == ("latency.*", (word,))
    assert of_table(f"{word} RPS", "2100.5") == ("throughput.closed.*", (word,))
    page = imported_text(f"{HEAD}## Requests per second\n\n| Framework | {word} |\n|---|---|\n| Flask | 2100.5 |\n")
    assert [(one.metric, one.conditions) for one in page.figures.figures] == [("throughput.closed.*", (word,))]


def test_the_peak_of_a_rate_and_of_memory_are_metrics_and_states() -> None:
    assert of_table("Peak req/s", "2100.5") == ("throughput.peak", ())
    assert of_table("Maximum throughput", "2100.5 req/s") == ("throughput.peak", ())
    assert of_table("Max memory", "60.5 MB") == ("memory.*", ("peak",))
    assert of_table("Peak memory", "60.5 MB") == ("memory.*", ("Peak",))


def test_the_least_of_a_project_is_no_statistic() -> None:
    page = imported_text(f"{HEAD}| Metric | Flask |\n|---|---|\n| Minimum boilerplate | 5 lines |\n")
    assert [one.conditions for one in page.figures.figures] == [()]


def test_a_superlative_of_a_sentence_compares_frameworks() -> None:
    page = imported_text(f"{HEAD}Gin has the lowest p99 latency with 0.3 ms.\n")
    assert [(one.target, one.low, one.stated.statistic) for one in page.figures.figures] == [("gin_app", 0.0003, "p99")]
