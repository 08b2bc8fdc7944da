"""The terminal output of a check: the counts, one line for each figure, the contradictions, and the width of all."""

from dataclasses import replace

import pytest

from harness import console
from harness.documents import CheckDocument, ContradictionRow, FigureRow, Place
from harness.model import Verdict
from harness.units import Unit
from tests.conftest import GoldenFiles
from tests.examples import MEASURED

RATE = replace(MEASURED, metric="throughput.closed.c32")
LOW = FigureRow(
    id="key_facts.flask.throughput",
    label="Requests Per Second (req/s)",
    printed="~2,500 req/s",
    claim="~2,500 req/s",
    target="flask_app",
    metric="throughput.*",
    verdict=Verdict.NOT_REPRODUCED,
    measured=RATE,
    answer=None,
    reason="Everything measured here is more: the nearest is 6,120 [5,980, 6,260] req/s [gthread], 2.4 times as much.",
    source="A page, Jun 2026",
)
LONG_ID = "full_comparison.flask.requests_per_second_with_concurrent_load"
FIGURES = [
    replace(LOW, id="key_facts.flask.size", printed="~11 KB", verdict=Verdict.REFUTED,
            measured=replace(RATE, estimate=346_000, low=346_000, high=346_000, unit=Unit.BYTE, text="346 KB")),
    replace(LOW, id="summary.flask.fast", verdict=Verdict.CONFIRMED, printed="6,100 req/s"),
    LOW,
    replace(LOW, id=LONG_ID, label="With Concurrent Load"),
    replace(LOW, id="key_facts.flask.orm", printed="None (use SQLAlchemy separately, or another library for it)",
            verdict=Verdict.CONFIRMED, measured=None, answer="no"),
    replace(LOW, id="key_facts.gin.latency", verdict=Verdict.NOT_COMPARABLE, printed="25-35 ms"),
    replace(LOW, id="key_facts.gin.start", verdict=Verdict.INCONCLUSIVE, printed="~60 ms"),
    replace(LOW, id="key_facts.flask.questions", verdict=Verdict.CONTRADICTED, printed="40,000+", measured=None),
    replace(LOW, id="key_facts.flask.stars", verdict=Verdict.NOT_MEASURED, printed="68,000", measured=None,
            label="Stars", reason="No metric of this harness measures stars."),
]  # fmt: skip
FIGURES = [replace(one, claim=one.printed) for one in FIGURES]
TWELVE = ContradictionRow(
    rule="ratio",
    message="12 times is not 2 times, which is a sentence that is longer than one line of the terminal is wide.",
    places=[Place(line=None, text=f"Facts, Row {row}: {row}00 requests a second") for row in (1, 1, 2, 3, 4, 5, 6)]
    + [Place(line=7, text="a line")],
)
TWO_LINES = [Place(file="figures/page.toml", line=7, text="`30,000`"), Place(line=9, text="`1,200`")]
ALL = CheckDocument(
    run="20260131-142501-smoke-9f3a",
    here="AMD EPYC, one CPU each",
    figures=FIGURES,
    contradictions=[
        TWELVE,
        replace(
            TWELVE, places=[Place(file="figures/page.toml", line=7, text="`30,000`"), Place(line=9, text="`1,200`")]
        ),
    ],
    totals={},
)


@pytest.fixture(autouse=True)
def _no_terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> "Shown":
    return Shown(capsys, monkeypatch)


class Shown:
    """The lines of a shown document."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, document: CheckDocument, columns: int | None = None, *, verbose: bool = False) -> list[str]:
        if columns is not None:
            self._monkeypatch.setenv("COLUMNS", str(columns))
        self._capsys.readouterr()
        console.show_check(document, verbose=verbose)
        return self._capsys.readouterr().out.splitlines()


def line_of(lines: list[str], printed: str) -> str:
    (line,) = [line for line in lines if printed in line]
    return line


def test_a_check_in_80_columns(shown: Shown, golden: GoldenFiles) -> None:
    golden.check("terminal_check.txt", "\n".join([*shown(ALL, 80), ""]))


def test_a_verbose_check_in_80_columns(shown: Shown, golden: GoldenFiles) -> None:
    golden.check("terminal_check_verbose.txt", "\n".join([*shown(ALL, 80, verbose=True), ""]))


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(shown: Shown, columns: int, *, verbose: bool) -> None:
    lines = shown(ALL, columns, verbose=verbose)
    assert max(map(len, lines)) <= columns
    assert len(lines) > len(FIGURES)


def test_a_pipe_without_columns_has_lines_of_80_without_colour(shown: Shown) -> None:
    text = "\n".join(shown(ALL))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_the_first_lines_count_in_plain_words(shown: Shown) -> None:
    assert " ".join(shown(ALL, 200)[:2]) == (
        "9 published figures, compared with 20260131-142501-smoke-9f3a (AMD EPYC, one CPU each): 2 hold, "
        "3 don't hold here (1 refuted, 2 not reproduced), 1 is excluded by its own page, 3 are undecided "
        "(1 inconclusive, 1 not comparable, 1 not measured). Apart from any measurement, the pages "
        "contain 2 contradictions."
    )


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_what_limits_the_verdicts_of_a_run_stands_below_the_counts(shown: Shown, columns: int) -> None:
    limited = replace(ALL, cautions=["The run is partial. " * 5, "The machine was disturbed in all 3 blocks (so)."])
    lines = shown(limited, columns)
    assert max(map(len, lines)) <= columns
    head = " ".join(lines[: lines.index("")])
    assert (
        head.index("contradictions.")
        < head.index("The run is partial.")
        < head.index("The machine was disturbed in all 3")
    )


def test_what_does_not_hold_is_first_and_what_was_not_measured_is_only_counted(shown: Shown) -> None:
    headings = [line.partition(":")[0] for line in shown(ALL, 120) if line and not line[0].islower()]
    assert headings[1:8] == [
        "Refuted (1)",
        "Not reproduced",
        "Contradicted",
        "Inconclusive",
        "Not comparable",
        "Confirmed (2)",
        "Not measured (1)",
    ]
    assert "68,000" not in "\n".join(shown(ALL, 120))
    assert line_of(shown(ALL, 120, verbose=True), "68,000").startswith("key_facts.flask.stars ")


def test_each_figure_has_one_line_with_printed_and_measured_number_below_the_heads_of_its_verdict(shown: Shown) -> None:
    lines = shown(ALL, 140)
    line = line_of(lines, "key_facts.flask.throughput")
    heads = lines[lines.index(line) - 1]
    assert lines[lines.index(line) - 2].startswith("Not reproduced: ")
    assert heads.split() == ["figure", "printed", "measured"]
    assert line.index("~2,500 req/s") == heads.index("printed")
    assert line.index("6,120 req/s [5,980, 6,260]") == heads.index("measured")


def test_a_claim_that_is_printed_several_times_has_one_line_with_the_number_of_its_places(shown: Shown) -> None:
    again = replace(LOW, id="full.flask.throughput")
    other = replace(LOW, id="pros.flask.throughput", printed="2,600 req/s")
    document = replace(ALL, figures=[LOW, again, other], contradictions=[])
    lines = shown(document, 120)
    assert "Not reproduced: nothing that was measured here gives them (3, 2 different)" in lines
    assert line_of(lines, "key_facts.flask").endswith("6,120 req/s [5,980, 6,260]  (2 places)")
    assert "full.flask.throughput" not in "\n".join(lines)
    assert "    also full.flask.throughput" in shown(document, 120, verbose=True)


@pytest.mark.parametrize(
    "change", [{"target": "gin_app"}, {"reason": "another"}, {"metric": "memory.idle"}, {"label": "Other"}]
)
def test_equal_texts_of_different_claims_have_a_line_each(shown: Shown, change: dict[str, str]) -> None:
    unlike = replace(LOW, id="full.flask.throughput", **change)  # type: ignore[arg-type]
    lines = shown(replace(ALL, figures=[LOW, unlike], contradictions=[]), 120)
    assert len([line for line in lines if "~2,500 req/s" in line]) == 2
    assert not [line for line in lines if "places" in line]


def test_numbers_of_one_quantity_are_one_sentence_with_their_lines(shown: Shown) -> None:
    apart = replace(TWELVE, places=TWO_LINES, in_short="For flask_app the page gives throughput as 1,200 and 30,000")
    document = replace(ALL, figures=[], contradictions=[apart])
    *_, line = shown(document, 120)
    assert line == "1.  For flask_app the page gives throughput as 1,200 and 30,000 (page.toml:7; line 9)."
    assert "    page.toml:7: `30,000`" in shown(document, 120, verbose=True)


def test_a_claim_in_words_has_the_answer_found_and_a_figure_without_evidence_a_dash(shown: Shown) -> None:
    lines = shown(ALL, 120)
    assert line_of(lines, "key_facts.flask.orm").endswith("  no")
    assert line_of(lines, "key_facts.flask.questions").endswith("  \N{EN DASH}")


def test_a_narrow_terminal_drops_the_intervals_and_cuts_printed_texts(shown: Shown) -> None:
    lines = shown(ALL, 80)
    assert line_of(lines, "throughput ").endswith("  6,120 req/s")
    assert line_of(lines, "  orm").split()[1:-1] == ["None", "(use\N{HORIZONTAL ELLIPSIS}"]


def test_a_printed_text_that_is_cut_stands_whole_below_its_line_if_verbose(shown: Shown) -> None:
    whole = "    printed: None (use SQLAlchemy separately, or another library for it)"
    assert [shown(ALL, width, verbose=True).count(whole) for width in (80, 200)] == [1, 0]
    assert whole not in shown(ALL, 80)


def test_ids_without_room_have_their_group_on_a_line_above_and_are_never_cut(shown: Shown) -> None:
    lines = shown(ALL, 80)
    group, name = LONG_ID.rsplit(".", 1)
    at = lines.index(f"{group}.")
    assert lines[at + 1].startswith(f"  {name}  ")
    assert [lines.count(f"{one}.") for one in ("key_facts.flask", "summary.flask")] == [4, 1]  # under each verdict


def test_a_printed_text_without_a_unit_has_that_of_its_figure(shown: Shown) -> None:
    bare = replace(LOW, printed="30,000", claim="30,000 req/s")
    assert "  30,000 req/s  " in line_of(shown(replace(ALL, figures=[bare]), 120), "key_facts.flask.throughput")


def test_a_wide_terminal_cuts_nothing(shown: Shown) -> None:
    text = "\n".join(shown(ALL, 200)[1:-14])
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert LONG_ID in text


def test_reasons_are_printed_only_if_verbose_under_their_figure(shown: Shown) -> None:
    assert "Everything measured" not in "\n".join(shown(ALL, 120))
    lines = shown(ALL, 120, verbose=True)
    assert lines[lines.index(line_of(lines, "~11 KB")) + 1].startswith(
        "    Requests Per Second (req/s): Everything measured here is more"
    )


def test_a_contradiction_quotes_its_places_and_counts_those_beyond_four(shown: Shown) -> None:
    lines = shown(replace(ALL, figures=[]), 80)
    assert lines[1] == "Contradictions: these can't all be true (2)"
    assert lines[2:4] == [
        "1.  12 times is not 2 times, which is a sentence that is longer than one line of",
        "    the terminal is wide.",
    ]
    assert lines[4:9] == [
        *(f"    Facts, Row {row}: {row}00 requests a second" for row in (1, 2, 3, 4)),
        "    and 3 more: --verbose lists them",
    ]
    assert lines[-2:] == ["    page.toml:7: `30,000`", "    line 9: `1,200`"]


def test_a_verbose_contradiction_quotes_all_its_places(shown: Shown) -> None:
    lines = shown(replace(ALL, figures=[]), 80, verbose=True)
    assert len([line for line in lines if line.startswith("    Facts, Row ")]) == 6
    assert not [line for line in lines if "--verbose" in line]


def test_a_check_without_contradictions_and_of_one_figure_has_only_its_counts_and_its_line(shown: Shown) -> None:
    counts, *lines = shown(replace(ALL, figures=[LOW], contradictions=[]), 200)
    assert counts == (
        "1 published figure, compared with 20260131-142501-smoke-9f3a (AMD EPYC, one CPU each): 0 hold, "
        "1 doesn't hold here (1 not reproduced), 0 are excluded by their own page, 0 are undecided."
    )
    assert lines == [
        "",
        "Not reproduced: nothing that was measured here gives them (1)",
        "figure                      printed       measured",
        "key_facts.flask.throughput  ~2,500 req/s  6,120 req/s [5,980, 6,260]",
    ]


@pytest.mark.parametrize(
    ("text", "unit", "measured"),
    [
        ("36.8 MB [36.7, 36.9]", Unit.BYTE, "36.8 MB [36.7, 36.9] = 35.1 MiB"),
        ("35.1 MiB [35.0, 35.2]", Unit.BYTE, "35.1 MiB [35.0, 35.2]"),
        ("36.8 MB [36.7, 36.9]", Unit.ONE, "36.8 MB [36.7, 36.9]"),
    ],
)
def test_bytes_in_a_decimal_unit_of_a_page_have_the_unit_of_a_run_beside_them(
    capsys: pytest.CaptureFixture[str], text: str, unit: Unit, measured: str
) -> None:
    value = replace(MEASURED, estimate=36.8e6, low=36.7e6, high=36.9e6, unit=unit, text=text)
    row = replace(LOW, printed="75 MB", claim="75 MB", measured=value)
    console.show_check(replace(ALL, figures=[row], contradictions=[]))
    assert line_of(capsys.readouterr().out.splitlines(), "75 MB").endswith(f"  {measured}")
