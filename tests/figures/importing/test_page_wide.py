"""What a page states for all of its numbers."""

from pathlib import Path

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text, read_again, reasons

TABLE = f"\n\n{ENGLISH}\n\n## Numbers\n\n| | Flask | Gin |\n|---|---|---|\n| Requests per second | 3,200 | 41,000 |\n"
SENTENCE = " Flask handled about 3,100 requests per second."


def conditions(text: str) -> object:
    return imported_text(f"# Flask vs Gin\n\n{text}").file.conditions


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("We tested both on a 4-core VPS.", ("4-core",)),
        ("I ran both on a quad-core machine.", ("quad-core",)),
        ("All tests were run on a server with 8 cores.", ("8 cores",)),
        ("Both apps were tested with 100 concurrent connections.", ("100 concurrent connections",)),
        ("Our benchmarks were performed with 4 workers on 2 vCPUs.", ("4 workers", "2 vCPUs")),
        ("Flask and Gin were both fast, and all was measured on 2 cores.", ()),
        ("Tested on an 8-core machine.", ("8-core",)),
        ("Hardware: 4 vCPU, 8 GB.", ("4 vCPU",)),
        ("We tested Flask on a 4-core VPS.", ()),
        ("You need a 4-core VPS for both.", ()),
        ("Both can run on a 4-core VPS.", ()),
        ("We measured 3,000 req/s on a 4-core VPS.", ()),
    ],
)
def test_a_sentence_on_all_tests_states_conditions_of_the_page(sentence: str, stated: tuple[str, ...]) -> None:
    assert conditions(sentence + SENTENCE + TABLE) == stated


def test_all_figures_of_the_page_have_them_and_the_file_names_them_once(tmp_path: Path) -> None:
    text = f"# Flask vs Gin\n\nWe tested both on a 4-core VPS.{SENTENCE}{TABLE}"
    file = imported_text(text)
    assert [one.stated.cpus for one in file.figures.figures] == [4, 4, 4]
    assert read_again(file, tmp_path) == file.figures.figures
    assert (tmp_path / "imported.toml").read_text(encoding="utf-8").count("4-core") == 1


def test_behind_the_introduction_only_the_cpus_are_those_of_the_page() -> None:
    assert conditions(f"Hello.{TABLE}\n\nWe tested both with 100 connections on 2 cores.") == ("2 cores",)


def test_two_values_of_one_condition_hold_in_their_sections_alone() -> None:
    sections = "".join(
        f"\n\n## Test {cores}\n\nWe tested both on a {cores}-core VPS.{TABLE.replace('## Numbers', '')}"
        for cores in (2, 4)
    )
    file = imported_text(f"# Flask vs Gin{sections}")
    assert file.file.conditions == ()
    assert [one.stated.cpus for one in file.figures.figures] == [2, 2, 4, 4]


def test_a_section_can_return_to_what_the_page_states() -> None:
    rows = TABLE.replace("## Numbers", "")
    sections = f"## High load: 500 connections{rows}\n\n### Again with 100 connections{rows}"
    file = imported_text(f"# Flask vs Gin\n\nWe tested both with 100 connections.{SENTENCE}\n\n{sections}")
    assert [one.stated.connections for one in file.figures.figures] == [100, 500, 500, 100, 100]


def test_a_set_up_in_other_words_is_listed_with_its_place() -> None:
    file = imported_text(f"# Flask vs Gin\n\nWe tested both on a MacBook Pro M1.{TABLE}")
    assert reasons(file) == [("on a MacBook Pro M1", "where the page measured, in words that no rule understands")]
    assert file.file.unplaced[0].place == (3, 16)
    assert reasons(imported_text(f"# Flask vs Gin\n\nWe tested both on my laptop.{TABLE}")) == []
