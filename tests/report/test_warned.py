"""The grouped warnings of a run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model import ComparabilityRule, Flag, FlagKind, SetupDifference
from harness.report.warned import Warned, warnings
from tests.report.markdown_texts import full_markdown
from tests.report.material import material
from tests.report.measured import FLASK, GIN, NULL

if TYPE_CHECKING:
    from harness.model import Subject
    from harness.report.material import Material

DISTURBED = "the machine was disturbed in 2 of 5 blocks (steal)"
BURSTS = "the {} samples above the percentile come in bursts"


def warned_of(text: str, of: Material) -> Material:
    """Return a report whose results all have a warning; the braces hold the number of a result."""
    results = tuple(
        replace(one, warnings=(text.format(place),)) for place, one in enumerate(of.summary.results) if one.trials > 1
    )
    return replace(of, summary=replace(of.summary, results=results, comparisons=()))


def flagged(block: int, *subjects: Subject) -> Material:
    """Return a report with disturbed trials in a block, of some subjects."""
    report = material()
    steal = (Flag(FlagKind.STEAL, "stolen"),)
    trials = tuple(
        replace(one, flags=steal) if one.block == block and one.subject in subjects else one
        for one in report.stored.trials
    )
    return warned_of(DISTURBED, replace(report, stored=replace(report.stored, trials=trials)))


def test_each_warning_is_listed_once_with_all_places_that_it_concerns() -> None:
    found = {warned.text: warned.places for warned in warnings(material(ceiling=NULL))}
    assert found == {
        "the kernel can't reset the mark, so the peak counts from the start": (
            "Flask, peak memory",
            "Gin, peak memory",
        ),
        "the generator was the limit of the subject: the ratio is a lower bound": (
            "Gin ÷ Flask, throughput over 8 connections, hello",
            "Gin ÷ Flask, throughput over 32 connections, hello",
            "Gin ÷ Flask, throughput over 64 connections, hello",
            "Gin ÷ Flask, throughput over 32 connections, json_body",
        ),
    }


def test_a_difference_in_setup_is_the_first_warning() -> None:
    report = material()
    difference = SetupDifference(ComparabilityRule.LOGGING, (FLASK, GIN), "logs every request")
    run = replace(report.summary.run, setup_differences=(difference,))
    first, *rest = warnings(replace(report, summary=replace(report.summary, run=run)))
    assert (first.text, first.places) == ("logs every request", ("Flask", "Gin"))
    assert tuple(rest) == warnings(report)


def test_a_disturbed_block_is_one_warning_and_not_one_for_each_metric() -> None:
    what = "block 3 was disturbed (the hypervisor took the core)"
    assert warnings(flagged(2, FLASK, GIN)) == (Warned(f"{what} in all its trials", ()),)
    assert warnings(flagged(2, GIN)) == (Warned(f"{what} in the trials of Gin", ()),)
    assert f"\n- **{what} in all its trials**\n" in full_markdown(flagged(2, FLASK, GIN)), (
        "nothing follows a text alone"
    )


def test_warnings_that_differ_by_numbers_alone_are_one_warning() -> None:
    (only,) = warnings(warned_of(BURSTS, material()))
    largest = max(place for place, one in enumerate(material().summary.results) if one.trials > 1)
    assert only.text == f"the 0 to {largest} samples above the percentile come in bursts"
    assert only.places[0] == "Flask, throughput over 1 connection, hello: 0"
    assert len(only.places) == len(set(only.places)) > 10


def test_a_number_that_is_alike_stands_alone_and_one_in_a_name_tells_warnings_apart() -> None:
    report = warned_of("p{} is late in 1,000 of 6.5 cases", material())
    assert len(warnings(report)) > 1
    (only,) = warnings(warned_of("…: {}.5 of 1,000 ms, 1.2.3", material()))
    assert re.fullmatch(r"…: 0\.5 to \d+\.5 of 1,000 ms, 1\.2\.3", only.text)
