"""The page of histories."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.model import LeftOut, LevelChange, MachineHistory, Point, Series
from harness.report.history import finding_of, render_history
from harness.units import Unit
from tests.report.material import TARGETS
from tests.report.measured import FLASK

POINTS = tuple(
    Point(f"run-{n}", f"2026-01-{n + 1:02}T10:00:00+00:00", f"{n:012}", 1000.0 + n, 990.0, 1100.0) for n in range(9)
)
CONDITIONS: dict[str, str | int | None] = {"cpu": "AMD <b>EPYC</b>", "cpus": 2, "runtime": "docker", "profile": "quick"}


def series(changes: tuple[LevelChange, ...] | None) -> Series:
    return Series(FLASK, "hello", "throughput.closed.c32", Unit.PER_SECOND, POINTS, changes)


def page(*changes: tuple[LevelChange, ...] | None) -> str:
    machine = MachineHistory(CONDITIONS, tuple(one.run for one in POINTS), tuple(map(series, changes)))
    return render_history([machine], TARGETS).replace("\N{NO-BREAK SPACE}", " ")


class Text(HTMLParser):
    """The text of a page, and the ids of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_a_trend_has_every_run_with_day_commit_and_interval() -> None:
    words = Text(page(())).words
    assert {"2026-01-03", "000000000002", "1,000 req/s [990, 1,100]", "run-2"} <= set(words)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, "9 runs: too few to look for a change of level, which needs 8."),
        ((), "No change of level in 9 runs."),
        ((LevelChange("run-4", 0.8),), "From 2026-01-05 (run-4) on, 20.0 % lower than before."),
        ((LevelChange("run-4", 1.6),), "From 2026-01-05 (run-4) on, 1.60 times higher than before."),
    ],
)
def test_it_says_what_is_known_of_the_level(changes: tuple[LevelChange, ...] | None, said: str) -> None:
    assert finding_of(series(changes)) == said
    assert said in page(changes)


def ticks_of(series: Series) -> list[str]:
    html = render_history([MachineHistory(CONDITIONS, tuple(one.run for one in series.points), (series,))], TARGETS)
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", html.replace("\N{NO-BREAK SPACE}", " "))
    return [text.strip() for text in texts]


def test_the_ticks_of_both_axes_differ_from_each_other() -> None:
    """Memory of 33 MiB changes by a tenth of one, and ten runs can be of one day."""
    points = tuple(
        replace(one, started_at=f"2026-11-29T22:{n:02}:00+00:00", estimate=at, low=at - 1e4, high=at + 1e4)
        for n, one in enumerate(POINTS[:5])
        for at in [33 * 2**20 + n * 3e4]
    )
    texts = ticks_of(Series(FLASK, None, "memory.loaded", Unit.BYTE, points, None))
    assert [text for text in texts if ":" in text] == ["22:00", "22:01", "22:02", "22:03", "22:04"]
    numbers = [text for text in texts if text.endswith("MiB")]
    assert numbers == ["33.00 MiB", "33.05 MiB", "33.10 MiB"]


def test_a_title_names_what_is_measured() -> None:
    memory = Series(FLASK, None, "memory.loaded", Unit.BYTE, POINTS, None)
    html = render_history([MachineHistory(CONDITIONS, (), (memory, series(None)))], TARGETS)
    assert "<h3>Flask gthread: loaded memory</h3>" in html
    assert "<h3>Flask gthread: throughput over 32 connections, hello</h3>" in html


def test_a_run_that_is_left_out_is_named_with_its_reason() -> None:
    html = render_history([], TARGETS, [LeftOut("run-7", "requests failed <all>")])
    assert "<li>run-7: requests failed &lt;all&gt;</li>" in html
    assert "Left out" not in render_history([], TARGETS)


def test_a_single_run_has_its_number_and_no_chart() -> None:
    single = Series(FLASK, "hello", "throughput.closed.c32", Unit.PER_SECOND, POINTS[:1], None)
    html = render_history([MachineHistory(CONDITIONS, (POINTS[0].run,), (single,))], TARGETS)
    assert "One run: 1,000 req/s [990, 1,100]." in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "<svg" not in html
    assert "<svg" in page(None)


def test_a_change_is_a_line_in_the_chart() -> None:
    assert page((LevelChange("run-4", 0.8),)).count("var(--bad)") > page(()).count("var(--bad)")


def test_ids_are_unique_and_text_from_outside_is_escaped() -> None:
    html = page((), None)
    ids = Text(html).ids
    assert len(set(ids)) == len(ids) > 2
    assert "AMD &lt;b&gt;EPYC" in html
    conditions = CONDITIONS | {"cpu": "turned \u202e round"}
    assert "\u202e" not in render_history([MachineHistory(conditions, (), ())], TARGETS)


def test_the_same_runs_give_the_same_bytes() -> None:
    assert page(()) == page(())


def test_a_folder_without_runs_says_so() -> None:
    assert "No complete run is stored here." in render_history([], TARGETS)
