"""The reader of project.toml."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.manifest import default_subjects, find_root, load_project, load_targets
from harness.model import Project, PublishedComparison
from tests.checkout import ROOT
from tests.project import make_project, write

LEAST = """title = "Mine"
reference = "flask_app"
targets = ["gin_app"]
"""
COMPARISON = """
[[comparisons]]
name = "{name}"
targets = {targets}
figures = "figures/{name}.toml"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def subjects(folder: Path, text: str) -> list[str]:
    """Return the default subjects of a project with this project.toml."""
    write(folder / "project.toml", text)
    return list(map(str, default_subjects(load_project(folder), load_targets(folder))))


def error_of(folder: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        subjects(folder, text)
    return caught.value


def test_a_project_has_all_values_of_its_file(folder: Path) -> None:
    write(folder / "project.toml", LEAST + 'results = "kept"\n' + COMPARISON.format(name="x", targets='["a", "b"]'))
    assert load_project(folder) == Project(
        root=folder,
        title="Mine",
        reference="flask_app",
        targets=("gin_app",),
        results=Path("kept"),
        comparisons=(PublishedComparison("x", ("a", "b"), Path("figures/x.toml")),),
    )


def test_results_and_comparisons_are_optional(folder: Path) -> None:
    write(folder / "project.toml", LEAST)
    project = load_project(folder)
    assert (project.results, project.comparisons) == (Path("results"), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEAST, ["flask_app:gthread", "gin_app:release"]),
        (LEAST.replace('"gin_app"', '"gin_app", "flask_app"'), ["flask_app:gthread", "gin_app:release"]),
        (LEAST.replace('"gin_app"', '"flask_app:sync"'), ["flask_app:gthread", "flask_app:sync"]),
        (LEAST.replace('"flask_app"', '"flask_app:sync"'), ["flask_app:sync", "gin_app:release"]),
    ],
)
def test_the_default_subjects_are_the_reference_first_and_each_target_once(
    folder: Path, text: str, expected: list[str]
) -> None:
    assert subjects(folder, text) == expected


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("flask_app", "flask_ap", "unknown target, reference, targets/ has no such folder, Did you mean 'flask_app'?"),
        (
            '"gin_app"',
            '"gin_app", "gin"',
            "unknown target, targets.1, targets/ has no such folder, Did you mean 'gin_app'?",
        ),
        (
            "flask_app",
            "flask_app:snyc",
            "unknown variant, reference, Flask_App has no such variant, Did you mean 'sync'?",
        ),
    ],
)
def test_the_error_for_an_unknown_target_names_file_key_and_the_nearest_target(
    folder: Path, old: str, new: str, parts: str
) -> None:
    what, key, cause, remedy = parts.split(", ")
    error = error_of(folder, LEAST.replace(old, new))
    assert (error.what, error.where, error.remedy) == (what, f"{folder}/project.toml: {key}", remedy)
    assert error.cause.endswith(f"': {cause}")


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        (LEAST.replace("title", "titel"), "titel", "Did you mean 'title'?"),
        (LEAST.replace('title = "Mine"', ""), "title", "Add 'title'."),
        (LEAST.replace('["gin_app"]', "[]"), "targets", "`harness schema project` describes all keys."),
        (LEAST.replace('"flask_app"', '"a,b"'), "reference", "`harness schema project` describes all keys."),
        (
            LEAST + COMPARISON.format(name="x", targets='["a:b"]'),
            "comparisons.0.targets.0",
            "`harness schema project` describes all keys.",
        ),
        (
            LEAST + COMPARISON.format(name="x", targets='["a"]').replace("figures =", "figure ="),
            "comparisons.0.figure",
            "Did you mean 'figures'?",
        ),
    ],
)
def test_the_error_for_a_wrong_key_or_value_names_it(folder: Path, text: str, key: str, remedy: str) -> None:
    error = error_of(folder, text)
    assert (error.where, error.remedy) == (f"{folder}/project.toml: {key}", remedy)


def test_two_comparisons_of_the_same_targets_are_refused(folder: Path) -> None:
    pair = COMPARISON.format(name="one", targets='["a", "b"]') + COMPARISON.format(name="two", targets='["b", "a"]')
    assert str(error_of(folder, LEAST + pair)).replace(f"{folder}/", "") == (
        "two comparisons have the same targets (project.toml: comparisons.1.targets): comparison 'one' already has "
        "figures/one.toml for b and a. Keep one of the two, and use `--figures` to check the other file."
    )


def test_two_comparisons_with_the_same_name_are_refused(folder: Path) -> None:
    pair = COMPARISON.format(name="x", targets='["a"]') + COMPARISON.format(name="x", targets='["b"]')
    assert str(error_of(folder, LEAST + pair)).replace(f"{folder}/", "") == (
        "two comparisons have the same name (project.toml: comparisons.1.name): 'x' is also the name of "
        "comparisons.0. Rename one."
    )


def test_two_comparisons_with_some_common_targets_are_valid(folder: Path) -> None:
    both = COMPARISON.format(name="x", targets='["a"]') + COMPARISON.format(name="y", targets='["a", "b"]')
    write(folder / "project.toml", LEAST + both)
    assert [one.name for one in load_project(folder).comparisons] == ["x", "y"]


def test_a_project_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_project(tmp_path)
    assert (caught.value.what, caught.value.where) == ("can't read a file", f"{tmp_path}/project.toml")


# The root folder.


def test_the_root_is_the_nearest_folder_at_or_above_with_a_project_toml(folder: Path) -> None:
    inner = folder / "targets" / "inner"
    write(inner / "project.toml", LEAST)
    assert find_root(folder) == folder
    assert find_root(folder / "targets" / "flask_app") == folder
    assert find_root(inner) == inner


def test_a_folder_with_targets_but_without_a_project_toml_is_no_project(folder: Path) -> None:
    (folder / "project.toml").unlink()
    assert find_root(folder) is None


def test_a_folder_named_project_toml_makes_no_project(tmp_path: Path) -> None:
    (tmp_path / "project.toml").mkdir()
    assert find_root(tmp_path) is None


def test_this_repository_is_a_project_with_existing_targets_and_figures() -> None:
    project = load_project(ROOT)
    assert [str(one) for one in default_subjects(project, load_targets(ROOT))] == [
        "flask_app:gthread",
        "gin_app:release",
    ]
    for comparison in project.comparisons:
        assert (ROOT / comparison.figures).is_file()
        assert set(comparison.targets) <= set(load_targets(ROOT))
