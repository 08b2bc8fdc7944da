"""The reasons below the short result of a run: those that differ by their numbers alone are one."""

from dataclasses import replace

import pytest

from harness import console
from harness.model import Difference
from tests.console.test_overview import TWO


def test_reasons_that_differ_by_their_numbers_alone_are_said_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ps = {"memory.loaded": 0.2, "throughput.closed.c32": 0.058}
    of_chance = "may be chance: one of 10 headline comparisons (Holm's p is {})"
    compared = [
        replace(one, verdict=Difference.NO_DIFFERENCE_SHOWN, warnings=(of_chance.format(ps[one.metric]),))
        if one.metric in ps
        else one
        for one in TWO.comparisons
    ]
    monkeypatch.setenv("COLUMNS", "100")
    console.show_summary(replace(TWO, comparisons=tuple(compared)))
    text = " ".join(capsys.readouterr().out.splitlines())
    assert text.count("may be chance") == 1
    assert of_chance.format("0.058 to 0.2") in text
