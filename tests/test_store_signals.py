"""The machine's signals in signals.jsonl."""

from pathlib import Path

import pytest

from harness.store import Store
from tests.trials import a_run

LINES: list[dict[str, object]] = [
    {"block": 0, "signal": "second", "steal": 0.25},
    {"block": 1, "signal": "second", "steal": None, "unfinished": True},
]


def test_a_run_without_signals_gives_an_empty_tuple(tmp_path: Path) -> None:
    assert Store(tmp_path).create(a_run()).signals() == ()


def test_signals_are_appended_and_read(tmp_path: Path) -> None:
    folder = Store(tmp_path).create(a_run())
    folder.append_signals(LINES)
    folder.append_signals([])
    folder.append_signals(LINES[:1])
    assert folder.signals() == (*LINES, LINES[0])


def test_a_torn_last_line_is_ignored_and_then_overwritten(tmp_path: Path) -> None:
    folder = Store(tmp_path).create(a_run())
    folder.append_signals(LINES)
    path = folder.path / "signals.jsonl"
    path.write_bytes(path.read_bytes()[:-4])
    assert folder.signals() == tuple(LINES[:1])
    folder.append_signals(LINES[1:])
    assert folder.signals() == tuple(LINES)


@pytest.mark.parametrize(
    "damaged",
    [
        "nonsense",
        "\0\0\0",
        "",
        "[]",
        "{}",
        '{"block": "0", "signal": "second"}',
        '{"block": 0}',
        '{"block": 0, "signal": "second", "steal": NaN}',
        '{"block": 0, "signal": "second", "steal": [1]}',
    ],
)
def test_a_damaged_line_is_left_out_and_said(tmp_path: Path, damaged: str) -> None:
    folder = Store(tmp_path).create(a_run())
    folder.append_signals(LINES)
    path = folder.path / "signals.jsonl"
    first, second, _ = path.read_text().split("\n")
    path.write_text(f"{first}\n{damaged}\n{second}\n")
    said: list[str] = []
    assert folder.signals(said.append) == tuple(LINES)
    assert said == [f"damaged signals of the machine are left out ({path}, line 2); flags of blocks can be missing"]
    path.write_text(f"{first}\n{damaged}\n{second}\n{damaged}\n")
    assert folder.signals(said.append) == tuple(LINES)
    assert f"({path}, 2 lines from line 2 on)" in said[1]
