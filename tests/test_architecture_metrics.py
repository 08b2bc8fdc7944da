"""Only harness/metrics contains metric names and parses them: a rule on the source of all other modules.

The rule is a function from source to violations. One test checks the package, others check the rule with examples.
"""

import ast
import re

import pytest

from harness.metrics.catalogue import CATALOGUE
from harness.metrics.names import segments
from tests.checkout import PACKAGE, source_of
from tests.test_architecture import imports_in, room_of, violations

HEADS, TAILS = (
    "|".join(sorted({segments(metric.pattern)[place] for metric in CATALOGUE})) for place in (0, -1)
)  # `memory`, and `idle`
NAME = re.compile(rf"^(?:{HEADS})\.$|(?<![\w.])(?:{HEADS})\.[a-z0-9<*]|^\W*\.(?:{TAILS})\W*$")
WORD_AND_POINT = re.compile(rf"\b(?:{HEADS})\b.*\\\.", re.DOTALL)  # in a regular expression
PARSING_CALLS = {
    "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "replace",
    "find", "rfind", "index", "rindex", "count", "match", "fullmatch", "search", "findall", "finditer", "sub",
    "fnmatch", "fnmatchcase",
}  # fmt: skip
EXEMPT = {
    "harness.runtime.counters",  # its names are files of the kernel: `memory.stat`
    "harness.runtime.python_probes",  # it runs in the image of a target, which has no harness/metrics
}


def metric_names(module: str, source: str) -> list[str]:
    """Return the strings that contain a metric's name or a part of it, and the code that parses a metric's name."""
    if room_of(module) == "metrics" or module in EXEMPT:
        return []
    tree = ast.parse(source)
    prose = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        f"{module}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and node not in prose and (contains_name(node) or parses_name(node))
    ]


def contains_name(node: ast.expr) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and bool(NAME.search(text) or WORD_AND_POINT.search(text))


def parses_name(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in PARSING_CALLS and any(is_metric(one) for one in (receiver, *node.args))
    if isinstance(node, ast.Compare):
        tests = zip(node.ops, node.comparators, strict=True)
        return any(isinstance(test, ast.In | ast.NotIn) and is_metric(operand) for test, operand in tests)
    return isinstance(node, ast.Subscript) and is_metric(node.value)


def is_metric(node: ast.expr | None) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) == "metric"


def test_only_the_metrics_room_contains_metric_names() -> None:
    assert violations(metric_names) == []


@pytest.mark.parametrize(
    "source",
    [
        'x.startswith("throughput.closed.")',
        'x.removeprefix("latency.")',
        'x == "memory.idle"',
        'x in ("memory_pss.loaded", other)',
        'PATTERN = re.compile(r"^throughput\\.closed\\.c(\\d+)$")',
        'PATTERN = re.compile(r"(throughput|latency)\\.(closed|open)")',
        'f"latency.open.r{rate:g}.{name}"',
        'f"cpu_per_request.{load}"',
        'f"{family}.idle"',
        'f"{family}.first_request"',
        'x.endswith(".ready")',
        'FIGURES = {"footprint.": 1}',
        'wanted = "throughput.*"',
        "result.metric.startswith(prefix)",
        "head, _, tail = metric.partition(point)",
        "one.metric.rpartition(point)[2]",
        "re.fullmatch(pattern, result.metric)",
        "PATTERN.match(metric)",
        "fnmatchcase(metric, pattern)",
        '"closed" in figure.metric',
        "metric[:6] == start",
    ],
)
def test_a_metric_name_or_a_part_of_it_in_another_room_is_found(source: str) -> None:
    assert len(metric_names("harness.report.series", source)) == 1
    assert metric_names("harness.metrics.catalogue", source) == []


@pytest.mark.parametrize(
    "source",
    [
        '"""Such as `memory.idle`."""',
        'def f() -> None:\n    """Return `latency.open.r<R>`."""',
        'say("There is no more memory. Throughput is over N connections.")',
        'precision = {"throughput": 0.02, "memory": 0.01}',
        'PATTERN = re.compile(r"\\d+\\.\\d+")',
        "name = THROUGHPUT.name(connections=8)",
        "is_headline = result.metric in headlines",
        "is_memory = family_of(result.metric) is Family.MEMORY",
        "is_idle = result.metric == MEMORY_IDLE.name()",
        "floor = floors[metric]",
    ],
)
def test_prose_and_rows_of_the_catalogue_are_allowed(source: str) -> None:
    assert metric_names("harness.report.series", source) == []


def test_the_metrics_room_imports_only_model_and_units() -> None:
    modules = [module for module in PACKAGE if room_of(module) == "metrics"]
    imported = {name for module in modules for _, name in imports_in(module, source_of(module))}
    assert {room_of(name) for name in imported if name.startswith("harness.")} == {"metrics", "model", "units"}
