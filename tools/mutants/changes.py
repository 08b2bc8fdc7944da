"""The changes of a module for mutation tests, each at a single place.

These are not changed: annotations, docstrings, decorators, imports, the wording of messages (any text with a space; its
numbers are changed), characters to strip, and keywords such as `strict=` that only guard. This module is pure: it reads
source and runs nothing.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_STATEMENTS = (
    ast.stmt,
    ast.comprehension,
    ast.ExceptHandler,
    ast.match_case,
)  # the statements that a mutant's name quotes
_CONTEXT = 45  # characters of a statement that a name shows on each side of the change
_FACTORS = (1.25, 0.8)  # a quarter more, and the inverse
_GUARDS = {"strict", "encoding", "dtype", "slots", "frozen", "daemon"}

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_PAIRS = (
    ("min", "max"),
    ("any", "all"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("floor", "ceil"),
    ("startswith", "endswith"),
    ("partition", "rpartition"),
    ("split", "rsplit"),
    ("find", "rfind"),
    ("lower", "upper"),
    ("lstrip", "rstrip"),
)
_SWAPPED = dict(_PAIRS) | {b: a for a, b in _PAIRS}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change.

    Attributes:
        name: The function and its statement with `[before -> after]` in it. It does not change when lines move.
        line: The line number of the change.
    """

    name: str
    line: int
    _tree: ast.Module
    _place: _Place
    _changed: ast.AST

    def compiled(self, path: str) -> CodeType:
        """Return the code of the changed module."""
        original = self._place.node
        self._place.put(self._changed)
        try:
            return compile(self._tree, path, "exec", dont_inherit=True)
        finally:
            self._place.put(original)


@dataclass(frozen=True, slots=True)
class _Place:
    """A node that can be replaced: the field of its parent, and the statement that it is part of."""

    parent: ast.AST
    field: str
    index: int | None
    scope: str
    statement: ast.AST

    @property
    def node(self) -> ast.AST:
        held = getattr(self.parent, self.field)
        node: ast.AST = held if self.index is None else held[self.index]
        return node

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its source. Mutants with the same name get a number."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for place in _places(tree, "", tree):
        original = place.node
        replacements = list(_changes(original, place))
        before = _text(place.statement) if replacements else ""
        for replacement in replacements:
            changed = ast.fix_missing_locations(ast.copy_location(replacement, original))
            place.put(changed)
            after = _text(changed if original is place.statement else place.statement)
            place.put(original)
            name = f"{place.scope or 'module'}: {_difference(before, after)}"
            seen[name] += 1
            name = name if seen[name] == 1 else f"{name} ({seen[name]})"
            yield Mutant(name, getattr(original, "lineno", 0), tree, place, changed)


def _places(node: ast.AST, scope: str, statement: ast.AST) -> Iterator[_Place]:
    for field, index, child in _children(node):
        within = child if isinstance(child, _STATEMENTS) else statement
        yield _Place(node, field, index, scope, within)
        inner = f"{scope}.{child.name}".lstrip(".") if isinstance(child, _SCOPES) else scope
        yield from _places(child, inner, within)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Yield the parts of a node that may be changed."""
    for field, held in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "bases", "type_params", "format_spec", "ctx"}:
            continue
        for index, child in enumerate(held) if isinstance(held, list) else [(None, held)]:
            if isinstance(child, ast.AST) and not _is_left_out(child):
                yield field, index, child


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg=str(name)):
            return name in _GUARDS
        case (
            ast.Import()
            | ast.ImportFrom()
            | ast.Pass()
            | ast.Expr(value=ast.Constant())  # a docstring, or the dots of a protocol
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
            | ast.AnnAssign(annotation=ast.Name(id="TypeAlias"))
            | ast.Call(func=ast.Name(id="cast" | "TypeVar"))
        ):
            return True
    return False


def _changes(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    """Yield the replacements of a node."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.Constant():
            yield from _constants(node, place)
        case ast.Raise() | ast.Expr():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Name(id=name) if name in _SWAPPED:
            yield ast.Name(_SWAPPED[name], node.ctx)
        case ast.Attribute(value, attr) if attr in _SWAPPED and not _splits_everywhere(place):
            yield ast.Attribute(value, _SWAPPED[attr], node.ctx)
        case _:
            yield from _operations(node)
    if _is_plain_condition(node, place):
        yield ast.UnaryOp(ast.Not(), node)  # type: ignore[arg-type]  # a condition is an expression


def _splits_everywhere(place: _Place) -> bool:
    """Return whether this is `.split(...)` without a limit, which has the same effect from either end."""
    match place.parent:
        case ast.Call(func=ast.Attribute(attr="split"), args=[] | [_], keywords=[]):
            return True
    return False


def _operations(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, other(), right) for other in _COMPUTED.get(type(op), ()))
        case ast.AugAssign(target, op, value):
            yield from (ast.AugAssign(target, other(), value) for other in _COMPUTED.get(type(op), ()))
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for other in _COMPARED[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)


def _constants(node: ast.Constant, place: _Place) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(not value)
        case int(value):
            yield from (ast.Constant(value + step) for step in ((1, -1) if value else (1,)))
        case float(value):
            yield from (ast.Constant(value * factor if value else factor) for factor in _FACTORS)
        case str(value) if not _is_wording(value, place) and not _is_stripped(place):
            yield ast.Constant(f"{value}~")


def _is_wording(text: str, place: _Place) -> bool:
    """Return whether a text is part of a sentence; a key, a metric's name or a unit is not."""
    if isinstance(place.parent, ast.JoinedStr):
        parts = [part.value for part in place.parent.values if isinstance(part, ast.Constant)]
        return any(re.search(r"\s", str(part)) for part in parts)
    return re.search(r"\s", text) is not None


def _is_stripped(place: _Place) -> bool:
    """Tell whether this is a set of characters to strip: one more that never occurs changes nothing."""
    match place.parent:
        case ast.Call(func=ast.Attribute(attr="strip" | "lstrip" | "rstrip")):
            return True
    return False


def _is_plain_condition(node: ast.AST, place: _Place) -> bool:
    conditions = {(ast.If, "test"), (ast.IfExp, "test"), (ast.While, "test"), (ast.comprehension, "ifs")}
    negated_otherwise = ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant
    return (type(place.parent), place.field) in conditions and not isinstance(node, negated_otherwise)


def _text(node: ast.AST) -> str:
    """Return a statement without its inner statements, on one line."""
    shallow = copy.copy(node)
    for field, empty in (("body", [ast.Pass()]), ("orelse", []), ("finalbody", []), ("handlers", []), ("cases", [])):
        if isinstance(getattr(shallow, field, None), list):
            setattr(shallow, field, empty)
    if isinstance(shallow, ast.Try):
        return "try"
    if isinstance(shallow, _SCOPES):
        shallow.decorator_list = []
    return " ".join(ast.unparse(ast.fix_missing_locations(shallow)).split()).removesuffix(": pass")


def _difference(before: str, after: str) -> str:
    """Return the statement once, with `[before -> after]` in place of the words that differ."""
    old, new = (re.findall(r"\d[\d.]*e-\d+|\w+(?:\.\w+)*|\s+|[<>=!*/+-]+|.", text) for text in (before, after))
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    was, becomes = ("".join(words[start : len(words) - end]).strip() for words in (old, new))
    left, right = "".join(old[:start]), "".join(old[len(old) - end :])
    left = left if len(left) <= _CONTEXT else f"...{left[-_CONTEXT:]}"
    right = right if len(right) <= _CONTEXT else f"{right[:_CONTEXT]}..."
    return f"{left}[{was} -> {becomes}]{right}"
