"""Labels and heads of offered rates: they are the load of the other numbers of their rows or columns."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text


def stated(*rows: str, before: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
    """Return framework, number and offered rates of the figures of a table."""
    head, *body = (f"| {row} |" for row in rows)
    table = "\n".join((head, "|---" * rows[0].count("|") + "|---|", *body))
    file = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{before}\n\n{table}\n")
    assert not file.unplaced
    return [
        (one.target, one.printed, tuple(word for word in one.conditions if "offered" in word))
        for one in file.figures.figures
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Target RPS",
        "Requested rate (req/s)",
        "Configured RPS",
        "Offered load (rps)",
        "Arrival rate",
        "Requests/s (offered)",
        "RPS requested",
        "Zielrate",
        "Angebotene Last (Anfragen/s)",
        "Débit demandé",
        "Tasa ofrecida",
        "Taxa solicitada",
    ],
)
def test_an_offered_rate_is_the_load_of_its_row_or_column(head: str) -> None:
    of_rows = stated(f"Framework | {head} | p99 | RPS reached", "Flask | 1000 | 12.5 ms | 998.5")
    load = ("1,000 req/s offered",)
    assert of_rows == [("flask_app", "12.5 ms", load), ("flask_app", "998.5", load)]
    of_columns = stated("Metric | Flask | Gin", f"{head} | 1000 | 5000", "p99 | 12.5 ms | 2.5 ms")
    assert of_columns == [("flask_app", "12.5 ms", load), ("gin_app", "2.5 ms", ("5,000 req/s offered",))]
    alone = stated(f"{head} | p99", "1000 | 12.5 ms", before="## Flask")
    assert alone == [("flask_app", "12.5 ms", load)]


def test_each_of_several_rows_of_rates_is_the_load_of_the_rows_below_it() -> None:
    rows = ("Target RPS | 100 | 500", "p99 | 12.5 ms | 2.5 ms", "Target RPS | 200 | 600", "p99 | 13.5 ms | 3.5 ms")
    assert [(number, load) for _, number, (load,) in stated("Metric | Flask | Gin", *rows)] == [
        ("12.5 ms", "100 req/s offered"),
        ("2.5 ms", "500 req/s offered"),
        ("13.5 ms", "200 req/s offered"),
        ("3.5 ms", "600 req/s offered"),
    ]


def test_the_rows_of_a_table_of_frameworks_can_be_rates() -> None:
    for head in ("Rate (req/s)", "Target krps"):
        rate = "2" if head == "Target krps" else "2000"
        assert stated(f"{head} | Flask p99 (ms) | Gin p99 (ms)", f"{rate} | 12.5 | 2.5") == [
            ("flask_app", "12.5", ("2,000 req/s offered",)),
            ("gin_app", "2.5", ("2,000 req/s offered",)),
        ]


@pytest.mark.parametrize("head", ["Rate (req/s)", "Load test (req/s)", "RPS"])
def test_other_rates_are_results(head: str) -> None:
    assert stated(f"Framework | {head}", "Flask | 998.5") == [("flask_app", "998.5", ())]
