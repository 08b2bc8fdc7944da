"""Projects: the published comparisons for given targets."""

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
        ("ac", ["ab", "bc"]),  # no comparison has all its targets here: all with at least one
        ("a", ["ab"]),
        ("b", ["ab", "bc"]),
        ("abd", ["ab", "abd"]),
        ("x", []),
        ("", []),
    ],
)
def test_comparisons_have_all_their_targets_in_the_run_or_else_at_least_one(targets: str, names: list[str]) -> None:
    project = a_project("ab", "bc", "abd") if "d" in targets else a_project("ab", "bc")
    assert [one.name for one in project.comparisons_of(set(targets))] == names


def test_the_file_of_a_project_is_in_its_folder() -> None:
    assert a_project().file == Path("here/project.toml")
