"""The places of figures in their file."""

import tomllib
from pathlib import Path

import pytest

from harness.figures.lines import figure_places
from harness.figures.reading import read_figures

GROUPS = [("facts", ("a", "facts")), ("more", ("a",))]
INLINE = """# id = "a comment"
[[groups]]
id = "facts"
section = "id = 'no key'"
figures = [
  { id = "a", label = "An \\" id = \\"x\\"" },
  { label = 'b', id = 'facts' },
]

[[groups]]
figures = [{ id = "a" }]
id = "more"
"""
TABLES = '''[[groups]]
id = "facts"
note = """
id = "none"
"""
[[groups.figures]]
id = "a"
[[groups.figures]]
grid = "g"
id = "facts"
[[groups]]
id = "more"
[[groups.figures]]
id = "a"
'''


def ids_of(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one["id"], tuple(figure["id"] for figure in one["figures"])) for one in tomllib.loads(text)["groups"]]


@pytest.mark.parametrize(
    ("text", "places"), [(INLINE, [(6, 5), (7, 18), (11, 14)]), (TABLES, [(7, 1), (10, 1), (14, 1)])]
)
def test_a_figure_is_found_by_its_id_in_tables_and_inline_tables(text: str, places: list[tuple[int, int]]) -> None:
    assert ids_of(text) == GROUPS
    assert list(figure_places(text, GROUPS).values()) == places
    assert list(figure_places(text, GROUPS)) == [("facts", "a"), ("facts", "facts"), ("more", "a")]


@pytest.mark.parametrize(
    "text",
    [
        INLINE.replace('{ id = "a" }', '{ "id" = "a" }'),
        INLINE.replace("id = 'facts'", 'id = "\\u0066acts"'),
        INLINE + "[[other]]\nid = 'x'\n",
        "",
    ],
)
def test_no_place_is_known_where_the_keys_are_not_those_of_the_figures(text: str) -> None:
    assert figure_places(text, GROUPS) == {}


def test_each_figure_of_the_pages_own_file_stands_on_its_line() -> None:
    path = Path(__file__).parents[2] / "figures" / "flask_vs_gin.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    figures = read_figures(path).figures
    assert len(figures) > 100
    for figure in figures:
        assert figure.place is not None
        line, column = figure.place
        text = lines[line - 1]
        assert text[column - 1 :].startswith(f'id = "{figure.id.rsplit(".", 1)[1]}"')
        assert figure.label in text.replace('\\"', '"')
