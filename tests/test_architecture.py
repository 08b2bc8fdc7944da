"""The architecture, checked in the source: the direction of imports, and the importers of heavy dependencies.

Every rule is a function from source to violations. One test checks that the package has none, another that the rule
finds them in bad examples.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.checkout import PACKAGE, ROOT, source_of

# The rooms by row. A module imports from rows below its own, or from its own room; SIDEWAYS has the exceptions.
ROWS = {
    "": -1,  # the package itself
    "stock": 0,  # an app that is copied
    **dict.fromkeys(("model", "units", "errors", "foreign_text", "locustfiles", "alike_texts"), 0),
    **dict.fromkeys(("paragraphs", "plain_characters", "regular_files", "program_output"), 0),
    **dict.fromkeys(("histogram", "interrupts"), 0),
    "metrics": 1,
    "machine_identity": 0,
    "durable_files": 1,
    "temporary_folders": 1,
    "store": 1,
    "machine_lock": 1,
    "manifest": 1,
    "documents": 1,
    "load": 2,
    "users": 3,
    "runtime": 2,
    "measure": 3,
    "experiment": 4,
    "analysis": 5,
    "figures": 6,
    "report": 6,
    "selftest": 6,
    "newest": 7,
    "project": 7,
    "rendering": 7,
    "scaffold": 7,
    "wiring": 7,
    "console": 7,
    "commands": 8,
    "cli": 8,
    "__main__": 8,
}
# The imports between rooms of one row.
SIDEWAYS = {
    ("model", "units"),
    ("interrupts", "errors"),
    ("histogram", "errors"),
    ("documents", "metrics"),
    ("report", "figures"),
    ("newest", "console"),
    ("project", "console"),
    ("project", "newest"),
    ("wiring", "console"),
    ("wiring", "project"),
    ("scaffold", "project"),
    ("rendering", "project"),
    ("store", "durable_files"),
    ("rendering", "console"),
    ("cli", "commands"),
    ("__main__", "cli"),
}
# The modules that run in the generator's process: `import locust` patches its whole process.
GENERATOR_SIDE = ("harness.load.process", "harness.load.users", "harness.users", "harness.selftest.scenarios")
# The modules that may import each heavy dependency, and the packages that it brings.
IMPORTERS = {
    "locust": GENERATOR_SIDE,
    "gevent": GENERATOR_SIDE,
    "greenlet": GENERATOR_SIDE,
    "geventhttpclient": GENERATOR_SIDE,
    "docker": ("harness.runtime.docker", "harness.runtime.capabilities", "harness.runtime.context"),
    "requests": ("harness.runtime.docker", "harness.load.process.guard"),
    "urllib3": ("harness.runtime.docker", "harness.load.process.guard", "harness.load.process.bodies"),
    "psutil": ("harness.experiment", "harness.runtime.proctree", "harness.runtime.process"),
    "scipy": ("harness.analysis",),
    "pandas": ("harness.report",),
    "matplotlib": ("harness.report",),
    "jinja2": ("harness.report",),
    "markupsafe": ("harness.report",),
    # What the docker command and an engine write is read like every other document.
    "pydantic": (
        *("harness.manifest", "harness.store", "harness.documents"),
        "harness.figures.online.services",
        *("harness.runtime.docker.endpoints", "harness.runtime.docker.statistics"),
    ),
    "pydantic_core": ("harness.manifest", "harness.store", "harness.documents"),
    "typer": ("harness.cli", "harness.commands"),
    "click": ("harness.cli",),
    "rich": ("harness.console",),
    "httpx": ("harness.figures.online",),
    "hishel": ("harness.figures.online",),
    "markdown_it": ("harness.rendering", "harness.figures.importing"),
    "selectolax": ("harness.figures.importing",),
    "babel": ("harness.figures.importing",),
    "cyclonedx": ("harness.documents.sbom",),
    "packageurl": ("harness.documents.sbom",),
}
HEAVY = {
    *("locust", "gevent", "docker", "pandas", "matplotlib", "scipy", "jinja2", "numpy", "pydantic"),
    *("selectolax", "babel"),
}


def violations(rule: Callable[[str, str], list[str]]) -> list[str]:
    return [violation for module in PACKAGE for violation in rule(module, source_of(module))]


# Reading imports.


@cache
def imports_in(module: str, source: str) -> tuple[tuple[int, str], ...]:
    """Return line and absolute name of every import in a module, inside functions and for types only included."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, [package_of(module, node.level), node.module]))
            found += ((node.lineno, f"{base}.{name.name}") for name in node.names)
    return tuple(found)


def package_of(module: str, level: int) -> str:
    """Return the package that a relative import of this level refers to; empty for level 0."""
    path = PACKAGE.get(module, ROOT)
    parts = [*module.split("."), *(["__init__"] if path.name == "__init__.py" else [])]
    return ".".join(parts[:-level]) if level else ""


def room_of(name: str) -> str:
    """Return the room of a module or of a name in it; empty for a name of the package itself."""
    room = name.partition(".")[2].partition(".")[0]
    return room if room in ROWS or f"harness.{room}" in PACKAGE else ""


def upward_imports(module: str, source: str) -> list[str]:
    room = room_of(module)
    if room not in ROWS:
        return [f"{module}: {room} has no row"]
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        if name.split(".")[0] == "harness"
        and (imported := room_of(name)) != room
        and (room, imported) not in SIDEWAYS
        and ROWS.get(imported, sys.maxsize) >= ROWS[room]
    ]


def forbidden_dependencies(module: str, source: str) -> list[str]:
    def may_import(dependency: str) -> bool:
        importers = IMPORTERS.get(dependency)
        return importers is None or any(f"{module}.".startswith(f"{importer}.") for importer in importers)

    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        if not may_import(name.split(".")[0])
    ]


def test_imports_point_downward() -> None:
    assert violations(upward_imports) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("harness.model", "import harness.store"),
        ("harness.units", "from harness import errors"),
        ("harness.histogram", "from harness.model import Result"),
        ("harness.errors", "from . import model"),
        ("harness.load.generator", "from harness.runtime.base import Runtime"),
        ("harness.runtime.base", "from ..load import generator"),
        ("harness.measure.trial_runner", "def later():\n    from harness.experiment import plan"),
        ("harness.analysis.summary", "if TYPE_CHECKING:\n    from harness.report import Material"),
        ("harness.figures.judge", "from harness.report import tables"),
        ("harness.report", "from harness import cli"),
        ("harness.report", "from .. import cli"),
        ("harness.console", "from harness import cli"),
        ("harness", "from harness.model import Run"),
        ("harness.attic.old", "import json"),
        ("harness.newcomer", "import json"),
    ],
)
def test_an_upward_import_is_found(module: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PACKAGE, "harness.attic", ROOT)
    monkeypatch.setitem(PACKAGE, "harness.newcomer", ROOT)
    assert len(upward_imports(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("harness.cli", "from harness import __version__"),
        ("harness.report.page", "from . import tables\nfrom .wording import listed"),
        ("harness.report.facts", "from harness.figures.published import Verdict"),
        ("harness.store", "from harness.model import Run\nimport json, os.path"),
    ],
)
def test_a_downward_import_is_allowed(module: str, source: str) -> None:
    assert upward_imports(module, source) == []


def module_of(name: str) -> str:
    """Return the module of a name: the name itself, or the module that has it; empty for another package's."""
    while name and name not in PACKAGE:
        name = name.rpartition(".")[0]
    return name


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of a circle of imports, the first one also at its end; empty without a circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_even_for_types() -> None:
    imports = {
        module: {module_of(name) for _, name in imports_in(module, source_of(module))} - {module, ""}
        for module in PACKAGE
    }
    assert circle_in(imports) == []


def test_a_circle_of_imports_is_found() -> None:
    assert set(circle_in({"block": {"lasting"}, "lasting": {"responses", "block"}})) == {"block", "lasting"}


def test_the_map_of_the_decisions_has_each_room_in_its_row() -> None:
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    drawn = {
        (room, int(row))
        for row, cell in re.findall(r"^\| (\d) \| (`[^|]+`) \|", page, re.MULTILINE)
        for room in re.findall(r"`(\w+)", cell)
    }
    assert drawn == {(room, row) for room, row in ROWS.items() if room}


# The folders with restricted importers: the generator's process, and the two runtimes.
RESTRICTED = {
    "harness.load.process": GENERATOR_SIDE,
    "harness.runtime.docker": (
        "harness.runtime.docker", "harness.runtime.capabilities", "harness.runtime.choice", "harness.runtime.cleaning",
    ),
    "harness.runtime.process": (
        "harness.runtime.process", "harness.runtime.capabilities", "harness.runtime.choice", "harness.runtime.cleaning",
    ),
}  # fmt: skip


def restricted_imports(module: str, source: str) -> list[str]:
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        for folder, importers in RESTRICTED.items()
        if f"{name}.".startswith(f"{folder}.") and not any(f"{module}.".startswith(f"{one}.") for one in importers)
    ]


def test_a_restricted_folder_is_imported_only_by_its_importers() -> None:
    assert violations(restricted_imports) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("harness.measure.block", "from harness.load.process.lane import Lane"),
        ("harness.load.generator", "from harness.load.process import worker"),
        ("harness.runtime.process.builds", "from harness.runtime.docker.engine import connect"),
        ("harness.runtime.docker.images", "def later():\n    import harness.runtime.process.steps"),
    ],
)
def test_an_import_of_a_restricted_folder_is_found(module: str, source: str) -> None:
    assert len(restricted_imports(module, source)) == 1
    assert restricted_imports("harness.load.process.lane", "from harness.load.http1 import Head") == []


def test_every_room_has_a_row() -> None:
    assert {room_of(module) for module in PACKAGE} == set(ROWS)


def test_a_heavy_dependency_is_imported_only_by_its_importers() -> None:
    assert violations(forbidden_dependencies) == []


@pytest.mark.parametrize("dependency", IMPORTERS)
def test_a_forbidden_import_of_a_dependency_is_found(dependency: str) -> None:
    for source in (
        f"import {dependency}",
        f"import {dependency}.inner as x",
        f"from {dependency}.inner import x",
        f"if TYPE_CHECKING:\n    from {dependency} import x",
        f"def later():\n    import {dependency}",
    ):
        assert len(forbidden_dependencies("harness.measure.trial_runner", source)) == 1
        assert forbidden_dependencies(f"{IMPORTERS[dependency][0]}.inner", source) == []
    assert len(forbidden_dependencies("harness.load.processes", "import gevent")) == 1


def test_every_restricted_dependency_is_imported_somewhere() -> None:
    imported = {name.split(".")[0] for module in PACKAGE for _, name in imports_in(module, source_of(module))}
    unused = {"greenlet", "geventhttpclient", "click"}  # not imported today, but only these modules may
    assert set(IMPORTERS) - unused <= imported


# The modules that are loaded at run time.


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level modules that a new process has loaded after importing these modules."""
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, *modules], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def is_on_the_generator_side(module: str) -> bool:
    return any(f"{module}.".startswith(f"{one}.") for one in GENERATOR_SIDE)


def test_importing_the_command_line_loads_no_heavy_dependency() -> None:
    assert loaded_by("harness.cli") & HEAVY == set()


def test_printing_loads_no_scipy() -> None:
    assert "scipy" not in loaded_by("harness.console", "harness.figures.importing")


@pytest.mark.program
def test_the_newest_run_is_found_without_numpy() -> None:
    """`harness list` does, and importing numpy takes a third of its time."""
    assert loaded_by("harness.newest") & {"numpy", "scipy"} == set()


@pytest.mark.program
def test_figures_files_are_read_without_the_readers_of_pages() -> None:
    """A report reads them, and the readers of pages take a tenth of its time to import."""
    script = (
        "import sys; from pathlib import Path\n"
        "from harness.manifest import load_targets; from harness.project import read_figure_sets\n"
        "assert read_figure_sets([Path('figures/flask_vs_gin.toml')], load_targets(Path()))\n"
        "print(*(name for name in sys.modules if name.startswith(('babel', 'harness.figures.importing'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == []


@pytest.mark.program
def test_the_harness_never_loads_locust_or_gevent() -> None:
    harness_side = [m for m in PACKAGE if not is_on_the_generator_side(m)]
    loaded = loaded_by(*harness_side)
    assert loaded & {"locust", "gevent"} == set()
    assert {"docker", "matplotlib", "scipy", "jinja2", "numpy", "pydantic"} <= loaded, "too few modules were loaded"


@pytest.mark.program
def test_a_report_is_made_without_pandas_and_imports_matplotlib_only_to_draw() -> None:
    loaded = loaded_by("harness.report.beside", "harness.rendering.carrying")
    assert loaded & {"pandas", "matplotlib", "markdown_it"} == set()


@pytest.mark.program
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("harness.load.process.users", {"locust", "gevent"}),
        ("harness.manifest", {"pydantic"}),
        ("harness.histogram", {"numpy"}),
    ],
)
def test_a_heavy_dependency_of_a_module_is_found(module: str, heavy: set[str]) -> None:
    assert heavy <= loaded_by(module)


def test_the_rules_check_every_module_of_the_package() -> None:
    assert len(PACKAGE) > 50
    assert set(GENERATOR_SIDE) <= set(PACKAGE)
    assert violations(lambda module, _: [module]) == list(PACKAGE)
