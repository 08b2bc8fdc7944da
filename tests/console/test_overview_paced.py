"""The short result of a run with paced users: their response times beside their rate."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness import console
from harness.model import Result, Subject, Summary
from harness.units import Unit
from tests.console.test_overview import SEVEN, SHOP, TWO, a_summary, with_scenarios
from tests.trials import FLASK

Shown = Callable[[Summary, int], list[str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    def show(summary: Summary, columns: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        console.show_summary(summary)
        return capsys.readouterr().out.splitlines()

    return show


def of_shop(metric: str, seconds: float, subject: Subject = FLASK) -> Result:
    return Result(subject, "shop", f"paced.latency.u32.{metric}", Unit.SECOND, 3, 0.95, seconds, seconds, seconds)


@pytest.mark.parametrize("width", [120, 80, 60])
def test_the_response_times_of_a_locustfile_stand_below_its_rate(shown: Shown, width: int) -> None:
    times = [of_shop("p50", 0.003), of_shop("p90", 0.004), of_shop("p99", 0.005)]
    lines = shown(with_scenarios(replace(TWO, results=(*TWO.results, SHOP, *times)), "hello", "shop"), width)
    rows = [line for line in lines if "3.00 ms" in line or "5.00 ms" in line]
    assert ["median" in row or "p99" in row for row in rows] == [True, True]
    assert [row.split()[0] for row in rows] == ["median", "p99"]
    assert not any("4.00 ms" in line for line in lines)


def test_the_slowest_percentile_with_a_number_stands_for_a_missing_p99(shown: Shown) -> None:
    times = [
        of_shop("p50", 0.003),
        of_shop("p90", 0.004),
        replace(of_shop("p99", 0.005), estimate=None, low=None, high=None, reason="few"),
    ]
    lines = shown(with_scenarios(replace(TWO, results=(*TWO.results, SHOP, *times)), "hello", "shop"), 120)
    assert [line.split()[0] for line in lines if "shop" in line and " ms" in line] == ["median", "p90"]


def test_the_response_times_of_many_targets_are_columns_beside_the_rate(shown: Shown) -> None:
    whole = a_summary(*SEVEN[:3])
    found = [replace(one, subject=subject) for subject in SEVEN[:3] for one in (SHOP, of_shop("p99", 0.005))]
    kept = [one for one in whole.results if one.scenario is None]
    lines = shown(with_scenarios(replace(whole, results=(*kept, *found), comparisons=()), "shop"), 120)
    assert lines[1].split()[:3] == ["rate", "p99", "latency"]
    assert [line.count("5.00 ms") for line in lines[2:5]] == [1, 1, 1]


def test_many_scenarios_have_only_their_rates(shown: Shown) -> None:
    names = [f"shop_{number}" for number in range(4)]
    found = [replace(one, scenario=name) for name in names for one in (SHOP, of_shop("p50", 0.1), of_shop("p99", 0.2))]
    lines = shown(with_scenarios(replace(TWO, results=(*TWO.results, *found)), "hello", *names, paced=names), 120)
    rows = [line for line in lines if ", shop_" in line.partition("  ")[0] and "req/s" in line]
    assert [line.split()[0] for line in rows] == ["rate,"] * 4
    assert not any("latency, shop_" in line for line in lines)
