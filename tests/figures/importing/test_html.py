"""Pages in HTML, also broken and hostile ones."""

import time
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from harness.figures.importing import ImportedFile, figures_file, import_page
from harness.figures.importing.source import Source
from tests.figures.importing.imported import TITLES, imported_text, reasons, short

GOOD = "<table><tr><th>Metric<th>Flask<th>Gin<tr><td>Rate<td>1200 req/s<td>9000 req/s</table>"
FOUND = [("1200 req/s", "flask_app", "throughput.closed.*"), ("9000 req/s", "gin_app", "throughput.closed.*")]


def imported_html(text: str) -> ImportedFile:
    return imported_text(text, "page.html")


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "<p>unclosed <b>bold <div><span>{}",
        "</table></p></div>{}</body></html></html>",
        "<script>document.write('<td>77 req/s Flask')</script>{}",
        "<style>td::after { content: '77 req/s Flask' }</style>{}",
        "<!-- Flask 77 req/s -->{}<!-- unclosed 77 req/s",
        "<p hidden>Flask 77 req/s</p><p style='display: none'>Flask 77 req/s</p>{}",
        "<p><del>Flask 77 req/s</del></p>{}",
        '<p title="Flask > 77 req/s" data-x=\'' + "A" * 100_000 + "'></p>{}",
        "\x00\x01\x1b[31m{}\x7f",
        "&bogus;&#0;&#xD800;&#99999999;{}",
        "<![CDATA[ x ]]><?php 77 ?><!ENTITY a '77 req/s'>{}",
        "<svg><text>Flask 77 req/s</text></svg><select><option>Flask 77 req/s</select>{}",
    ],
)
def test_broken_and_hostile_markup_changes_nothing(around: str) -> None:
    page = imported_html(around.replace("{}", GOOD))
    assert [short(one) for one in page.figures.figures] == FOUND


def test_entities_of_entities_are_texts() -> None:
    page = imported_html('<!DOCTYPE html [<!ENTITY a "&b;&b;"><!ENTITY b "77 req/s">]>' + "&a;" * 1000 + GOOD)
    assert [short(one) for one in page.figures.figures][-2:] == FOUND


@pytest.mark.parametrize("tag", ["div", "table", "b", "font", "blockquote", "ul><li"])
def test_deep_nesting_is_read_to_its_end(tag: str) -> None:
    page = imported_html(f"<{tag}>" * 50_000 + GOOD)
    assert [short(one) for one in page.figures.figures] == FOUND or tag == "table"
    assert page.figures.figures or page.unplaced


def seconds(text: str) -> float:
    began = time.process_time()
    imported_html(text)
    return time.process_time() - began


@pytest.mark.parametrize(
    "piece",
    [
        '<a "', "<!--", "<div>", "<a<a", "<p>1,", "12 ", "1 000 ", "((((", "Flask Gin ", "&amp", "<td rowspan=999>1 ms",
        "up to ", "[^", "<sup>", "wrk -c",
    ],
)  # fmt: skip
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    short_one, long_one = (piece * (length // len(piece)) for length in (8_000, 48_000))
    seconds(short_one)
    least = max(min(seconds(short_one) for _ in range(3)), 0.01)
    assert min(seconds(long_one) for _ in range(2)) < 6 * 4 * least


def test_a_cell_over_two_frameworks_is_refused_and_the_rest_goes_on() -> None:
    page = imported_html(
        "<table><tr><th>Metric<th>Flask<th>Gin<tr><td>Rate<td colspan=2>500 req/s"
        "<tr><td rowspan=2>Memory<td>30 MB<td>9 MB<tr><td>40 MB<td>10 MB</table>"
    )
    assert [one.printed for one in page.figures.figures] == ["30 MB", "9 MB", "40 MB", "10 MB"]
    assert {one.label for one in page.figures.figures} == {"Memory"}
    assert reasons(page) == [("500 req/s", "the cell is merged over 2 cells")]


def test_a_table_of_pictures_is_listed_cell_by_cell() -> None:
    page = imported_html(
        "<table><tr><th>Metric<th>Flask<th>Gin<tr><td>Rate<td><img src=a.png><td><img src=b.png></table>"
    )
    assert [reason for _, reason in reasons(page)] == ["the cell is a picture"] * 2
    assert [one.place[0] for one in page.file.unplaced] == [1, 1]


def test_a_table_for_layout_is_read_as_text() -> None:
    page = imported_html(f"<table><tr><td>Menu<td>{GOOD}</table>")
    assert [short(one) for one in page.figures.figures] == FOUND


def test_a_page_in_another_encoding_is_read_as_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(f"<meta charset='iso-8859-1'>{GOOD}<p>Flask: 0.7 ms ± 31 µs latency".encode("latin-1"))
    printed = [one.printed for one in figures_file(import_page(path, TITLES)).figures.figures]
    assert printed == ["1200 req/s", "9000 req/s", "0.7 ms ± 31 µs latency"]


def test_the_marks_of_a_table_are_in_its_cells() -> None:
    table = "<table><caption>c</caption><tbody><tr><td>12</td><td><b>3</b></td></tr>\n</tbody></table>"
    tree = LexborHTMLParser(Source.of(Path("page.html"), table).marked())
    assert tree.body is not None
    assert tree.body.child is not None
    assert tree.body.child.tag == "table"  # a text of a table outside its cells would stand before it


def test_characters_without_width_do_not_part_a_number() -> None:
    cells = "<td>7&shy;.5 ms<td>45&#8203;MB<td>&#x202d;2\u200b1 MB&#x202c;"
    page = f"<table><tr><th>Framework<th>Latency<th>Memory<th>Image size<tr><td>Flask{cells}</table>"
    figures = imported_html(page).figures.figures
    assert [(figure.printed, figure.unit.from_base(figure.low)) for figure in figures] == [
        ("7.5 ms", 7.5),
        ("45MB", 45),
        ("21 MB", 21),
    ]
