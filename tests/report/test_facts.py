"""Published figures beside measured numbers."""

from __future__ import annotations

from dataclasses import replace

from harness.figures.published import Evidence, Judgement
from harness.metrics.catalogue import Family
from harness.metrics.names import attribute
from harness.model import AttributeName, Verdict
from harness.report.facts import Fact, clashes, key_facts, other_facts, verdict_counts
from harness.units import Unit
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN
from tests.report.published import CONTRADICTION, JUDGED, JUDGEMENTS, figure


def test_key_facts_are_throughput_latency_memory_and_cold_start_by_family() -> None:
    groups = key_facts(material())
    assert {group.family: [fact.printed for fact in group.facts] for group in groups} == {
        Family.THROUGHPUT: ["~2,500 req/sec", "30,000", "500-1,500 req/s", "20x faster than Flask"],
        Family.LATENCY: ["25-35 ms"],
        Family.MEMORY: ["~35 MB per instance", "5-15 MB"],
        Family.COLD_START: ["~450 ms"],
    }


def test_every_judgement_is_in_exactly_one_fact() -> None:
    report = material()
    judged, unmeasured = other_facts(report)
    facts = [fact for group in key_facts(report) for fact in group.facts] + [*judged, *unmeasured]
    assert sum(len(fact.sections) for fact in facts) == len(JUDGEMENTS)


def test_a_figure_repeated_word_for_word_has_one_row_with_both_sections() -> None:
    fact = key_facts(material())[0].facts[0]
    assert fact.sections == ("Key Facts & Figures", "Full Comparison")


def test_the_measured_number_is_written_in_the_printed_unit() -> None:
    memory = key_facts(material())[2].facts[0]
    assert memory.measured is not None
    # 46.5 MiB is 48.8 MB, and the source prints MB
    assert (memory.measured.number, memory.measured.interval) == ("48.8 MB", "[47.8, 49.7]")
    assert (memory.measured.of, memory.measured.among) == ("idle memory (46.5 MiB)", "")
    assert memory.ratio == "0.718×"


def test_the_nearest_of_several_results_is_shown_with_the_range_of_all() -> None:
    fact = key_facts(material())[0].facts[0]
    assert fact.measured is not None
    assert fact.measured.number == "2,450 req/s"
    assert fact.measured.of == "throughput over 1 connection, hello"
    assert fact.measured.among == "nearest of 4, from 2,450 to 6,120 req/s"
    assert fact.ratio == "1.02×"


def test_a_ratio_names_both_sides() -> None:
    fact = key_facts(material())[0].facts[3]
    assert fact.target == "Gin against Flask"
    assert fact.measured is not None
    assert (fact.measured.number, fact.measured.of) == (
        "13.9x",
        "throughput over 32 connections, hello, Gin ÷ Flask",
    )


def test_the_variant_is_named_if_the_run_has_several() -> None:
    fact = key_facts(material(FLASK, FLASK_SYNC, GIN))[0].facts[0]
    assert fact.measured is not None
    assert fact.measured.of == "throughput over 1 connection, hello, Flask gthread"


def test_without_evidence_there_is_no_number_and_no_ratio() -> None:
    fact = key_facts(material())[3].facts[0]
    assert (fact.measured, fact.ratio) == (None, "–")
    assert fact.conditions == ("Serverless",)
    assert fact.reason == "It is stated for 'Serverless', which no run here reproduces."


def only(*judgements: Judgement) -> Fact:
    """Return the first fact of a report with these judgements alone."""
    report = replace(material(), judged=(replace(JUDGED, judgements=judgements),))
    return [*(fact for group in key_facts(report) for fact in group.facts), *other_facts(report)[0]][0]


def test_an_exact_number_has_no_interval_and_a_count_no_decimals() -> None:
    lines = figure("Boilerplate", "5-7 lines", (5, 7), "footprint.app_lines", "lines")
    counted = Evidence(FLASK, None, None, "footprint.app_lines", Unit.ONE, 5.0, 5.0, 5.0)
    fact = only(Judgement(lines, Verdict.CONFIRMED, "It is so.", (counted,)))
    assert fact.measured is not None
    assert (fact.measured.number, fact.measured.interval) == ("5 lines", "")


def test_a_difference_has_its_signs_and_no_ratio_of_differences() -> None:
    claimed = figure("Memory", "+650%", 650, "memory.*", "% difference", of="gin_app")
    pieces = [Evidence(FLASK, GIN, None, "memory.loaded", Unit.ONE, at, at - 0.05, at + 0.05) for at in (4.63, 4.31)]
    fact = only(Judgement(claimed, Verdict.NOT_COMPARABLE, "It lies between.", tuple(pieces)))
    assert fact.measured is not None
    assert (fact.measured.number, fact.measured.interval) == ("+363%", "[+358, +368]")
    assert fact.measured.among == "nearest of 2, from +331 to +363%"
    assert fact.ratio == "–"


def test_a_claim_in_words_has_the_answer_that_the_run_found() -> None:
    claimed = replace(figure("Version", "3.4+", 0, attribute(AttributeName.LANGUAGE_VERSION), "x"), states="Python 3.4")
    fact = only(Judgement(claimed, Verdict.REFUTED, "It states: Python 3.4. Tried: Python 3.9."))
    assert (fact.measured, fact.answer) == (None, "Python 3.9")
    assert key_facts(material())[0].facts[0].answer is None


def test_figures_of_other_kinds_are_split_into_judged_and_not_measured() -> None:
    judged, unmeasured = other_facts(material())
    assert [fact.printed for fact in judged] == ["68,000"]
    assert [fact.printed for fact in unmeasured] == ["23,500 positions"]


def test_unmeasured_figures_come_last_in_their_group() -> None:
    report = material()
    unmeasured = replace(JUDGEMENTS[0], verdict=Verdict.NOT_MEASURED, evidence=())
    group = key_facts(replace(report, judged=(replace(JUDGED, judgements=(unmeasured, *JUDGEMENTS[2:])),)))[0]
    assert [fact.verdict for fact in group.facts][-1] is Verdict.NOT_MEASURED


def test_verdicts_are_counted_by_figure_and_not_by_row() -> None:
    counts = dict(verdict_counts(material()))
    assert counts[Verdict.NOT_COMPARABLE] == 3
    assert sum(counts.values()) == len(JUDGEMENTS)


def test_a_contradiction_shows_each_figure_once_with_all_its_places() -> None:
    again = replace(CONTRADICTION, figures=tuple(judgement.figure for judgement in JUDGEMENTS[:3]))
    (clash,) = clashes(replace(material(), judged=(replace(JUDGED, contradictions=(again,)),)))
    assert (
        clash.anchor == "contradiction:one_quantity:Key-20-Facts-20--26--20-Figures.flask_app.Requests-20-Per-20-Second"
    )
    assert clash.message == "Flask's throughput can't be both 2,500 req/s and 30,000 req/s."
    assert clash.places == (
        ("~2,500 req/sec", "Requests Per Second (Key Facts & Figures, Full Comparison)"),
        ("30,000", "Framework Requests Per Second (Key Facts & Figures)"),
    )


def test_contradictions_with_the_same_rule_and_figure_have_anchors_of_their_own() -> None:
    first, second = clashes(replace(material(), judged=(replace(JUDGED, contradictions=(CONTRADICTION,) * 2),)))
    assert second.anchor == f"{first.anchor}:2"
