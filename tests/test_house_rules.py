"""House rules that the source can show: lengths, module names, printing, docstrings, and registry names and paths.

For every rule one test checks the repository, and another checks that the rule finds bad examples.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.checkout import PACKAGE, ROOT, module_of, repository_files, source_of

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
MAY_PRINT = {"harness.cli", "harness.console"}

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|(?:proxy|sum)\.golang\.org|npmjs\.(?:org|com)|deb\.debian\.org|security\.debian\.org"
    r"|docker\.io/|hub\.docker\.com|ghcr\.io|quay\.io|gcr\.io|crates\.io"
)
ASKED = {"harness/figures/online/services.py"}  # the services that `check --online` asks are part of the product
HOME = re.compile(r"(?<![\w}])/(?:home|work|root|Users)/")


# Source code.


def long_functions(source: str) -> list[str]:
    return [
        f"{node.name} has {lines} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def is_long(source: str) -> bool:
    return len(source.splitlines()) > LONGEST_FILE


def has_vague_name(module: str) -> bool:
    return not VAGUE_NAMES.isdisjoint(module.split("."))


def prints(source: str) -> list[int]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def undocumented(source: str) -> list[str]:
    """Return the public names without a docstring: the module, its classes, functions and methods."""
    tree = ast.parse(source)
    return ([] if ast.get_docstring(tree) else ["the module"]) + _undocumented(tree.body)


def _undocumented(body: list[ast.stmt]) -> list[str]:
    names = []
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            names += _undocumented(node.body)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            names += [] if ast.get_docstring(node) else [node.name]
            names += _undocumented(node.body) if isinstance(node, ast.ClassDef) else []
    return names


def stale_sections(source: str) -> list[str]:
    """Return the names in `Args:` and `Attributes:` that their function or class lacks, or that stand there twice."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = parameters(node.args)
            listed = names_in_section(ast.get_docstring(node), "Args")
            expected = {*taken, *listed} - {"self", "cls"} if listed else set()
        elif isinstance(node, ast.ClassDef):
            listed = names_in_section(ast.get_docstring(node), "Attributes")
            expected = set(listed)
            taken = [*re.findall(r"\bself\.(\w+)", ast.unparse(node)), *names_in_body(node)]
        else:
            continue
        if sorted(listed) != sorted(expected) or not expected <= set(taken):
            found.append(node.name)
    return found


def parameters(of: ast.arguments) -> list[str]:
    starred = [one for one in (of.vararg, of.kwarg) if one is not None]
    return [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs, *starred)]


def names_in_section(docstring: str | None, title: str) -> list[str]:
    section = (docstring or "").partition(f"{title}:\n")[2].partition("\n\n")[0]
    entries = re.findall(r"^ {4}(\w+(?:, \w+)*):", section, flags=re.MULTILINE)
    return [name for entry in entries for name in entry.split(", ")]


def names_in_body(node: ast.ClassDef) -> list[str]:
    fields = [one.target for one in node.body if isinstance(one, ast.AnnAssign)]
    properties = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
    return [one.id for one in fields if isinstance(one, ast.Name)] + properties


def sources() -> Iterator[tuple[str, str]]:
    for path in repository_files("*.py"):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_no_function_is_long() -> None:
    assert [f"{name}: {found}" for name, source in sources() for found in long_functions(source)] == []


def test_no_file_is_long() -> None:
    assert [name for name, source in sources() if is_long(source)] == []


def test_no_module_has_a_vague_name() -> None:
    assert [path for path in repository_files("*.py") if has_vague_name(module_of(path))] == []


def test_only_cli_and_console_print() -> None:
    assert [module for module in PACKAGE if module not in MAY_PRINT and prints(source_of(module))] == []


def test_every_public_name_has_a_docstring() -> None:
    assert [f"{module}: {name}" for module in PACKAGE for name in undocumented(source_of(module))] == []


def test_every_docstring_lists_what_its_function_or_class_has() -> None:
    assert [f"{module}: {name}" for module in PACKAGE for name in stale_sections(source_of(module))] == []


def a_function(lines: int) -> str:
    return "@decorated\ndef long():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize("prefix", ["", "async "])
def test_a_long_function_or_method_is_found(prefix: str) -> None:
    short, long = (a_function(lines).replace("def ", f"{prefix}def ") for lines in (60, 61))
    inner = "class Outer:\n" + "".join(f"    {line}\n" for line in long.splitlines())
    assert long_functions(short) == []
    assert long_functions(long) == long_functions(inner) == ["long has 61 lines"]


def test_a_long_file_is_found() -> None:
    assert not is_long("x = 1\n" * 400)
    assert is_long("x = 1\n" * 401)


@pytest.mark.parametrize("module", ["harness.utils", "harness.load.helpers", "tests.common", "harness.manager.inner"])
def test_a_vague_name_is_found(module: str) -> None:
    assert has_vague_name(module)
    assert not has_vague_name("harness.commonsense")


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


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("a: One.\n        b, c: Two.", []),
        ("a: One.\n        b: Two,\n            with c: more.\n        c: Three.", []),
        ("a: One.\n        b: Two.\n        c: Three.\n        d: Four.", ["f", "A"]),
        ("a: One.\n        a: One.\n        b, c: Two.", ["f", "A"]),
        ("a: One.\n        b: Two.", ["f"]),
    ],
)
def test_a_docstring_that_lists_something_else_is_found(listed: str, names: list[str]) -> None:
    function = (
        f'def f(self, a, *, b, **c):\n    """Do.\n\n    Args:\n        {listed}\n\n    Raises:\n        E.\n    """\n'
    )
    record = f'class A:\n    """One.\n\n    Attributes:\n        {listed}\n    """\n    a: int\n'
    record += "    def __init__(self):\n        self.b = 1\n    def c(self): pass\n"
    assert stale_sections(function + record) == names


# Text of all files.


def text_files() -> Iterator[tuple[str, str]]:
    for path in repository_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image


@pytest.mark.parametrize("pattern", [REGISTRY, HOME], ids=["registry", "home"])
def test_no_file_names_a_package_registry_or_a_personal_folder(pattern: re.Pattern[str]) -> None:
    matches = [
        f"{name}:{number}: {match.group()}"
        for name, text in text_files()
        if not name.endswith("/package-lock.json")  # npm names its registry there; tests/test_targets.py checks which
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line)) and not (pattern is REGISTRY and name in ASKED)
    ]
    assert matches == []


def test_all_files_of_the_repository_are_checked() -> None:
    names = {name for name, _ in text_files()}
    assert {"README.md", "requirements.lock", "Makefile", "harness/profiles.toml", "targets/gin_app/go.sum"} <= names
    assert not any(name.startswith(".venv/") for name in names)


def joined(*parts: str) -> str:
    return "".join(parts)  # this file must not contain the text that it searches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, joined("--index-url https://", "pypi", ".org/simple")),
        (REGISTRY, joined("https://files.", "pythonhosted", ".org/packages/x.whl")),
        (REGISTRY, joined("GOPROXY=https://proxy.", "golang", ".org")),
        (REGISTRY, joined("https://registry.", "npmjs", ".org/left-pad")),
        (REGISTRY, joined("deb http://deb.", "debian", ".org/debian trixie main")),
        (REGISTRY, joined("FROM docker", ".io/library/python")),
        (REGISTRY, joined("FROM ghcr", ".io/user/image")),
        (HOME, joined("/ho", "me/user/checkout")),
        (HOME, joined('path = "/wo', 'rk/main"')),
        (HOME, joined("COPY /ro", "ot/.cache /cache")),
        (HOME, joined("/Us", "ers/user")),
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
def test_similar_text_is_allowed(text: str) -> None:
    assert not REGISTRY.search(text)
    assert not HOME.search(text)
