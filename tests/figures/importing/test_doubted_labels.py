"""Labels, heads and headings whose numbers are no results of today."""

import pytest

from harness.figures.importing.doubted_labels import NO_RESULT, OTHER_TIME, OTHER_YEAR
from tests.figures.importing.imported import ENGLISH, imported_text, reasons

SUPPOSED = [
    "Estimated",
    "est.",
    "Target value",
    "Goal",
    "Theoretical",
    "Expected",
    "Projected",
    "Geschätzt",
    "Ziel",
    "Objectif",
    "Estimado",
    "Previsto",
]
EARLIER = ["Last year", "Before", "Previous", "Old", "Before tuning", "A year ago", "Vorher", "Avant", "Antes"]


def read(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{text}\n")
    return [one.printed for one in page.figures.figures], reasons(page)


def table(*rows: str) -> str:
    head, *body = (f"| {row} |" for row in rows)
    return "\n".join((head, "|---" * rows[0].count("|") + "|---|", *body))


@pytest.mark.parametrize(
    ("word", "reason"),
    [*((word, NO_RESULT) for word in SUPPOSED), *((word, OTHER_TIME) for word in EARLIER)],
)
def test_a_label_that_names_no_result_of_today_has_no_figure(word: str, reason: str) -> None:
    listed = [("900.5", reason)]
    assert read(table("Metric | Flask", "RPS | 800.5", f"{word} RPS | 900.5")) == (["800.5"], listed)
    assert read(table("Metric | Flask", "RPS | 800.5", f"RPS ({word}) | 900.5")) == (["800.5"], listed)
    assert read(table(f"Framework | RPS | RPS ({word})", "Flask | 800.5 | 900.5")) == (["800.5"], listed)
    assert read(f"## Flask\n\n{table('Run | RPS', 'Run 1 | 800.5', f'{word} | 900.5')}") == (["800.5"], listed)
    assert read(f"- Rate of Flask: 800.5 req/s\n- {word} rate of Flask: 900.5 req/s") == (
        ["800.5 req/s"],
        [("900.5 req/s", reason)],
    )


@pytest.mark.parametrize(("word", "reason"), [("estimated", NO_RESULT), ("last year", OTHER_TIME)])
def test_a_row_a_cell_or_a_heading_may_say_it(word: str, reason: str) -> None:
    rows = ("Flask | 800.5", f"Flask ({word}) | 900.5")
    assert read(table("Framework | RPS", *rows)) == (["800.5"], [("900.5", reason)])
    rows = ("Flask | 800.5 |", f"Flask | 900.5 | {word}")
    assert read(table("Framework | RPS | Note", *rows)) == (["800.5"], [("900.5", reason)])
    cell = f"900.5 req/s ({word})"
    assert read(table("Framework | RPS", "Gin | 800.5", f"Flask | {cell}")) == (["800.5"], [(cell, reason)])
    below = table("Framework | RPS", "Flask | 900.5")
    assert read(f"## RPS, {word}\n\n{below}") == ([], [("900.5", reason)])
    assert read(f"These are the numbers, {word}:\n\n{below}") == ([], [("900.5", reason)])


@pytest.mark.parametrize("word", ["Target", "Before", "Expected", "Goal"])
def test_such_a_head_beside_frameworks_is_no_framework(word: str) -> None:
    figures, listed = read(table(f"Metric | Flask | {word}", "RPS | 800.5 | 900.5"))
    assert figures == ["800.5"]
    assert [printed for printed, _ in listed] == ["900.5"]


@pytest.mark.parametrize(
    "label",
    [
        "Memory before load",
        "Memory after load",
        "Latency after warm-up",
        "Time before the first response",
        "As expected, latency",
        "Target rate",
    ],
)
def test_other_words_of_labels_refuse_nothing(label: str) -> None:
    assert read(table("Metric | Flask | Gin", f"{label} | 800.5 ms | 900.5 ms"))[0] == ["800.5 ms", "900.5 ms"]


def test_what_is_after_a_change_is_no_set_up_that_can_be_repeated() -> None:
    rows = ("Before | 700.5", "After | 900.5")
    assert read(f"## Flask\n\n{table('Run | RPS', *rows)}") == ([], [("700.5", OTHER_TIME), ("900.5", OTHER_TIME)])
    assert read(table("Framework | Before (RPS) | After (RPS)", "Flask | 700.5 | 900.5"))[0] == []


def test_a_change_to_a_framework_is_what_it_does_now() -> None:
    figures, listed = read(table("Metric | Before (Flask) | After (Gin)", "RPS | 800.5 | 900.5"))
    assert (figures, listed) == (["900.5"], [("800.5", OTHER_TIME)])


def test_what_no_run_measures_is_left_as_it_stands() -> None:
    assert read(table("Metric | Flask", "Deployments (Est.) (years in market) | 12+ years"))[0] == ["12+ years"]


def test_a_year_in_a_head_is_another_time_unless_it_is_that_of_the_page() -> None:
    below = table("Framework | 2019 (req/s) | 2048 (req/s)", "Flask | 800.5 | 900.5")
    figures, listed = read(below)
    assert (figures, listed) == (["900.5"], [("800.5", OTHER_YEAR)])  # 2048 can be connections
    assert read(table("Framework | Latency 2010 (ms)", "Flask | 12.5")) == ([], [("12.5", OTHER_YEAR)])
    assert read(table("Framework | Latency 2,010 (ms)", "Flask | 12.5"))[0] == ["12.5"]
    dated = imported_text(f"# Flask in 2019\n\n{ENGLISH}\n\n{below}\n")
    assert [one.printed for one in dated.figures.figures] == ["800.5", "900.5"]


def test_a_column_of_goals_before_the_frameworks_is_no_part_of_the_label() -> None:
    figures, listed = read(table("Metric | Goal | Flask", "Throughput | 10k req/s | 900.5 req/s"))
    assert (figures, listed) == (["900.5 req/s"], [("10k req/s", NO_RESULT)])
    page = imported_text(
        f"# Flask\n\n{ENGLISH}\n\n{table('Metric | Goal | Flask', 'Rate | 10k req/s | 900.5 req/s')}\n"
    )
    assert [one.conditions for one in page.figures.figures] == [()]
