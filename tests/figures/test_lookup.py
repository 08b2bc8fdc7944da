"""Finding a figure by its id, by the end of its id, or by its target and printed text."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.lookup import find_figure
from harness.figures.published import Figure, FigureSet
from tests.figures.cases import figure

FLASK = replace(figure("throughput.*", "req/s", 30_000, name="facts.flask.framework_throughput"), printed="30,000")
GIN = replace(FLASK, id="facts.gin.framework_throughput", target="gin_app")
AGAIN = replace(FLASK, id="all.flask.framework_throughput", section="All")
LOW = replace(FLASK, id="facts.flask.throughput", printed="~1,200 req/s", low=1200.0, high=1200.0)
PAGE = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (FLASK, GIN, AGAIN, LOW))


def found(word: str, *pages: FigureSet) -> Figure:
    return find_figure(word, pages or (PAGE,))[0]


def refusal(word: str, *pages: FigureSet) -> str:
    with pytest.raises(UsageError) as caught:
        find_figure(word, pages or (PAGE,))
    return str(caught.value)


@pytest.mark.parametrize("word", ["facts.flask.throughput", "flask.throughput", "throughput"])
def test_a_figure_is_found_by_its_id_or_by_whole_segments_at_the_end_of_it(word: str) -> None:
    assert found(word) is LOW


@pytest.mark.parametrize("word", ["flask_app 30,000", "flask_app 30,000 req/s", "Flask_App  30,000 REQ/S"])
def test_a_figure_is_found_by_its_target_and_printed_text_with_or_without_its_unit(word: str) -> None:
    assert found(word) is FLASK
    assert found("gin_app 30,000") is GIN


def test_the_source_of_the_figure_is_found_too() -> None:
    other = FigureSet("U", "V", "Jul 2026", Path("other.toml"), (replace(LOW, id="x"),))
    assert find_figure("x", (PAGE, other))[1] is other


def test_a_claim_that_a_page_repeats_is_one_figure() -> None:
    assert found("flask.framework_throughput") is FLASK
    assert found("all.flask.framework_throughput") is AGAIN


def test_the_end_of_several_claims_is_refused_with_their_ids_and_texts() -> None:
    assert refusal("framework_throughput") == (
        "several figures have this name (framework_throughput): 2 figures with different claims have it in their id or "
        "print it. Give a whole id: facts.flask.framework_throughput (30,000 req/s, flask_app), "
        "facts.gin.framework_throughput (30,000 req/s, gin_app)."
    )


@pytest.mark.parametrize("word", ["~1,200 req/s", "~1,200req/s", "1,200 req/s", "flask_app 1,200 req/s"])
def test_a_text_without_a_target_is_enough_if_one_claim_prints_it(word: str) -> None:
    assert found(word) is LOW


def test_a_text_that_several_claims_print_is_refused_with_all_of_them() -> None:
    said = refusal("30,000")
    assert "facts.flask.framework_throughput (30,000 req/s, flask_app)" in said
    assert "facts.gin.framework_throughput (30,000 req/s, gin_app)" in said
    assert found("gin_app 30,000 req/s") is GIN


@pytest.mark.parametrize("width", range(8, len(LOW.id)))
def test_an_id_as_check_cuts_it_is_known_or_its_candidates_are_named(width: int) -> None:
    cut = f"\N{HORIZONTAL ELLIPSIS}{LOW.id[1 - width :]}"
    if FLASK.id.endswith(cut.lstrip("\N{HORIZONTAL ELLIPSIS}")):
        texts = f"{FLASK.id} (30,000 req/s, flask_app), {GIN.id} (30,000 req/s, gin_app), {LOW.id} (~1,200 req/s"
        assert texts in refusal(cut)
    else:
        assert found(cut) is LOW


def test_the_beginning_of_an_id_is_enough_if_it_is_the_only_one() -> None:
    assert found("facts.flask.thr") is LOW
    assert found("facts.flask.thr\N{HORIZONTAL ELLIPSIS}") is LOW
    assert found("facts.flask.thr...") is LOW
    assert found("all.") is AGAIN
    assert "facts.gin.framework_throughput (30,000 req/s, gin_app)" in refusal("facts.")


def test_the_end_of_an_id_is_enough_within_a_segment_and_without_an_ellipsis() -> None:
    assert found("acts.flask.throughput") is LOW
    assert found("ll.flask.framework_throughput") is AGAIN
    assert "facts.gin.framework_throughput (30,000 req/s, gin_app)" in refusal("work_throughput")


TWICE = replace(
    figure("throughput.*", "x", 2, name="facts.gin_over_flask.text_1", target="gin_app", of="flask_app"),
    label="[Gin is]",
    printed="twice as fast as Flask",
)
QUOTED = replace(LOW, id="facts.flask.start", label="Cold start", printed="\N{LEFT DOUBLE QUOTATION MARK}45 MB")
WORDS = FigureSet("T", "S", "Jun 2026", Path("words.md"), (TWICE, QUOTED))


@pytest.mark.parametrize(
    "word",
    [
        "twice as fast",
        "twice as fast as Flask",
        "'twice as  fast as flask'",
        "\N{LEFT DOUBLE QUOTATION MARK}Twice as\N{NO-BREAK SPACE}fast\N{RIGHT DOUBLE QUOTATION MARK}",
        "twice as fast as Fla\N{HORIZONTAL ELLIPSIS}",
        "twice as fast as Fla...",
        "fast as Flask",
        "[Gin is]: twice as fast",
        "gin_app twice as fast",
    ],
)
def test_some_words_of_a_text_as_check_prints_it_are_enough(word: str) -> None:
    assert found(word, WORDS) is TWICE


@pytest.mark.parametrize("word", ["45 MB", "45MB", '"45 MB"', "Cold start 45 MB", "flask_app 45 mb"])
def test_quotes_around_a_text_do_not_matter(word: str) -> None:
    assert found(word, WORDS) is QUOTED


@pytest.mark.parametrize("word", ["5 MB", "fast Flask", "wice as", "twice as fas", "...", "''"])
def test_a_part_of_a_word_and_words_apart_are_no_text(word: str) -> None:
    assert "unknown figure" in refusal(word, WORDS)


def test_words_of_several_claims_are_refused_with_at_most_ten_of_them() -> None:
    many = tuple(replace(TWICE, id=f"facts.over.{at}", printed=f"twice as fast as {at}") for at in range(13))
    said = refusal("twice as fast", FigureSet("T", "S", "Jun 2026", Path("words.md"), many))
    assert "13 figures with different claims" in said
    assert "facts.over.9 (twice as fast as 9, gin_app over flask_app) and 3 more." in said


def test_an_unknown_name_is_refused_with_the_three_nearest_ids() -> None:
    assert refusal("facts.flask.thruput") == (
        "unknown figure (facts.flask.thruput): no figure of page.toml has this id or text. "
        "The nearest: facts.flask.throughput, facts.flask.framework_throughput, all.flask.framework_throughput. "
        "Only figures of these files are known: --figures FILE names another file or a saved page."
    )


def test_an_unknown_text_is_refused_with_the_ids_of_the_nearest_texts() -> None:
    assert (
        "The nearest: facts.gin.framework_throughput (gin_app 30,000 req/s), "
        "facts.flask.throughput (flask_app ~1,200 req/s), "
    ) in refusal("tiny_app 3,200 req/s")


def test_a_share_is_suggested_as_the_page_prints_it() -> None:
    share = replace(LOW, id="facts.flask.saving", printed="-94%")
    said = refusal("flask_app -93%", FigureSet("T", "S", "Jun 2026", Path("page.toml"), (share,)))
    assert "The nearest: facts.flask.saving (flask_app -94%). Only" in said


def test_a_short_unknown_name_is_compared_with_the_ends_of_the_ids() -> None:
    assert "The nearest: facts.flask.throughput. Only" in refusal("throuhput")


def test_a_name_that_is_near_no_id_is_refused_with_the_command_that_lists_them() -> None:
    assert ". `harness check --json` lists the ids. Only figures of these files" in refusal("zzz")


def test_each_file_is_named_once_and_many_are_counted() -> None:
    pages = [FigureSet("T", "S", "D", Path(f"{number // 2}.toml"), ()) for number in range(8)]
    assert ": no figure of 0.toml and 1.toml has this" in refusal("zzz", *pages[:4])
    assert ": no figure of the 4 figures files has this" in refusal("zzz", *pages)
