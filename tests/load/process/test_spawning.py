"""Order in which Locust spawns the users of several classes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.load.inspection import inspect
from harness.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.locust

CLASSES = """
from locust import HttpUser, task


class Browser(HttpUser):
    weight = 3

    @task
    def look(self):
        self.client.get("/")


class Admin(Browser):
    weight = 1
    fixed_count = 2


class Buyer(Browser):
    weight = 1


class Nobody(Browser):
    weight = 0
"""
# Locust patches the process that imports it, so this is a program of its own.
PROGRAM = """
import json, sys
from itertools import islice
from locust.util.load_locustfile import load_locustfile
from harness.load.process.spawning import spawn_order

kinds = list(load_locustfile(sys.argv[1])[0].values())
print(json.dumps(list(islice(spawn_order(kinds), 6))))
print(json.dumps(list(spawn_order([kind for kind in kinds if kind.fixed_count]))))
"""

# Each tick of a shape has a number of users and the classes that it names, or none.
SHARES = """
import json, sys
from collections import Counter
from types import SimpleNamespace
from locust.dispatch import UsersDispatcher
from locust.util.load_locustfile import load_locustfile
from harness.load.process.spawning import ShareDispatcher
from harness.load.share import LoadShare

kinds = load_locustfile(sys.argv[1])[0]
ticks, of = json.loads(sys.argv[2]), int(sys.argv[3])


def users_after_ticks(dispatcher, own):
    for users, names in ticks:
        dispatcher.users = users
        dispatcher.new_dispatch(own(users), 1000, names and [kinds[name] for name in names])
        *_, last = dispatcher
        yield Counter(next(iter(last.values())))


def one(kind):
    return kind([SimpleNamespace(id="a")], list(kinds.values()))


shares = [LoadShare(index, of) for index in range(of)]
parts = []
for share in shares:
    parts.append(one(type("Own", (ShareDispatcher,), {"share": share})))
found = zip(*(users_after_ticks(part, share.connections) for part, share in zip(parts, shares)))
print(json.dumps([[+sum(each, Counter()), +whole] for each, whole in
                  zip(found, users_after_ticks(one(UsersDispatcher), int))]))
"""


@pytest.mark.parametrize("shares", [1, 2, 3])
@pytest.mark.parametrize(
    "ticks",
    [
        [(1, None), (2, None), (5, None), (9, None)],
        [(3, None), (4, ["Buyer", "Browser"]), (5, None), (9, None), (10, ["Browser"]), (14, None)],
        [(5, ["Browser"]), (3, ["Buyer"]), (4, None), (7, ["Buyer", "Browser"]), (11, None)],
    ],
)
def test_shares_of_a_shape_have_together_the_users_that_locust_would_spawn(
    tmp_path: Path, ticks: list[tuple[int, list[str] | None]], shares: int
) -> None:
    path = tmp_path / "shop.py"
    path.write_text(CLASSES)
    command = [sys.executable, "-c", SHARES, str(path), json.dumps(ticks), str(shares)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    for found, wanted in json.loads(done.stdout):
        assert found == wanted


def test_fixed_numbers_come_first_and_then_the_classes_by_weight(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(CLASSES)
    command = [sys.executable, "-c", PROGRAM, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        ["Admin", "Admin", "Browser", "Buyer", "Browser", "Browser"],
        ["Admin", "Admin"],
    ]


def test_the_traits_have_the_number_of_users_from_which_each_class_has_one(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(CLASSES)
    traits = inspect([Scenario("shop", "", path)])["shop"]
    assert dict(zip(traits.classes, traits.first_users, strict=True)) == {"Admin": 1, "Browser": 3, "Buyer": 4}


def test_the_traits_have_the_number_of_users_if_all_are_fixed(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    for source, most in ((CLASSES, None), (CLASSES.replace("    weight = 3", "    fixed_count = 3"), 11)):
        path.write_text(source)
        assert inspect([Scenario("shop", "", path)])["shop"].most_users == most
