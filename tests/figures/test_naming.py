"""The target that a published name means."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.naming import target_named, with_targets
from harness.figures.published import FigureSet
from tests.figures.cases import figure

TITLES = {
    "flask_app": "Flask",
    "flask_async_app": "Flask async",
    "web5": "Express.js 5 (Node)",
    "gin_release": "Gin",
    "falcon_a": "Falcon",
    "falcon_b": "Falcon",
    "null_app": "Null",
}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("flask_app", "flask_app"),
        ("flask", "flask_app"),
        ("flask_async", "flask_async_app"),
        ("express", "web5"),
        ("express_js", None),
        ("gin", "gin_release"),
        ("gin_app", "gin_release"),
        ("falcon", None),
        ("falcon_b", "falcon_b"),
        ("node", None),
        ("django", None),
        ("flas", None),
        ("null", None),
        ("app", None),
        ("", None),
    ],
)
def test_a_name_means_the_one_target_of_which_name_or_title_begin_with_it(name: str, target: str | None) -> None:
    assert target_named(name, TITLES) == target


def test_figures_get_the_targets_that_their_names_mean_on_both_sides_of_a_ratio() -> None:
    rate = figure("throughput.*", "req/s", 100, target="express")
    ratio = figure("throughput.*", "x", 2, target="gin", of="express")
    other = figure("throughput.*", "req/s", 100, target="django")
    page = FigureSet("T", "S", "D", Path("page.toml"), (rate, ratio, other))
    found = with_targets(page, TITLES).figures
    assert found == (replace(rate, target="web5"), replace(ratio, target="gin_release", of="web5"), other)
