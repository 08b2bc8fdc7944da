"""User groups that are dismissed leave nothing behind: a run has hundreds of them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.load.conftest import SCENARIOS
from tests.load.server import Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.locust

# Locust patches the process that imports it, so this is a program of its own.
PROGRAM = """
import gc, sys, weakref
from pathlib import Path
from harness.load.process.scenarios import load_scenarios
from harness.load.process.foreign import ForeignUserGroup
from harness.load.process.lane import Lane
from harness.load.process.recorder import Recorder
from harness.load.process.user_groups import LaneUserGroup
from harness.model import Load, LoadKind, Slice, Subject

path, url = sys.argv[1:]
scenario = load_scenarios([Path(path)])[Path(path).stem]
slice_ = Slice(0, Subject("a", "b"), Path(path).stem, Load(LoadKind.CLOSED, 2), 0.02, 0.0, 1)
groups = []
for _ in range(4):
    recorder = Recorder()
    if scenario.lane_users:
        group = LaneUserGroup(Lane(recorder), scenario, url)
    else:
        group = ForeignUserGroup(recorder, scenario, url)
    group.run(slice_)
    group.dismiss()
    groups.append(weakref.ref(group))
    del group
gc.collect()
print(sum(one() is not None for one in groups[:-1]))  # the last one's greenlets may still have to end
"""
FOREIGN = """
from locust import FastHttpUser, task

class Visitor(FastHttpUser):
    @task
    def visit(self):
        self.client.get("/")
"""


@pytest.mark.parametrize("is_foreign", [False, True], ids=["lane", "foreign"])
def test_a_dismissed_group_is_forgotten(tmp_path: Path, *, is_foreign: bool) -> None:
    """Each kept group made the garbage collection of the next ones longer, and the blocks of a run with it."""
    path = SCENARIOS / "hello.py"
    if is_foreign:
        path = tmp_path / "visits.py"
        path.write_text(FOREIGN)
    with Server() as server:
        command = [sys.executable, "-c", PROGRAM, str(path), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr


TWO_CLASSES = """
from harness.users import LaneUser, Request


class Browser(LaneUser):
    weight = 3
    requests = (Request("GET", "/", name="browse"),)


class Buyer(LaneUser):
    requests = (Request("GET", "/", name="buy"),)
"""
OF_CLASSES = (
    PROGRAM.partition("groups = []")[0]
    + """
from dataclasses import replace

from harness.load.process import spawning, user_groups

asked, order_of = [], spawning.spawn_order
user_groups.spawn_order = lambda kinds: asked.append(1) or order_of(kinds)
group = LaneUserGroup(Lane(Recorder()), scenario, url)
for connections in (32, 8, 2, 1):
    load = Load(LoadKind.CLOSED, connections)
    group.run(replace(slice_, load=load))
    print(*sorted(group._class_of[one] for one in group._first_connections(connections)))
group.dismiss()
print(len(asked))
"""
)


def test_fewer_connections_have_the_user_classes_that_locust_would_spawn(tmp_path: Path) -> None:
    """Locust spawns class by class: the first 8 of 32 users are all of one class, whatever the weights."""
    path = tmp_path / "shop.py"
    path.write_text(TWO_CLASSES)
    with Server() as server:
        command = [sys.executable, "-c", OF_CLASSES, str(path), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    *of_level, asked = [line.split() for line in done.stdout.splitlines()]
    assert asked == ["1"]  # once for all of the four slices
    assert [(one.count("Browser"), one.count("Buyer")) for one in of_level] == [(24, 8), (6, 2), (1, 1), (1, 0)]


FIXED = (
    PROGRAM.partition("groups = []")[0]
    + """
from dataclasses import replace
from harness.load.share import LoadShare

slice_ = replace(slice_, load=Load(LoadKind.CLOSED, 32))
for share in (LoadShare(), LoadShare(0, 2), LoadShare(1, 2)):
    group = LaneUserGroup(Lane(Recorder()), scenario, url)
    group.run(slice_, share)
    print(*(group._class_of[one] for one in group._connections))
    group.dismiss()
"""
)


def test_fixed_users_alone_have_no_more_connections(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(
        TWO_CLASSES.replace("weight = 3", "fixed_count = 2").replace("(LaneUser):\n    req", "(Browser):\n    req")
    )
    with Server() as server:
        command = [sys.executable, "-c", FIXED, str(path), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert [sorted(line.split()) for line in done.stdout.splitlines()] == [
        ["Browser", "Browser", "Buyer", "Buyer"],
        ["Browser", "Browser"],
        ["Buyer", "Buyer"],
    ]


THREE_CLASSES = """
from locust import HttpUser, task


class Often(HttpUser):
    weight = 3

    @task
    def ask(self):
        self.client.get("/")


class Seldom(Often):
    weight = 2


class Single(Often):
    fixed_count = 1
"""
AGAIN = (
    PROGRAM.partition("groups = []")[0]
    + """
from dataclasses import replace

group = ForeignUserGroup(Recorder(), scenario, url)
for users in (7, 1, 4, 7, 4):
    group.run(replace(slice_, load=Load(LoadKind.CLOSED, users)))
    print(*group._pool.runner.user_classes_count.values())
group.dismiss()
"""
)


def test_users_that_come_again_are_of_the_classes_that_locust_would_spawn(tmp_path: Path) -> None:
    """Locust's own dispatcher goes on in its order, so 4 users after 7 are others than 4 users before."""
    path = tmp_path / "shop.py"
    path.write_text(THREE_CLASSES)
    with Server() as server:
        command = [sys.executable, "-c", AGAIN, str(path), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["4 2 1", "0 0 1", "2 1 1", "4 2 1", "2 1 1"]


SHAPED = (
    THREE_CLASSES
    + """
from locust import LoadTestShape


class Steps(LoadTestShape):
    def tick(self):
        return None if self.get_run_time() > 60 else (5, 4)
"""
)
RAMPS = (
    PROGRAM.partition("groups = []")[0]
    + """
from dataclasses import replace
from harness.load.share import LoadShare

group = ForeignUserGroup(Recorder(), scenario, url)
group._pool.ramp = lambda *ramp: print(*ramp)
group.run(replace(slice_, load=Load(LoadKind.PACED, 5)), LoadShare(1, 2))
group.dismiss()
"""
)


def test_each_of_two_workers_has_half_of_a_shapes_users_at_half_of_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SHAPED)
    with Server() as server:
        command = [sys.executable, "-c", RAMPS, str(path), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert (done.stdout, done.returncode) == ("2 2.0 None\n", 0), done.stderr
