"""Footnotes, and the numbers that carry their marks."""

import pytest

from tests.figures.importing.imported import imported_text

COMMAND = "With wrk2 -t2 -c16 -R1000"


def loads(text: str, name: str = "page.md") -> list[tuple[str, float | None, int | None]]:
    """Return digits, offered rate and workers of each figure."""
    figures = imported_text(text, name).figures.figures
    return [(one.printed, one.stated.rate_per_s, one.stated.workers) for one in figures]


@pytest.mark.parametrize(
    ("mark", "note"),
    [
        ("¹", "¹"),
        ("[^1]", "[^1]:"),
        ("[^load]", "[^load]:"),
        ("<sup>1</sup>", "<sup>1</sup>"),
        ("\\*", "\\*"),
        ("†", "†"),
    ],
)
def test_the_conditions_of_a_footnote_are_those_of_the_number_with_its_mark(mark: str, note: str) -> None:
    text = f"# Flask\n\nFlask has a p99 of 1.49 ms{mark}, and uses 20 MB of memory.\n\n{note} {COMMAND}\n"
    assert loads(text) == [("a p99 of 1.49 ms", 1000, None), ("20 MB of memory", None, None)]


def test_so_they_are_in_a_text_without_markup() -> None:
    assert loads(f"Flask has a p99 of 1.49 ms¹.\n\n¹ {COMMAND}\n", "page.txt") == [("a p99 of 1.49 ms", 1000, None)]


def test_each_number_has_its_own_footnote() -> None:
    notes = f"[^1]: {COMMAND}\n[^2]: With 4 workers"
    text = f"# Flask\n\nFlask serves 900 req/s[^2] and has a p99 of 1.49 ms[^1].\n\n## Notes\n\n{notes}\n"
    assert loads(text) == [("Flask serves 900 req/s", None, 4), ("a p99 of 1.49 ms", 1000, None)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask¹ has a p99 of 1.49 ms and a median of 0.8 ms.",
        "Flask has a p99 of 1.49 ms and a median of 0.8 ms in our tests.¹",
    ],
)
def test_a_mark_at_the_name_or_at_the_end_is_that_of_all_numbers(sentence: str) -> None:
    assert [rate for _, rate, _ in loads(f"# Flask\n\n{sentence} More of it.\n\n¹ {COMMAND}\n")] == [1000, 1000]


def test_a_mark_that_stands_for_several_footnotes_counts_in_their_sections_alone() -> None:
    sections = [
        f"## {name}\n\nFlask serves 900 req/s¹.\n\n¹ With {workers} workers\n" for name, workers in (("A", 2), ("B", 4))
    ]
    text = "# Flask\n\n{}\n{}\n\n## C\n\nFlask serves 901 req/s¹.\n".format(*sections)
    assert [workers for _, _, workers in loads(text)] == [2, 4, None]


@pytest.mark.parametrize(
    ("head", "label", "cell"),
    [("Flask", "p99", "1.49 ms¹"), ("Flask", "p99¹", "1.49 ms"), ("Flask¹", "p99", "1.49 ms")],
)
def test_a_mark_in_a_head_or_a_label_is_that_of_the_numbers_below_or_beside_it(
    head: str, label: str, cell: str
) -> None:
    table = f"| | {head} | Gin |\n|---|---|---|\n| {label} | {cell} | |\n| mean latency | 0.8 ms | 0.1 ms |\n"
    rates = [rate for _, rate, _ in loads(f"# Flask and Gin\n\n{table}\n¹ {COMMAND}\n")]
    assert rates == [1000, 1000 if head == "Flask¹" else None, None]


def test_a_footnote_may_call_its_number_an_estimate() -> None:
    table = "| Framework | Memory |\n|---|---|\n| Flask | 43.5 MB |\n| Gin | 10.5 MB* |"
    page = imported_text(f"# Flask and Gin\n\n{table}\n\n\\* estimated\n")
    assert [one.conditions for one in page.figures.figures] == [(), ("estimated",)]
