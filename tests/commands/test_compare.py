"""`harness compare`: its output and its exit codes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Bound, Measurement, RunStatus, Subject
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, GIN, STARTED_AT, a_plan, a_run, a_trial


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(
    shell: Shell, name: str, rates_per_s: float | dict[Subject, float], cpus: int = 2, **changes: object
) -> None:
    """Store a complete run of three blocks in which the targets served these rates, plus 0 to 2 %."""
    rates = rates_per_s if isinstance(rates_per_s, dict) else {FLASK: rates_per_s, GIN: rates_per_s}
    run = replace(a_run(a_plan(*rates), name), environment={"machine": {"cpus": cpus}})
    folder = Store(shell.results).create(replace(run, **changes))  # type: ignore[arg-type]
    for block in range(3):
        for subject, rate_per_s in rates.items():
            value = rate_per_s * (1 + block / 100)
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, value, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, rate))


def store_five(shell: Shell, cpus: int = 2) -> None:
    """Store five other runs of the same machine, whose rates differ by up to 4 %."""
    for number in range(5):
        store_run(shell, f"other-{number}", 6000 + 60 * number, cpus)


class TestCompare:
    def test_a_run_compared_with_itself_shows_no_difference(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        done = shell.run("compare", "a", "a", "--json")
        compared = document(done.out, "compare")
        assert (done.code, done.err) == (0, "")
        assert {row["verdict"] for row in compared["comparisons"]} == {"no_difference_shown"}
        assert compared["differences"] == []

    def test_the_ratio_is_the_second_run_over_the_first(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 9000)
        compared = document(shell.run("compare", "a", "b", "--json").out, "compare")
        assert [row["ratio"] for row in compared["comparisons"]] == [pytest.approx(1.5), pytest.approx(1.5), 1.0]
        assert [(row["subject"], row["reference"]) for row in compared["comparisons"]] == [
            (f"b {of}", f"a {of}") for of in (FLASK, GIN, f"{GIN} / {FLASK}")
        ]
        assert [row["kind"] for row in compared["comparisons"]] == ["absolute", "absolute", "ratio"]

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_a_crossed_threshold_is_exit_1_after_the_results(self, shell: Shell, form: list[str]) -> None:
        store_five(shell)
        store_run(shell, "a", 6000)
        store_run(shell, "b", 4000)
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%", *form)
        assert done.code == 1
        assert "throughput" in done.out
        assert done.err.startswith("error: a threshold does not hold (a and b): throughput<-5%: flask_app:gthread")
        assert shell.run("compare", "b", "a", "--fail-on", "throughput<-5%", *form).code == 0

    @pytest.mark.parametrize(
        ("others", "said"), [(5, "for 3 of 3 changes"), (0, "for 1 of 3 changes; the other 2 are not judged")]
    )
    def test_a_threshold_that_holds_says_by_how_many_changes(self, shell: Shell, others: int, said: str) -> None:
        if others:
            store_five(shell)
        store_run(shell, "a", 4000)
        store_run(shell, "b", 6000)
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%")
        assert done.code == 0
        assert f"threshold throughput<-5% holds {said}" in done.out.splitlines()

    def test_a_threshold_on_a_metric_without_numbers_is_exit_1(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        done = shell.run("compare", "a", "a", "--fail-on", "memory>10%")
        assert done.code == 1
        assert done.err == (
            "error: a threshold could not be judged (a and a): memory>10%: no such metric has numbers in both runs. "
            "See the results above.\n"
        )
        assert "threshold not judged: memory>10%: no such metric has numbers in both runs" in done.out.splitlines()

    def test_what_fail_on_asks_for_is_written_for_ci_systems(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", 6000)
        store_run(shell, "b", 4000)
        words = ("compare", "a", "b", "--fail-on", "throughput<-5%", "--output", str(shell.folder / "gate"))
        assert shell.run(*words).code == 1
        gate = shell.folder / "gate"
        assert 'failures="2"' in (gate / "junit.xml").read_text()
        assert (gate / "github/annotations.txt").read_text().count("::error ") == 2
        assert len(json.loads((gate / "gitlab/code-quality.json").read_text())) == 2
        assert (gate / "harness.sarif").is_file()

    def test_a_threshold_on_a_name_that_nothing_has_is_exit_2_with_the_nearest_names(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        done = shell.run("compare", "a", "a", "--fail-on", "thruput<-5%")
        assert (done.code, done.out) == (2, "")
        assert "there is no metric thruput. Did you mean throughput" in done.err

    def test_an_invalid_threshold_is_exit_2_before_any_run_is_read(self, shell: Shell) -> None:
        done = shell.run("compare", "a", "b", "--fail-on", "throughput")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: bad threshold ('throughput'): ")

    def test_runs_of_unlike_machines_are_compared_only_with_any_machine(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 6000, cpus=4)
        done = shell.run("compare", "a", "b")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "error: the runs can't be compared (a, b): they differ in cpus: 2 and 4. "
            "Use --any-machine to compare them in spite of this.\n"
        )
        done = shell.run("compare", "a", "b", "--any-machine", "--json")
        assert done.code == 0
        assert document(done.out, "compare")["differences"] == [{"key": "machine.cpus", "a": 2, "b": 4}]

    @pytest.mark.parametrize("options", [[], ["--any-machine"]])
    def test_runs_of_unlike_profiles_are_refused_with_the_command_that_makes_a_like_one(
        self, shell: Shell, options: list[str]
    ) -> None:
        store_run(shell, "a", 6000)
        plan = a_plan(FLASK, GIN)
        plan = replace(plan, profile=replace(plan.profile, name="quick"))
        Store(shell.results).create(replace(a_run(plan, name="b"), environment={"machine": {"cpus": 4}}))
        done = shell.run("compare", "a", "b", *options)
        assert (done.code, done.out) == (2, "")
        assert "they differ in profile: smoke and quick. `harness run --like a` measures the plan of" in done.err
        assert "--any-machine" not in done.err

    def test_runs_without_a_common_metric_are_exit_1(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        Store(shell.results).create(replace(a_run(name="b"), environment={"machine": {"cpus": 2}}))
        done = shell.run("compare", "a", "b")
        assert done.code == 1
        assert done.err.startswith("error: the comparison evaluated nothing (a and b): ")


class TestTheConclusionsOfTheFirstRun:
    def test_a_run_compared_with_itself_keeps_them_all(self, shell: Shell) -> None:
        store_run(shell, "a", {FLASK: 6000, GIN: 72000})
        done = shell.run("compare", "a", "a", "--fail-on", "reversed")
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines()[-2] == "2 of 2 conclusions of the first run hold in the second"
        found = document(shell.run("compare", "a", "a", "--json").out, "compare")["conclusions"]
        assert [(row["kind"], row["outcome"]) for row in found] == [("comparison", "holds"), ("rank", "holds")]

    def test_verbose_prints_those_that_hold_too(self, shell: Shell) -> None:
        store_run(shell, "a", {FLASK: 6000, GIN: 72000})
        counts, *lines = shell.run("compare", "a", "a", "--verbose").out.splitlines()[-3:]
        assert counts == "2 of 2 conclusions of the first run hold in the second"
        metric, ranks = "throughput.closed.c32 of hello", f"1 {GIN}, 2 {FLASK}"
        assert lines == [
            f"holds: {GIN} / {FLASK}, {metric}: first run higher, 12.0; second run higher, 12.0",
            f"holds: rank by {metric}: first run {ranks}; second run {ranks}",
        ]

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_a_reversal_is_printed_and_fails_only_if_asked(self, shell: Shell, form: list[str]) -> None:
        store_run(shell, "a", {FLASK: 6000, GIN: 72000})
        store_run(shell, "b", {FLASK: 72000, GIN: 6000})
        done = shell.run("compare", "a", "b", *form)
        assert done.code == 0
        assert "reversed" in done.out
        done = shell.run("compare", "a", "b", "--fail-on", "reversed", *form)
        assert done.code == 1
        assert "reversed" in done.out, "results are printed before"
        assert done.err.startswith(
            f"error: a conclusion does not hold (a and b): reversed: {GIN} / {FLASK}, throughput.closed.c32 of hello: "
            "first run higher, 12.0; second run lower, 0.0833"
        )

    def test_the_word_stands_beside_thresholds(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", {FLASK: 6000, GIN: 72000})
        store_run(shell, "b", {FLASK: 6000, GIN: 3000})
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%, reversed", "--json")
        failures = document(done.out, "compare")["failures"]
        assert done.code == 1
        of_number_and_ratio = ["throughput<-5%", "throughput<-5%"]
        assert [failure.partition(":")[0] for failure in failures] == [*of_number_and_ratio, "reversed", "reversed"]

    def test_without_a_measured_conclusion_nothing_is_proved(self, shell: Shell) -> None:
        store_run(shell, "a", {FLASK: 6000})
        done = shell.run("compare", "a", "a", "--fail-on", "reversed")
        assert done.code == 1
        assert "no conclusion of the first run was measured in the second" in done.err

    def test_verdicts_on_the_published_figures_are_conclusions(self, shell: Shell) -> None:
        for name, idle_mb in (("a", 30.0), ("b", 30.0), ("c", 900.0)):
            plan = a_plan(FLASK, GIN)
            folder = Store(shell.results).create(replace(a_run(plan, name), environment={"machine": {"cpus": 2}}))
            for block in range(3):
                folder.append(a_trial(block, FLASK, Measurement("memory.idle", Unit.BYTE, idle_mb * 1e6)))
        found = document(shell.run("compare", "a", "b", "--json").out, "compare")["conclusions"]
        assert [(row["kind"], row["figure"], row["outcome"]) for row in found] == [
            ("verdict", "facts.memory", "holds"),
            ("verdict", "facts.heap", "holds"),
        ]
        changed = document(shell.run("compare", "a", "c", "--json").out, "compare")["conclusions"]
        assert "holds" not in {row["outcome"] for row in changed}


class TestARepetitionOnAnotherMachine:
    def test_unlike_machines_are_named_and_absolute_numbers_are_left_out(self, shell: Shell) -> None:
        store_run(shell, "a", {FLASK: 6000, GIN: 72000})
        store_run(shell, "b", {FLASK: 3000, GIN: 36000}, cpus=4, like="a")
        done = shell.run("compare", "a", "b", "--fail-on", "reversed")
        assert (done.code, done.err) == (0, "")
        assert "the two runs are unlike, so absolute numbers are not judged: cpus 2 and 4" in done.out
        compared = document(shell.run("compare", "a", "b", "--json").out, "compare")
        assert [row["kind"] for row in compared["comparisons"]] == ["ratio"]
        assert compared["unlike"] == [{"key": "cpus", "a": 2, "b": 4}]

    def test_the_order_of_the_two_runs_and_a_common_origin_do_not_matter(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 6000, cpus=4, like="a")
        store_run(shell, "c", 6000, cpus=8, like="a")
        for words in (("b", "a"), ("b", "c")):
            assert shell.run("compare", *words).code == 0


class TestTheSpreadBetweenRuns:
    def test_without_stored_runs_absolute_changes_are_not_judged_and_ratios_are(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 8100)
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%,throughput>5%")
        assert done.code == 0, "the same code some minutes later"
        verdicts = [line.split()[-1] for line in done.out.splitlines()[1:4]]
        assert verdicts == ["equivalent", "judged", "judged"], "what is judged comes first"
        words = " ".join(done.out.split())
        assert "not judged: 2 changes of single targets: fewer than 5 other runs of this machine (0 of 5)" in words
        assert "ratios of two targets are judged" in words

    def test_a_ratio_that_falls_crosses_the_threshold(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", {FLASK: 6000, GIN: 4800})
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%")
        assert done.code == 1
        assert "throughput<-5%: gin_app:release / flask_app:gthread, throughput.closed.c32 of hello changed" in done.err

    def test_five_stored_runs_of_the_machine_are_enough_and_have_their_dates(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", 6000)
        store_run(shell, "b", 8100)
        compared = document(shell.run("compare", "a", "b", "--json").out, "compare")
        assert compared["spread"] == {
            "needed": 5,
            "runs": [{"id": f"other-{number}", "started_at": STARTED_AT} for number in range(5)],
        }
        assert [(row["kind"], row["called"], row["verdict"]) for row in compared["comparisons"]] == [
            ("absolute", True, "higher"),
            ("absolute", True, "higher"),
            ("ratio", True, "equivalent"),
        ]
        assert all(0 <= row["between"] < 0.03 for row in compared["comparisons"])

    def test_runs_of_another_machine_unfinished_runs_and_copies_do_not_count(self, shell: Shell) -> None:
        store_five(shell, cpus=4)
        store_run(shell, "a", 6000)
        store_run(shell, "b", 8100)
        for number in range(5):
            store_run(shell, f"unfinished-{number}", 6000, status=RunStatus.INTERRUPTED)
        shutil.copytree(shell.results / "a", shell.results / "copy")
        compared = document(shell.run("compare", "a", "b", "--json").out, "compare")
        assert compared["spread"]["runs"] == []


class TestATargetOfOneRunOnly:
    def test_one_that_is_gone_is_said_and_fails_the_thresholds(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", 6000)
        store_run(shell, "b", {FLASK: 6000})
        done = shell.run("compare", "a", "b")
        assert done.code == 0
        assert "finding: gone, in the first run only: gin_app:release" in done.out.splitlines()
        said = "error: a target is in one run only (a and b): gin_app:release was measured in a and not in b"
        for words in (["gone"], ["gone", "--json"], ["throughput<-5%"], ["throughput<-5%", "--json"]):
            done = shell.run("compare", "a", "b", "--fail-on", *words)
            assert done.code == 1
            assert said in done.err
        assert done.err.endswith(
            "not in b, so throughput<-5% can't be judged for it. Measure the same targets again, or accept that a "
            "target is gone with --accept-gone.\n"
        )
        compared = document(done.out, "compare")
        assert (compared["gone"], compared["new"]) == ([str(GIN)], [])
        assert compared["failures"] == [
            "gin_app:release was measured in a and not in b, so throughput<-5% can't be judged for it"
        ]

    def test_thresholds_apply_to_the_other_targets_if_one_that_is_gone_is_accepted(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", 6000)
        store_run(shell, "same", {FLASK: 6000})
        store_run(shell, "slow", {FLASK: 3000})
        accepted = ("--fail-on", "throughput<-5%", "--accept-gone")
        done = shell.run("compare", "a", "same", *accepted)
        assert done.code == 0
        assert "finding: gone, in the first run only: gin_app:release" in done.out.splitlines()
        done = shell.run("compare", "a", "slow", *accepted)
        assert done.code == 1
        assert "error: a threshold does not hold (a and slow): throughput<-5%: flask_app:gthread" in done.err

    def test_many_that_are_gone_are_counted(self, shell: Shell) -> None:
        many = [Subject(f"app_{number}", "x") for number in range(5)]
        store_run(shell, "a", dict.fromkeys([FLASK, *many], 6000))
        store_run(shell, "b", {FLASK: 6000})
        done = shell.run("compare", "a", "b", "--fail-on", "gone")
        assert "app_2:x was measured in a and not in b; and 2 more such targets. Measure the same" in done.err
        assert done.err.endswith("or leave out gone.\n")

    def test_one_that_is_new_is_said_and_fails_nothing(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", {FLASK: 6000})
        store_run(shell, "b", 6000)
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%")
        assert done.code == 0
        assert "finding: new, in the second run only: gin_app:release" in done.out.splitlines()

    def test_one_that_is_new_fails_if_it_is_asked_for(self, shell: Shell) -> None:
        store_five(shell)
        store_run(shell, "a", {FLASK: 6000})
        store_run(shell, "b", 6000)
        done = shell.run("compare", "a", "b", "--fail-on", "gone,new", "--json")
        assert done.code == 1
        assert "(a and b): gin_app:release was measured in b and not in a. Measure the same targets" in done.err
        assert document(done.out, "compare")["failures"] == ["gin_app:release was measured in b and not in a"]
