"""The verdicts on published figures by the metrics of the process runtime."""

from dataclasses import replace

import pytest

from harness.figures.explain import explain
from harness.model import Summary, Verdict
from tests.figures.cases import GTHREAD, IDLE, RUN, comparison, figure, judge_one, result

NO_RESIDENT = "This run has no resident sizes added up, which the page can mean too."


def test_a_figure_without_a_method_is_compared_with_the_metrics_of_processes() -> None:
    idle = result(GTHREAD, "memory_pss.idle", (32.4e6, 32.9e6, 33.5e6), scenario=None)
    ready = result(GTHREAD, "process_start.ready", (0.098, 0.104, 0.110), scenario=None)
    memory = judge_one(figure("memory.*", "MB", 33, rounding=1.0, conditions=("Idle",)), idle, ready)
    assert memory.reason == (
        "Measured inside the claim of 32.0 MB to 34.0 MB (its rounding): 32.9 MB [32.4, 33.5] (flask_app:gthread, "
        "idle memory, as processes)."
    )
    start = judge_one(figure("cold_start.ready", "ms", 500, rounding=5), idle, ready)
    assert start.reason.startswith(
        "Everything measured here is less: the nearest is 104 ms [98.0, 110] (flask_app:gthread, "
        "time to the first right answer, as a process),"
    )


def test_a_ratio_without_a_method_is_compared_with_a_comparison_of_processes() -> None:
    ten = figure("memory.*", "x", 10, rounding=0.5, of="gin_app")
    judgement = judge_one(ten, comparison("memory_pss.idle", (0.41, 0.42, 0.43)))
    assert (judgement.verdict, judgement.measured and judgement.measured.metric) == (
        Verdict.NOT_REPRODUCED,
        "memory_pss.idle",
    )
    assert judgement.reason.endswith(NO_RESIDENT)


def test_a_figure_of_a_process_metric_is_not_compared_with_containers() -> None:
    assert judge_one(figure("memory_pss.idle", "MB", 46, rounding=0.5), IDLE).verdict is Verdict.NOT_MEASURED


class TestResidentSizesAddedUp:
    """A page's "memory" can be the resident sizes of all processes added up."""

    RESIDENT = result(GTHREAD, "memory_rss.idle", (118e6, 120e6, 122e6), scenario=None)

    def test_a_figure_that_only_they_give_is_not_accused_and_the_reason_names_them(self) -> None:
        claim = figure("memory.idle", "MB", 120, rounding=5)
        judgement = judge_one(claim, IDLE, self.RESIDENT)
        assert judgement.verdict is Verdict.NOT_COMPARABLE
        assert judgement.reason == (
            "120 MB [118, 122] (idle memory, resident sizes added up, flask_app:gthread) fits it, but the page does "
            "not say which it means; measured in all: 46.2 MB [46.0, 46.4] (flask_app:gthread, idle memory) to 120 MB "
            "[118, 122] (flask_app:gthread, idle memory, resident sizes added up)."
        )

    def test_a_figure_beyond_them_too_is_not_reproduced(self) -> None:
        judgement = judge_one(figure("memory.*", "MB", 300, rounding=5), IDLE, self.RESIDENT)
        assert judgement.verdict is Verdict.NOT_REPRODUCED
        assert NO_RESIDENT not in judgement.reason

    def test_a_run_without_them_says_so_where_it_accuses(self) -> None:
        accused = judge_one(figure("memory.*", "MB", 120, rounding=5), IDLE)
        assert (accused.verdict, accused.reason.endswith(f". {NO_RESIDENT}")) == (Verdict.NOT_REPRODUCED, True)
        confirmed = judge_one(figure("memory.idle", "MB", 46.2, rounding=0.5), IDLE)
        assert (confirmed.verdict, NO_RESIDENT in confirmed.reason) == (Verdict.CONFIRMED, False)
        start = result(GTHREAD, "cold_start.ready", (0.098, 0.104, 0.110), scenario=None)
        assert NO_RESIDENT not in judge_one(figure("cold_start.ready", "ms", 500, rounding=5), start).reason

    def test_a_run_without_them_has_no_number_for_a_figure_of_them(self) -> None:
        judgement = judge_one(figure("memory_rss.loaded", "MB", 120, rounding=5), IDLE)
        assert (judgement.verdict, judgement.reason) == (
            Verdict.NOT_MEASURED,
            "The run did not measure loaded memory, resident sizes added up.",
        )

    @pytest.mark.parametrize(
        ("named", "conditions", "can_mean_it"),
        [
            ("memory.*", (), True),
            ("memory.*", ("Idle",), True),
            ("memory.*", ("Under load",), False),
            ("memory.loaded", (), False),
        ],
    )
    def test_a_figure_means_them_only_in_its_own_state(
        self, named: str, conditions: tuple[str, ...], *, can_mean_it: bool
    ) -> None:
        loaded = replace(IDLE, metric="memory.loaded")
        claim = figure(named, "MB", 120, rounding=5, conditions=conditions)
        judgement = judge_one(claim, IDLE, loaded, self.RESIDENT)
        assert (judgement.verdict is not Verdict.NOT_REPRODUCED) is can_mean_it

    def test_a_figure_of_another_definition_does_not_mean_them(self) -> None:
        proportional = replace(IDLE, metric="memory_pss.idle")
        judgement = judge_one(figure("memory_pss.idle", "MB", 120, rounding=5), proportional, self.RESIDENT)
        assert judgement.verdict is Verdict.NOT_REPRODUCED

    def test_an_explanation_names_them(self) -> None:
        summary = Summary(RUN, (IDLE, self.RESIDENT), ())
        found = explain(figure("memory.loaded", "MB", 120, rounding=5), [summary], {})
        assert [one.evidence.metric for one in found.holds_under] == ["memory_rss.idle"]

    def test_a_ratio_of_them_is_a_definition_too(self) -> None:
        ten = figure("memory.*", "x", 10, rounding=0.5, of="gin_app")
        of_resident = comparison("memory_rss.idle", (0.099, 0.1, 0.101))
        judgement = judge_one(ten, comparison("memory.idle", (0.41, 0.42, 0.43)), of_resident)
        assert judgement.verdict is Verdict.NOT_COMPARABLE
        assert "memory_rss.idle" in judgement.reason or "resident sizes" in judgement.reason


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
    judgement = judge_one(
        figure(named, "MB" if named.startswith("memory") else "s", 1.0),
        result(GTHREAD, measured, (2.0, 2.1, 2.2), scenario=None),
    )
    assert bool(judgement.evidence) is is_evidence
