"""Sleeps in the tasks of a locustfile, found in its source: in a task's body, and in what it calls beside it.

Functions and methods of the locustfile's own folder are followed. A sleep within a library is not found, and a sleep in
the handling of an error does not count. This module runs nothing of the locustfile.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERS = frozenset({"user", "parent"})  # a task set's names for what it belongs to


def lengths_of(task: Any, owner: type, kind: type) -> list[float | None]:  # noqa: ANN401 - any callable
    """Return the lengths of the sleeps of a task in seconds; None for one that is not known before it runs.

    Args:
        task: The task, a function.
        owner: The user class or task set that has it.
        kind: The user class.
    """
    lengths: list[float | None] = []
    seen: set[FunctionType] = set()
    pending = [_function(task)]
    while pending:
        function = pending.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        for call in _calls(_tree(function)):
            if _name(call) == "sleep":
                lengths.append(_number(call))
            else:
                called = _function(_called(call, function, owner, kind))
                pending.append(called if called and _folder(called) == _folder(function) else None)
    return lengths


def _function(found: object) -> FunctionType | None:
    plain = inspect.unwrap(found) if callable(found) else None
    return plain if isinstance(plain, FunctionType) else None


def _folder(function: FunctionType) -> Path:
    return Path(function.__code__.co_filename).parent


def _tree(function: FunctionType) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])  # it is not written in a file


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _called(call: ast.Call, function: FunctionType, owner: type, kind: type) -> object:
    """Return what a call names: a function or a class of the file, a member of its module, or a method of the user."""
    match call.func:
        case ast.Name(id=name):
            return function.__globals__.get(name)
        case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder == _first_parameter(function):
            return getattr(owner, name, None)
        case ast.Attribute(value=ast.Name(id=holder), attr=name):
            module = function.__globals__.get(holder)
            return getattr(module, name, None) if isinstance(module, ModuleType) else None
        case ast.Attribute(value=ast.Attribute(attr=holder), attr=name) if holder in _USERS:
            return getattr(kind, name, None)
    return None


def _first_parameter(function: FunctionType) -> str:
    return next(iter(function.__code__.co_varnames), "")


def _name(call: ast.Call) -> str | None:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)


def _number(call: ast.Call) -> float | None:
    try:
        return float(ast.literal_eval(call.args[0]))
    except (IndexError, ValueError, TypeError):
        return None
