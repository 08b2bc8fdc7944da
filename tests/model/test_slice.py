"""Loads: how they are written, and what they refuse to be."""

import pytest

from harness.model import Load, LoadKind


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (Load(LoadKind.CLOSED, 32), "closed.c32"),
        (Load(LoadKind.POISSON, 64, 1000.0), "open.r1000"),
        (Load(LoadKind.CONSTANT, 64, 0.5), "open.r0.5"),
    ],
)
def test_a_load_is_written_as_metrics_name_it(load: Load, text: str) -> None:
    assert str(load) == text


@pytest.mark.parametrize(
    ("kind", "connections", "rate_per_s"),
    [
        (LoadKind.CLOSED, 0, None),
        (LoadKind.CLOSED, 1, 100.0),
        (LoadKind.CONSTANT, 1, None),
        (LoadKind.POISSON, 1, None),
    ],
)
def test_a_load_has_connections_and_a_rate_just_where_it_is_open(
    kind: LoadKind, connections: int, rate_per_s: float | None
) -> None:
    with pytest.raises(ValueError, match=r"connections|load with rate"):
        Load(kind, connections, rate_per_s)
