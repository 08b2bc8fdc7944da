"""The verdicts on published figures by the metrics of the process runtime."""

import pytest

from harness.model import Verdict
from tests.figures.cases import GTHREAD, IDLE, comparison, figure, judge_one, result


def test_a_figure_without_a_method_is_compared_with_the_metrics_of_processes() -> None:
    idle = result(GTHREAD, "memory_pss.idle", (32.4e6, 32.9e6, 33.5e6), scenario=None)
    ready = result(GTHREAD, "process_start.ready", (0.098, 0.104, 0.110), scenario=None)
    memory = judge_one(figure("memory.*", "MB", 33, rounding=1.0, conditions=("Idle",)), idle, ready)
    assert memory.reason == (
        "Measured inside the claim of 32.0 MB to 34.0 MB (its rounding): 32.9 MB [32.4, 33.5] (flask_app:gthread, "
        "memory_pss.idle)."
    )
    start = judge_one(figure("cold_start.ready", "ms", 500, rounding=5), idle, ready)
    assert start.reason.startswith(
        "Everything measured here is less: the nearest is 104 ms [98.0, 110] (flask_app:gthread, process_start.ready),"
    )


def test_a_ratio_without_a_method_is_compared_with_a_comparison_of_processes() -> None:
    ten = figure("memory.*", "x", 10, rounding=0.5, of="gin_app")
    judgement = judge_one(ten, comparison("memory_pss.idle", (0.41, 0.42, 0.43)))
    assert (judgement.verdict, judgement.measured and judgement.measured.metric) == (
        Verdict.NOT_REPRODUCED,
        "memory_pss.idle",
    )


def test_a_figure_of_a_process_metric_is_not_compared_with_containers() -> None:
    assert judge_one(figure("memory_pss.idle", "MB", 46, rounding=0.5), IDLE).verdict is Verdict.NOT_MEASURED


@pytest.mark.parametrize(
    ("named", "measured", "is_evidence"),
    [
        ("cold_start_uncached.*", "process_start_uncached.ready", True),
        ("cold_start.*", "process_start_uncached.ready", True),
        ("cold_start.*", "cold_start.start", True),
        ("cold_start.*", "cold_start.create", False),
        ("cold_start.*", "cold_start.first_request", False),
        ("memory.*", "memory_pss.peak", True),
        ("memory.loaded", "memory_pss.idle", False),
        ("footprint.image", "footprint.build", False),
    ],
)
def test_a_process_metric_is_evidence_only_for_its_counterpart_of_containers(
    named: str, measured: str, *, is_evidence: bool
) -> None:
    judgement = judge_one(figure(named, "s", 1.0), result(GTHREAD, measured, (2.0, 2.1, 2.2), scenario=None))
    assert bool(judgement.evidence) is is_evidence
