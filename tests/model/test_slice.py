"""Loads: their text form, and which ones are refused."""

import pytest

from harness.model import Load, LoadKind


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (Load(LoadKind.CLOSED, 32), "closed.c32"),
        (Load(LoadKind.PACED, 32), "paced.u32"),
        (Load(LoadKind.POISSON, 64, 1000.0), "open.r1000"),
        (Load(LoadKind.CONSTANT, 64, 0.5), "open.r0.5"),
    ],
)
def test_the_text_form_of_a_load_is_the_one_in_metric_names(load: Load, text: str) -> None:
    assert str(load) == text


@pytest.mark.parametrize(
    ("kind", "connections", "rate_per_s"),
    [
        (LoadKind.CLOSED, 0, None),
        (LoadKind.CLOSED, 10**9, None),  # a metric's name has nine digits
        (LoadKind.CLOSED, 1, 100.0),
        (LoadKind.PACED, 1, 100.0),
        (LoadKind.CONSTANT, 1, None),
        (LoadKind.POISSON, 1, None),
        (LoadKind.POISSON, 1, 0.0),
        (LoadKind.POISSON, 1, -0.0),
        (LoadKind.CONSTANT, 1, -5.0),
        (LoadKind.CONSTANT, 1, float("inf")),
        (LoadKind.CONSTANT, 1, float("nan")),
    ],
)
def test_a_load_without_connections_or_with_a_rate_that_does_not_fit_its_kind_is_refused(
    kind: LoadKind, connections: int, rate_per_s: float | None
) -> None:
    with pytest.raises(ValueError, match=r"^\d+ connections|load with a rate of"):
        Load(kind, connections, rate_per_s)


@pytest.mark.parametrize(("rate_per_s", "share"), [(None, 0.6), (100.0, 0.0), (100.0, 1.0), (100.0, 60.0)])
def test_a_share_of_a_peak_lies_between_0_and_1_and_needs_a_rate(rate_per_s: float | None, share: float) -> None:
    kind = LoadKind.CLOSED if rate_per_s is None else LoadKind.POISSON
    with pytest.raises(ValueError, match=rf"^{kind} load at a share of {share}$"):
        Load(kind, 64, rate_per_s, share)
