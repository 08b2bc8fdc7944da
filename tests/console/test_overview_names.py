"""The names of targets in the short result of a run: wrapped where they have no room, and never cut."""

import pytest

from harness import console
from harness.model import Subject
from tests.console.test_overview import a_summary


@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_name_of_a_target_is_cut_at_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, count: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    names = [f"a_target_of_a_very_long_name_that_no_table_has_room_for_{number}" for number in range(count)]
    console.show_summary(a_summary(*(Subject(name, "release") for name in names)))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert "\N{HORIZONTAL ELLIPSIS}" not in "".join(lines)
