"""Numbers in words are listed, and none of them is a figure."""

import pytest

from harness.figures.importing.in_words import IN_WORDS
from tests.figures.importing.imported import ENGLISH, imported_text, reasons


def listed(text: str) -> list[str]:
    file = imported_text(f"# Benchmark\n\n{ENGLISH}\n\n{text}")
    assert file.figures.figures == ()
    return [printed for printed, reason in reasons(file) if reason == IN_WORDS]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Gin starts in half a second.", ["half a second"]),
        ("Gin is twice as fast as Flask.", ["twice as fast"]),
        ("Gin has ten times the throughput.", ["ten times the throughput"]),
        (
            "Gin is three times faster, and Flask needs a quarter of the memory.",
            ["three times faster", "a quarter of the memory"],
        ),
        ("Flask answers in a few milliseconds.", ["a few milliseconds"]),
        ("Gin serves thousands of requests per second.", ["thousands of requests per second"]),
        ("Gin doubles the throughput and takes half as much memory.", ["doubles the throughput", "half as much"]),
        ("It starts in half a second.", []),
        ("Half of all developers use Flask many times a day.", []),
        ("Flask handles requests per second, and takes a second look.", []),
        ("Gin was the third framework, twice renamed.", []),
    ],
)
def test_a_number_in_words_of_a_framework_is_listed(sentence: str, words: list[str]) -> None:
    assert listed(sentence) == words


def test_a_section_of_a_framework_and_a_cell_are_about_one() -> None:
    assert listed("## Flask\n\nIt starts in half a second.") == ["half a second"]
    assert listed("| | Flask | Gin |\n|---|---|---|\n| Start | half a second | instant |\n") == ["half a second"]


def test_a_sentence_with_digits_keeps_its_figures_and_its_place() -> None:
    text = f"# Flask vs Gin\n\n{ENGLISH}\n\nGin takes 9.5 MB of memory and\nstarts in half a second."
    file = imported_text(text)
    assert [one.printed for one in file.figures.figures] == ["9.5 MB of memory"]
    assert [(one.printed, one.place) for one in file.file.unplaced] == [("half a second", (6, 11))]
