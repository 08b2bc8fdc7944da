"""The figures file of an import: its sections, its figures as the reader of figures files takes them, and its TOML.

A figure that this reader refuses is not written: it goes to what could not be placed, with the reader's cause.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.conditions import inherit
from harness.figures.importing.found import Unplaced
from harness.figures.importing.of_load import without_load
from harness.figures.importing.subjects import cut, slug
from harness.figures.online.facts import Fact, fact_named
from harness.figures.printed import unit_named
from harness.figures.published import FigureSet
from harness.figures.reading import (
    FigureSection,
    FiguresFile,
    GroupSection,
    QuantitySection,
    UnplacedSection,
    figure_of,
)
from harness.units import Unit, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.figures.importing.found import Found
    from harness.figures.importing.importer import Imported
    from harness.figures.published import Figure

MOST_UNPLACED = 500
_LONGEST_SECTION = 40
_STRINGS = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The figures file of a page.

    Attributes:
        file: What it says.
        figures: Its figures, each with the line of the page.
        unplaced: What could not be placed, all of it; the file has the first `MOST_UNPLACED`.
    """

    page: Path
    file: FiguresFile
    figures: FigureSet
    unplaced: tuple[UnplacedSection, ...]

    @property
    def left_out(self) -> int:
        """The number of unplaced numbers that the file does not have."""
        return len(self.unplaced) - len(self.file.unplaced)


class _Names:
    """Makes names unique by a number behind them."""

    def __init__(self, gap: str = "_") -> None:
        self._gap = gap
        self._taken: set[str] = set()
        self._last: Counter[str] = Counter()

    def unique(self, name: str) -> str:
        """Return a name that this object has not returned yet."""
        unique = name
        while unique in self._taken:
            self._last[name] += 1
            unique = f"{name}{self._gap}{self._last[name] + 1}"
        self._taken.add(unique)
        return unique


def figures_file(imported: Imported) -> ImportedFile:
    """Return the figures file of what was found on a page."""
    source = imported.page.source
    names = _quantity_names(imported.figures)
    groups: dict[tuple[str, str, str | None], list[FigureSection]] = {}
    figures: list[Figure] = []
    refused: list[Unplaced] = []
    ids: dict[tuple[str, str, str | None], str] = {}
    empty: dict[tuple[str, str, str | None], GroupSection] = {}
    conditions, shared = imported.conditions, _shared(imported)
    groups_named, figures_named = _Names(), defaultdict[object, _Names](_Names)
    frame = _without_groups(imported, names, shared)
    for found in imported.figures:
        key = found.section, found.target, found.of
        if key not in ids:
            ids[key] = groups_named.unique(_group_id(key))
            empty[key] = _group(ids[key], key, ())
        place = source.place(found.offset)
        if found.has_load and shared != conditions:
            found = replace(found, conditions=inherit(conditions, found.conditions))  # noqa: PLW2901 - with its load
        section = _section(found, names, place, figures_named[key])
        try:
            figures.append(figure_of(section, empty[key], frame, source.path, place=place))
        except UsageError as error:
            refused.append(Unplaced(found.printed, found.offset, error.cause, found.label))
            continue
        groups.setdefault(key, []).append(section)
    in_order = sorted((*imported.unplaced, *refused), key=lambda one: one.offset)
    unplaced = tuple(_unplaced(one, source.place(one.offset)) for one in in_order)
    file = frame.model_copy(
        update={
            "quantities": _used(frame.quantities, groups.values()),
            "groups": tuple(_group(ids[key], key, tuple(sections)) for key, sections in groups.items()),
            "unplaced": unplaced[:MOST_UNPLACED],
        }
    )
    return ImportedFile(
        source.path,
        file,
        FigureSet(file.title, file.source, file.date, source.path, tuple(figures)),
        unplaced,
    )


def _without_groups(
    imported: Imported, names: Mapping[tuple[str, str | None], str], shared: tuple[str, ...]
) -> FiguresFile:
    """Return the head of the file: the page's title, source and date, the common conditions, and all quantities."""
    page, units = imported.page, _units_of(imported.figures)
    return FiguresFile(
        title=page.title or page.source.path.name,
        source=page.address or page.source.path.name,
        date=imported.date or "no date stated",
        conditions=shared,
        quantities={
            name: QuantitySection(metric=metric, online=None if metric else _fact(key, units[key]))
            for (key, metric), name in names.items()
        },
        groups=(),
    )


def _shared(imported: Imported) -> tuple[str, ...]:
    """Return what the page states for all of its figures: no load if one of them has none."""
    is_of_all = all(one.has_load for one in imported.figures)
    return imported.conditions if is_of_all else without_load(imported.conditions)


def _group(name: str, key: tuple[str, str, str | None], sections: tuple[FigureSection, ...]) -> GroupSection:
    section, target, of = key
    return GroupSection(id=name, section=section or "Page", target=target, of=of, figures=sections)


def _quantity_names(figures: tuple[Found, ...]) -> dict[tuple[str, str | None], str]:
    """Return a name for each quantity and its metric: two metrics of one name get two names."""
    names: dict[tuple[str, str | None], str] = {}
    known = _Names(" ")
    for found in figures:
        if found.quantity is not None and found.quantity.name:
            key = found.quantity.name, found.quantity.metric
            if key not in names:
                names[key] = known.unique(found.quantity.name)
    return names


def _units_of(figures: tuple[Found, ...]) -> Mapping[str, set[str]]:
    """Return the units of the figures of each quantity, by its name."""
    units: dict[str, set[str]] = defaultdict(set)
    for one in figures:
        if one.quantity is not None and one.of is None:
            units[one.quantity.name].add(one.unit or "")
    return units


def _fact(quantity: str, units: Iterable[str]) -> Fact | None:
    """Return the online fact that a quantity names; None if one of its figures is no count."""
    known = [unit_named(unit) for unit in units]
    return fact_named(quantity) if all(unit and unit.base is Unit.ONE for unit in known) else None


def _used(
    quantities: Mapping[str, QuantitySection], sections: Iterable[list[FigureSection]]
) -> dict[str, QuantitySection]:
    used = {one.quantity for of_group in sections for one in of_group}
    return {name: section for name, section in quantities.items() if name in used}


def _section(
    found: Found, names: Mapping[tuple[str, str | None], str], place: tuple[int, int], ids: _Names
) -> FigureSection:
    words = found.label.strip("[]") if not found.label.startswith("[") else f"text {found.printed}"
    shown = {"id": ids.unique(slug(words) or "figure"), "label": found.label or "[text]", "printed": found.printed}
    if found.attribute is not None:
        return FigureSection.model_validate(
            {
                **shown,
                "attribute": found.attribute,
                "states": found.states,
                "conditions": found.conditions,
                "place": place,
            }
        )
    numbers: object = list(found.numbers) if found.key == "range" else found.numbers[0]
    quantity = found.quantity
    return FigureSection.model_validate(
        {
            **shown,
            found.key: numbers,
            "unit": found.unit,
            "quantity": names.get((quantity.name, quantity.metric)) if quantity else None,
            "metric": quantity.own_metric if quantity else None,
            "conditions": found.conditions,
            "reading": found.reading,
            "place": place,
        }
    )


def _unplaced(one: Unplaced, place: tuple[int, int]) -> UnplacedSection:
    return UnplacedSection(printed=one.printed[:200], place=place, reason=one.reason, context=one.context)


def _group_id(key: tuple[str, str, str | None]) -> str:
    section, target, of = key
    sides = "_over_".join(side.removesuffix("_app") for side in (target, of) if side)
    return f"{cut(slug(section), _LONGEST_SECTION) or 'page'}.{sides}"


def as_toml(imported: ImportedFile) -> str:
    """Return the text of a figures file, one line a figure."""
    file = imported.file
    unplaced = counted(len(imported.unplaced), "number")
    lines = [
        f"# Imported from {imported.page.name} by `harness import`. `place` is line and column on the page.",
        f"# {counted(len(imported.figures.figures), 'figure')}; {unplaced} not placed, {_where(imported)}.",
        "",
        f"title = {_text(file.title)}",
        f"source = {_text(file.source)}",
        f"date = {_text(file.date)}",
        *([f"conditions = {_value(file.conditions)}"] if file.conditions else []),
        *([] if file.groups else ["groups = []"]),
        "",
        "[quantities]",
        *(
            f"{_text(name)} = {_inline({'metric': one.metric, 'online': one.online})}"
            for name, one in file.quantities.items()
        ),
    ]
    for group in file.groups:
        lines += [
            "",
            "[[groups]]",
            f"id = {_text(group.id)}",
            f"section = {_text(group.section)}",
            f"target = {_text(group.target)}",
        ]
        lines += [f"of = {_text(group.of)}"] if group.of else []
        lines += ["figures = [", *(f"  {_inline(_keys(one))}," for one in group.figures), "]"]
    for one in file.unplaced:
        lines += ["", "[[unplaced]]", *(f"{key} = {_value(value)}" for key, value in one.model_dump().items())]
    return "\n".join((*lines, ""))


def _where(imported: ImportedFile) -> str:
    """Return where the numbers are that could not be placed."""
    if not imported.left_out:
        return "at the end"
    return (
        f"the first {len(imported.file.unplaced)} at the end; `harness import {imported.page.name} --json` has the "
        f"other {imported.left_out}"
    )


def _keys(section: FigureSection) -> dict[str, object]:
    return {key: value for key, value in section.model_dump(exclude_defaults=True).items() if value not in (None, ())}


def _inline(values: Mapping[str, object]) -> str:
    inner = ", ".join(f"{key} = {_value(value)}" for key, value in values.items() if value is not None)
    return f"{{ {inner} }}" if inner else "{}"


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - no exponent below
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)


def _text(text: str) -> str:
    """Return a text as a basic string of TOML, which has the escapes of JSON."""
    return _STRINGS.encode(text).replace("\x7f", "\\u007f")
