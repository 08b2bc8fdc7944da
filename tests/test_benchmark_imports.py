"""The generated pages of the benchmark of imports: what is named as a tool's output is read as one."""

import pytest

from tests.figures.importing.imported import imported_text
from tests.scripts import loaded

PAGES = loaded("imports").PAGES


@pytest.mark.parametrize("name", ["wrk", "wrk-without-begins", "boxes"])
def test_a_page_of_outputs_has_figures_of_its_framework(name: str) -> None:
    suffix, page = PAGES[name]
    assert imported_text(page(2_000), f"{name}{suffix}").figures.figures


@pytest.mark.parametrize("name", ["values-rows", "values-of-one-number"])
def test_a_page_of_values_has_figures_of_its_frameworks(name: str) -> None:
    suffix, page = PAGES[name]
    assert {one.target for one in imported_text(page(2_000), f"{name}{suffix}").figures.figures} >= {
        "flask_app",
        "gin_app",
    }
