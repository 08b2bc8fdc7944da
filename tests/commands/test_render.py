"""`harness render`: documents and pages of a small project, with their exit codes."""

import errno
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest

from harness.documents import schema_of
from harness.errors import FindingError
from harness.model import Bound, Measurement, MemorySamples
from harness.rendering import carrying, own_page
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project, write_target
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

TEXT = "Flask: <!-- harness: memory.idle flask_app whole --><!-- /harness -->\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    store(shell, "reference", 30e6)
    return shell


def store(shell: Shell, name: str, memory_bytes: float) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), name))
    for block in range(3):
        for subject in (FLASK, GIN):
            idle = Measurement("memory.idle", Unit.BYTE, memory_bytes * (1 + block / 100))
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0 + block, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, rate, idle))
        folder.append_signals([{"block": block, "signal": "speed_probe", "cpu_s": 0.02 + block / 1e3, "wall_s": 0.03}])


def written(shell: Shell, name: str, text: str) -> Path:
    path = shell.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(_: int) -> NoReturn:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_document_whose_owner_could_not_be_kept_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *, is_kept: bool
) -> None:
    path = written(shell, "a.md", TEXT)
    before = path.stat()
    other = os.stat_result((before.st_mode, 1, 1, 1, before.st_uid, before.st_gid + (not is_kept), 0, 0, 0, 0))
    monkeypatch.setattr("harness.durable_files._found", lambda _: other)
    monkeypatch.setattr("harness.durable_files.os.fchown", lambda *_: refused(0))
    done = shell.run("render", "a.md")
    assert (done.code, done.out) == (0, "a.md: 1 block, written\n")
    said = f"{path.resolve()} is yours now: this user can't keep the owner and the group that it had.\n"
    assert done.err == ("" if is_kept else said)


def test_a_document_is_filled_and_then_checked(shell: Shell) -> None:
    path = written(shell, "a.md", TEXT)
    done = shell.run("render", "a.md")
    assert (done.code, done.out) == (0, "a.md: 1 block, written\n")
    assert re.search(r"whole -->28\.9 MiB \[.*\]<!-- /harness -->", path.read_text(encoding="utf-8"))
    assert shell.run("render", "a.md", "--check").out == "a.md: 1 block, as the run says\n"
    assert shell.run("render", "a.md").out == "a.md: 1 block, as the run says\n"


def test_a_changed_digit_is_named_with_line_and_both_texts_and_nothing_is_written(shell: Shell) -> None:
    path = written(shell, "a.md", TEXT)
    shell.run("render", "a.md")
    changed = path.read_text(encoding="utf-8").replace("28.9", "28.8")
    path.write_text(changed, encoding="utf-8")
    done = shell.run("render", "--check", "a.md")
    assert done.code == 1
    assert "a.md, line 1 (memory.idle flask_app whole):\n  stands     28.8 MiB" in done.out
    assert "\n  should be  28.9 MiB" in done.out
    assert done.err == (
        "error: documents differ from their run (a.md): 1 line differs. See above; `harness render FILES` writes what "
        "the run gives.\n"
    )
    assert path.read_text(encoding="utf-8") == changed


def test_a_document_that_can_not_be_written_is_told_without_a_word_on_results(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(shell, "a.md", TEXT)
    monkeypatch.setattr("harness.durable_files.os.fsync", refused)
    done = shell.run("render", "a.md")
    cause = "Read-only file system. Make its folder writable, or render a copy."
    assert (done.code, done.err) == (3, f"error: can't write a file ({path}): {cause}\n")
    assert path.read_text(encoding="utf-8") == TEXT


def test_another_run_is_taken_when_named(shell: Shell) -> None:
    store(shell, "other", 60e6)
    path = written(shell, "a.md", TEXT)
    shell.run("render", "a.md", "--run", "other")
    assert "57.8 MiB" in path.read_text(encoding="utf-8")
    assert shell.run("render", "a.md", "--check").code == 1
    assert shell.run("render", "a.md", "--check", "--run", "other").code == 0


def test_an_error_in_one_document_leaves_all_unchanged(shell: Shell) -> None:
    path = written(shell, "a.md", TEXT)
    written(shell, "b.md", "<!-- harness: memory.idle -->")
    done = shell.run("render", "a.md", "b.md")
    assert done.code == 2
    assert "a marked block is not closed (b.md, line 1)" in done.err
    assert path.read_text(encoding="utf-8") == TEXT


def test_documents_without_a_block_are_an_error_but_not_beside_one_with_a_block(shell: Shell) -> None:
    written(shell, "empty.md", "nothing\n")
    written(shell, "a.md", TEXT)
    assert shell.run("render", "empty.md").code == 2
    assert shell.run("render", "empty.md", "--check").code == 1
    assert shell.run("render", "empty.md", "a.md").code == 0


@pytest.mark.parametrize("name", ["missing.md", "folder.md", "latin.md", "a.txt"])
def test_what_is_no_text_is_refused(shell: Shell, name: str) -> None:
    (shell.folder / "folder.md").mkdir()
    (shell.folder / "latin.md").write_bytes(b"\xe9")
    written(shell, "a.txt", TEXT)
    done = shell.run("render", name)
    assert done.code == 2
    assert name in done.err


def test_the_json_document_keeps_its_schema(shell: Shell) -> None:
    written(shell, "a.md", TEXT)
    done = shell.run("render", "a.md", "--check", "--json")
    values = json.loads(done.out)
    jsonschema.validate(values, schema_of("render"), jsonschema.Draft202012Validator)
    assert done.code == 1
    assert values["files"][0]["differences"][0]["line"] == 1


@pytest.fixture
def page(shell: Shell) -> Path:
    shell.run("report", "reference", "--format", "html")
    return shell.results / "reference" / "report" / "index.html"


def test_a_page_is_checked_without_its_project(
    shell: Shell, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (elsewhere / "page.html").write_bytes(page.read_bytes())
    assert shell.run("render", "--check", "page.html").out == "page.html: 1 block, as the run says\n"
    (elsewhere / "page.html").write_bytes(page.read_bytes().replace(b"28.9", b"28.8", 1))
    done = shell.run("render", "--check", "page.html")
    assert done.code == 1
    assert "(page):" in done.out
    assert shell.run("render", "page.html").code == 0
    assert (elsewhere / "page.html").read_bytes() == page.read_bytes()


def test_a_page_does_not_change_with_a_target_that_it_is_not_about(shell: Shell, page: Path) -> None:
    before = page.read_bytes()
    write_target(shell.folder, "other_app", "framework", only="production")
    shell.run("report", "reference", "--format", "html")
    assert page.read_bytes() == before


def test_a_page_carries_the_signals_that_it_draws_and_can_do_without_damaged_ones(shell: Shell, page: Path) -> None:
    words = "CPU time of the same work"
    assert words in page.read_text(encoding="utf-8")
    signals = shell.results / "reference/signals.jsonl"
    signals.write_text("damaged\n", encoding="utf-8")
    assert shell.run("render", "--check", str(page)).code == 0
    assert shell.run("report", "reference", "--format", "html").code == 0
    assert words not in page.read_text(encoding="utf-8")
    assert shell.run("render", "--check", str(page)).code == 0


def test_every_changed_digit_of_a_page_is_found(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    assert own_page.feed_page(text, page).differences == ()
    # the page is rendered once: what it carries is the same in all changed pages
    monkeypatch.setattr(own_page, "render_page", lambda _: text)
    data = text.index("octet-stream")
    digits = [match.start() for match in re.finditer(r"\d", text)]
    assert len(digits) > 2000
    for place in (place for place in digits if place < data or place % 40 == 0):
        changed = f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
        if place < data:
            (row,) = own_page.compared(changed, text, "page").differences
            assert row.line == text.count("\n", 0, place) + 1
        else:
            assert is_found(changed, page)


def test_a_page_with_a_price_is_checked_by_the_price_that_it_carries(shell: Shell) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "priced"))
    for block in range(3):
        for subject in (FLASK, GIN):
            cpu = Measurement("cpu_per_request.closed.c32", Unit.SECOND, 1e-4 * (1 + block / 100), "hello")
            folder.append(a_trial(block, subject, cpu))
    assert shell.run("report", "priced", "--format", "html", "--core-hour", "0.04").code == 0
    page = shell.results / "priced" / "report" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "0.04, the price of a CPU core for an hour" in text
    for words in ((), ("--run", "priced")):
        assert shell.run("render", "--check", str(page), *words).code == 0
    begin = text.index('data-core-hour="')
    for match in re.finditer(r"\d", text[begin : text.index(">", begin)]):
        place = begin + match.start()
        page.write_text(f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}", encoding="utf-8")
        assert shell.run("render", "--check", str(page)).code == 1


def test_memory_by_time_is_computed_again_from_the_samples_that_a_page_carries(shell: Shell) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "sampled"))
    for block in range(3):
        samples = MemorySamples((-2.0, 0.0, 30.0), (30 << 20, (31 + block) << 20, (50 + block) << 20))
        for subject in (FLASK, GIN):
            loaded = Measurement("memory.loaded", Unit.BYTE, 50e6 + block)
            folder.append(replace(a_trial(block, subject, loaded), memory=samples))
    assert shell.run("report", "sampled", "--format", "html").code == 0
    page = shell.results / "sampled" / "report" / "index.html"
    text = page.read_text(encoding="utf-8")
    for words in ((), ("--run", "sampled")):
        assert shell.run("render", "--check", str(page), *words).code == 0
    row = "51.0\N{NO-BREAK SPACE}MiB [50.0, 52.0]"
    for stands, instead in ((row, row.replace("52.0", "53.0")), ("30.0 MiB when", "31.0 MiB when")):
        assert stands in text
        page.write_text(text.replace(stands, instead), encoding="utf-8")
        assert shell.run("render", "--check", str(page)).code == 1


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf"])
def test_what_is_no_price_is_refused(shell: Shell, price: str) -> None:
    done = shell.run("report", "reference", "--core-hour", price)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: wrong price (--core-hour {price}): it is no price above 0.")


def is_found(text: str, page: Path) -> bool:
    try:
        return own_page.feed_page(text, page).differences != ()
    except FindingError as error:
        return error.exit_code == 1


def test_a_page_whose_run_is_damaged_is_a_finding(shell: Shell, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r'(id="run">\n).', r"\1!", text), encoding="utf-8")
    done = shell.run("render", "--check", str(page))
    assert done.code == 1
    assert "a page's run is damaged" in done.err


def test_a_page_is_compared_with_a_stored_run_when_named(shell: Shell, page: Path) -> None:
    store(shell, "other", 60e6)
    assert shell.run("render", "--check", str(page), "--run", "reference").code == 0
    done = shell.run("render", "--check", str(page), "--run", "other")
    assert done.code == 1
    assert "(page, from run other):" in done.out


def test_a_page_of_another_version_says_so(shell: Shell, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.write_bytes(page.read_bytes().replace(b"28.9", b"28.8", 1))
    monkeypatch.setattr(own_page, "__version__", "999")
    assert re.search(r"\(page of harness [\d.]+, checked by 999\):", shell.run("render", "--check", str(page)).out)


@pytest.mark.parametrize("limit", ["_MOST_LETTERS", "_MOST_STORED_BYTES"])
def test_a_run_that_is_too_large_is_not_carried(shell: Shell, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(carrying, limit, 10)
    shell.run("report", "reference", "--format", "html")
    page = shell.results / "reference" / "report" / "index.html"
    assert "octet-stream" not in page.read_text(encoding="utf-8")
    done = shell.run("render", "--check", str(page))
    assert done.code == 2
    assert "it does not carry its run. Name its stored run: --run RUN." in done.err
    assert shell.run("render", "--check", str(page), "--run", "reference").code == 0
