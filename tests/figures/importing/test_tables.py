"""Tables as people write them: what each number is of, and what has no place."""

import pytest

from harness.figures.consistency import find_contradictions
from tests.figures.importing.imported import ENGLISH, imported_text, reasons, short

HEAD = f"# Flask vs Gin\n\n{ENGLISH}\n\n"


def _table(*rows: str) -> str:
    columns = rows[0].count("|") - 1
    return HEAD + "\n".join((rows[0], "|---" * columns + "|", *rows[1:])) + "\n"


def test_a_row_that_names_two_frameworks_is_about_neither() -> None:
    file = imported_text(
        _table(
            "| Framework | RPS |", "| Flask | 2.5k |", "| Gin | 52K |", "| Flask + Gin | 10k |", "| Flask / Gin | 9k |"
        )
    )
    assert [short(figure)[:2] for figure in file.figures.figures] == [("2.5k", "flask_app"), ("52K", "gin_app")]
    assert reasons(file) == [("10k", "its row names two frameworks"), ("9k", "its row names two frameworks")]


def test_a_column_that_names_two_frameworks_is_about_neither() -> None:
    file = imported_text(_table("| Metric | Flask | Gin | Flask and Gin |", "| req/s | 2,100 | 51,000 | 9,000 |"))
    assert [figure.printed for figure in file.figures.figures] == ["2,100", "51,000"]
    assert reasons(file) == [("9,000", "its column names two frameworks")]


def test_a_server_beside_a_framework_is_a_condition_of_its_row() -> None:
    file = imported_text(
        _table("| Framework | req/s |", "| FastAPI + uvicorn | 9,000 |", "| Flask + gunicorn | 2,000 |")
    )
    assert [(figure.target, figure.conditions) for figure in file.figures.figures] == [
        ("fastapi_app", ("uvicorn",)),
        ("flask_app", ("gunicorn",)),
    ]


def test_two_versions_of_one_framework_do_not_contradict_each_other() -> None:
    columns = imported_text(
        _table("| Test | Flask 2.3 | Flask 3.0 | Gin |", "| JSON (req/s) | 2,100 | 2,400 | 51,000 |")
    )
    rows = imported_text(_table("| Framework | req/s |", "| Flask 2.3 | 2,100 |", "| Flask (async) | 2,400 |"))
    for file, versions in ((columns, ("version 2.3", "version 3.0")), (rows, ("version 2.3", "async"))):
        stated = [figure.conditions for figure in file.figures.figures if figure.target == "flask_app"]
        assert [version in conditions for version, conditions in zip(versions, stated, strict=True)] == [True, True]
        assert not find_contradictions(file.figures)


def test_a_difference_of_two_set_ups_of_one_framework_is_said_to_be_one() -> None:
    file = imported_text(
        _table("| Setup | Flask (gunicorn) | Flask (waitress) | Diff |", "| req/s | 2,100 | 1,700 | +24% |")
    )
    assert [(figure.printed, figure.conditions) for figure in file.figures.figures] == [
        ("2,100", ("gunicorn",)),
        ("1,700", ("waitress",)),
    ]
    assert reasons(file) == [("+24%", "a comparison of two set-ups of one framework, which a figures file can't state")]


def test_the_head_of_a_rate_is_no_head_of_seconds() -> None:
    for head in ("r/s", "op/s", "ops/s", "rps", "RPS", "req/s", "Requêtes/s", "Peticiones por segundo", "JSON r/s"):
        (figure,) = imported_text(_table(f"| Framework | {head} |", "| Flask | 2,400 |")).figures.figures
        assert (figure.unit.name, figure.low) == ("req/s", 2400), head
    assert not imported_text(_table("| Framework | Hits/s |", "| Flask | 2,400 |")).figures.figures


def test_the_suffix_of_a_size_is_its_unit() -> None:
    (figure,) = imported_text(_table("| Framework | Memory |", "| Flask | 45M |")).figures.figures
    assert (figure.unit.name, figure.low, figure.metric) == ("MB", 45e6, "memory.*")


def test_numbers_in_the_description_of_a_picture_are_listed() -> None:
    reason = "a number in the description of a picture"
    markdown = f"{HEAD}Flask serves 2,000 req/s.\n\n![Gin 51,000 req/s](chart.png)\n"
    html = f"<title>Flask vs Gin</title><p>{ENGLISH} Flask serves 2,000 req/s.\n<img src=a.png alt='Gin 51,000 req/s'>"
    for text, name, place in ((markdown, "page.md", (7, 7)), (html, "page.html", (2, 25))):
        file = imported_text(text, name)
        assert len(file.figures.figures) == 1
        assert reasons(file) == [("51,000 req/s", reason)]
        assert file.file.unplaced[0].place == place


@pytest.mark.parametrize(
    ("head", "cell"), [("Throughput", "8.35 MB/s"), ("Throughput (MB/s)", "8.35"), ("Rate", "9 kbps")]
)
def test_bytes_per_second_are_no_requests(head: str, cell: str) -> None:
    file = imported_text(_table(f"| Framework | Req/sec | {head} |", f"| Flask | 46,664 | {cell} |"))
    assert [figure.printed for figure in file.figures.figures] == ["46,664"]
    assert reasons(file) == [(cell, "bytes per second, and no requests")]


@pytest.mark.parametrize("name", ["Average", "Geometric mean", "**Total**", "Promedio", "Durchschnitt", "平均"])
def test_a_row_that_sums_up_others_is_no_framework(name: str) -> None:
    file = imported_text(_table("| Framework | Req/sec |", "| Flask | 3,215.5 |", f"| {name} | 8,859.5 |"))
    assert [figure.target for figure in file.figures.figures] == ["flask_app"]
    assert reasons(file) == [("8,859.5", "its row sums up others")]


def test_a_head_that_stands_once_more_inside_its_table_is_no_framework() -> None:
    head = "| Framework | Requests/s (8) | Requests/s (64) |"
    file = imported_text(_table(head, "| Flask | 3,100 | 3,200 |", head, "| Sinatra | 4,100 | 4,200 |"))
    assert {figure.target for figure in file.figures.figures} == {"flask_app", "sinatra"}


def test_a_time_in_several_units_is_listed_whole() -> None:
    file = imported_text(_table("| Framework | Startup |", "| Flask | 1m 20s |", "| Gin | 950ms |"))
    assert [figure.printed for figure in file.figures.figures] == ["950ms"]
    assert reasons(file) == [("1m 20s", "a time in several units")]


@pytest.mark.parametrize(
    ("head", "part"),
    [("Req/Sec (thread)", "thread"), ("Req/Sec per thread", "thread"), ("Req/s per-core", "core")],
)
def test_the_rate_of_a_thread_is_not_that_of_the_server(head: str, part: str) -> None:
    (figure,) = imported_text(_table(f"| Framework | {head} |", "| Flask | 7.8k |")).figures.figures
    assert (figure.metric, figure.quantity) == (None, f"rate per {part}")


@pytest.mark.parametrize(
    ("rate", "latency", "memory"),
    [
        ("Requisições/s", "Latência média (ms)", "Memória (MB)"),
        ("Запросов/с", "Задержка, мс", "Память, МБ"),
        ("请求/秒", "平均延迟(毫秒)", "内存(MB)"),
        ("リクエスト/秒", "レイテンシ(ミリ秒)", "メモリ(MB)"),
    ],
)
def test_heads_of_other_languages_name_metrics(rate: str, latency: str, memory: str) -> None:
    page = _table(f"| Framework | {rate} | {latency} | {memory} |", "| Flask | 3215 | 18.4 | 45.5 |")
    metrics = [figure.metric for figure in imported_text(page).figures.figures]
    assert metrics == ["throughput.closed.*", "latency.*", "memory.*"]


@pytest.mark.parametrize("heads", ["avg_ms | p99_ms", "Avg (ms) | P99 (ms)", "mean | p99"])
def test_a_statistic_alone_is_a_latency_where_the_table_has_percentiles(heads: str) -> None:
    unit = "" if "ms" in heads else " ms"
    file = imported_text(_table(f"| Framework | RPS | {heads} |", f"| Flask | 2,400 | 12.5{unit} | 40{unit} |"))
    rps, mean, p99 = file.figures.figures
    assert [one.metric for one in (rps, mean, p99)] == ["throughput.closed.*", "latency.*", "latency.*"]
    assert (mean.stated.statistic, p99.stated.statistic) == ("mean", "p99")


def test_a_statistic_alone_is_of_no_known_quantity_where_nothing_speaks_of_latencies() -> None:
    file = imported_text(_table("| Framework | avg_ms | req/s |", "| Flask | 12.5 | 2,400 |"))
    assert [one.metric for one in file.figures.figures] == [None, "throughput.closed.*"]


def test_a_server_in_a_row_is_a_set_up_of_the_only_framework_of_the_table() -> None:
    rows = ("| Flask | 640.5 |", "| gunicorn (sync, 4 workers) | 2,010.5 |", "| uWSGI | 2,300.5 |")
    page = imported_text(_table("| Setup | req/s |", *rows))
    assert [(one.target, one.conditions) for one in page.figures.figures] == [
        ("flask_app", ()),
        ("flask_app", ("gunicorn", "4 workers")),
        ("flask_app", ("uWSGI",)),
    ]


def test_columns_of_one_framework_state_no_quantity_as_a_condition() -> None:
    page = imported_text(
        _table("| Connections | Flask req/s | Gin req/s | Gin p99 (ms) |", "| 8 | 1,900.5 | 30,100.5 | 1.1 |")
    )
    assert [(one.target, one.metric, one.conditions) for one in page.figures.figures] == [
        ("flask_app", "throughput.closed.*", ("8 connections",)),
        ("gin_app", "throughput.closed.*", ("8 connections",)),
        ("gin_app", "latency.*", ("8 connections", "p99")),
    ]


def test_the_test_of_a_head_is_a_condition_beside_its_statistic() -> None:
    page = imported_text(
        _table("| Framework | JSON best req/s | Plaintext best req/s |", "| Gin | 55,100.5 | 61,200.5 |")
    )
    assert [one.conditions for one in page.figures.figures] == [("JSON", "best"), ("Plaintext", "best")]


def test_a_heading_may_have_the_unit_of_its_table() -> None:
    page = imported_text(
        f"{HEAD}## Latency, 64 connections (ms)\n\n| Framework | Median | p99 |\n|---|---|---|\n| Gin | 0.7 | 4.1 |"
    )
    assert [(one.printed, one.unit.name, one.metric, one.stated.statistic) for one in page.figures.figures] == [
        ("0.7", "ms", "latency.*", "p50"),
        ("4.1", "ms", "latency.*", "p99"),
    ]


def test_a_heading_about_two_versions_names_nobody() -> None:
    page = imported_text(f"{HEAD}## Is Flask 3 faster than Flask 2?\n\nSlightly: 2,020 req/s, and 1,940 req/s.\n")
    assert reasons(page) == [(f"{number} req/s", "no framework is named") for number in ("2,020", "1,940")]


@pytest.mark.parametrize("first", ["", "Unit"])
def test_units_in_a_row_of_their_own_below_the_heads_are_those_of_the_columns(first: str) -> None:
    rows = (
        "| Framework | Throughput | p99 | CPU |",
        f"| {first} | [kreq/s] | ms | [units] |",
        "| Flask | 2.6 | 38 | 4 |",
    )
    figures = imported_text(_table(*rows)).figures.figures
    assert [(one.printed, one.low) for one in figures] == [("2.6", 2600), ("38", 0.038)]


def test_a_row_without_a_name_that_has_numbers_is_no_row_of_units() -> None:
    page = imported_text(_table("| Framework | RPS |", "| | 2.5k req/s |", "| Flask | 3.5k |"))
    assert [one.printed for one in page.figures.figures if one.target == "flask_app"] == ["3.5k"]


@pytest.mark.parametrize(
    "head", ["RAM limit (MB)", "Memory limit (MB)", "Speicherlimit (MB)", "Limite de mémoire (Mo)"]
)
def test_a_limit_of_memory_is_not_what_is_used(head: str) -> None:
    page = imported_text(
        _table(f"| Framework | Memory (MB) | {head} |", "| Flask | 34.5 | 512 |", "| Gin | 7.5 | 512 |")
    )
    assert [one.metric for one in page.figures.figures if one.printed == "512"] == [None, None]
