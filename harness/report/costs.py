"""The cost of a million requests as a table: measured CPU seconds, and money where the reader gave a price.

The numbers are those of the JSON document. This module must not know markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.documents import CostRow, cost_rows
from harness.metrics.words import phrase_of
from harness.report.tables import Cell, Footnotes
from harness.report.wording import DASH, TIMES, bracketed
from harness.units import significant

if TYPE_CHECKING:
    from harness.report.material import Material


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of a subject; `money` is None without a price."""

    name: str
    cpu: Cell
    money: Cell | None


@dataclass(frozen=True, slots=True)
class CostTable:
    """The costs of all contestants, with the formula by which a reader can compute them.

    Attributes:
        price: The price of a CPU core for an hour as text that holds the exact number; empty without one.
        rows: Empty if no target has a number.
        notes: The reasons of absent numbers.
    """

    price: str
    formula: str
    rows: tuple[Costs, ...]
    notes: tuple[str, ...]

    @property
    def is_shown(self) -> bool:
        """Whether the report has the table, or says why not: a reader who gave a price asked for it."""
        return bool(self.rows or self.price)


def cost_table(material: Material) -> CostTable:
    """Return the costs of all contestants."""
    notes = Footnotes()
    price = price_text(material.core_hour)
    subjects = material.plan.subjects
    rows = dict(zip(subjects, cost_rows(material.summary, material.core_hour), strict=True))
    costs = tuple(_costs(material.name_of(one), rows[one], notes) for one in material.contestants)
    if all(one.cpu.absent for one in costs):
        costs = ()
    metric, scenario = next(((row.metric, row.scenario) for row in rows.values()), (None, None))
    return CostTable(price, _formula(metric, scenario, price), costs, notes.texts)


def price_text(core_hour: float | None) -> str:
    """Return a price as text that holds the exact number; empty without one."""
    return "" if core_hour is None else repr(core_hour).removesuffix(".0")


def _costs(name: str, row: CostRow, notes: Footnotes) -> Costs:
    cpu = _cell((row.cpu_s, row.cpu_s_low, row.cpu_s_high), "CPU s", row.reason, notes)
    is_priced = row.core_hour is not None
    money = _cell((row.money, row.money_low, row.money_high), "", row.reason, notes) if is_priced else None
    return Costs(name, cpu, money)


def _cell(numbers: tuple[float | None, ...], unit: str, reason: str | None, notes: Footnotes) -> Cell:
    estimate, low, high = numbers
    if estimate is None or low is None or high is None:
        reason = reason or "the number is not finite"
        return Cell(DASH, notes=(notes.number(reason),), absent=reason)
    return Cell(significant(estimate), unit, bracketed(low, high))


def _formula(metric: str | None, scenario: str | None, price: str) -> str:
    measured = f"{phrase_of(metric)} (scenario {scenario})" if metric else "CPU time per request"
    cpu = f"CPU seconds = 1,000,000 {TIMES} the measured {measured}, on cores like this machine's."
    return f"{cpu} Money = CPU seconds / 3,600 {TIMES} {price}, the price of a CPU core for an hour." if price else cpu
