"""Locustfiles that can't be used, each with the line and what to do, and modules that several import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, UsageError
from tests.load.process.loading import HEAD, USER, Loader, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import ScenarioTraits

    Load = Callable[..., ScenarioTraits]

pytestmark = pytest.mark.locust


def test_each_locustfile_has_the_listeners_of_a_module_that_several_import(loader: Loader, tmp_path: Path) -> None:
    write(
        tmp_path,
        "greeting_option",
        "from locust import events\n"
        "@events.init_command_line_parser.add_listener\n"
        "def add(parser):\n    parser.add_argument('--whom')\n",
    )
    paths = [write(tmp_path, name, f"import greeting_option\n{HEAD}{USER}") for name in ("first", "second")]
    found = loader.load(*paths, arguments="--whom Ada")
    assert {name: traits.options for name, traits in found.items()} == {"first": ("--whom",), "second": ("--whom",)}


def test_an_environment_in_the_folder_of_a_locustfile_is_not_imported_anew(tmp_path: Path) -> None:
    path = tmp_path / "visits.py"
    path.write_text(f"import library\nassert library.is_known\n{HEAD}{USER}", encoding="utf-8")
    library = tmp_path / "env" / "library.py"
    library.parent.mkdir()
    library.write_text("is_known = False\n", encoding="utf-8")
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from harness.load.process.scenarios import load_scenarios\n"
        "sys.prefix = str(Path(sys.argv[1]).parent)\n"
        "sys.path.append(sys.prefix)\n"
        "import library\n"
        "library.is_known = True\n"
        "print(*load_scenarios([Path(sys.argv[2])]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, library, path], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("visits\n", "")


class TestErrors:
    @pytest.mark.parametrize(
        ("source", "line", "cause"),
        [
            ("def broken(:\n", 2, "invalid syntax"),
            ("import faker_that_is_absent\n", 2, "No module named 'faker_that_is_absent'"),
            ("x = 1\n", 1, "it has no user class"),
            ("class Base(HttpUser):\n    abstract = True\n", 1, "its only user class, Base, is abstract"),
            ("\nclass Idle(HttpUser):\n    pass\n", 3, "Idle: it has no tasks"),
            ("\nclass Idle(HttpUser):\n    task = print\n", 3, "did you mean `tasks`"),
            ("class Empty(TaskSet): pass\nclass Visitor(User):\n    tasks = [Empty]\n", 2, "Empty: it has no tasks"),
            (
                "class Own(TaskSet):\n    tasks = [print]\nclass Old(User):\n    task_set = Own\n",
                4,
                "Old: its task set task_set",
            ),
            (USER.replace("def", "async def"), 4, "Visitor.visit: Locust does not await a task, so it never runs"),
            (USER.replace("self", ""), 4, "Visitor.visit: Locust calls it with its user or task set alone: too many"),
            (f"{USER}    wait_time = 5\n", 3, "Visitor.wait_time is 5, which is not a function"),
            (f"{USER}    weight = 0\n", 1, "all of its user classes have weight 0"),
            ("1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ],
    )
    def test_a_bad_locustfile_is_named_with_its_line(
        self, load: Load, tmp_path: Path, source: str, line: int, cause: str
    ) -> None:
        with pytest.raises(UsageError) as caught:
            load(source)
        assert caught.value.where == f"{tmp_path}/scenarios/written.py:{line}"
        assert cause.lower() in caught.value.cause.lower()
        assert "\n" not in str(caught.value)

    def test_what_an_import_lacks_is_said_with_what_to_do(self, load: Load) -> None:
        for line, remedy in {
            "import os; os.environ['NO_SUCH_TOKEN']": "Set this environment variable for the harness: NO_SUCH_TOKEN=",
            "open('no-such-users.csv')": f"Paths are relative to {Path.cwd()}; name a file beside the locustfile as",
            "from .helpers import login": "Its folder is no package: import a module beside it by its name alone",
            "events.request_success += print": "Did you mean 'request'?",
            "raise SystemExit(2)": 'Put what ends the process, or starts a test, under `if __name__ == "__main__":`.',
            "input('how many? ')": "Nobody can answer it: take what it asks for from an environment variable",
            "{}['id']": "Correct this line.",
        }.items():
            with pytest.raises(UsageError) as caught:
                load(f"{line}\n{USER}", load_s=5.0)
            assert caught.value.remedy.startswith(remedy)

    def test_a_syntax_error_in_another_module_names_that_module(self, load: Load, tmp_path: Path) -> None:
        other = write(tmp_path, "shared_by_two", "x = (\n")
        with pytest.raises(UsageError) as caught:
            load("import shared_by_two\n" + USER)
        assert caught.value.where == f"{other}:1"

    @pytest.mark.parametrize("hang", ["import time; time.sleep(1000)", "while True: pass"])
    def test_an_import_that_hangs_is_ended_and_said(self, load: Load, tmp_path: Path, hang: str) -> None:
        with pytest.raises(HarnessError, match="did not end within 1 s") as caught:
            load(f"{hang}\n{USER}", load_s=1.0)
        assert caught.value.where == f"{tmp_path}/scenarios/written.py:2"

    def test_a_bad_locustfile_leaves_the_process_able_to_load_another(self, load: Load) -> None:
        with pytest.raises(UsageError):
            load("x = 1\n")
        assert load(USER).requests == ("Visitor.visit",)
