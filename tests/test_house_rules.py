"""House rules that source can be asked about: how long anything is, what it is called, who prints, what is given away.

Every rule is shown to find a bad example beside the check that nothing in the house breaks it.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.checkout import PACKAGE, ROOT, module_of, repository_files, source_of

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
MAY_PRINT = {"harness.cli", "harness.console"}

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|(?:proxy|sum)\.golang\.org|npmjs\.(?:org|com)|deb\.debian\.org|security\.debian\.org"
    r"|docker\.io/|hub\.docker\.com|ghcr\.io|quay\.io|gcr\.io|crates\.io"
)
HOME = re.compile(r"(?<![\w}])/(?:home|work|root|Users)/")


# House rules.


def long_functions(source: str) -> list[str]:
    return [
        f"{node.name} has {lines} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def is_long(source: str) -> bool:
    return len(source.splitlines()) > LONGEST_FILE


def says_nothing(module: str) -> bool:
    return not NAMES_THAT_SAY_NOTHING.isdisjoint(module.split("."))


def prints(source: str) -> list[int]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def undocumented(source: str) -> list[str]:
    """Return the public names without a docstring: the module, its classes and functions, and their methods."""
    tree = ast.parse(source)
    return ([] if ast.get_docstring(tree) else ["the module"]) + _undocumented(tree.body)


def _undocumented(body: list[ast.stmt]) -> list[str]:
    found = []
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            found += _undocumented(node.body)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            found += [] if ast.get_docstring(node) else [node.name]
            found += _undocumented(node.body) if isinstance(node, ast.ClassDef) else []
    return found


def sources() -> Iterator[tuple[str, str]]:
    for path in repository_files("*.py"):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_no_function_is_long() -> None:
    assert [f"{name}: {found}" for name, source in sources() for found in long_functions(source)] == []


def test_no_file_is_long() -> None:
    assert [name for name, source in sources() if is_long(source)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in repository_files("*.py") if says_nothing(module_of(path))] == []


def test_nobody_prints_but_those_who_speak_with_people() -> None:
    assert [module for module in PACKAGE if module not in MAY_PRINT and prints(source_of(module))] == []


def test_whatever_is_public_has_a_docstring() -> None:
    assert [f"{module}: {name}" for module in PACKAGE for name in undocumented(source_of(module))] == []


def a_function(lines: int) -> str:
    return "@decorated\ndef long():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize("prefix", ["", "async "])
def test_a_long_function_is_found_wherever_it_is(prefix: str) -> None:
    short, long = (a_function(lines).replace("def ", f"{prefix}def ") for lines in (60, 61))
    inner = "class Outer:\n" + "".join(f"    {line}\n" for line in long.splitlines())
    assert long_functions(short) == []
    assert long_functions(long) == long_functions(inner) == ["long has 61 lines"]


def test_a_long_file_is_found() -> None:
    assert not is_long("x = 1\n" * 400)
    assert is_long("x = 1\n" * 401)


@pytest.mark.parametrize("module", ["harness.utils", "harness.load.helpers", "tests.common", "harness.manager.inner"])
def test_a_name_that_says_nothing_is_found(module: str) -> None:
    assert says_nothing(module)
    assert not says_nothing("harness.commons_of_the_village")


def test_a_print_is_found() -> None:
    assert prints("x = 1\nif x:\n    print(x)\n") == [3]
    assert prints("console.print(x)\nprinted(x)\n") == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = 1", ["the module"]),
        ('"""Doc."""\ndef f(): pass', ["f"]),
        ('"""Doc."""\nasync def f(): pass', ["f"]),
        ('"""Doc."""\nclass A:\n    def m(self): pass', ["A", "m"]),
        ('"""Doc."""\nif x:\n    def f(): pass', ["f"]),
        ('"""Doc."""\ndef _f(): pass\nclass _A:\n    def m(self): pass', []),
        ('"""Doc."""\nclass A:\n    """Doc."""\n    def __init__(self): pass\n    def _m(self): pass', []),
        ('"""Doc."""\ndef f():\n    """Doc."""\n    def inner(): pass', []),
    ],
)
def test_a_missing_docstring_is_found(source: str, names: list[str]) -> None:
    assert undocumented(source) == names


# What is given away.


def text_files() -> Iterator[tuple[str, str]]:
    for path in repository_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


@pytest.mark.parametrize("pattern", [REGISTRY, HOME], ids=["registry", "home"])
def test_no_file_names_a_package_registry_or_somebodys_folder(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {match.group()}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert found == []


def test_what_is_looked_through_is_what_is_given_away() -> None:
    names = {name for name, _ in text_files()}
    assert {"README.md", "requirements.lock", "Makefile", "harness/profiles.toml", "targets/gin_app/go.sum"} <= names
    assert not any(name.startswith(".venv/") for name in names)


def joined(*parts: str) -> str:
    return "".join(parts)  # or this file would name what it looks for


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, joined("--index-url https://", "pypi", ".org/simple")),
        (REGISTRY, joined("https://files.", "pythonhosted", ".org/packages/x.whl")),
        (REGISTRY, joined("GOPROXY=https://proxy.", "golang", ".org")),
        (REGISTRY, joined("https://registry.", "npmjs", ".org/left-pad")),
        (REGISTRY, joined("deb http://deb.", "debian", ".org/debian trixie main")),
        (REGISTRY, joined("FROM docker", ".io/library/python")),
        (REGISTRY, joined("FROM ghcr", ".io/somebody/image")),
        (HOME, joined("/ho", "me/somebody/checkout")),
        (HOME, joined('path = "/wo', 'rk/main"')),
        (HOME, joined("COPY /ro", "ot/.cache /cache")),
        (HOME, joined("/Us", "ers/somebody")),
    ],
)
def test_a_registry_and_a_folder_are_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "apt-get install docker.io iptables",
        "golang.org/x/net v0.51.0 h1:94R/GTO7mt3/4wIKpcR5gkGmRLOuE/2hNGeWq/GBIFo=",
        'umount "$work/root/proc"',
        "https://docs.example.org/en/stable/work-in-progress",
        "pip install --require-hashes",
    ],
)
def test_what_only_looks_like_it_is_let_through(text: str) -> None:
    assert not REGISTRY.search(text)
    assert not HOME.search(text)
