"""The nouns of measuring: what they refuse to be."""

from pathlib import Path

import pytest

from harness.model import Load, LoadKind, Subject, Target, Variant, VariantClass


def test_a_subject_is_written_as_target_and_variant() -> None:
    assert str(Subject("flask_app", "gthread")) == "flask_app:gthread"


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


@pytest.mark.parametrize(
    ("workers", "workers_per_cpu", "cpus", "computes"), [(0, 0, 4, None), (2, 0, 4, 2), (0, 1, 4, 4), (1, 2, 4, 9)]
)
def test_a_variant_computes_as_many_requests_at_a_time_as_it_has_workers(
    workers: int, workers_per_cpu: int, cpus: int, computes: int | None
) -> None:
    way = Variant("one", VariantClass.TUNED, "one way", workers=workers, workers_per_cpu=workers_per_cpu)
    assert way.workers_on(cpus) == computes


def test_a_target_knows_its_variants_by_name() -> None:
    release = Variant("release", VariantClass.PRODUCTION, "as in production")
    target = Target("gin_app", "Gin", "Go", "Gin.", Path("targets/gin_app"), (release,), "release")
    assert target.variant("release") is release
    with pytest.raises(KeyError):
        target.variant("debug")
