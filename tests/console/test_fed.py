"""The terminal output of `harness render`."""

import pytest

from harness.console import captured, show_render
from harness.documents import RenderDocument, RenderedDifference, RenderedFile


def shown(*differences: tuple[str, str], written: bool = False) -> str:
    rows = [RenderedDifference(line=n, block="as-of", stands=a, should=b) for n, (a, b) in enumerate(differences, 3)]
    file = RenderedFile(path="a.md", blocks=2, written=written, differences=rows)
    return captured(80, lambda: show_render(RenderDocument(files=[file])))


def test_a_file_that_is_right_has_one_line() -> None:
    assert shown() == "a.md: 2 blocks, as the run says\n"


def test_a_file_without_a_marked_block_has_none_that_is_as_the_run_says() -> None:
    file = RenderedFile(path="a.md", blocks=0, written=False, differences=[])
    assert captured(80, lambda: show_render(RenderDocument(files=[file]))) == "a.md: no marked block\n"


def test_a_written_file_has_no_differences() -> None:
    assert shown(("1", "2"), written=True) == "a.md: 2 blocks, written\n"


def test_a_difference_has_its_line_and_both_texts() -> None:
    assert shown(("one [1]", "one [2]")) == (
        "a.md: 2 blocks, differs\na.md, line 3 (as-of):\n  stands     one [1]\n  should be  one [2]\n"
    )


def test_a_long_line_is_shown_around_its_first_difference() -> None:
    lines = shown((f"{'a' * 500}1{'b' * 500}", f"{'a' * 500}2{'b' * 500}")).splitlines()
    assert lines[2].split()[1] == f"…{'a' * 30}1{'b' * 69}…"
    assert lines[3].split()[2] == f"…{'a' * 30}2{'b' * 69}…"


@pytest.mark.parametrize(("count", "more"), [(20, False), (22, True)])
def test_many_differences_are_cut_with_their_number(count: int, *, more: bool) -> None:
    text = shown(*[("1", "2")] * count)
    assert text.count("stands") == 20
    assert ("and 2 more lines: --json lists them" in text) is more
