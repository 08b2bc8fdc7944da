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


def test_the_end_of_several_claims_is_refused_with_their_ids() -> None:
    assert refusal("framework_throughput") == (
        "several figures have this name (framework_throughput): 2 figures with different claims end with it or print "
        "it. Give a whole id: facts.flask.framework_throughput, facts.gin.framework_throughput."
    )


def test_an_unknown_name_is_refused_with_the_three_nearest_ids() -> None:
    assert refusal("facts.flask.thruput") == (
        "unknown figure (facts.flask.thruput): page.toml has no figure of this id or text. "
        "The nearest: facts.flask.throughput, facts.flask.framework_throughput, all.flask.framework_throughput."
    )


def test_a_short_unknown_name_is_compared_with_the_ends_of_the_ids() -> None:
    assert refusal("throuhput").endswith("The nearest: facts.flask.throughput.")


def test_a_name_that_is_near_no_id_is_refused_with_the_command_that_lists_them() -> None:
    assert refusal("zzz").endswith("`harness check --json` lists the ids.")
    assert "no figures file has no figure" not in refusal("zzz", FigureSet("T", "S", "D", Path("empty.toml"), ()))
