"""Why numbers of a page could not be placed, in the words of messages: by reason, with examples and what to do."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.errors import FindingError
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.figures_file import ImportedFile
    from harness.figures.reading import UnplacedSection

_TWO_READINGS = " has two readings, "
_MOST_REASONS = 10
_MOST_EXAMPLES = 3
_LONGEST_EXAMPLE = 40
_SAY_LANGUAGE = 'Say the language of the page: lang="en" in it, or --language en of `check` and `import`.'
_REMEDIES = {  # by a part of the reason
    "two readings": _SAY_LANGUAGE,
    "names no framework": "Write the framework above it, or in the name of the file: flask_wrk.txt.",
    "no unit is printed": "Print the unit in the cell, the label or the head.",
}


def reason_lines(file: ImportedFile) -> list[str]:
    """Return a line for each reason, the most frequent first: how many numbers have it, and the first of them."""
    by_reason: dict[str, list[UnplacedSection]] = defaultdict(list)
    for one in file.unplaced:
        by_reason[_kind(one.reason)].append(one)
    in_order = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    return [f"{len(numbers)} \u00d7 {reason}{_examples(numbers)}" for reason, numbers in in_order[:_MOST_REASONS]]


def what_helps(file: ImportedFile) -> str:
    """Return what places the most numbers; empty if their reasons do not tell."""
    lines = reason_lines(file)
    return next((advice for line in lines for part, advice in _REMEDIES.items() if part in line), "")


def no_figure(file: ImportedFile, remedy: str = "") -> FindingError:
    """Return the error of a page that has numbers, and no figure.

    Args:
        file: What the page has.
        remedy: What to do where the reasons do not tell it.
    """
    count = len(file.unplaced)
    return FindingError(
        "no figure could be placed",
        where=str(file.page),
        cause=f"{'its' if count == 1 else 'each of its'} {counted(count, 'number')} lacks something",
        remedy=what_helps(file) or remedy or f"`harness import {file.page} --interactive` asks for each.",
    )


def _kind(reason: str) -> str:
    """Return a reason without the number that it names."""
    _, two, rest = reason.partition(_TWO_READINGS)
    return f"two readings, {rest.partition(', ')[2]}" if two else reason


def _examples(numbers: Sequence[UnplacedSection]) -> str:
    """Return the first numbers of a reason with their lines; numbers with two readings have these, too."""
    shown = [_example(one) for one in numbers if one.printed][:_MOST_EXAMPLES]
    if not shown:
        return ""
    return f": {'; '.join(shown)}{'; ...' if len(numbers) > len(shown) else ''}"


def _example(one: UnplacedSection) -> str:
    digits, two, rest = one.reason.partition(_TWO_READINGS)
    readings = f" is {' or '.join(rest.split(', ')[0].split(' and '))}" if two else ""
    printed = digits.strip("'") if two else one.printed
    cut = printed if len(printed) <= _LONGEST_EXAMPLE else f"{printed[:_LONGEST_EXAMPLE]}\u2026"
    return f"{cut!r} on line {one.place[0]}{readings}"
