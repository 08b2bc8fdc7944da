"""A run of more targets than a published comparison: its pages, its figures in `check`, and `render` of its pages."""

import json
import re
from pathlib import Path

import pytest

from harness.model import Bound, Measurement, Subject
from harness.store import Store
from harness.units import Unit
from tests.project import FIGURES, Shell, make_project, write, write_target
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

DJANGO = Subject("django_app", "sync")
RATES_PER_S = {FLASK: 6000.0, GIN: 60000.0, DJANGO: 3000.0}
COMPARISON = """
[[comparisons]]
name = "django_vs_gin"
targets = ["django_app", "gin_app"]
figures = "figures/django_vs_gin.toml"
"""
PAGES = """
title = "Django vs Gin"
source = "two pages"
date = "2026"

[quantities]
"rate" = { metric = "throughput.closed.*" }

[pages.one]
title = "One"
source = "https://one.example"
date = "Jan 2026"

[pages.two]
title = "Two"
source = "https://two.example"
date = "no date stated"

[[groups]]
id = "one"
page = "one"
section = "Results"
target = "gin_app"
of = "django_app"
figures = [{ id = "ratio", label = "rate", printed = "20x", value = 20, unit = "x", quantity = "rate" }]

[[groups]]
id = "two"
page = "two"
section = "Results"
target = "gin_app"
of = "django_app"
figures = [{ id = "ratio", label = "rate", printed = "3x", value = 3, unit = "x", quantity = "rate" }]
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    folder = make_project(tmp_path)
    write_target(folder, "django_app", "framework", sync="production")
    write(folder / "project.toml", (folder / "project.toml").read_text() + COMPARISON)
    write(folder / "figures/django_vs_gin.toml", PAGES)
    shell = Shell(folder, monkeypatch, capsys)
    store(shell, "three", *RATES_PER_S)
    return shell


def store(shell: Shell, name: str, *subjects: Subject) -> None:
    folder = Store(shell.results).create(a_run(a_plan(*subjects), name))
    for block in range(3):
        for subject in subjects:
            rate = RATES_PER_S[subject] * (1 + block / 1000)
            idle = Measurement("memory.idle", Unit.BYTE, 30e6 * (1 + block / 1000))
            throughput = Measurement("throughput.closed.c32", Unit.PER_SECOND, rate, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, throughput, idle))


def verdicts(shell: Shell, *words: str) -> dict[str, str]:
    done = shell.run("check", "--json", *words)
    assert done.code == 0, done.err
    return {row["id"]: row["verdict"] for row in json.loads(done.out)["figures"]}


def test_the_report_has_a_page_for_each_comparison_of_its_targets(shell: Shell) -> None:
    done = shell.run("report", "three", "--format", "html,md,json,csv")
    report = shell.results / "three" / "report"
    written = [str(Path(line).relative_to(report)) for line in done.out.splitlines()]
    assert [name for name in written if name.endswith((".html", ".md"))] == [
        "index.html",
        "report.md",
        "report_full.md",
        "pairs/page/index.html",
        "pairs/page/report.md",
        "pairs/page/report_full.md",
        "pairs/django_vs_gin/index.html",
        "pairs/django_vs_gin/report.md",
        "pairs/django_vs_gin/report_full.md",
    ]
    whole, of_pair = ((report / name / "report_full.md").read_text() for name in ("", "pairs/django_vs_gin"))
    assert "## Ranking" in whole
    assert (
        "- [Gin_App vs Django_App, measured](pairs/django_vs_gin/report_full.md): 1 confirmed, 1 not reproduced"
        in whole
    )
    assert "Key facts" not in whole
    assert of_pair.count("example") == 2, "the addresses of both pages"
    ranks = json.loads((report / "report.json").read_text())["ranks"]
    assert [(one["subject"], one["rank"]) for one in ranks] == [(str(GIN), 1), (str(FLASK), 2), (str(DJANGO), 3)]


def test_a_run_of_a_pair_alone_has_its_figures_on_its_only_page(shell: Shell) -> None:
    store(shell, "pair", FLASK, GIN)
    done = shell.run("report", "pair")
    assert "pairs" not in done.out
    assert "Key facts" in (shell.results / "pair/report/report_full.md").read_text()


def test_named_figures_are_for_the_page_of_all_targets(shell: Shell) -> None:
    done = shell.run("report", "three", "--figures", "figures/page.toml")
    assert "pairs" not in done.out
    assert "Key facts" in (shell.results / "three/report-page/report_full.md").read_text()


def test_named_figures_leave_the_report_of_the_run_as_it_is(shell: Shell) -> None:
    shell.run("report", "three")
    before = {path: path.stat().st_mtime_ns for path in (shell.results / "three/report").rglob("*")}
    done = shell.run("report", "three", "--figures", "figures/page.toml", "--figures", "figures/django_vs_gin.toml")
    assert {Path(line).parts[-2] for line in done.out.splitlines()} == {"report-page-django_vs_gin"}
    assert {path: path.stat().st_mtime_ns for path in (shell.results / "three/report").rglob("*")} == before


def test_check_judges_the_figures_of_all_comparisons_whose_targets_the_run_has(shell: Shell) -> None:
    found = verdicts(shell)
    assert {"facts.memory", "one.ratio", "two.ratio"} <= found.keys()
    store(shell, "pair", FLASK, GIN)
    assert verdicts(shell, "--run", "pair").keys() == {"facts.memory", "facts.heap", "facts.stars"}


def test_a_ratio_of_two_targets_is_judged_where_neither_is_the_reference(shell: Shell) -> None:
    assert verdicts(shell, "figures/django_vs_gin.toml") == {"one.ratio": "confirmed", "two.ratio": "not_reproduced"}


def test_pages_of_one_file_do_not_contradict_each_other(shell: Shell) -> None:
    document = json.loads(shell.run("check", "--json", "figures/django_vs_gin.toml").out)
    assert document["contradictions"] == []
    assert [row["source"] for row in document["figures"]] == [
        "https://one.example, Jan 2026",
        "https://two.example, no date stated",
    ]


def test_a_figure_of_a_target_that_the_run_lacks_is_not_measured(shell: Shell) -> None:
    store(shell, "pair", FLASK, GIN)
    done = shell.run("check", "--json", "--run", "pair", "figures/page.toml", "figures/django_vs_gin.toml")
    rows = {row["id"]: row["verdict"] for row in json.loads(done.out)["figures"]}
    assert {rows["one.ratio"], rows["two.ratio"]} == {"not_measured"}


def test_the_pages_are_what_their_run_says(shell: Shell) -> None:
    shell.run("report", "three", "--format", "html")
    report = shell.results / "three" / "report"
    assert shell.run("render", "--check", str(report / "index.html")).code == 0
    for name in ("index.html", "pairs/page/index.html", "pairs/django_vs_gin/index.html"):
        path = report / name
        assert shell.run("render", "--check", "--run", "three", str(path)).code == 0, name
        changed, count = re.subn(r'class="value">\d', 'class="value">0', path.read_text(encoding="utf-8"), count=1)
        assert count == 1
        path.write_text(changed, encoding="utf-8")
        assert shell.run("render", "--check", "--run", "three", str(path)).code == 1, name


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            'page = "two"',
            'page = "too"',
            "unknown page (figures/django_vs_gin.toml: two.page): 'too'. Did you mean 'two'?",
        )
    ],
)
def test_a_group_of_an_unknown_page_is_refused(shell: Shell, old: str, new: str, error: str) -> None:
    path = shell.folder / "figures/django_vs_gin.toml"
    path.write_text(path.read_text().replace(old, new))
    done = shell.run("check", "figures/django_vs_gin.toml")
    assert (done.code, done.err) == (2, f"error: {error}\n")


def test_the_facts_of_a_file_without_pages_are_of_one_source(shell: Shell) -> None:
    assert FIGURES in (shell.folder / "figures/page.toml").read_text()
    document = json.loads(shell.run("check", "--json", "figures/page.toml").out)
    assert {row["source"] for row in document["figures"]} == {"A page, Jun 2026"}


def test_a_comparison_whose_name_can_be_no_folder_is_refused(shell: Shell) -> None:
    path = shell.folder / "project.toml"
    path.write_text(path.read_text().replace('name = "django_vs_gin"', 'name = "../x"'))
    done = shell.run("check")
    assert done.code == 2
    assert "comparisons.1.name" in done.err
