"""Numbers as people write them, with the outcome that is right for each."""

import csv
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    printed: str
    key: str
    value: str
    unit: str
    quantity: str
    right: str


def forms() -> list[Form]:
    with (PAGES / "forms.tsv").open(encoding="utf-8", newline="") as file:
        return [Form(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
