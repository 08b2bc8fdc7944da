"""The text of a block as a reader sees it: spaces, and references to footnotes."""

import pytest

from harness.figures.importing.shown import RAISED, RAISED_END, RAISED_LINK, of_code, shown
from harness.figures.importing.source import Source, plain_of
from tests.figures.importing.imported import PAGES, imported_text

TABLE = "<h1>Flask vs Gin</h1><table><tr><th></th><th>Flask</th><th>Gin</th></tr>{}</table>"
ROW = "<tr><td>Memory</td><td>{}</td><td>9 MB</td></tr>"


def raised(text: str, *, link: bool = False) -> str:
    return f"{RAISED_LINK if link else RAISED}{text}{RAISED_END}"


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("8 \n  MB", "8\nMB"),
        ("8  MB", "8 MB"),
        ("8\u00a0MB", "8\u00a0MB"),
        (f"Gin{raised('1')}, Flask", "Gin, Flask"),
        (f"41000{raised('7')} req/s", "41000 req/s"),
        (f"3210{raised('1')}", "3210 "),
        ("41000[^mem] req/s", "41000 req/s"),
        ("400\u00b9 ms", "400 ms"),
        (f"99{raised('th')} percentile", "99th percentile"),
        (f"Gin{raised('source', link=True)} 8", "Gin 8"),
        (f"3 10{raised('5')} req", "3 10^[5] req"),
        (f"10{raised('1', link=True)} req", "10 req"),
        (f"{raised('1')} with uvicorn", " [^1] with uvicorn"),
    ],
)
def test_a_reader_sees_single_spaces_and_no_references(marked: str, plain: str) -> None:
    assert shown(marked) == plain


def test_the_reader_of_a_cell_gets_the_references_behind_its_text() -> None:
    assert shown(f"45{raised('1, 2')} MB", keeps_references=True) == "45 MB [^1, 2]"


def test_code_keeps_its_spaces() -> None:
    assert of_code(f"a  b{raised('1')}") == "a  b [^1] "


def test_all_marks_stay() -> None:
    marked = Source.of(PAGES / "x.html", f"1{' ' * 9}2\n\n3<b>4").marked()
    assert [plain_of(one) for one in (marked, shown(marked))] == [f"1{' ' * 9}2\n\n3<b>4", "1 2\n3<b>4"]
    assert len(shown(marked)) == len(marked) - 9


@pytest.mark.parametrize(
    "cell",
    [
        "8\nMB",
        "\n      8\n            MB\n",
        "8<br>MB",
        "<div>8</div>\n  <div>MB</div>",
        "8 <small>  MB</small>",
        "8<sup>1</sup> MB",
        "8&nbsp;<sup><a href='#f'>12</a></sup>MB",
    ],
)
def test_a_cell_is_read_whatever_stands_between_its_number_and_its_unit(cell: str) -> None:
    page = imported_text(TABLE.format(ROW.format(cell)), "page.html")
    assert [
        (one.printed.replace("\u00a0", " "), one.metric) for one in page.figures.figures if "flask" in one.target
    ] == [("8 MB", "memory.*")]
    assert page.unplaced == ()


@pytest.mark.parametrize("text", ["8   MB", '"8\n  MB"'])
def test_a_value_of_a_csv_file_is_read_likewise(text: str) -> None:
    page = imported_text(f'"Framework","Memory"\n"Flask",{text}\n', "page.csv")
    assert [one.printed for one in page.figures.figures] == ["8 MB"]


def test_a_reference_is_no_figure_and_no_part_of_one() -> None:
    page = imported_text(
        TABLE.format("<tr><td>Requests per second<sup>1</sup></td><td>3210<sup>2</sup></td><td>41000</td></tr>")
        + "<p>For Gin the page gives 41000 req/s<sup>7</sup>.</p><p><sup>2</sup> with 64 connections</p>",
        "page.html",
    )
    assert [(one.label, one.printed, one.conditions) for one in page.figures.figures] == [
        ("Requests per second", "3210", ("64 connections",)),
        ("Requests per second", "41000", ()),
        ("[For Gin the page gives]", "41000 req/s", ()),
    ]


def test_a_number_behind_many_spaces_stands_where_the_page_has_it() -> None:
    page = imported_text("<p>Gin   needs\n\n   about   9   MB  of memory</p>", "page.html")
    [figure] = page.figures.figures
    assert (figure.printed, figure.place) == ("about 9 MB of memory", (3, 4))
