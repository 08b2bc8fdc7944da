"""A dry run prints the plan: its length, its blocks and its loads. It starts nothing and writes nothing."""

import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import MachineError, UsageError
from harness.manifest import load_profiles
from harness.measure.unscheduled import NO_OPEN_LOAD
from harness.model import Pace, Precision, Profile, ScenarioTraits
from harness.runtime import choice
from harness.runtime.choice import RuntimeName, obstacle
from tests.conftest import GoldenFiles
from tests.fakes import PROFILE
from tests.project import Shell, make_project, write_target

OWN_HELLO = """
[contract.hello]
path = "/api/v1/greeting"
body = "hi there"
"""


def orders_in(out: str) -> list[list[str]]:
    """Return the order of the targets of each block of a printed plan."""
    lines = out.partition("order of the targets:\n")[2].splitlines()
    return [line.partition(": ")[2].split(", ") for line in lines if line.startswith("  block")]


def loads_in(out: str) -> list[str]:
    """Return what a printed plan measures in each block."""
    loads = out.partition("each block, in random order of the closed loads:\n")[2].partition("order of the targets:")[0]
    return [line.removeprefix("  ") for line in loads.splitlines()]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    def choose_without_engine(chosen: RuntimeName, _: object) -> RuntimeName:
        return RuntimeName.DOCKER if chosen is RuntimeName.AUTO else chosen

    monkeypatch.setattr(choice, "choose", choose_without_engine)
    profiles = {name: replace(PROFILE, name=name, has_control=name == "quick") for name in ("smoke", "quick")}
    monkeypatch.setattr("harness.manifest.load_profiles", lambda: profiles)
    return Shell(make_project(tmp_path), monkeypatch, capsys)


class TestADryRun:
    def test_a_dry_run_prints_the_plan(self, shell: Shell, golden: GoldenFiles) -> None:
        done = shell.run("run", "--dry-run", "--profile", "smoke", "--seed", "7")
        assert (done.code, done.err) == (0, "")
        golden.check("terminal_plan.txt", done.out)

    @pytest.mark.parametrize("profile", ["smoke", "quick", "full"])
    def test_on_a_terminal_it_fits_80_columns(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, profile: str
    ) -> None:
        monkeypatch.setattr("harness.manifest.load_profiles", load_profiles)
        for number in range(5):
            write_target(shell.folder, f"target_{number}", "framework", plain="development", other="development")
        words = ("--target", "all,target_0:other", "--scenario", "hello")
        monkeypatch.setattr("harness.console.terminal.sys.stdout.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", "80")
        out = shell.run("run", "--dry-run", "--profile", profile, *words).out
        assert max(map(len, out.splitlines())) <= 80
        assert "target_0:other" in out
        assert f"block {load_profiles()[profile].blocks}: " in out

    def test_the_plan_of_an_adaptive_profile_has_a_shortest_and_a_longest_duration(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        adaptive = replace(PROFILE, blocks=4, least_blocks=2, precision=Precision(0.02, 0.03, 0.1, 0.01, 0.05))
        least, most = (
            self.length(shell, monkeypatch, replace(PROFILE, blocks=blocks, cold_starts=2 * blocks))
            for blocks in (2, 4)
        )
        assert self.length(shell, monkeypatch, adaptive) == f"{least} to {most}"

    @staticmethod
    def length(shell: Shell, monkeypatch: pytest.MonkeyPatch, profile: Profile) -> str:
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"quick": profile})
        line = shell.run("run", "--dry-run", "--seed", "7").out.splitlines()[2]
        return line.removeprefix("about ").removesuffix(" s without builds, if all targets answer within 10 ms")

    def test_the_plan_says_how_long_it_takes_with_slower_targets(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("harness.manifest.load_profiles", load_profiles)
        quick, full = (
            shell.run("run", "--dry-run", "--profile", name, "--scenario", "hello").out for name in ("quick", "full")
        )
        assert re.search(
            r"slower answers take longer: \d min if one takes 0\.1 s, \d\d min if one takes 0\.5 s\n", quick
        )
        assert re.search(r"about \d\d to \d{3} min without builds, if all targets answer within 10 ms", full)

    def test_quick_has_six_blocks(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("harness.manifest.load_profiles", load_profiles)
        out = shell.run("run", "--dry-run", "--profile", "quick", "--scenario", "hello").out
        assert len(orders_in(out)) == 6

    def test_a_dry_run_opens_no_runtime_and_writes_no_file(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise AssertionError("a runtime was opened")

        monkeypatch.setattr(choice, "open_runtime", refuse)
        before = sorted(shell.folder.rglob("*"))
        shell.run("run", "--dry-run", "--profile", "smoke")
        assert sorted(shell.folder.rglob("*")) == before

    def test_a_dry_run_without_an_engine_prints_the_plan_and_says_that_the_run_can_not_start(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = MachineError("no engine", where="docker.sock", cause="there is no such socket", remedy="Start one.")

        def refuse() -> None:
            raise engine

        monkeypatch.setattr(choice, "obstacle", obstacle)
        monkeypatch.setattr("harness.runtime.docker.engine.connect", refuse)
        words = ("run", "--dry-run", "--profile", "smoke", "--seed", "7", "--runtime")
        done = shell.run(*words, "docker")
        assert (done.code, done.err) == (0, f"warning: this run can't start now: {engine}\n")
        assert "targets flask_app:gthread, gin_app:release;" in done.out
        assert shell.run(*words, "process").err == ""

    def test_a_dry_run_with_an_engine_says_nothing_of_it(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[str] = []
        engine = SimpleNamespace(close=lambda: closed.append("closed"))
        monkeypatch.setattr(choice, "obstacle", obstacle)
        monkeypatch.setattr("harness.runtime.docker.engine.connect", lambda: engine)
        assert shell.run("run", "--dry-run", "--profile", "smoke", "--runtime", "docker").err == ""
        assert closed == ["closed"]

    def test_a_dry_run_without_a_seed_draws_one_and_prints_it(self, shell: Shell) -> None:
        plans = {shell.run("run", "--dry-run", "--profile", "smoke").out for _ in range(3)}
        assert len(plans) == 3

    def test_the_null_target_is_measured_with_the_targets(self, shell: Shell) -> None:
        out = shell.run("run", "--dry-run", "--profile", "smoke").out
        assert "targets flask_app:gthread, gin_app:release;" in out
        assert list(map(sorted, orders_in(out))) == [["flask_app", "gin_app", "null_app"]] * 2

    @pytest.mark.parametrize(("profile", "has_control"), [("smoke", False), ("quick", True)])
    def test_the_control_is_a_second_instance_of_the_reference(
        self, shell: Shell, profile: str, *, has_control: bool
    ) -> None:
        out = shell.run("run", "--dry-run", "--profile", profile, "--target", "gin_app,flask_app").out
        assert [("gin_app (control)" in order) for order in orders_in(out)] == [has_control] * 2

    def test_a_null_target_among_the_chosen_targets_is_measured_once(self, shell: Shell) -> None:
        out = shell.run(
            "run", "--dry-run", "--profile", "smoke", "--target", "null_app,gin_app", "--scenario", "hello"
        ).out
        assert list(map(sorted, orders_in(out))) == [["gin_app", "null_app"]] * 2

    def test_two_variants_of_one_target_are_measured_in_the_same_blocks(self, shell: Shell) -> None:
        out = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app:sync,flask_app:gthread").out
        assert "targets flask_app:sync, flask_app:gthread;" in out
        assert list(map(sorted, orders_in(out))) == [["flask_app:gthread", "flask_app:sync", "null_app"]] * 2

    def test_a_difference_in_setup_gives_a_warning(self, shell: Shell) -> None:
        write_target(shell.folder, "flask_app", "framework", gthread="production", quick="development")
        out = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app:quick,gin_app").out
        warning = "warning: flask_app:quick: a way of serving that is meant for development only"
        assert out.splitlines()[-1] == warning

    def test_targets_with_different_contracts_are_named_at_once(self, shell: Shell) -> None:
        with (shell.folder / "targets/gin_app/target.toml").open("a", encoding="utf-8") as manifest:
            manifest.write(OWN_HELLO)
        done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app,gin_app")
        assert done.out.splitlines()[-1] == (
            "warning: gin_app:release: answers hello by another contract than flask_app:gthread, "
            "so the two are not compared"
        )
        assert all("null_app" in order for order in orders_in(done.out))

    def test_without_a_target_that_keeps_the_contract_the_null_target_is_not_started(self, shell: Shell) -> None:
        with (shell.folder / "targets/gin_app/target.toml").open("a", encoding="utf-8") as manifest:
            manifest.write(OWN_HELLO)
        plan = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "gin_app", "--scenario", "hello")
        assert (plan.code, "null_app" in plan.out) == (0, False)

    def test_a_scenario_that_a_target_does_not_answer_is_refused(self, shell: Shell) -> None:
        path = shell.folder / "targets/gin_app/target.toml"
        path.write_text(path.read_text().replace('["plain", "json", "path", "post"]', '["json"]'), encoding="utf-8")
        done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "gin_app", "--scenario", "hello")
        assert (done.code, done.out) == (2, "")
        assert "the part 'plain' of targets/CONTRACT.md" in done.err
        assert shell.run("run", "--dry-run", "--target", "gin_app", "--scenario", "json_body").code == 0

    def test_the_plan_lists_own_rate_and_searches(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        thorough = replace(PROFILE, own_shares=(0.6,), objective_p99_s=0.025)
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"quick": thorough})
        loads = loads_in(shell.run("run", "--dry-run").out)
        assert loads[-3:] == [
            "hello, own60: 4 slices",
            "hello, a search for rate.slo",
            "hello, a search for connections.practical",
        ]

    def test_a_cold_page_cache_without_permission_is_refused_before_any_build(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)
        done = shell.run("run", "--dry-run", "--profile", "smoke", "--cold-page-cache")
        assert (done.code, done.out) == (3, "")
        assert done.err == (
            "error: the page cache can't be dropped (/proc/sys/vm/drop_caches): this process may not write to it. "
            "Run as root on the machine itself, or without --cold-page-cache.\n"
        )

    def test_the_first_scenario_is_the_headline(self, shell: Shell) -> None:
        out = shell.run("run", "--dry-run", "--profile", "smoke", "--scenario", "json_body,hello").out
        assert "json_body, closed.c1:" in out
        assert "hello, closed.c1:" not in out


ALONE = "this is one target. Name two: --pair"
TWO = "a pair has two targets, and these are {}. Name two, or use --target for more."
ONE = "both choose the targets. Drop one."


class TestTheChosenTargets:
    @staticmethod
    def targets(shell: Shell, *words: str) -> str:
        done = shell.run("run", "--dry-run", "--profile", "smoke", "--seed", "7", *words)
        assert done.code == 0, done.err
        (line,) = [line for line in done.out.splitlines() if line.startswith("targets ")]
        return line.removeprefix("targets ").partition(";")[0]

    @pytest.fixture(autouse=True)
    def _further_targets(self, shell: Shell) -> None:
        write_target(shell.folder, "zeta_app", "framework", plain="production")
        write_target(shell.folder, "django_app", "framework", sync="production", asgi="production")

    def test_all_are_the_frameworks_the_projects_own_first(self, shell: Shell) -> None:
        every = "flask_app:gthread, gin_app:release, django_app:sync, zeta_app:plain"
        assert self.targets(shell, "--target", "all") == every
        assert self.targets(shell, "--target", "all,django_app:asgi") == f"{every}, django_app:asgi"
        assert self.targets(shell, "--target", "zeta_app,all").startswith("zeta_app:plain, flask_app:gthread, ")

    def test_all_has_the_variants_that_the_project_names(self, shell: Shell) -> None:
        path = shell.folder / "project.toml"
        path.write_text(path.read_text().replace('reference = "flask_app"', 'reference = "flask_app:sync"'))
        named = "flask_app:sync, flask_app:gthread, gin_app:release, django_app:sync, zeta_app:plain"
        assert self.targets(shell, "--target", "all") == named
        assert self.targets(shell, "--pair", "page") == "flask_app:sync, gin_app:release"

    def test_a_pair_is_two_targets_the_reference_first(self, shell: Shell) -> None:
        assert self.targets(shell, "--pair", "django_app:asgi,flask_app") == "django_app:asgi, flask_app:gthread"

    def test_a_pair_is_a_comparison_of_the_project(self, shell: Shell) -> None:
        path = shell.folder / "project.toml"
        targets = '["zeta_app", "gin_app", "flask_app"]'
        path.write_text(f'{path.read_text()}[[comparisons]]\nname = "three"\ntargets = {targets}\nfigures = "f"\n')
        assert self.targets(shell, "--pair", "three") == "flask_app:gthread, zeta_app:plain, gin_app:release"

    @pytest.mark.parametrize(
        ("words", "error"),
        [
            (("--pair", "pge"), "unknown comparison (pge): there is no such comparison. Did you mean 'page'?"),
            (("--pair", "flask_app"), f"not a pair (flask_app): {ALONE} flask_app,django_app."),
            (("--pair", "django_app:asgi"), f"not a pair (django_app:asgi): {ALONE} django_app:asgi,flask_app."),
            (("--pair", "other"), "unknown comparison (other): there is no such comparison. Known: page."),
            (("--pair", "flask_app,gin"), "unknown target (gin): targets/ has no such folder. Did you mean 'gin_app'?"),
            (("--pair", "flask_app,gin_app,zeta_app"), f"not a pair (flask_app,gin_app,zeta_app): {TWO.format(3)}"),
            (
                ("--pair", "flask_app,flask_app"),
                "a target is named twice (flask_app): the list has it twice. Name it once.",
            ),
            (("--pair", "page", "--target", "all"), f"--pair can't be combined with --target (run): {ONE}"),
        ],
    )
    def test_what_can_not_be_chosen_is_exit_2_and_says_what_there_is(
        self, shell: Shell, words: tuple[str, ...], error: str
    ) -> None:
        done = shell.run("run", "--dry-run", *words)
        assert (done.code, done.out, done.err) == (2, "", f"error: {error}\n")


PACED = ScenarioTraits(
    "hello",
    ("Visitor.Visit",),
    drives_open=False,
    pace=Pace.PACED,
    pauses=("Visitor: between(1, 10), 5.5 s on average",),
    mean_pause_s=5.5,
    shape="Steps",
    shape_s=90.0,
    tags=("read",),
    options=("--whom",),
    notes=("locust.conf: users has no effect, because the harness decides it",),
)
PLAIN = ScenarioTraits("hello", ("Caller.root",), drives_open=False)


class TestTheScenariosOfAPlan:
    @pytest.fixture
    def traits(self, monkeypatch: pytest.MonkeyPatch) -> list[ScenarioTraits]:
        """The traits that the inspection finds, in the test's hand."""
        found: list[ScenarioTraits] = []
        monkeypatch.setattr("harness.load.inspection.inspect", lambda *_: {one.name: one for one in found})
        return found

    def test_what_can_not_be_done_with_a_scenario_is_said_in_the_plan(
        self, shell: Shell, traits: list[ScenarioTraits]
    ) -> None:
        traits += [PLAIN, replace(PLAIN, name="json_body")]
        lines = shell.run("run", "--dry-run", "--scenario", "hello,json_body").out.splitlines()
        assert [line for line in lines if line.startswith("scenario ")] == [
            "scenario hello: closed load without pauses, by Locust's own users",
            f"scenario hello: {NO_OPEN_LOAD}, so there is no latency at a rate, no CPU ladder and no limit",
            "scenario json_body: closed load without pauses, by Locust's own users",
        ]
        assert not any("open." in line for line in lines)

    def test_pauses_shape_tags_options_and_notes_are_said(self, shell: Shell, traits: list[ScenarioTraits]) -> None:
        traits.append(PACED)
        words, shape = ("--scenario", "hello", "--locust-args", "--whom Bob"), "Steps decides their number, 90.0 s"
        why, often = f"pause of {PACED.pauses[0]}; {shape}", "slices of 90 s for each target, one a block in 2 blocks"
        lines = shell.run("run", "--dry-run", *words).out.splitlines()
        assert [line for line in lines if line.startswith(("scenario ", "arguments "))] == [
            f"scenario hello: paced load of up to 32 users, because they decide the rate: {why}; {often}",
            "scenario hello: tags read",
            "scenario hello: adds the arguments --whom",
            "scenario hello: locust.conf: users has no effect, because the harness decides it",
            "arguments of the locustfiles: --whom Bob",
        ]

    def test_a_batch_without_slices_is_not_in_the_plan(self, shell: Shell, traits: list[ScenarioTraits]) -> None:
        traits.append(PACED)
        out = shell.run("run", "--dry-run", "--scenario", "hello").out
        assert loads_in(out) == ["hello, paced.u32: 2 slices"]

    def test_of_a_load_that_some_blocks_do_not_have_the_plan_says_in_how_many_it_is(
        self, shell: Shell, traits: list[ScenarioTraits], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        traits.append(PACED)
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"quick": replace(PROFILE, paced_s=1.0)})
        out = shell.run("run", "--dry-run", "--scenario", "hello").out
        assert loads_in(out) == ["hello, paced.u32: 2 slices, in 1 of 2 blocks"]

    def test_a_locustfile_that_can_not_be_used_is_exit_2_with_one_sentence(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise UsageError("bad scenario", where="scenarios/hello.py:3", cause="it has no tasks", remedy="Write one.")

        monkeypatch.setattr("harness.load.inspection.inspect", refuse)
        done = shell.run("run", "--dry-run")
        assert (done.code, done.err) == (
            2,
            "error: bad scenario (scenarios/hello.py:3): it has no tasks. Write one.\n",
        )

    def test_a_scenario_can_be_given_by_the_path_of_its_file(self, shell: Shell, traits: list[ScenarioTraits]) -> None:
        traits.append(PLAIN)
        plans = [
            shell.run("run", "--dry-run", "--seed", "7", "--scenario", word)
            for word in ("hello", "scenarios/hello.py", str(shell.folder / "scenarios" / "hello.py"), "hello.py")
        ]
        assert {(plan.code, plan.out) for plan in plans} == {(0, plans[0].out)}
        elsewhere = shell.folder / "shop.py"
        elsewhere.write_text("", encoding="utf-8")
        refused = shell.run("run", "--dry-run", "--scenario", str(elsewhere))
        assert refused.code == 2
        assert refused.err == (
            f"error: a scenario is not in the project ({elsewhere}): scenarios are the files in scenarios/. "
            "Copy the file there, and name it: --scenario shop.\n"
        )

    def test_a_broken_file_stops_only_the_runs_of_its_scenario_and_the_list_names_it(
        self, shell: Shell, traits: list[ScenarioTraits]
    ) -> None:
        traits.append(PLAIN)
        path = shell.folder / "scenarios" / "broken.py"
        path.write_text("x = 1\ndef hello(:\n", encoding="utf-8")
        problem = f"a scenario is not valid Python ({path}:2): invalid syntax"
        assert shell.run("run", "--dry-run", "--scenario", "hello").code == 0
        refused = shell.run("run", "--dry-run", "--scenario", "hello,broken")
        assert (refused.code, refused.err) == (2, f"error: {problem}. Correct this line.\n")
        listed = shell.run("list")
        assert listed.code == 0
        assert "".join(f"unusable: {problem}".split()) in "".join(listed.out.split())  # its lines are wrapped
        assert "hello" in listed.out

    @pytest.mark.parametrize(
        ("missing", "cause"), [("Dockerfile", "it has no Dockerfile"), ("target.toml", "it has no target.toml")]
    )
    def test_a_target_folder_that_is_half_there_is_exit_2(self, shell: Shell, missing: str, cause: str) -> None:
        write_target(shell.folder, "mine", "framework", plain="tuned")
        (shell.folder / "targets" / "mine" / missing).unlink()
        done = shell.run("run", "--dry-run", "--target", "mine")
        assert (done.code, done.out) == (2, "")
        assert cause in done.err
