"""Targets, variants and subjects: their text form and their look-up."""

from pathlib import Path

import pytest

from harness.model import Subject, Target, Variant, VariantClass, subject_in_words, title_of


def test_the_text_form_of_a_subject_is_target_and_variant() -> None:
    assert str(Subject("flask_app", "gthread")) == "flask_app:gthread"


def test_a_subject_with_its_own_number_of_cpus_has_it_in_its_text_form() -> None:
    assert str(Subject("flask_app", "gthread", cpus=2)) == "flask_app:gthread on 2 CPUs"
    assert str(Subject("gin_app", "release", cpus=1)) == "gin_app:release on 1 CPU"
    assert Subject("flask_app", "gthread", cpus=2) != Subject("flask_app", "gthread")


@pytest.mark.parametrize(
    ("workers", "workers_per_cpu", "cpus", "computes"), [(0, 0, 4, None), (2, 0, 4, 2), (0, 1, 4, 4), (1, 2, 4, 9)]
)
def test_a_variant_computes_as_many_requests_at_the_same_time_as_it_has_workers(
    workers: int, workers_per_cpu: int, cpus: int, computes: int | None
) -> None:
    variant = Variant("one", VariantClass.TUNED, "one way", workers=workers, workers_per_cpu=workers_per_cpu)
    assert variant.workers_on(cpus) == computes


def test_a_target_finds_its_variants_by_name() -> None:
    release = Variant("release", VariantClass.PRODUCTION, "as in production")
    target = Target("gin_app", "Gin", "Go", "Gin.", Path("targets/gin_app"), (release,), "release")
    assert target.variant("release") is release
    with pytest.raises(KeyError):
        target.variant("debug")


def test_a_target_and_a_subject_are_called_by_the_title_and_without_one_by_the_name() -> None:
    gin = {"gin_app": Target("gin_app", "Gin", "Go", "Gin.", Path("targets/gin_app"), (), "release")}
    assert [title_of(name, gin) for name in ("gin_app", "gin_app@0123abc", "other_app")] == [
        "Gin",
        "Gin at 0123abc",
        "other_app",
    ]
    subjects = (
        Subject("gin_app", "release"),
        Subject("gin_app", "release", cpus=2),
        Subject("gin_app", "release", is_control=True),
        Subject("gin_app@0123abc", "release"),
        Subject("other_app", "release"),
    )
    assert [subject_in_words(one, gin) for one in subjects] == [
        "Gin release",
        "Gin release on 2 CPUs",
        "Gin release (control)",
        "Gin at 0123abc release",
        "other_app:release",
    ]
