"""What the source of a locustfile tells without its import: whether it can have a user class at all.

A class that comes from elsewhere, or is made by a call, may be one. Only the import knows, so such a file passes.
"""

from __future__ import annotations

import ast
import builtins
import sys

_ABSTRACT = "abstract = True"
_OWN = frozenset({"locust", "harness"})  # their own user classes are abstract
_NO_USERS = frozenset({"TaskSet", "SequentialTaskSet", "MarkovTaskSet", "LoadTestShape"})
_MAKERS = frozenset({"type", "new_class", "exec", "eval", "globals", "vars", "setattr", "__import__", "import_module"})


def why_no_user_class(tree: ast.Module) -> str:
    """Return why a locustfile has no user class, in words."""
    body = tree.body
    tests = [one.name for one in body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
    if tests:
        return f"it has no user class, and tests in pytest's style ({tests[0]}) are not run"
    abstract = [one.name for one in body if isinstance(one, ast.ClassDef) and _is_abstract(one)]
    return f"its only user class, {abstract[0]}, is abstract" if abstract else "it has no user class"


def may_have_user_class(tree: ast.Module) -> bool:
    """Return whether the import of a locustfile may give a user class; False only where it certainly gives none."""
    no_users = {*_NO_USERS, *vars(builtins)} - _MAKERS
    foreign: set[str] = set()
    for one in ast.walk(tree):
        match one:
            case ast.Import(names=names):
                roots = {(name.asname or name.name).partition(".")[0]: name.name for name in names}
                foreign |= {root for root, module in roots.items() if not _is_known(module)}
            case ast.ImportFrom(module=module, names=names, level=level):
                if level or not _is_known(module or ""):
                    return True
                if module and not _is_of(module, _OWN):
                    no_users |= {name.asname or name.name for name in names}
    return any(_may_be_user(one, no_users) or _makes_one(one, foreign) for one in ast.walk(tree))


def _may_be_user(one: ast.AST, no_users: set[str]) -> bool:
    """Return whether a part of the source is a class that may be a user's; remember the name of one that is not."""
    if not isinstance(one, ast.ClassDef):
        return False
    if not one.keywords and all(_name(base) in no_users for base in one.bases):
        no_users.add(one.name)
        return False
    return not _is_abstract(one)


def _makes_one(one: ast.AST, foreign: set[str]) -> bool:
    """Return whether a part of the source may make a class, or take one from a module that is not known."""
    if isinstance(one, ast.Call) and _name(one.func) in _MAKERS:
        return True
    is_given = isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None
    return is_given and any(isinstance(part, ast.Name) and part.id in foreign for part in ast.walk(one))


def _is_abstract(one: ast.ClassDef) -> bool:
    return _ABSTRACT in map(ast.unparse, one.body)


def _is_known(module: str) -> bool:
    """Return whether a module has no user class that counts: one of the standard library, of Locust or of ours."""
    return _is_of(module, sys.stdlib_module_names) or _is_of(module, _OWN)


def _is_of(module: str, roots: frozenset[str]) -> bool:
    return module.partition(".")[0] in roots


def _name(of: ast.expr) -> str:
    """Return the last name of an expression such as `locust.HttpUser` or `Generic[T]`; empty for any other."""
    match of:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _name(value)
    return ""
