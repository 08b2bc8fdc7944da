"""Stated versions of a framework, compared with the measured one."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.judge import judge
from harness.figures.published import FigureSet
from harness.model import Summary, Verdict
from tests.figures.cases import RUN
from tests.figures.test_driven import RATES, TARGETS, rate

IMAGES = {"images": {"flask_app": {"versions": {"flask": "v3.1.3", "gunicorn": "27.0.1"}}}}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("3.1.3", Verdict.CONFIRMED),
        ("3.1", Verdict.CONFIRMED),
        ("3.1.30", Verdict.NOT_COMPARABLE),
        ("1.1", Verdict.NOT_COMPARABLE),
        ("27.0.1", Verdict.NOT_COMPARABLE),
    ],
)
def test_a_figure_of_another_version_is_not_comparable(version: str, verdict: Verdict) -> None:
    one = rate(4_000, f"version {version}", "64 connections", "plain text")
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (one,))
    run = replace(RUN, environment={**RUN.environment, **IMAGES})
    judgement = judge(page, Summary(run, RATES, ()), TARGETS).judgements[0]
    assert judgement.verdict is verdict
    if verdict is Verdict.NOT_COMPARABLE:
        assert judgement.reason == f"It is stated for 'version {version}', which no run here reproduces."


def test_a_version_that_the_run_did_not_read_is_not_reproduced() -> None:
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (rate(4_000, "version 3.1", "64 connections"),))
    assert judge(page, Summary(RUN, RATES, ()), TARGETS).judgements[0].verdict is Verdict.NOT_COMPARABLE
