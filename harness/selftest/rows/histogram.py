"""Check the histogram's quantiles against the exact quantiles of the samples, from 1 µs to 60 s.

Samples of several shapes take the same path as the samples of a slice: binned in batches, written as text, read and
merged. The resulting quantiles are compared with numpy's exact ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.histogram import Histogram
from harness.selftest.checks import Check, Findings, Row, exactly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.selftest.rig import Lab

LIMIT = 0.001
QUANTILES = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
_LOW_NS, _HIGH_NS = 1_000, 60_000_000_000
_SAMPLES = 200_000
_BATCHES = 7
_TAIL_SHARE = 0.02


def samples(seed: int) -> dict[str, NDArray[np.int64]]:
    """Return samples in ns between 1 µs and 60 s, by the shape of their distribution."""
    random = np.random.default_rng(seed)
    body_ns = random.lognormal(np.log(300e3), 0.4, _SAMPLES)
    tail_ns = random.pareto(1.2, _SAMPLES) * 5e6
    shapes = {
        "log-uniform": np.exp(random.uniform(np.log(_LOW_NS), np.log(_HIGH_NS), _SAMPLES)),
        "log-normal": body_ns,
        "heavy tail": np.where(random.random(_SAMPLES) < _TAIL_SHARE, tail_ns, body_ns),
        "two values": random.choice([2e6, 1e9], _SAMPLES),
    }
    return {shape: np.clip(drawn, _LOW_NS, _HIGH_NS).astype(np.int64) for shape, drawn in shapes.items()}


def merged_histogram(samples_ns: NDArray[np.int64]) -> Histogram:
    """Bin samples in batches, write, read and merge them as a slice does; return the merged histogram."""
    merged = Histogram()
    for batch_ns in np.array_split(samples_ns, _BATCHES):
        part = Histogram()
        part.record(batch_ns)
        merged.add(Histogram.from_text(part.to_text()))
    return Histogram.from_text(merged.to_text())


def judge(shape: str, samples_ns: NDArray[np.int64], histogram: Histogram) -> tuple[Check, ...]:
    """Check count, sum and every quantile against the exact ones."""
    exact_s = np.quantile(samples_ns, QUANTILES, method="inverted_cdf") / 1e9
    read_s = np.array([histogram.quantile_s(q) for q in QUANTILES])
    ratios = read_s / exact_s
    worst = int(np.argmax(np.abs(ratios - 1)))
    return (
        exactly(f"{shape}: samples", len(samples_ns), histogram.count),
        exactly(f"{shape}: sum in ns", int(samples_ns.sum()), histogram.sum_ns),
        Check(f"{shape}: worst quantile, {QUANTILES[worst]:g}, over the exact one", 1.0, float(ratios[worst]), LIMIT),
    )


def run(lab: Lab) -> Findings:
    """Draw samples, bin and merge them, and compare the quantiles."""
    drawn = samples(lab.seed)
    return Findings(
        tuple(
            check for shape, of_shape in drawn.items() for check in judge(shape, of_shape, merged_histogram(of_shape))
        ),
        f"{_SAMPLES:,} samples of each shape from 1 µs to 60 s, {len(QUANTILES)} quantiles of each against numpy's.",
    )


ROW = Row("histogram", run, live=False)
