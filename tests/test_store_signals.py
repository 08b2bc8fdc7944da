"""The machine's signals in signals.jsonl."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.store import Store
from tests.trials import a_run

LINES: list[dict[str, object]] = [{"block": 0, "steal": 0.25}, {"block": 0, "steal": None}]


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


def test_a_damaged_line_is_refused(tmp_path: Path) -> None:
    folder = Store(tmp_path).create(a_run())
    folder.append_signals(LINES)
    path = folder.path / "signals.jsonl"
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(UsageError, match="a stored run is damaged"):
        folder.signals()
