from __future__ import annotations

import pytest

from harness.load.process import lane, poller, sending
from tests.load.process.rig import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The lane's clock, in the test's hand."""
    given = Clock(step_ns=10_000)
    monkeypatch.setattr(lane, "_clock", given)
    monkeypatch.setattr(sending, "_clock", given)
    monkeypatch.setattr(poller, "clock_ns", given)
    return given
