"""Which published comparisons speak of which targets."""

from pathlib import Path

import pytest

from harness.model import Project, PublishedComparison


def a_project(*groups: str) -> Project:
    """Return a project with a comparison for each group of one-letter targets."""
    comparisons = tuple(PublishedComparison(group, tuple(group), Path(f"{group}.toml")) for group in groups)
    return Project(Path("here"), "Letters", "a", ("a", "b"), Path("results"), comparisons)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        ("ab", ["ab"]),
        ("ba", ["ab"]),
        ("abc", ["ab", "bc"]),
        ("ac", ["ab", "bc"]),  # none is whole: all that share a target
        ("a", ["ab"]),
        ("b", ["ab", "bc"]),
        ("abd", ["ab", "abd"]),
        ("x", []),
        ("", []),
    ],
)
def test_a_comparison_speaks_of_a_run_with_all_its_targets_or_else_with_one(targets: str, names: list[str]) -> None:
    project = a_project("ab", "bc", "abd") if "d" in targets else a_project("ab", "bc")
    assert [one.name for one in project.comparisons_of(set(targets))] == names


def test_its_file_stands_in_its_folder() -> None:
    assert a_project().file == Path("here/project.toml")
