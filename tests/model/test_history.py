"""The texts of the starts of runs."""

from __future__ import annotations

import pytest

from harness.model import times_of


@pytest.mark.parametrize(
    ("starts", "texts"),
    [
        (["2026-11-28T22:10:00", "2026-11-29T22:10:00"], ["11-28", "11-29"]),
        (["2026-11-29T21:10:00", "2026-11-29T22:10:00"], ["21:10", "22:10"]),
        (
            ["2026-11-28T22:10:00", "2026-11-29T21:10:00", "2026-11-29T22:10:00"],
            ["11-28 22:10", "11-29 21:10", "11-29 22:10"],
        ),
        (["2025-11-29T22:10:00", "2026-11-29T22:10:00"], ["2025-11-29", "2026-11-29"]),
        (["2026-11-29T22:10:01", "2026-11-29T22:10:02"], ["11-29 22:10:01", "11-29 22:10:02"]),
        (["2026-11-29T22:10:01"], ["11-29"]),
        ([], []),
    ],
)
def test_the_starts_of_runs_have_the_shortest_texts_that_differ(starts: list[str], texts: list[str]) -> None:
    assert times_of(starts) == texts
