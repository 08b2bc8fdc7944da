"""What a reader can answer of a number that could not be placed. It must not know how a question is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.importing.found import Found, scaled
from harness.figures.importing.vocabulary import quantity_of, quantity_of_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.importing.found import Unplaced
    from harness.figures.importing.importer import Imported


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a number.

    Attributes:
        target: Its framework.
        of: The framework that a ratio compares with; None for no ratio.
        unit: Its unit; None for the printed one.
        number: Its value, where the page has two readings; None for the only one.
        reading: `of` or `by`, of a ratio such as `0.35x slower`; None for another number.
    """

    target: str
    of: str | None = None
    unit: str | None = None
    number: float | None = None
    reading: str | None = None


def open_questions(imported: Imported) -> Iterator[Unplaced]:
    """Yield the numbers that a reader can place."""
    yield from (one for one in imported.unplaced if one.amount is not None)


def with_answer(imported: Imported, one: Unplaced, answer: Answer) -> Imported:
    """Return an import in which a number is placed as a reader says."""
    amount = one.amount
    if amount is None:
        return imported
    if answer.number is not None:
        amount = replace(amount, low=answer.number, high=answer.number)
    numbers, unit = scaled(amount, answer.unit or amount.unit)
    words = f"{one.context} {one.printed}"
    is_difference = answer.of is not None and unit == "%" and amount.is_signed
    quantity = quantity_of_ratio(words) if answer.of else quantity_of(words, unit or "", f"[{one.context}]")
    found = Found(
        printed=one.printed,
        offset=one.offset,
        label=f"[{one.context[:60]}]",
        section=one.section or imported.page.title,
        target=answer.target,
        of=answer.of,
        key=amount.key,
        numbers=numbers,
        unit="% difference" if is_difference else unit,
        quantity=quantity,
        digits=amount.digits,
        reading=answer.reading,
    )
    figures = sorted((*imported.figures, found), key=lambda figure: figure.offset)
    return replace(
        imported, figures=tuple(figures), unplaced=tuple(other for other in imported.unplaced if other is not one)
    )
