"""Loading of locustfiles: their traits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.model import Pace, ScenarioTraits
from tests.load.features import row
from tests.load.process.loading import HEAD, USER, Loader, loading, write

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[..., ScenarioTraits]

pytestmark = pytest.mark.locust


class TestPauses:
    @pytest.mark.parametrize(
        ("wait_time", "words"),
        [
            ("between(1, 10)", r"between\(1, 10\), 5\.5 s on average"),
            ("constant(0.5)", r"constant\(0\.5\), 500 ms on average"),
            ("constant_pacing(4)", r"constant_pacing\(4\), 4\.0 s on average"),
            ("constant_throughput(0.1)", r"constant_pacing\(10\.0\), 10 s on average"),
            ("poisson(2)", r"poisson\(2\), 500 ms on average"),
            ("poisson(0.01)", r"poisson\(0\.01\), 100 s on average"),
            ("lambda self: 3", r"its own wait_time, 3\.0 s on average"),
        ],
    )
    def test_a_user_with_a_wait_time_is_paced(self, load: Load, wait_time: str, words: str) -> None:
        traits = load(
            f"from locust import *\nfrom locust.user.wait_time import poisson\n{USER}    wait_time = {wait_time}"
        )
        assert (traits.pace, traits.drives_open, traits.notes) == (Pace.PACED, False, ())
        [pause] = traits.pauses
        assert re.fullmatch(f"Visitor: {words}", pause)

    @pytest.mark.parametrize("wait_time", ["", "    wait_time = constant(0)", "    wait_time = between(0, 0)"])
    def test_a_user_that_never_pauses_is_eager(self, load: Load, wait_time: str) -> None:
        traits = load(USER + wait_time)
        assert (traits.pace, traits.pauses, traits.mean_pause_s) == (Pace.EAGER, (), 0.0)

    def test_a_method_of_its_own_is_drawn(self, load: Load) -> None:
        traits = load(USER + "    seconds = 2\n    def wait_time(self):\n        return self.seconds")
        assert (traits.pauses, traits.mean_pause_s) == (("Visitor: its own wait_time, 2.0 s on average",), 2.0)

    def test_a_wait_time_that_needs_a_running_user_is_noted(self, load: Load) -> None:
        traits = load(USER + "    def wait_time(self):\n        return self.profile.pause_s")
        assert (traits.pace, traits.mean_pause_s) == (Pace.PACED, 0.0)
        [note] = traits.notes
        assert note.startswith("Visitor.wait_time can't be drawn without a running user (AttributeError: ")

    def test_a_wait_time_that_blocks_is_noted(self, load: Load) -> None:
        traits = load(
            USER + "    def wait_time(self):\n        import gevent.event\n        gevent.event.Event().wait()"
        )
        assert traits.notes == (
            "Visitor.wait_time can't be drawn without a running user (it blocks); its mean is not known",
        )

    def test_the_wait_time_of_a_nested_task_set_counts(self, load: Load) -> None:
        source = """
class Inner(SequentialTaskSet):
    wait_time = constant(6)
    @task
    def read(self): pass
class Outer(TaskSet):
    tasks = [Inner]
    @task
    def look(self): pass
class Visitor(HttpUser):
    wait_time = constant(2)
    tasks = [Outer]
"""
        traits = load(source)
        assert traits.pauses == (
            "Visitor: constant(2), 2.0 s on average",
            "Inner: constant(6), 6.0 s on average",
        )
        assert traits.mean_pause_s == pytest.approx(4)

    def test_the_mean_is_weighted_by_user_classes(self, load: Load) -> None:
        second = USER.replace("Visitor", "Other") + "    wait_time = constant(4)\n    weight = 3"
        third = USER.replace("Visitor", "Third") + "    wait_time = constant(8)"
        assert load(USER + second + third).mean_pause_s == pytest.approx(5)

    def test_users_who_do_not_pause_beside_others_are_named(self, load: Load) -> None:
        traits = load(USER + USER.replace("Visitor", "Other") + "    wait_time = constant(4)\n")
        assert (traits.pace, traits.mean_pause_s) == (Pace.PACED, 4)
        assert traits.notes == ("Visitor does not pause, so a part of the rate depends on the target",)

    @row("`min_wait`, `max_wait`, `wait_function` of old Locust")
    @pytest.mark.parametrize(
        ("old", "note"),
        [
            ("    min_wait = 500\n    max_wait = 2000\n", "min_wait and max_wait have|between(0.5, 2)"),
            ("    min_wait = 500\n", "min_wait has|constant(SECONDS) or between(LEAST, MOST)"),
            ("    wait_function = lambda self: 900\n", "wait_function has|constant(SECONDS) or between(LEAST, MOST)"),
            ("    min_wait = max_wait = 0\n    wait_time = constant(0)\n", "min_wait and max_wait have|between(0, 0)"),
            ("    min_wait = max_wait = 0\n    wait_time = lambda self: self.min_wait\n", ""),
            ("", ""),
        ],
    )
    def test_pauses_in_the_words_of_old_locust_have_no_effect_and_are_noted(
        self, load: Load, old: str, note: str
    ) -> None:
        names, _, new = note.partition("|")
        traits = load(USER + old)
        assert (traits.pace, traits.pauses) == (Pace.EAGER, ())
        said = f"Visitor: {names} no effect in Locust 2; write `wait_time = {new}`"
        assert traits.notes == ((said,) if note else ())

    def test_a_sleep_in_a_task_is_a_pause(self, load: Load) -> None:
        traits = load("import time\n" + USER.replace("pass", "time.sleep(1.5)"))
        assert (traits.pace, traits.mean_pause_s) == (Pace.PACED, 1.5)
        assert traits.pauses == ("Visitor.visit: a sleep of 1.5 s in the task",)

    @pytest.mark.parametrize(
        ("call", "before"),
        [
            ("think()", "def think():\n    time.sleep(1.5)\n"),
            ("think()", "def think():\n    pause()\ndef pause():\n    gevent.sleep(1.5)\n"),
            ("self.think()", "class Thinks:\n    def think(self):\n        time.sleep(1.5)\n"),
        ],
    )
    def test_a_sleep_in_what_a_task_calls_is_a_pause(self, load: Load, call: str, before: str) -> None:
        user = USER.replace("pass", call).replace("(User)", "(Thinks, User)" if "Thinks" in before else "(User)")
        traits = load(f"import gevent, time\n{before}{user}")
        assert (traits.pace, traits.mean_pause_s) == (Pace.PACED, 1.5)
        assert traits.pauses == ("Visitor.visit: a sleep of 1.5 s in the task",)

    def test_calls_in_a_circle_and_of_libraries_are_no_pauses(self, load: Load) -> None:
        before = "import subprocess\ndef think():\n    think()\n    subprocess.Popen\n    subprocess.run(['true'])\n"
        assert load(before + USER.replace("pass", "think()")).pace is Pace.EAGER

    def test_a_sleep_of_unknown_length_is_noted(self, load: Load) -> None:
        traits = load("import time, random\n" + USER.replace("pass", "time.sleep(random.random())"))
        assert (traits.pace, traits.pauses) == (Pace.PACED, ("Visitor.visit: a sleep in the task",))
        assert traits.notes == ("the length of a sleep in Visitor.visit is not known before it runs",)

    def test_a_sleep_after_an_error_is_no_pause(self, load: Load) -> None:
        body = "try:\n            pass\n        except OSError:\n            time.sleep(1)"
        assert load("import time\n" + USER.replace("pass", body)).pace is Pace.EAGER


class TestShapes:
    def test_a_shape_makes_a_scenario_paced_and_has_a_length(self, load: Load) -> None:
        shape = """
class Steps(LoadTestShape):
    def tick(self):
        return (10 if self.get_run_time() < 30 else 5, 1) if self.get_run_time() < 90 else None
"""
        traits = load(USER + shape)
        assert (traits.pace, traits.shape, traits.shape_s, traits.shape_users) == (Pace.PACED, "Steps", 90.0, 10)

    def test_a_shape_without_an_end_has_no_length(self, load: Load) -> None:
        traits = load(USER + "\nclass Flat(LoadTestShape):\n    def tick(self):\n        return (10, 1)")
        assert (traits.shape, traits.shape_s, traits.notes) == ("Flat", None, ())

    def test_a_shape_that_needs_a_running_test_is_noted(self, load: Load) -> None:
        traits = load(USER + "\nclass Odd(LoadTestShape):\n    def tick(self):\n        return self.runner.stats.total")
        assert (traits.shape_s, traits.shape_users) == (None, None)
        assert traits.notes[0].startswith("Odd can't tick without a running test (AttributeError: ")


TAGGED = """
class Visitor(HttpUser):
    @tag("read")
    @task
    def look(self): pass
    @tag("write", "slow")
    @task
    def order(self): pass
"""
OPTION = """
@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--whom", default="Ada", required=False)
"""


class TestArguments:
    def test_tags_are_found(self, load: Load) -> None:
        assert load(TAGGED).tags == ("read", "slow", "write")

    @pytest.mark.parametrize("words", ["--tags read", "-T read", "--exclude-tags slow"])
    def test_tags_choose_tasks(self, load: Load, words: str) -> None:
        assert load(TAGGED, arguments=words).requests == ("Visitor.look",)

    def test_tags_that_leave_no_task_are_refused(self, load: Load) -> None:
        with pytest.raises(UsageError, match="no task is left after --tags paint"):
            load(TAGGED, arguments="--tags paint")

    def test_a_user_class_without_a_tag_is_left_out_with_a_note(self, load: Load) -> None:
        traits = load(USER.replace("Visitor", "Bare") + TAGGED, arguments="--tags read")
        assert traits.requests == ("Visitor.look",)
        assert traits.notes == ("Bare has no task left after --tags read",)

    def test_a_user_class_is_chosen_by_name(self, load: Load) -> None:
        source = USER + USER.replace("Visitor", "Other")
        assert load(source, arguments="Other").requests == ("Other.visit",)
        with pytest.raises(UsageError, match="Did you mean 'Other'"):
            load(source, arguments="Othr")

    def test_options_of_a_locustfile_are_found(self, load: Load) -> None:
        assert load(OPTION + USER, arguments="--whom Bob").options == ("--whom",)

    def test_a_required_option_must_be_given(self, load: Load) -> None:
        source = OPTION.replace("False", "True") + USER
        with pytest.raises(UsageError, match="required: --whom"):
            load(source)
        load(source, arguments="--whom Bob")

    def test_an_unknown_option_is_refused(self, load: Load) -> None:
        with pytest.raises(UsageError, match="Did you mean '--whom'") as caught:
            load(OPTION + USER, arguments="--whon Bob")
        assert caught.value.where == "--locust-args --whon"

    def test_an_option_of_one_scenario_is_no_error_of_another(self, loader: Loader, tmp_path: Path) -> None:
        own, other = write(tmp_path, "own", HEAD + OPTION + USER), write(tmp_path, "other", HEAD + USER)
        traits = loader.load(own, other, arguments="--whom Bob")
        assert (traits["own"].options, traits["other"].options) == (("--whom",), ())
        assert traits["other"].requests == ("Visitor.visit",)

    @pytest.mark.parametrize(
        ("words", "instead"),
        [
            ("--users 10", "--profile"),
            ("-u 10", "--profile"),
            ("--host http://127.0.0.1", "--target"),
            ("--run-time 3s", "--profile"),
            ("--headless", "no use"),
            ("--worker", "--workers"),
            ("--master", "--master-bind"),
            ("--web-port 80", "no use"),
            ("--csv out", "harness report"),
            ("--help", "no use"),
            ("-f other.py", "--scenario"),
        ],
    )
    def test_what_the_harness_decides_is_refused(self, load: Load, words: str, instead: str) -> None:
        with pytest.raises(UsageError, match="an argument is refused") as caught:
            load(USER, arguments=words)
        assert instead in caught.value.remedy

    @pytest.mark.parametrize("words", ["--tags 'a", "--version", "--users many"])
    def test_malformed_arguments_are_refused(self, load: Load, words: str) -> None:
        with pytest.raises(UsageError, match="argument"):
            load(USER, arguments=words)


READ_OPTION = """
@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--pause-s", type=float, default=0)
class Visitor(User):
    def wait_time(self):
        return self.environment.parsed_options.pause_s
    @task
    def visit(self): pass
"""


class TestConfigurationFiles:
    def test_an_argument_reaches_the_locustfile(self, load: Load) -> None:
        assert load(READ_OPTION).pauses == ()
        assert load(READ_OPTION, arguments="--pause-s 7").mean_pause_s == 7

    @pytest.mark.parametrize("folder", [".", "scenarios"])
    def test_locust_conf_beside_the_project_or_the_scenario_is_read(
        self, load: Load, tmp_path: Path, folder: str
    ) -> None:
        (tmp_path / "scenarios").mkdir()
        (tmp_path / folder / "locust.conf").write_text("pause-s = 5\n")
        assert load(READ_OPTION).mean_pause_s == 5
        assert load(READ_OPTION, arguments="--pause-s 6").mean_pause_s == 6

    def test_pyproject_toml_is_read(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.locust]\npause-s = 5\n")
        assert load(READ_OPTION).mean_pause_s == 5

    def test_it_is_utf_8_whatever_the_locale(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.locust]\npause-s = 5 # größer\n", encoding="utf-8")
        path = write(tmp_path, "written", HEAD + READ_OPTION)
        with loading(LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0") as loader:
            assert loader.load(path)["written"].mean_pause_s == 5

    @pytest.mark.parametrize("name", ["pyproject.toml", "locust.conf"])
    def test_one_of_another_encoding_is_named(self, load: Load, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("# größer\n", encoding="latin-1")
        with pytest.raises(UsageError) as caught:
            load(READ_OPTION)
        assert str(caught.value) == (
            f"can't read a configuration file of Locust ({tmp_path / name}): it is not UTF-8. Correct or remove it."
        )

    def test_a_folder_whose_name_is_like_a_pattern_is_read(self, loader: Loader, tmp_path: Path) -> None:
        project = tmp_path / "a[1]"
        project.mkdir()
        (project / "locust.conf").write_text("pause-s = 5\n")
        assert loader.load(write(project, "written", HEAD + READ_OPTION))["written"].mean_pause_s == 5

    def test_what_the_harness_decides_has_no_effect_and_is_noted(self, load: Load, tmp_path: Path) -> None:
        config = tmp_path / "locust.conf"
        config.write_text("users = 100\nhost = http://192.0.2.1\nheadless = true\n")
        [note] = load(USER).notes
        assert note == f"{config}: users, host, headless has no effect, because the harness decides it"

    def test_an_unknown_key_is_refused(self, load: Load, tmp_path: Path) -> None:
        config = tmp_path / "locust.conf"
        config.write_text("paws = 5\n")
        with pytest.raises(UsageError, match="--paws") as caught:
            load(USER)
        assert caught.value.where == str(config)

    def test_another_machine_gets_the_texts(self, loader: Loader) -> None:
        there = Path("/nowhere/scenarios/written.py")
        config = "/nowhere/locust.conf"
        sources = {str(there): HEAD + READ_OPTION, config: "pause-s = 3\n"}
        traits = loader.load(there, sources=sources, configs=[config], arguments="")
        assert traits["written"].mean_pause_s == 3
