"""A strategy of pages with published figures, to check drawn runs against."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from harness.figures.printed import UNITS
from harness.figures.published import Figure, FigureSet
from harness.metrics import names
from harness.metrics.catalogue import FOR_FIGURES, parse
from harness.metrics.names import Parameters, Pattern, Quantile
from harness.model import AttributeName
from harness.units import Unit


@st.composite
def figures(draw: st.DrawFn, number: int) -> Figure:
    """Draw a published figure: a value, a range, a bound or a ratio, of any metric or of none."""
    metric = draw(st.sampled_from((None, "memory.*", "throughput.*", "latency.*", *map(_an_example, FOR_FIGURES))))
    is_ratio = draw(st.booleans())
    named = parse(metric) if metric else None
    base = Unit.ONE if is_ratio or named is None else named.metric.unit
    unit = draw(st.sampled_from([unit for unit in UNITS.values() if unit.base is base]))
    ends = sorted(draw(st.lists(st.sampled_from((0.0, 0.001, 1.0, 64.0, 2500.0, 1e12)), min_size=2, max_size=2)))
    low, high = draw(st.sampled_from(((ends[0], ends[0]), (ends[0], ends[1]), (-np.inf, ends[1]), (ends[0], np.inf))))
    return Figure(
        id=f"figure.{number}",
        label="A figure",
        printed=f"{ends[0]:g} to {ends[1]:g}",
        section=draw(st.sampled_from(("Facts", "Details"))),
        target="a_app",
        metric=metric,
        unit=unit,
        low=unit.to_base(low),
        high=unit.to_base(high),
        rounding=draw(st.sampled_from((0.0, 0.5))) * unit.factor,
        of="b_app" if is_ratio else None,
        quantity=draw(st.sampled_from((None, "speed"))),
        conditions=draw(st.sampled_from(((), ("idle",), ("concurrent load",), ("simple GET",), ("Serverless",)))),
    )


@st.composite
def figure_sets(draw: st.DrawFn) -> FigureSet:
    """Draw a page with figures, one of them in words."""
    drawn = tuple(draw(figures(number)) for number in range(draw(st.integers(1, 12))))
    words = Figure(
        "words",
        "Async",
        "yes",
        "Facts",
        "a_app",
        names.attribute(AttributeName.ASYNC_VIEWS),
        UNITS["words"],
        np.nan,
        np.nan,
        0.0,
        states="yes",
    )
    return FigureSet("A page", "A publisher", "Jun 2026", Path("page.toml"), (*drawn, words))


def _an_example(pattern: str) -> str:
    name = Pattern(pattern).build(Parameters(32, 500.0, Quantile.P99, 0.6))
    assert name is not None, pattern
    return name
