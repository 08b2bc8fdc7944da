"""Names of frameworks beside their versions."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text

NAMES = ["Flask 3.1", "Flask v3", "Flask (3.1.0)", "Flask-3.1", "Flask/3.1", "flask==3.1", "flask@v3.1.0", "Flask 3.x"]


@pytest.mark.parametrize("name", NAMES)
def test_a_version_beside_a_name_is_no_number_no_condition_and_no_other_framework(name: str) -> None:
    for table in (
        f"| Metric | {name} |\n|---|---|\n| Requests/s | 800.5 |",
        f"| Framework | Requests/s |\n|---|---|\n| {name} | 800.5 |",
        f"| Metric | {name} (gunicorn) |\n|---|---|\n| Requests/s | 800.5 |",
    ):
        page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{table}\n")
        (figure,) = page.figures.figures
        assert (figure.target, figure.low) == ("flask_app", 800.5), table
        assert figure.conditions == (("gunicorn",) if "gunicorn" in table else ()), table
        assert not page.unplaced


def test_a_version_in_a_labelled_line_is_no_part_of_its_label() -> None:
    (figure,) = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n- Memory of Flask 2.3: 45.5 MB\n").figures.figures
    assert (figure.target, figure.label, figure.conditions) == ("flask_app", "Memory of", ())


def test_two_versions_of_one_framework_are_told_apart_as_a_run_knows_them() -> None:
    table = "| Metric | Flask 2.3 | Flask 3.x (async) |\n|---|---|---|\n| Requests/s | 800.5 | 900.5 |"
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{table}\n")
    assert [one.conditions for one in page.figures.figures] == [("version 2.3",), ("version 3", "async")]


def test_next_before_a_word_of_time_is_no_framework() -> None:
    page = imported_text(
        f"# Flask\n\n{ENGLISH}\n\nNext we sent more: Flask served 900.5 req/s.\n\nNext serves 800.5 req/s.\n"
    )
    assert [(one.target, one.low) for one in page.figures.figures] == [("flask_app", 900.5), ("next", 800.5)]
