"""The command line: wrong use, the results of each command, and the JSON documents."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import cli, console
from harness.documents import DOCUMENTS, schema_of
from harness.model import Bound, Flag, Measurement, RunStatus
from harness.runtime import choice
from harness.runtime.choice import RuntimeName
from harness.store import Store
from harness.units import Unit
from tests.checkout import ROOT
from tests.conftest import GoldenFiles
from tests.fakes import PROFILE
from tests.project import Shell, make_project
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

MB = 1e6


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    def choose_without_engine(chosen: RuntimeName, _: object) -> RuntimeName:
        return RuntimeName.DOCKER if chosen is RuntimeName.AUTO else chosen

    monkeypatch.setattr(choice, "choose", choose_without_engine)
    profiles = {name: replace(PROFILE, name=name, has_control=name == "quick") for name in ("smoke", "quick")}
    monkeypatch.setattr("harness.manifest.load_profiles", lambda: profiles)
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(
    shell: Shell, name: str = "20260131-142501-smoke-9f3a", flags: tuple[Flag, ...] = (), **metrics: float
) -> None:
    """Store a complete run of three blocks in which both targets measure these metrics in bytes, plus 0 to 2 %."""
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), name))
    for block in range(3):
        for subject in (FLASK, GIN):
            measurements = [
                Measurement(metric.replace("_", "."), Unit.BYTE, value * (1 + block / 100))
                for metric, value in metrics.items()
            ]
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0 + block, "hello", Bound.TARGET)
            folder.append(replace(a_trial(block, subject, rate, *measurements), flags=flags))


def document(text: str, name: str) -> dict[str, Any]:
    """Return the JSON document on stdout, validated with its schema."""
    values: dict[str, Any] = json.loads(text)
    jsonschema.validate(values, schema_of(name), jsonschema.Draft202012Validator)
    assert values["schema"] == f"harness.{name}/1"
    return values


class TestWrongUse:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["run", "--profile", "smok"], "unknown profile (smok): there is no such profile. Did you mean 'smoke'?"),
            (
                ["run", "--target", "flask"],
                "unknown target (flask): targets/ has no such folder. Did you mean 'flask_app'?",
            ),
            (
                ["run", "--target", "flask_app:gthraed"],
                "unknown variant (flask_app:gthraed): Flask_App has no such variant",
            ),
            (
                ["run", "--scenario", "jsonbody"],
                "unknown scenario (jsonbody): there is no such scenario. Did you mean 'json",
            ),
            (
                ["run", "--scenario", "hello,helo"],
                "unknown scenario (helo): there is no such scenario. Did you mean 'hello'",
            ),
            (
                ["run", "--scenario", "shop"],
                " is no such scenario. Known: hello, json_body. For one of your own, put shop.py into scenarios/.",
            ),
            (["run", "--scenario", ","], "no scenario (','): the list is empty. Known: hello, json_body."),
            (
                ["run", "--dry-run", "--json"],
                "--dry-run can't be combined with --json (run): a plan has no JSON document. Drop one.",
            ),
            (
                ["build", "--target", "gin"],
                "unknown target (gin): targets/ has no such folder. Did you mean 'gin_app'?",
            ),
            (["report", "--format", "htm"], "unknown format (htm): there is no such format. Did you mean 'html'?"),
            (["report", "--format", ""], "no format (''): the list is empty."),
            (["check", "--fail-on", "refuted,contradict"], "unknown verdict (contradict): there is no such verdict."),
            (["schema"], "no schema chosen (schema): it takes either a name or --all."),
            (["schema", "chek"], "unknown schema (chek): there is no such schema. Did you mean 'check'?"),
            (["selftest", "stal"], "Did you mean 'stall'?"),
        ],
    )
    def test_a_wrong_argument_is_exit_2_with_its_message(self, shell: Shell, words: list[str], message: str) -> None:
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: ")
        assert message in done.err
        assert not shell.results.exists()

    def test_no_command_shows_the_list_of_commands(self, shell: Shell) -> None:
        done = shell.run()
        assert done.code == 2
        assert "Regenerate the comparison page" in done.out + done.err

    @pytest.mark.parametrize("command", ["report", "check"])
    def test_the_error_for_an_unknown_run_suggests_the_nearest(self, shell: Shell, command: str) -> None:
        store_run(shell)
        words = ["--run", "20260131-142501-smoke-9f3b"] if command == "check" else ["20260131-142501-smoke-9f3b"]
        done = shell.run(command, *words)
        assert (done.code, done.out) == (2, "")
        assert "Did you mean '20260131-142501-smoke-9f3a'?" in done.err

    @pytest.mark.parametrize("command", ["report", "check"])
    def test_the_error_without_any_run_suggests_harness_run(self, shell: Shell, command: str) -> None:
        done = shell.run(command)
        assert done.code == 2
        assert done.err.startswith("error: no run (")
        assert "Run `harness run`." in done.err

    def test_a_missing_figures_file_is_exit_2(self, shell: Shell) -> None:
        store_run(shell)
        done = shell.run("check", "nowhere.toml")
        assert done.code == 2
        assert done.err.startswith("error: can't read a file (nowhere.toml): No such file or directory.")

    @pytest.mark.parametrize(("key", "message"), [("titel", "Did you mean 'title'?"), ("x = [", "not a TOML file")])
    def test_a_wrong_target_toml_is_exit_2_with_its_path(self, shell: Shell, key: str, message: str) -> None:
        path = shell.folder / "targets" / "gin_app" / "target.toml"
        path.write_text(path.read_text().replace("title", key, 1))
        done = shell.run("run", "--dry-run")
        assert done.code == 2
        assert str(path) in done.err
        assert message in done.err


class TestList:
    def test_list_shows_targets_scenarios_profiles_comparisons_and_runs(
        self, shell: Shell, golden: GoldenFiles
    ) -> None:
        store_run(shell)
        done = shell.run("list")
        assert (done.code, done.err) == (0, "")
        golden.check("terminal_list.txt", done.out)

    def test_list_without_runs_has_no_section_of_runs(self, shell: Shell) -> None:
        assert "runs" not in shell.run("list").out

    def test_the_document_of_list_has_every_variant_the_default_first(self, shell: Shell) -> None:
        store_run(shell)
        done = shell.run("list", "--json")
        listed = document(done.out, "list")
        assert (done.code, done.err) == (0, "")
        variants = {target["name"]: [v["name"] for v in target["variants"]] for target in listed["targets"]}
        assert variants == {"flask_app": ["gthread", "sync"], "gin_app": ["release"], "null_app": ["raw"]}
        assert [run["status"] for run in listed["runs"]] == [RunStatus.COMPLETE]

    def test_list_shows_the_runs_in_harness_results(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        store_run(shell)
        monkeypatch.setenv("HARNESS_RESULTS", str(shell.folder / "other"))
        assert document(shell.run("list", "--json").out, "list")["runs"] == []


class TestCheck:
    def test_check_prints_the_verdict_of_each_figure(self, shell: Shell) -> None:
        store_run(shell, memory_idle=30 * MB)
        done = shell.run("check", "--json")
        checked = document(done.out, "check")
        assert (done.code, done.err) == (0, "")
        verdicts = {figure["id"]: figure["verdict"] for figure in checked["figures"]}
        assert verdicts == {"facts.memory": "confirmed", "facts.heap": "not_reproduced", "facts.stars": "not_measured"}
        assert checked["totals"] == {"confirmed": 1, "not_reproduced": 1, "not_measured": 1}
        assert checked["run"] == "20260131-142501-smoke-9f3a"

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_a_verdict_in_fail_on_is_exit_1_after_the_results(self, shell: Shell, form: list[str]) -> None:
        store_run(shell, memory_idle=30 * MB)
        done = shell.run("check", "--fail-on", "not_reproduced", *form)
        assert done.code == 1
        assert "reproduced" in done.out
        assert done.err.startswith("error: published figures do not hold (")
        where = "The output lists them, each with its reason." if form else "are listed above; --verbose prints why."
        assert done.err.endswith(f"{where}\n")
        assert ": 1 not_reproduced." in done.err

    def test_a_verdict_in_fail_on_that_does_not_occur_is_exit_0(self, shell: Shell) -> None:
        store_run(shell, memory_idle=30 * MB)
        assert shell.run("check", "--fail-on", "inconclusive,not_comparable").code == 0

    def test_with_a_baseline_only_a_figure_that_it_does_not_fail_is_exit_1(self, shell: Shell) -> None:
        store_run(shell, "held", memory_idle=900 * MB)
        store_run(shell, "now", memory_idle=30 * MB)
        words = ("check", "--run", "now", "--fail-on", "not_reproduced", "--baseline")
        assert shell.run(*words, "now").code == 0
        done = shell.run(*words, "held")
        assert done.code == 1
        assert "900 MB" in done.out
        assert ": 1 not_reproduced: facts.heap." in done.err

    def test_a_baseline_without_a_verdict_that_fails_is_exit_2(self, shell: Shell) -> None:
        store_run(shell, "held", memory_idle=30 * MB)
        done = shell.run("check", "--baseline", "held")
        assert (done.code, done.out) == (2, "")
        assert "--baseline needs --fail-on" in done.err

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_a_check_without_a_measured_figure_is_exit_1(self, shell: Shell, form: list[str]) -> None:
        store_run(shell)
        done = shell.run("check", *form)
        assert done.code == 1
        assert "3 not measured" in done.out or '"not_measured": 3' in done.out
        assert done.err.startswith("error: the check evaluated nothing (")

    def test_check_uses_the_newest_complete_run_or_the_named_one(self, shell: Shell) -> None:
        store_run(shell, "old", memory_idle=30 * MB)
        assert document(shell.run("check", "--json").out, "check")["run"] == "old"
        assert document(shell.run("check", "--json", "--run", "old").out, "check")["run"] == "old"


class TestReport:
    def test_report_writes_the_chosen_formats_and_prints_their_paths(self, shell: Shell) -> None:
        store_run(shell, memory_idle=30 * MB)
        done = shell.run("report", "--format", "json,md")
        assert (done.code, done.err) == (0, "")
        folder = shell.results / "20260131-142501-smoke-9f3a" / "report"
        assert sorted(done.out.split()) == sorted(str(path) for path in folder.iterdir() if path.is_file())
        document((folder / "report.json").read_text(encoding="utf-8"), "run")


@pytest.mark.parametrize("words", [["list"], ["report", "--format", "json"], ["check"]])
def test_a_damaged_run_is_left_out_with_a_warning(shell: Shell, words: list[str]) -> None:
    store_run(shell, "a", memory_idle=30 * MB)
    broken = shell.results / "broken" / "run.json"
    broken.parent.mkdir()
    broken.write_text("{")
    done = shell.run(*words)
    assert "warning: left out: a stored run is damaged" in done.err
    assert str(broken) in done.err
    assert done.out


class TestSchema:
    @pytest.mark.parametrize("name", sorted(DOCUMENTS))
    def test_each_document_has_a_valid_schema(self, shell: Shell, name: str) -> None:
        done = shell.run("schema", name)
        assert (done.code, done.err) == (0, "")
        jsonschema.Draft202012Validator.check_schema(json.loads(done.out))

    def test_a_schema_rejects_a_document_without_its_members(self) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"schema": "harness.list/1"}, schema_of("list"))


@pytest.mark.program
class TestAsAProgram:
    """The harness as a separate process."""

    def harness(self, folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "harness", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=os.environ | environment,
        )

    def test_the_option_version_prints_name_and_version(self, tmp_path: Path) -> None:
        done = self.harness(tmp_path, "--version")
        assert (done.returncode, done.stdout, done.stderr) == (0, "harness 0.1.0\n", "")

    def test_a_run_without_an_engine_is_exit_3_with_a_remedy(self, tmp_path: Path) -> None:
        make_project(tmp_path)
        words = ("run", "--profile", "smoke", "--runtime", "docker")
        done = self.harness(
            tmp_path,
            *words,
            DOCKER_HOST="unix:///nonexistent.sock",
            HARNESS_RESULTS="",
            HARNESS_LOCK=str(tmp_path / "lock"),
        )
        assert (done.returncode, done.stdout) == (3, "")
        error = done.stderr.splitlines()[-1]  # a machine of one core is warned of first
        assert error.startswith("error: no container engine answers (unix:///nonexistent.sock): ")
        assert "make engine" in error
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "results").exists()

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("words", [("schema", "list"), ("check", "--run", "reference")])
    def test_a_closed_stdout_gives_the_exit_code_of_sigpipe_without_a_message(
        self, words: tuple[str, ...], unbuffered: str
    ) -> None:
        """The error occurs at the write, or with buffering at the flush; rich would handle it by an exit with 1."""
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "harness", *words]
        environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(
            command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=300, check=False, env=environment
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_a_command_without_one_of_the_streams_works(self, tmp_path: Path, closed: str) -> None:
        script = f'"$0" -m harness schema list {closed}'
        done = subprocess.run(
            ["sh", "-c", script, sys.executable], cwd=tmp_path, capture_output=True, timeout=300, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")

    def test_a_full_stdout_is_said(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "harness", "schema", "list"]
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False
            )
        assert done.returncode == 3
        assert done.stderr == (
            "error: this machine refuses a call (the harness): No space left on device. "
            "Free some space, then repeat the command.\n"
        )

    def test_progress_that_nobody_can_write_ends_no_run(self, tmp_path: Path) -> None:
        program = "from harness import console; console.tell('one'); console.tell('two'); print('results')"
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-c", program],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=full,
                timeout=300,
                check=False,
            )
        assert (done.returncode, done.stdout) == (0, b"results\n")

    def test_a_closed_stderr_does_not_change_the_exit_code(self, tmp_path: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "harness", "check", "missing.toml"]
        done = subprocess.run(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=writing, timeout=300, check=False
        )
        os.close(writing)
        assert done.returncode == 2


def test_characters_that_a_stream_lacks_are_plain_ones_and_in_a_document_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written, told = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(told, encoding="latin-1"))
    cli._prepare_streams()
    console.say("at most \N{LESS-THAN OR EQUAL TO} 5 \N{EN DASH} 7\N{HORIZONTAL ELLIPSIS}")
    console.tell("5 \N{MICRO SIGN}s\N{HORIZONTAL ELLIPSIS}")
    sys.stdout.flush()
    sys.stderr.flush()
    assert written.getvalue() == b"at most <= 5 - 7...\n"
    assert told.getvalue() == b"5 \xb5s...\n"
    written.truncate(0)
    written.seek(0)
    console.print_json({"sign": "\N{LESS-THAN OR EQUAL TO}"})
    sys.stdout.flush()
    assert json.loads(written.getvalue().decode("ascii")) == {"sign": "\N{LESS-THAN OR EQUAL TO}"}
