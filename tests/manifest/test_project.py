"""project.toml: read into a project, or refused with the file, the key and the nearest name."""

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
    """Return what a run measures by default in a project with this project.toml."""
    write(folder / "project.toml", text)
    return list(map(str, default_subjects(load_project(folder), load_targets(folder))))


def complaint(folder: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        subjects(folder, text)
    return caught.value


def test_a_project_is_read_as_it_is_written(folder: Path) -> None:
    write(folder / "project.toml", LEAST + 'results = "kept"\n' + COMPARISON.format(name="x", targets='["a", "b"]'))
    assert load_project(folder) == Project(
        root=folder,
        title="Mine",
        reference="flask_app",
        targets=("gin_app",),
        results=Path("kept"),
        comparisons=(PublishedComparison("x", ("a", "b"), Path("figures/x.toml")),),
    )


def test_results_and_comparisons_may_be_left_out(folder: Path) -> None:
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
def test_a_run_measures_the_reference_first_and_each_target_once(folder: Path, text: str, expected: list[str]) -> None:
    assert subjects(folder, text) == expected


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("flask_app", "flask_ap", "unknown target, reference, no such folder in targets/, Did you mean 'flask_app'?"),
        (
            '"gin_app"',
            '"gin_app", "gin"',
            "unknown target, targets.1, no such folder in targets/, Did you mean 'gin_app'?",
        ),
        (
            "flask_app",
            "flask_app:snyc",
            "unknown variant, reference, Flask_App has none of that name, Did you mean 'sync'?",
        ),
    ],
)
def test_a_target_that_is_not_there_is_refused_with_file_key_and_nearest(
    folder: Path, old: str, new: str, said: str
) -> None:
    what, key, cause, remedy = said.split(", ")
    error = complaint(folder, LEAST.replace(old, new))
    assert (error.what, error.where, error.remedy) == (what, f"{folder}/project.toml: {key}", remedy)
    assert error.cause.endswith(f"': {cause}")


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        (LEAST.replace("title", "titel"), "titel", "Did you mean 'title'?"),
        (LEAST.replace('title = "Mine"', ""), "title", "Add 'title'."),
        (LEAST.replace('["gin_app"]', "[]"), "targets", "`harness schema project` shows what each key takes."),
        (LEAST.replace('"flask_app"', '"a,b"'), "reference", "`harness schema project` shows what each key takes."),
        (
            LEAST + COMPARISON.format(name="x", targets='["a:b"]'),
            "comparisons.0.targets.0",
            "`harness schema project` shows what each key takes.",
        ),
        (
            LEAST + COMPARISON.format(name="x", targets='["a"]').replace("figures =", "figure ="),
            "comparisons.0.figure",
            "Did you mean 'figures'?",
        ),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(folder: Path, text: str, key: str, remedy: str) -> None:
    error = complaint(folder, text)
    assert (error.where, error.remedy) == (f"{folder}/project.toml: {key}", remedy)


def test_two_figures_files_for_one_group_are_refused_with_both(folder: Path) -> None:
    pair = COMPARISON.format(name="one", targets='["a", "b"]') + COMPARISON.format(name="two", targets='["b", "a"]')
    assert str(complaint(folder, LEAST + pair)).replace(f"{folder}/", "") == (
        "two figures files for one group (project.toml: comparisons.1.targets): b and a have figures/one.toml already, "
        "in comparison 'one'. Keep one of the two; `--figures` names another file for one command."
    )


def test_two_comparisons_of_one_name_are_refused(folder: Path) -> None:
    pair = COMPARISON.format(name="x", targets='["a"]') + COMPARISON.format(name="x", targets='["b"]')
    assert str(complaint(folder, LEAST + pair)).replace(f"{folder}/", "") == (
        "two comparisons of one name (project.toml: comparisons.1.name): 'x' is also the name of comparisons.0. "
        "Rename one."
    )


def test_a_group_within_a_group_is_another_group(folder: Path) -> None:
    both = COMPARISON.format(name="x", targets='["a"]') + COMPARISON.format(name="y", targets='["a", "b"]')
    write(folder / "project.toml", LEAST + both)
    assert [one.name for one in load_project(folder).comparisons] == ["x", "y"]


def test_a_project_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_project(tmp_path)
    assert (caught.value.what, caught.value.where) == ("can't read a file", f"{tmp_path}/project.toml")


# Where it is.


def test_the_nearest_folder_at_or_above_with_a_project_toml_is_the_project(folder: Path) -> None:
    inner = folder / "targets" / "inner"
    write(inner / "project.toml", LEAST)
    assert find_root(folder) == folder
    assert find_root(folder / "targets" / "flask_app") == folder
    assert find_root(inner) == inner


def test_targets_and_scenarios_alone_are_no_project(folder: Path) -> None:
    (folder / "project.toml").unlink()
    assert find_root(folder) is None


def test_a_folder_of_that_name_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "project.toml").mkdir()
    assert find_root(tmp_path) is None


def test_this_repository_is_a_project_with_the_figures_of_its_pair() -> None:
    project = load_project(ROOT)
    assert [str(one) for one in default_subjects(project, load_targets(ROOT))] == [
        "flask_app:gthread",
        "gin_app:release",
    ]
    for comparison in project.comparisons:
        assert (ROOT / comparison.figures).is_file()
        assert set(comparison.targets) <= set(load_targets(ROOT))
