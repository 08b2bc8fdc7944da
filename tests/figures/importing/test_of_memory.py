"""Sentences about memory that do not name it."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text

MEMORY = "memory.*"


def found(sentence: str) -> list[tuple[str, str | None, str | None]]:
    figures = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n").figures.figures
    return [(one.target.removesuffix("_app"), one.metric, one.stated.state) for one in figures]


@pytest.mark.parametrize(
    ("sentence", "states"),
    [
        ("Flask needs 34.5 MiB under load, Gin 7.5 MiB.", ["under load"] * 2),
        ("Under load Flask takes 34.5 MiB and Gin takes 7.5 MiB.", ["under load"] * 2),
        ("Flask needs 34.5 MiB, Gin 7.5 MiB.", [None] * 2),
        ("Flask idles at 28 MB, Gin at 5 MB.", ["idle"] * 2),
        ("Flask has a footprint of 34 MB, Gin of 8 MB.", [None] * 2),
        ("Flask needs 34 MB of memory under load, Gin 8 MB.", ["under load"] * 2),
        ("Flask needs 34 MB under load, and Gin starts with 8 MB.", ["under load", None]),
    ],
)
def test_what_a_server_needs_is_memory_in_the_state_of_the_sentence(sentence: str, states: list[str | None]) -> None:
    assert found(sentence) == [("flask", MEMORY, states[0]), ("gin", MEMORY, states[1])]


def test_two_states_of_one_sentence_are_those_of_their_own_words_alone() -> None:
    sentence = "Flask uses 34 MB idle and 60 MB under load; Gin 8 MB and 20 MB."
    assert [state for *_, state in found(sentence)] == ["idle", "under load", None, None]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask needs 120 MB of disk.",
        "Flask takes 30 MB on disk.",
        "The Flask image takes 120 MB, and that of Gin takes 15 MB.",
        "Flask sends 5 MB of responses.",
        "Flask uses 12 MB of dependencies.",
    ],
)
def test_other_bytes_are_no_memory(sentence: str) -> None:
    assert MEMORY not in {metric for _, metric, _ in found(sentence)}
