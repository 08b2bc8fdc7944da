"""The shape of the house, read from its source: which way imports point, and who opens which door.

Every rule is a function from source to complaints, and is shown to complain about a bad example beside the check that
nothing in the house breaks it.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.checkout import PACKAGE, ROOT, source_of

# The rooms by row. An import points to a row below, or stays in its room; see also SIDEWAYS.
ROWS = {
    "": -1,  # the package itself
    "model": 0,
    "units": 0,
    "errors": 0,
    "histogram": 0,
    "interrupts": 0,
    "metrics": 1,
    "store": 1,
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
    "project": 7,
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
    ("report", "figures"),
    ("project", "console"),
    ("wiring", "console"),
    ("wiring", "project"),
    ("cli", "commands"),
    ("__main__", "cli"),
}
# What runs inside the generator's process: `import locust` patches the whole process that it happens in.
BEHIND_THE_WALL = ("harness.load.process", "harness.users", "harness.selftest.scenarios")
# Who may import a heavy dependency, or what came with it.
DOORS = {
    "locust": BEHIND_THE_WALL,
    "gevent": BEHIND_THE_WALL,
    "greenlet": BEHIND_THE_WALL,
    "geventhttpclient": BEHIND_THE_WALL,
    "docker": ("harness.runtime.docker", "harness.runtime.capabilities", "harness.runtime.context"),
    "requests": ("harness.runtime.docker",),
    "urllib3": ("harness.runtime.docker",),
    "psutil": ("harness.experiment", "harness.runtime.proctree", "harness.runtime.process"),
    "scipy": ("harness.analysis",),
    "pandas": ("harness.report",),
    "matplotlib": ("harness.report",),
    "jinja2": ("harness.report",),
    "markupsafe": ("harness.report",),
    "pydantic": ("harness.manifest", "harness.store", "harness.documents"),
    "pydantic_core": ("harness.manifest", "harness.store", "harness.documents"),
    "typer": ("harness.cli", "harness.commands"),
    "click": ("harness.cli",),
    "rich": ("harness.console",),
}
HEAVY = {"locust", "gevent", "docker", "pandas", "matplotlib", "scipy", "jinja2", "numpy", "pydantic"}


def complaints(rule: Callable[[str, str], list[str]]) -> list[str]:
    return [complaint for module in PACKAGE for complaint in rule(module, source_of(module))]


# Reading imports.


def imports_in(module: str, source: str) -> Iterator[tuple[int, str]]:
    """Yield line and absolute name of all that a module imports, wherever in it, for types only or in earnest."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, [package_of(module, node.level), node.module]))
            yield from ((node.lineno, f"{base}.{name.name}") for name in node.names)


def package_of(module: str, level: int) -> str:
    """Return what so many points before a name mean in a module; nothing without a point."""
    path = PACKAGE.get(module, ROOT)
    parts = [*module.split("."), *(["__init__"] if path.name == "__init__.py" else [])]
    return ".".join(parts[:-level]) if level else ""


def room_of(name: str) -> str:
    """Return the room of a module or of a name in it; what stands in the package itself has the empty name."""
    room = name.partition(".")[2].partition(".")[0]
    return room if room in ROWS or f"harness.{room}" in PACKAGE else ""


def upward_imports(module: str, source: str) -> list[str]:
    mine = room_of(module)
    if mine not in ROWS:
        return [f"{module}: no row is known for {mine}"]
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        if name.split(".")[0] == "harness"
        and (theirs := room_of(name)) != mine
        and (mine, theirs) not in SIDEWAYS
        and ROWS.get(theirs, sys.maxsize) >= ROWS[mine]
    ]


def wrong_doors(module: str, source: str) -> list[str]:
    def may_import(dependency: str) -> bool:
        doors = DOORS.get(dependency)
        return doors is None or any(f"{module}.".startswith(f"{door}.") for door in doors)

    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        if not may_import(name.split(".")[0])
    ]


def test_imports_point_downward() -> None:
    assert complaints(upward_imports) == []


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
def test_a_downward_import_is_let_through(module: str, source: str) -> None:
    assert upward_imports(module, source) == []


# Folders that nothing outside may import: the two sides of a seam, and the wall around Locust.
SIDES = {
    "harness.load.process": ("harness.load.process", "harness.users", "harness.selftest.scenarios"),
    "harness.runtime.docker": (
        "harness.runtime.docker", "harness.runtime.capabilities", "harness.runtime.choice", "harness.runtime.cleaning",
        "harness.selftest.null_target",
    ),
    "harness.runtime.process": (
        "harness.runtime.process", "harness.runtime.capabilities", "harness.runtime.choice", "harness.runtime.cleaning",
    ),
}  # fmt: skip


def imports_across(module: str, source: str) -> list[str]:
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_in(module, source)
        for side, friends in SIDES.items()
        if f"{name}.".startswith(f"{side}.") and not any(f"{module}.".startswith(f"{one}.") for one in friends)
    ]


def test_a_side_of_a_seam_is_imported_by_its_friends_alone() -> None:
    assert complaints(imports_across) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("harness.measure.block", "from harness.load.process.lane import Lane"),
        ("harness.load.generator", "from harness.load.process import worker"),
        ("harness.runtime.process.builds", "from harness.runtime.docker.engine import connect"),
        ("harness.runtime.docker.images", "def later():\n    import harness.runtime.process.steps"),
    ],
)
def test_an_import_across_a_seam_is_found(module: str, source: str) -> None:
    assert len(imports_across(module, source)) == 1
    assert imports_across("harness.load.process.lane", "from harness.load.process.http1 import Head") == []


def test_every_room_stands_in_a_row() -> None:
    assert {room_of(module) for module in PACKAGE} == set(ROWS)


def test_a_heavy_dependency_comes_in_by_its_own_door() -> None:
    assert complaints(wrong_doors) == []


@pytest.mark.parametrize("dependency", DOORS)
def test_another_door_is_found(dependency: str) -> None:
    for source in (
        f"import {dependency}",
        f"import {dependency}.inner as x",
        f"from {dependency}.inner import x",
        f"if TYPE_CHECKING:\n    from {dependency} import x",
        f"def later():\n    import {dependency}",
    ):
        assert len(wrong_doors("harness.measure.trial_runner", source)) == 1
        assert wrong_doors(f"{DOORS[dependency][0]}.inner", source) == []
    assert len(wrong_doors("harness.load.processes", "import gevent")) == 1


def test_every_door_is_used_by_somebody() -> None:
    imported = {name.split(".")[0] for module in PACKAGE for _, name in imports_in(module, source_of(module))}
    optional = {"greenlet", "geventhttpclient", "click"}  # nobody needs them; whoever does, goes by the door
    assert set(DOORS) - optional <= imported


# What is loaded, really.


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level modules that a fresh process has loaded after importing these."""
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, *modules], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def is_behind_the_wall(module: str) -> bool:
    return any(f"{module}.".startswith(f"{wall}.") for wall in BEHIND_THE_WALL)


def test_the_command_line_answers_without_loading_anything_heavy() -> None:
    assert loaded_by("harness.cli") & HEAVY == set()


@pytest.mark.program
def test_the_harness_never_loads_locust_or_gevent() -> None:
    harness_side = [m for m in PACKAGE if not is_behind_the_wall(m) and m != "harness.__main__"]  # which is a command
    loaded = loaded_by(*harness_side)
    assert loaded & {"locust", "gevent"} == set()
    assert {"docker", "matplotlib", "scipy", "jinja2", "numpy", "pydantic"} <= loaded, "not much was looked at"


@pytest.mark.program
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("harness.load.process.users", {"locust", "gevent"}),
        ("harness.manifest", {"pydantic"}),
        ("harness.histogram", {"numpy"}),
    ],
)
def test_what_a_module_loads_is_seen(module: str, heavy: set[str]) -> None:
    assert heavy <= loaded_by(module)


def test_the_rules_have_something_to_look_at() -> None:
    assert len(PACKAGE) > 50
    assert set(BEHIND_THE_WALL) <= set(PACKAGE)
    assert complaints(lambda module, _: [module]) == list(PACKAGE)
