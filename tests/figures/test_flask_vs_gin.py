"""The committed figures: their completeness, their contradictions and their verdicts."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.judge import judge
from harness.figures.printed import numbers_in
from harness.figures.published import FigureSet, Judgement, Rule
from harness.figures.reading import read_figures
from harness.model import Summary, Verdict
from tests.figures.cases import GIN, GTHREAD, RUN, comparison, result

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def committed() -> FigureSet:
    return read_figures(ROOT / "figures" / "flask_vs_gin.toml")


# Compared with the lines of the page that print a number.


def page_sections() -> dict[str, list[str]]:
    text = (ROOT / "tests" / "golden" / "flask_vs_gin.txt").read_text(encoding="utf-8")
    head, *sections = text.split("\n## ")
    assert "Jun 2026" in head
    return {title: lines for title, *lines in (section.splitlines() for section in sections)}


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def page_numbers(lines: list[str]) -> Counter[str]:
    texts = [text for line in lines for text in (cells_of(line)[1:] if line.startswith("|") else [line])]
    return Counter(number for text in texts for number in numbers_in(text))


def page_cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield section, label, column and text of every non-empty cell of the page's tables."""
    for section, lines in page_sections().items():
        for line in lines:
            label, *cells = cells_of(line)
            for column, cell in zip(("flask_app", "gin_app", "diff"), cells, strict=False):
                for text in cell.split(" / "):
                    if text != "—":
                        yield section, re.sub(r"\s", "", label), column, text


def test_the_entries_have_exactly_the_numbers_of_the_page(committed: FigureSet) -> None:
    for section, lines in page_sections().items():
        entries = Counter(n for f in committed.figures if f.section == section for n in numbers_in(f.printed))
        assert entries == page_numbers(lines), section
    assert {figure.section for figure in committed.figures} == set(page_sections())
    assert len(committed.figures) == 141


def test_every_cell_of_the_tables_has_an_entry_with_its_label_and_column(committed: FigureSet) -> None:
    entries = Counter(
        (figure.section, re.sub(r"\s", "", figure.label), "diff" if figure.of else figure.target, figure.printed)
        for figure in committed.figures
        if "[" not in figure.label
    )
    assert entries == Counter(page_cells())


def test_every_phrase_outside_the_tables_is_on_the_page(committed: FigureSet) -> None:
    for figure in committed.figures:
        assert any(figure.printed in line for line in page_sections()[figure.section]), figure.id


def test_the_entries_have_the_date_of_the_page(committed: FigureSet) -> None:
    assert committed.date == "Jun 2026"


def test_figures_that_can_be_measured_name_their_metric(committed: FigureSet) -> None:
    metrics = Counter(figure.metric for figure in committed.figures)
    assert metrics == {
        None: 75,
        "throughput.closed.*": 16,
        "throughput.peak": 1,
        "latency.*": 4,
        "memory.*": 14,
        "cold_start.ready": 9,
        "footprint.framework": 4,
        "footprint.app_lines": 3,
        "connections.practical": 2,
        "attribute.language_version": 2,
        "attribute.orm": 3,
        "attribute.admin": 1,
        "attribute.validation": 1,
        "attribute.websocket": 1,
        "attribute.authentication": 1,
        "attribute.documentation": 2,
        "attribute.async_views": 1,
        "attribute.single_binary": 1,
    }


# Contradictions within the page.


def test_the_page_has_exactly_these_contradictions(committed: FigureSet) -> None:
    contradictions = {
        (one.rule, f"{one.figures[0].target} {one.figures[0].quantity}"): {figure.printed for figure in one.figures}
        for one in find_contradictions(committed)
    }
    assert contradictions == {
        (Rule.ONE_QUANTITY, "flask_app throughput"): {
            "~2,500 req/sec",
            "~1,200 req/s",
            "30,000",
            "500-1,500 req/s",
        },
        (Rule.ONE_QUANTITY, "flask_app framework size"): {"~11 KB", "~150 KB"},
        (Rule.ONE_QUANTITY, "flask_app startup time"): {"~120ms", "~500 ms"},
        (Rule.ONE_QUANTITY, "flask_app memory"): {"~35 MB per instance", "12"},
        (Rule.ONE_QUANTITY, "flask_app Stack Overflow questions"): {"1,200 thousand", "40,000+"},
        (Rule.ONE_QUANTITY, "gin_app throughput"): {
            "~20,000 req/s",
            "30,000",
            "15,000-25,000 req/s",
            "Handles 15,000-25,000 requests/second",
        },
        (Rule.RATIO, "flask_app throughput"): {"30,000", "-94%"},
        (Rule.RATIO, "gin_app throughput"): {"30,000", "20x faster than Flask"},
    }


# Compared with an invented run.


@pytest.fixture(scope="module")
def verdicts(committed: FigureSet) -> dict[str, Judgement]:
    summary = Summary(
        RUN,
        (
            result(GTHREAD, "throughput.closed.c1", (1_880, 1_900, 1_920)),
            result(GTHREAD, "throughput.closed.c64", (6_000, 6_120, 6_240)),
            result(GTHREAD, "throughput.peak", (6_000, 6_120, 6_240)),
            result(GIN, "throughput.closed.c1", (9_800, 10_000, 10_200)),
            result(GIN, "throughput.closed.c64", (84_000, 85_000, 86_000)),
            result(GTHREAD, "latency.open.r1000.p50", (0.0009, 0.001, 0.0011)),
            result(GTHREAD, "latency.open.r1000.p99", (0.003, 0.004, 0.005)),
            result(GTHREAD, "memory.idle", (46.0e6, 46.2e6, 46.4e6)),
        ),
        (comparison("throughput.closed.c1", (5.1, 5.26, 5.4)), comparison("throughput.closed.c64", (13.4, 13.9, 14.4))),
    )
    return {judgement.figure.id: judgement for judgement in judge(committed, summary).judgements}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("key_facts.flask.throughput", Verdict.NOT_COMPARABLE),
        ("key_facts.flask.throughput_concurrent", Verdict.NOT_REPRODUCED),
        ("key_facts.flask.throughput_benchmark", Verdict.NOT_REPRODUCED),
        ("key_facts.flask.framework_throughput", Verdict.NOT_REPRODUCED),
        ("key_differences.flask.throughput", Verdict.NOT_REPRODUCED),
        ("pros_cons.flask.ceiling", Verdict.REFUTED),
        ("key_facts.gin.throughput_benchmark", Verdict.NOT_COMPARABLE),
        ("key_facts.gin.framework_throughput", Verdict.NOT_COMPARABLE),
        ("key_facts.diff.throughput_benchmark", Verdict.NOT_REPRODUCED),
        ("pros_cons.ratio.throughput", Verdict.NOT_REPRODUCED),
        ("key_facts.flask.latency", Verdict.NOT_REPRODUCED),
        ("summary.gin.latency", Verdict.NOT_MEASURED),
        ("key_facts.flask.memory_idle", Verdict.NOT_REPRODUCED),
        ("key_facts.flask.idle_memory", Verdict.NOT_REPRODUCED),
        ("key_differences.flask.memory", Verdict.CONFIRMED),
        ("key_facts.gin.idle_memory", Verdict.NOT_MEASURED),
        ("key_facts.flask.core_framework_size", Verdict.CONTRADICTED),
        ("key_facts.flask.startup_time", Verdict.CONTRADICTED),
        ("key_facts.flask.cold_start_serverless", Verdict.NOT_MEASURED),
        ("key_facts.flask.questions", Verdict.CONTRADICTED),
        ("key_facts.flask.stars", Verdict.NOT_MEASURED),
        ("full_comparison.flask.framework_throughput", Verdict.NOT_REPRODUCED),
    ],
)
def test_these_figures_of_the_page_get_these_verdicts(
    verdicts: dict[str, Judgement], name: str, verdict: Verdict
) -> None:
    assert verdicts[name].verdict is verdict


def test_every_figure_is_judged_with_a_full_sentence(verdicts: dict[str, Judgement]) -> None:
    assert len(verdicts) == 141
    for judgement in verdicts.values():
        assert judgement.reason[0].isupper()
        assert judgement.reason.endswith(".")
