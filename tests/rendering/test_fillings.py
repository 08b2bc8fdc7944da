"""The kinds of marked blocks that are more than one number."""

from dataclasses import replace
from pathlib import Path

from harness.rendering.fed import Feeder
from harness.report import Material
from tests.rendering.fed_material import sources
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN
from tests.report.published import JUDGED


def block(folder: Path, words: str, name: str = "a.md", **runs: Material) -> str:
    """Return the content of the block with these words."""
    text = Feeder(sources(folder, **runs)).feed(f"x <!-- harness: {words} --><!-- /harness -->", Path(name)).text
    return text.partition("-->")[2].removesuffix("<!-- /harness -->")


def test_the_answer_has_the_sentences_of_the_page(tmp_path: Path) -> None:
    lines = block(tmp_path, "answer").strip().splitlines()
    assert lines[0].startswith("Over 32 connections (scenario hello, one CPU each), Gin answered **13.9 times** [13.5")
    assert lines[-1].startswith("Measured in 5 blocks")
    assert "<strong>13.9 times</strong>" in block(tmp_path, "answer", "a.html")


def test_a_table_has_a_row_for_each_metric_and_a_column_for_each_subject_and_ratio(tmp_path: Path) -> None:
    rows = block(tmp_path, "table throughput.closed.c32 memory.loaded").strip().splitlines()
    assert rows[0] == "| Metric | Flask (gthread, production) | Gin (release, production) | Gin ÷ Flask |"
    assert rows[2].startswith("| Throughput: 32 connections | 6,120 req/s [6,000, 6,240] | 85,300 req/s [")
    assert rows[3].startswith("| Memory: loaded | 49.2 MiB [")
    assert len(rows) == 4
    assert block(tmp_path, "table memory.loaded", "a.html").count("<td>") == 3


def test_a_table_has_only_the_chosen_subjects_and_the_ratios_between_them(tmp_path: Path) -> None:
    variants = material(FLASK, FLASK_SYNC, GIN)
    words = "table memory.loaded subjects=flask_app:sync,gin_app run=variants"
    head = block(tmp_path, words, variants=variants).strip().splitlines()[0]
    assert head == "| Metric | Flask sync (sync, production) | Gin (release, production) |"


def test_a_table_shows_the_wanted_scenario(tmp_path: Path) -> None:
    assert "5,480 req/s" in block(tmp_path, "table throughput.closed.c32 scenario=json_body")


def test_the_as_of_line_has_date_machine_and_run(tmp_path: Path) -> None:
    run = material().summary.run
    assert block(tmp_path, "as-of").startswith(f"as of {run.started_at[:10]}, on ")
    assert block(tmp_path, "as-of").endswith(f"(run {run.id})")


def test_a_verdict_is_that_of_the_check(tmp_path: Path) -> None:
    judgement = next(one for one in JUDGED.judgements if one.measured)
    name = f'"{judgement.figure.id}"'
    assert block(tmp_path, f"verdict {name}") == str(judgement.verdict).replace("_", " ")
    assert block(tmp_path, f"verdict {name} printed", "a.html") == judgement.figure.printed
    assert block(tmp_path, f"verdict {name} measured")[0].isdigit()
    assert block(tmp_path, f"verdict {name} reason", "a.html") == judgement.reason.replace("'", "&#x27;")


def test_the_output_of_check_is_cut_with_a_mark_for_the_rest(tmp_path: Path) -> None:
    lines = block(tmp_path, "check lines=2").strip("\n").splitlines()
    assert lines[:2] == ["    harness check --run reference", ""]
    assert len(lines) == 5
    assert lines[-1] == "    ..."
    assert "..." not in block(tmp_path, "check lines=1000").splitlines()[-1]
    assert max(map(len, block(tmp_path, "check").splitlines())) <= 84


def test_names_of_targets_are_text_in_both_markups(tmp_path: Path) -> None:
    usual = material()
    flask = replace(usual.targets["flask_app"], title="<b>F|x</b>")
    hostile = replace(usual, targets={**usual.targets, "flask_app": flask})
    words = "table memory.loaded run=hostile"
    assert "&lt;b&gt;F\\|x&lt;/b&gt; (gthread" in block(tmp_path, words, hostile=hostile)
    assert "&lt;b&gt;F|x&lt;/b&gt; (gthread" in block(tmp_path, words, "a.html", hostile=hostile)
