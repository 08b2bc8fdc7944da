"""`harness run --against REV` with fakes: both revisions are subjects of one run, and thresholds judge their ratio."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml

from harness.model import RunStatus, Slice, SliceResult, Subject
from harness.store import Store
from tests.fakes import Script, driven
from tests.project import write
from tests.repository import commit_all, git
from tests.test_cli_run import NO, RATES_PER_S, Bench
from tests.trials import FLASK


class RevisionBench(Bench):
    """A bench whose project has two commits: `old`, and one with a change of Flask."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, monkeypatch, capsys)
        write(folder / ".gitignore", "results\n")
        old = commit_all(folder, tag="old")
        write(folder / "targets/flask_app/app.py", "new")
        commit_all(folder)
        self.flask, self.gin = (Subject(f"{name}@{old[:7]}", variant) for name, variant in PAIR)
        self.control = replace(FLASK, is_control=True)
        self.rates_per_s = RATES_PER_S | {self.flask: 125.0, self.gin: 200.0, self.control: 100.0}
        self.runtime.scripts |= {self.flask: Script(), self.gin: Script(), self.control: Script()}
        self.generator.drive = self.drive

    def drive(self, part: Slice) -> SliceResult:
        return driven(part, rate_per_s=self.rates_per_s[part.subject])


PAIR = (("flask_app", "gthread"), ("gin_app", "release"))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RevisionBench:
    return RevisionBench(tmp_path, monkeypatch, capsys)


def test_both_revisions_are_built_and_driven_and_compared_by_block(bench: RevisionBench) -> None:
    done = bench.run("run", "--against", "old", "--json")
    assert done.code == 0, done.err
    assert {f"build {name}" for name in ("flask_app", "gin_app", bench.flask.target, bench.gin.target)} <= set(
        bench.journal
    )
    ratios = {
        (row["subject"], row["reference"]): row["ratio"]
        for row in json.loads(done.out)["comparisons"]
        if row["metric"] == "throughput.closed.c32"
    }
    assert ratios == pytest.approx(
        {
            ("gin_app:release", "flask_app:gthread"): 2.0,
            ("flask_app:gthread", str(bench.flask)): 0.8,
            ("gin_app:release", str(bench.gin)): 1.0,
        }
    )


def test_any_profile_has_a_control_that_shows_what_two_equal_builds_differ_by(bench: RevisionBench) -> None:
    document = json.loads(bench.run("run", "--against", "old", "--json").out)
    assert document["noise_floor"]["throughput.closed.c32"] == 0
    assert bench.stored().plan.control == bench.control


def test_the_terminal_names_the_revisions_and_has_a_column_for_each_pair(bench: RevisionBench) -> None:
    out = bench.run("run", "--against", "old", "--verbose").out.splitlines()
    assert out[1].split()[-9:] == [
        *("gin_app", "/", "flask_app", "flask_app", "/", bench.flask.target, "gin_app", "/", bench.gin.target)
    ]
    assert f"{bench.flask.target.removeprefix('flask_app')}: built from old; the others: from commit " in "\n".join(out)


@pytest.mark.parametrize(("threshold", "code"), [("throughput<-5%", 1), ("throughput<-50%", 0), ("throughput>5%", 0)])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_threshold_judges_the_change_from_the_revision(
    bench: RevisionBench, threshold: str, code: int, form: list[str]
) -> None:
    done = bench.run("run", "--against", "old", "--fail-on", threshold, *form)
    assert done.code == code
    assert ("throughput.closed.c32" if form else "throughput") in done.out, "results are printed before"
    if code:
        assert f"flask_app:gthread / {bench.flask}, throughput.closed.c32 of hello changed by -20.0%" in done.err
        assert "gin_app:release" not in done.err.splitlines()[-1]


def test_uncommitted_changes_are_named_as_the_working_tree(bench: RevisionBench) -> None:
    write(bench.folder / "targets/flask_app/app.py", "newer")
    assert "the others: from the working tree" in bench.run("run", "--against", "old", "--verbose").out
    assert bench.run("run", "--against", "old", "--dry-run").out.splitlines()[1].startswith("the working tree against ")


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_equal_revisions_are_said_and_measured_all_the_same(bench: RevisionBench, options: list[str]) -> None:
    head = git(bench.folder, "rev-parse", "HEAD")[:7]
    for name, variant in PAIR:
        equal = Subject(f"{name}@{head}", variant)
        bench.rates_per_s[equal] = bench.rates_per_s[Subject(name, variant)]
        bench.runtime.scripts[equal] = Script()
    done = bench.run("run", "--against", "HEAD", "--fail-on", "throughput<-50%", *options)
    said = "HEAD build the same targets: the run shows how far two equal copies differ here"
    assert said in (done.out if options else done.err)
    assert done.code == 0, done.err
    assert "build the same" not in bench.run("run", "--against", "old", "--dry-run").out


def test_a_target_that_the_revision_does_not_have_is_said_and_measured_alone(bench: RevisionBench) -> None:
    write(bench.folder / "targets/new_app/target.toml", (bench.folder / "targets/gin_app/target.toml").read_text())
    write(bench.folder / "targets/new_app/Dockerfile", "FROM scratch\n")
    new = Subject("new_app", "release")
    bench.rates_per_s[new] = 300.0
    bench.runtime.scripts[new] = Script()
    done = bench.run("run", "--against", "old", "--target", "flask_app,new_app", "--fail-on", "throughput<-50%")
    assert (done.code, bench.stored().status) == (0, RunStatus.COMPLETE)
    assert "warning: new_app:release: old does not have it, so it is measured alone" in done.err


def test_an_older_build_that_fails_is_exit_4(bench: RevisionBench) -> None:
    bench.runtime.builds[bench.flask.target] = NO
    done = bench.run("run", "--against", "old", "--fail-on", "throughput<-5%")
    assert done.code == 4


@pytest.mark.parametrize(
    "words",
    [
        ("--against", "none"),
        ("--fail-on", "throughput<-5%"),
        ("--against", "old", "--fail-on", "x"),
        ("--against", "old", "--fail-on", "throughput<-5%,thruput<-5%"),
        ("--against", "old", "--fail-on", "thruput<-5%", "--dry-run"),
        ("--against", "old", "--fail-on", "throughput.closed.c7<-5%"),
    ],
)
def test_a_wrong_option_is_exit_2_before_anything_is_measured(bench: RevisionBench, words: tuple[str, ...]) -> None:
    done = bench.run("run", *words)
    assert (done.code, done.out, bench.journal) == (2, "", [])


def test_a_threshold_on_no_metric_has_the_nearest_names(bench: RevisionBench) -> None:
    done = bench.run("run", "--against", "old", "--fail-on", "thruput<-5%")
    assert "wrong threshold ('thruput<-5%'): there is no metric thruput. Did you mean throughput" in done.err


def test_which_metrics_a_threshold_is_for_is_said_before_the_run(bench: RevisionBench) -> None:
    words = ("run", "--against", "old", "--fail-on", "throughput<-50%,memory_pss.idle>5%")
    said = "threshold memory_pss.idle>5% is for memory.idle"
    assert said in bench.run(*words, "--dry-run").out.splitlines()
    assert said in bench.run(*words, "--runtime", "docker").err.splitlines()


def test_the_document_of_a_run_has_the_outcome_of_each_threshold_for_each_target(bench: RevisionBench) -> None:
    done = bench.run("run", "--against", "old", "--fail-on", "throughput<-5%", "--json")
    rows = [
        (row["threshold"], row["subject"], row["outcome"], row["fails"]) for row in json.loads(done.out)["thresholds"]
    ]
    assert rows == [
        ("throughput<-5%", str(FLASK), "failed", True),
        ("throughput<-5%", "gin_app:release", "holds", False),
    ]
    assert bench.run("report", "--format", "json").code == 0
    (folder,) = Store(bench.results).folders().values()
    assert json.loads((folder.report / "report.json").read_text())["thresholds"] == json.loads(done.out)["thresholds"]
    assert json.loads(bench.run("run", "--against", "old", "--json").out)["thresholds"] == []


def test_the_thresholds_are_stored_and_are_test_cases_of_the_reports(bench: RevisionBench) -> None:
    assert bench.run("run", "--against", "old", "--fail-on", "throughput<-5%,throughput>50%").code == 1
    assert bench.stored().thresholds == ("throughput<-5%", "throughput>50%")
    assert bench.run("report", "--format", "junit,github,gitlab,sarif").code == 0
    (folder,) = Store(bench.results).folders().values()
    suites = JUnitXml.fromfile(str(folder.report / "junit.xml"))
    found = (case for suite in suites for case in suite if case.classname == "thresholds")
    cases = {case.name: [type(one).__name__.lower() for one in case.result] for case in found}
    assert cases == {
        f"throughput<-5%, {FLASK}": ["failure"],
        "throughput<-5%, gin_app:release": [],
        f"throughput>50%, {FLASK}": [],
        "throughput>50%, gin_app:release": [],
    }
    issues = json.loads((folder.report / "gitlab/code-quality.json").read_text())
    [issue] = [one for one in issues if one["check_name"] == "harness/threshold_failed"]
    assert issue["location"]["path"] == "targets/flask_app/target.toml"
    assert "changed by -20.0%" in issue["description"]
    line, *_ = (folder.report / "github/annotations.txt").read_text().splitlines()
    assert line.startswith("::error file=targets/flask_app/target.toml,line=1,col=1,title=threshold_failed%3A ")


def interrupted(bench: RevisionBench, subject: Subject, *words: str) -> str:
    """Interrupt a run in its second block, and return its id."""

    def drive(part: Slice) -> SliceResult:
        if bench.journal.count(f"create {subject}") > 2:
            os.kill(os.getpid(), signal.SIGINT)
        return bench.drive(part)

    bench.generator.drive = drive
    assert bench.run("run", *words).code == 130
    bench.generator.drive = bench.drive
    (run_id,) = Store(bench.results).folders()
    return run_id


def test_a_resumed_run_builds_the_stored_revision_again(bench: RevisionBench) -> None:
    run_id = interrupted(bench, bench.flask, "--against", "old")
    refused = bench.run("run", "--resume", run_id, "--against", "old")
    assert "the plan of a stored run can't be changed (--against)" in refused.err
    assert bench.run("run", "--resume", run_id, "--fail-on", "thruput<-5%").code == 2
    done = bench.run("run", "--resume", run_id, "--fail-on", "throughput<-5%")
    assert done.code == 1, done.err
    assert bench.stored().status is RunStatus.COMPLETE


def test_a_resumed_run_without_a_revision_has_nothing_to_judge(bench: RevisionBench) -> None:
    run_id = interrupted(bench, FLASK)
    measured = len(bench.journal)
    (bench.results / run_id / "trials.jsonl").write_text("damaged\n" * 2, encoding="utf-8")
    done = bench.run("run", "--resume", run_id, "--fail-on", "throughput<-5%")
    assert (done.code, len(bench.journal)) == (2, measured), "it is said before anything is measured or trials are read"
    assert "--fail-on needs --against" in done.err
