"""Documents with marked blocks: filled byte for byte, and compared by line."""

import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rendering.fed import Feeder
from tests.rendering.fed_material import sources

DOCUMENT = """# Speed

Gin gives <!-- harness: throughput.closed.c32 gin_app/flask_app ratio -->?<!-- /harness --> the rate,
<!-- harness: as-of -->
?
<!-- /harness -->

<!-- harness: table throughput.closed.c32 memory.loaded --><!-- /harness -->

<!-- harness: answer run=other --><!-- /harness -->

<!-- harness: check lines=3 --><!-- /harness -->
"""


def feeder(folder: Path, run: str | None = None) -> Feeder:
    return Feeder(sources(folder), run)


def test_a_filled_document_is_filled_again_to_the_same_bytes(tmp_path: Path) -> None:
    one = feeder(tmp_path)
    filled = one.feed(DOCUMENT, Path("a.md"))
    again = one.feed(filled.text, Path("a.md"))
    assert "Gin gives <!-- harness: throughput.closed.c32 gin_app/flask_app ratio -->13.9×<!--" in filled.text
    assert len(filled.differences) == filled.blocks == 5
    assert again.differences == ()
    assert again.text == filled.text
    assert "?" not in filled.text


def test_the_same_blocks_are_filled_in_html(tmp_path: Path) -> None:
    one = feeder(tmp_path)
    filled = one.feed(DOCUMENT, Path("a.html")).text
    assert "<td>" in filled
    assert "<strong>" in filled
    assert "<pre>harness check --run reference" in filled
    assert one.feed(filled, Path("a.html")).differences == ()


def test_every_changed_digit_of_every_block_is_found_with_its_line(tmp_path: Path) -> None:
    one = feeder(tmp_path)
    text = one.feed(DOCUMENT, Path("a.md")).text
    inside = [m.span(1) for m in re.finditer(r"<!-- harness: .*?-->(.*?)<!-- /harness -->", text, re.DOTALL)]
    digits = [m.start() for m in re.finditer(r"\d", text) if any(a <= m.start() < b for a, b in inside)]
    assert len(digits) > 50
    for place in digits:
        changed = f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
        found = one.feed(changed, Path("a.md"))
        assert [row.line for row in found.differences] == [text.count("\n", 0, place) + 1]
        assert found.text == text


def test_the_run_is_that_of_the_block_then_of_the_command_then_of_the_document(tmp_path: Path) -> None:
    text = "<!-- harness-run: other -->\n<!-- harness: as-of --><!-- /harness -->"
    of_block = "<!-- harness: as-of run=other --><!-- /harness -->"
    assert "other-id" in feeder(tmp_path).feed(text, Path("a.md")).text
    assert "other-id" not in feeder(tmp_path, "reference").feed(text, Path("a.md")).text
    assert "other-id" in feeder(tmp_path, "reference").feed(of_block, Path("a.md")).text


def test_line_ends_of_windows_are_kept(tmp_path: Path) -> None:
    text = DOCUMENT.replace("\n", "\r\n")
    filled = feeder(tmp_path).feed(text, Path("a.md")).text
    assert "\n" not in filled.replace("\r\n", "")
    assert feeder(tmp_path).feed(filled, Path("a.md")).differences == ()


def test_a_block_with_too_many_lines_differs_in_its_first_wrong_one(tmp_path: Path) -> None:
    one = feeder(tmp_path)
    text = one.feed(DOCUMENT, Path("a.md")).text
    (row,) = one.feed(text.replace("|---", "| more |\n|---", 1), Path("a.md")).differences
    assert (row.stands, row.should[:4]) == ("| more |", "|---")
    (row,) = one.feed(
        re.sub(r"\n\n<!-- /harness -->\n\n<!-- harness: check", "\n<!-- /harness -->\n\n<!-- harness: check", text),
        Path("a.md"),
    ).differences
    assert (row.stands, row.should) == ("", "")


def test_a_picture_is_linked_from_the_documents_folder_and_drawn_from_the_run(tmp_path: Path) -> None:
    document = tmp_path / "docs" / "a.md"
    fed = feeder(tmp_path).feed("<!-- harness: picture memory --><!-- /harness -->", document)
    ((path, drawing),) = fed.files
    assert "\n![Memory over a trial: Flask, Gin](../reference/report/charts/memory.svg)\n" in fed.text
    assert path == tmp_path / "reference/report/charts/memory.svg"
    path.parent.mkdir(parents=True)
    path.write_text(drawing, encoding="utf-8")
    assert feeder(tmp_path).feed(fed.text, document).differences == ()
    path.write_text(drawing.replace("1", "2", 1), encoding="utf-8")
    (row,) = feeder(tmp_path).feed(fed.text, document).differences
    assert row.stands == f"{path}: other bytes"
    path.unlink()
    (row,) = feeder(tmp_path).feed(fed.text, document).differences
    assert row.stands == f"{path}: missing"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("speed gin_app", "unknown marker (a.md, line 2: speed): it is neither a kind nor a metric"),
        (
            "throughput.closed.c33 gin_app",
            "unknown metric (a.md, line 2: throughput.closed.c33): run reference has no such",
        ),
        (
            "memory.loaded gin",
            "unknown subject (a.md, line 2: gin): run reference did not measure it. Did you mean 'gin_app",
        ),
        ("memory.loaded flask_app/gin_app", "no such ratio (a.md, line 2: memory.loaded flask_app:gthread/gin_app"),
        ("memory.loaded gin_app total", "unknown form (a.md, line 2: total): it is none of value, number"),
        ("memory.loaded", "a marker has the wrong words (a.md, line 2: memory.loaded): it takes a metric, a subject"),
        ("memory.loaded gin_app scenario=helo", "no such number (a.md, line 2"),
        (
            "throughput.closed.c32 gin_app scenario=helo",
            "run reference has no throughput.closed.c32 of gin_app:release of scenario helo",
        ),
        ("throughput.closed.c32 gin_app lines=3", "unknown option (a.md, line 2: lines)"),
        ("as-of cpus=3", "unknown option (a.md, line 2: cpus)"),
        ("as-of now", "a marker has the wrong words (a.md, line 2: now): it takes no word"),
        ("answer now", "a marker has the wrong words (a.md, line 2: now): it takes no word"),
        ("check now", "a marker has the wrong words (a.md, line 2: now): it takes no word"),
        ("check lines=few", "wrong number (a.md, line 2: lines=few)"),
        ("explain", "a marker has the wrong words (a.md, line 2: no word): it takes one figure"),
        ("explain nothing.here", "unknown figure (a.md, line 2: nothing.here)"),
        ("verdict", "a marker has the wrong words"),
        ("table", "a marker has the wrong words (a.md, line 2: no word): it takes one metric or more"),
        ("table speed", "unknown metric (a.md, line 2: speed)"),
        ("picture", "a marker has the wrong words (a.md, line 2: no word): it takes one chart"),
        (
            "picture memry",
            "unknown chart (a.md, line 2: memry): run reference has no such chart. Did you mean 'memory'?",
        ),
        ("noise-floor speed", "unknown noise floor (a.md, line 2: speed)"),
    ],
)
def test_what_a_run_lacks_is_named_with_file_and_line(words: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        feeder(tmp_path).feed(f"\n<!-- harness: {words} --><!-- /harness -->", Path("a.md"))
    assert message in str(caught.value)
