"""Strategies for names of all metrics of the catalogue."""

from hypothesis import strategies as st

from harness.metrics.catalogue import CATALOGUE, Metric
from harness.metrics.names import Parameters, Quantile, segments

_STRATEGIES = {
    "c<N>": ("connections", st.integers(1, 100_000)),
    "u<N>": ("users", st.integers(1, 100_000)),
    "r<R>": ("rate_per_s", st.floats(1e-3, 1e7)),
    "own<S>": ("share", st.floats(0.001, 0.999)),
    "p<Q>": ("quantile", st.sampled_from(Quantile)),
}


def fields_of(metric: Metric) -> dict[str, st.SearchStrategy[object]]:
    """Return the parameters in a metric's names, each with a strategy for its values."""
    return dict(_STRATEGIES[segment] for segment in segments(metric.pattern) if segment in _STRATEGIES)


def parameters_of(metric: Metric) -> st.SearchStrategy[Parameters]:
    return st.builds(Parameters, **fields_of(metric))


def named() -> st.SearchStrategy[tuple[Metric, Parameters]]:
    """Return a strategy for metrics with parameters."""
    return st.sampled_from(CATALOGUE).flatmap(lambda metric: st.tuples(st.just(metric), parameters_of(metric)))


def example(metric: Metric) -> str:
    """Return one name of a metric."""
    name = metric.pattern
    for segment, text in (("c<N>", "c32"), ("u<N>", "u32"), ("r<R>", "r1000"), ("own<S>", "own60"), ("p<Q>", "p99")):
        name = name.replace(segment, text)
    return name
