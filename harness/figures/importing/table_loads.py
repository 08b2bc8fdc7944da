"""What heads, labels and other cells of a table state: the load of a column or a row, the test, the server."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.consistency.vocabulary import NAMES, words_in
from harness.figures.importing.offered_labels import heads_loads, load_of
from harness.figures.importing.stated import stated_in
from harness.figures.importing.statistic_words import is_statistic
from harness.figures.importing.vocabulary import HEAD_OF_LOADS, LOADS_IN_ENGLISH, in_brackets, without_brackets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.found import Finder
    from harness.figures.importing.numerals import Convention
    from harness.figures.importing.page import Cell
    from harness.figures.importing.table_columns import Column

_BARE = re.compile(r"\d[\d,]*k?")


def loads_of_heads(columns: Sequence[Column], finder: Finder) -> dict[int, tuple[str, ...]]:
    """Return what the heads state as load: `Speed (64)` with the page's own word for 64."""
    bare = {column.number: number for column in columns for number in _bare_numbers(column.head)}
    word = next((word for number in bare.values() if (word := _word_of_load(finder.page.source.text, number))), None)
    loads: dict[int, tuple[str, ...]] = {}
    for column in columns:
        if column.number in bare:
            loads[column.number] = (f"{word} {bare[column.number]}" if word else bare[column.number],)
        elif (
            column.head
            and not understand((column.head,)).others
            and understand((column.head,)).stated().keys() & {"connections", "rate_per_s"}
        ):
            loads[column.number] = (column.head,)
    return loads


def _bare_numbers(head: str) -> list[str]:
    return [part for part in (*in_brackets(head), head.strip()) if _BARE.fullmatch(part)][:1]


def _word_of_load(page: str, number: str) -> str | None:
    """Return the word by which the page calls a number a load: `a concurrency of 64`, `64 connections`."""
    n = re.escape(number)
    found = re.search(
        rf"\b(concurrency|connections|clients)(?: levels?)?(?: of)?:? {n}\b"
        rf"|\b{n} (?:concurrent |parallel )?(connections|clients)\b",
        page[:200_000],
        re.IGNORECASE,
    )
    return (found[1] or found[2]).lower() if found else None


def load_of_row(heads: Sequence[str], label: str, convention: Convention) -> tuple[str, ...]:
    """Return the load that a row is for, if its label is a number under `Workers`, `Connections` or `Rate (req/s)`."""
    if len(heads) != 1:
        return ()
    if heads_loads(heads[0]):
        return load_of(heads[0], label, convention)
    return (_counted(label, heads[0]),) if HEAD_OF_LOADS.match(heads[0]) and _BARE.fullmatch(label) else ()


def _counted(number: str, head: str) -> str:
    noun = LOADS_IN_ENGLISH.get(head.lower(), head.lower())
    one = noun.removesuffix("es" if noun.endswith("sses") else "s")
    return f"{number} {one if number == '1' else noun}"


def stated_in_row(columns: Sequence[Column], row: Sequence[Cell], names: int) -> Iterator[str]:
    """Yield what a row's other cells state: the number under `Connections`, or words under `Test`."""
    for column in columns:
        if column.number == names or column.number >= len(row):
            continue
        text, head = row[column.number].plain, column.head
        if not text or len(text) > 60:  # noqa: PLR2004 - characters of a condition
            continue
        if HEAD_OF_LOADS.match(head) and _BARE.fullmatch(text):
            yield _counted(text, head)
        elif re.match(r"(?:note|comment)s?$", head, re.IGNORECASE):
            yield from stated_in(text)
        elif re.match(r"(?:test|endpoint|route|payload|server|mode|configuration|setup)s?$", head, re.IGNORECASE):
            yield text


def _in_brackets(label: str) -> Iterator[str]:
    """Yield what stands in brackets, in parts where the whole is not understood: `4 workers` of `(sync, 4 workers)`."""
    for whole in in_brackets(label):
        yield from (whole,) if not understand((whole,)).others else re.split(r"\s*[,;]\s+", whole)


def _without_quantity(bare: str) -> str:
    """Return a label without the words of its quantity: `JSON` of `JSON best req/s`."""
    return " ".join(
        word for word in words_in(bare) if word.casefold() not in NAMES and not is_statistic(word.casefold())
    )


@lru_cache(maxsize=4096)
def stated_in_label(label: str) -> tuple[str, ...]:
    """Return the condition that the label of a row is, such as `Plain Text` or `JSON`."""
    bare = without_brackets(label)
    parts = [part for part in (bare, *_in_brackets(label)) if part and not understand((part,)).others]
    parts = parts or [rest for rest in [_without_quantity(bare)] if rest and not understand((rest,)).others]
    of_label = {"statistic", "state"}  # which the label itself states
    return tuple(
        part for part in parts if understand((part,)).stated().keys() - of_label or understand((part,)).servers
    )
