"""Marked blocks in text: where they are, and what is no marker."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rendering.markers import Markup, markup_of, read_markers

PAGE = Path("page.md")


def blocks(text: str, markup: Markup = Markup.MARKDOWN) -> list[tuple[int, str, str]]:
    """Return line, words and content of each marked block."""
    return [(one.line, str(one), text[one.begin : one.end]) for one in read_markers(text, PAGE, markup).blocks]


def wrong(text: str, markup: Markup = Markup.MARKDOWN) -> str:
    with pytest.raises(UsageError) as caught:
        read_markers(text, PAGE, markup)
    return str(caught.value)


@pytest.mark.parametrize("markup", Markup)
def test_blocks_stand_within_a_line_and_on_lines_of_their_own(markup: Markup) -> None:
    text = (
        "One <!-- harness: a b -->1<!-- /harness --> and\n\n<!--harness: table\n  a b-->\n\n| x |\n\n<!--/harness-->\n"
    )
    assert blocks(text, markup) == [(1, "a b", "1"), (3, "table a b", "\n\n| x |\n\n")]


def test_words_may_be_quoted_and_options_have_names() -> None:
    (block,) = read_markers(
        '<!-- harness: verdict "flask_app 30,000" run=other --><!-- /harness -->', PAGE, Markup.HTML
    ).blocks
    assert block.words == ("verdict", "flask_app 30,000")
    assert block.options == (("run", "other"),)


def test_a_document_names_its_run_once() -> None:
    assert read_markers("<!-- harness-run: mine -->", PAGE, Markup.MARKDOWN).run == "mine"
    assert read_markers("no marker", PAGE, Markup.MARKDOWN).run is None
    assert "names its run twice" in wrong("<!-- harness-run: a -->\n<!-- harness-run: b -->")


@pytest.mark.parametrize(
    "text",
    [
        "```\n<!-- harness: a -->\n```\n",
        "~~~ text\n<!-- harness: a -->\n~~~\n",
        "    <!-- harness: a -->\n",
        "Write `<!-- harness: a -->` and ``<!-- `harness`: b -->``.\n",
        "<!-- another comment, of harnesses -->",
        "<!---->",
    ],
)
def test_code_and_other_comments_are_no_markers(text: str) -> None:
    assert blocks(text) == []


def test_scripts_of_html_hold_no_markers() -> None:
    text = "<script>'<!-- harness: a -->'</script><style>/* <!-- harness: a --> */</style>"
    assert blocks(text, Markup.HTML) == []


@pytest.mark.parametrize("markup", Markup)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n<!-- harness: a -->1\n", "a marked block is not closed (page.md, line 2)"),
        (
            "<!-- harness: a -->\n<!-- harness: b -->1<!-- /harness -->",
            "within another one (page.md, line 2): that of line 1",
        ),
        ("\n\n<!-- /harness -->", "an end without a marked block (page.md, line 3)"),
        ("<!-- harness a -->1<!-- /harness -->", "unknown marker (page.md, line 1)"),
        ("<!-- Harness: a -->1<!-- /harness -->", "unknown marker (page.md, line 1)"),
        ("<!-- harness-rum: a -->", "unknown marker (page.md, line 1)"),
        ("<!-- harness-run: -->", "unknown marker (page.md, line 1)"),
        ("<!-- harness: -->1<!-- /harness -->", "a marker is empty (page.md, line 1)"),
        ('<!-- harness: "a -->1<!-- /harness -->', "a marker can't be read (page.md, line 1): No closing quotation"),
        ("<!-- harness: a\n1<!-- /harness -->", "a marker is not ended (page.md, line 1)"),
        ("<!-- harness: a", "a marker is not ended (page.md, line 1)"),
    ],
)
def test_a_wrong_marker_is_named_with_its_line(text: str, message: str, markup: Markup) -> None:
    assert message in wrong(text, markup)


def test_the_ending_of_a_name_says_the_markup() -> None:
    assert markup_of(Path("a.md")) is markup_of(Path("b.MARKDOWN")) is Markup.MARKDOWN
    assert markup_of(Path("a.html")) is markup_of(Path("a.htm")) is Markup.HTML
    with pytest.raises(UsageError, match=r"neither Markdown nor HTML. Name a file that ends with .md"):
        markup_of(Path("a.txt"))
