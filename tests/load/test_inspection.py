"""Inspection of scenarios in a process of the generator's kind: the shipped ones, and those of other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.load.inspection import inspect
from harness.model import Pace, Scenario
from tests.load.conftest import SCENARIOS

pytestmark = pytest.mark.locust

OTHERS = Path(__file__).parent / "locustfiles"


def all_in(folder: Path) -> list[Scenario]:
    return [Scenario(path.stem, "", path) for path in sorted(folder.glob("*.py"))]


def test_every_shipped_scenario_can_be_the_headline() -> None:
    found = inspect(all_in(SCENARIOS))
    assert {"hello", "json_body", "path_value", "post_json"} <= found.keys()
    assert {(one.drives_open, one.pace, one.notes) for one in found.values()} == {(True, Pace.EAGER, ())}


def test_the_files_of_other_people_are_understood_together() -> None:
    found = inspect(all_in(OTHERS), "--whom Grace")
    assert {name: (one.pace, one.drives_open) for name, one in found.items()} == {
        "checked": (Pace.EAGER, False),
        "member_token": (Pace.EAGER, False),
        "own_option": (Pace.EAGER, False),
        "plain_http": (Pace.EAGER, False),
        "profile_page": (Pace.EAGER, True),
        "rendezvous": (Pace.EAGER, False),
        "shop": (Pace.PACED, False),
    }
    assert found["own_option"].options == ("--whom",)
    assert found["shop"].pauses == ("Visitor: between(1, 10), 5.5 s on average",)
    assert found["shop"].mean_pause_s == 5.5


DEAF = "import ctypes, signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM}); ctypes.CDLL(None).pause()"


@pytest.mark.parametrize(
    ("source", "what"),
    [("import os; os._exit(3)", "the process that loads it failed"), (DEAF, "a scenario stops the load generator")],
)
def test_a_file_that_ends_or_stops_the_process_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, what: str
) -> None:
    monkeypatch.setattr("harness.load.generator._LOAD_DEADLINE_S", 1.0)
    path = tmp_path / "written.py"
    path.write_text(source + "\n")
    hello = Scenario("hello", "", SCENARIOS / "hello.py")
    with pytest.raises(UsageError, match=what) as caught:
        inspect([hello, Scenario("written", "", path)], load_s=2)
    assert caught.value.where == f"{path}:1"
    assert "\n" not in str(caught.value)
