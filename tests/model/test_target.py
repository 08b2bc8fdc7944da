"""Targets, variants and subjects: how they are written and found."""

from pathlib import Path

import pytest

from harness.model import Subject, Target, Variant, VariantClass


def test_a_subject_is_written_as_target_and_variant() -> None:
    assert str(Subject("flask_app", "gthread")) == "flask_app:gthread"


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
