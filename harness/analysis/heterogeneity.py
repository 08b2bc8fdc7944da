"""Whether several runs differ by more than their own intervals claim, and by how much.

The interval of a run knows what varies between its blocks. What changes from one run to the next (the memory that a
container was given, what else the machine is at, its mood of the hour) it can't know; only several runs side by side
show it.

- Cochran's Q adds up the squared distances of the runs' log-ratios from their weighted mean, each in units of its own
  standard error. Its usual distribution, chi-squared, takes these errors for known. A run of five blocks knows its own
  only to a third, and Q comes out far too large far too often. So the probability that decides is taken from Q's own
  distribution for so few blocks, drawn with a fixed seed: of runs with these standard errors and degrees of freedom
  that differ by nothing (parametric bootstrap: Krishnamoorthy, Lu and Mathew, Comput. Stat. Data Anal. 51, 2007).
- The variance between runs is what the variance of their log-ratios has beyond the mean of their own (Hedges and Olkin,
  Statistical Methods for Meta-Analysis, 1985). The estimators that weight by 1/s² (DerSimonian-Laird, Paule-Mandel)
  take the errors for known, too, and find a spread among runs that have none.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from harness.analysis.intervals import Moments, t_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from harness.analysis.intervals import Interval

LEAST_RUNS = 2
REJECTED = 0.01
_DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """What several runs of one comparison say of each other.

    Attributes:
        q: Cochran's Q, and `freedom` its degrees of freedom.
        p_chi2: The probability of such a Q were the standard errors known: too small where they are of few blocks.
        p: The same by Q's own distribution for so few blocks. It decides.
        between: The standard deviation of the runs' true log-ratios, tau; about the share by which runs differ.
        share: The share of the variance of the runs' log-ratios that lies between runs, I², 0 to 1.
    """

    q: float
    freedom: int
    p_chi2: float
    p: float
    between: float
    share: float

    @property
    def is_rejected(self) -> bool:
        """Whether the runs differ by more than their own intervals claim."""
        return self.p < REJECTED


def heterogeneity(runs: Sequence[Moments]) -> Heterogeneity:
    """Hold runs of one comparison against each other.

    Args:
        runs: One for each, at least two; every one with a standard error.

    Raises:
        ValueError: There are too few, or one claims to be exact.
    """
    if len(runs) < LEAST_RUNS:
        raise ValueError(f"{len(runs)} runs, and a spread takes {LEAST_RUNS}")
    if not all(run.error > 0 for run in runs):
        raise ValueError("a run without a standard error")
    means = np.array([run.mean for run in runs])
    errors = np.array([run.error for run in runs])
    q, freedom = float(cochrans_q(means, errors**2)), len(runs) - 1
    total, own = statistics.variance(means.tolist()), float(np.mean(errors**2))
    between = max(0.0, total - own)
    return Heterogeneity(
        q=q,
        freedom=freedom,
        p_chi2=float(special.chdtrc(freedom, q)),
        p=_p_of_few_blocks(q, errors, [run.freedom for run in runs]),
        between=math.sqrt(between),
        share=between / total if between else 0.0,
    )


def cochrans_q(means: ArrayLike, variances: ArrayLike) -> NDArray[np.float64]:
    """Return the weighted sum of squares about the weighted mean; the last axis counts runs.

    Source: W. G. Cochran, Biometrics 10, 1954.
    """
    values, weights = np.asarray(means, float), 1 / np.asarray(variances, float)
    center = (weights * values).sum(axis=-1, keepdims=True) / weights.sum(axis=-1, keepdims=True)
    q: NDArray[np.float64] = (weights * (values - center) ** 2).sum(axis=-1)
    return q


def _p_of_few_blocks(q: float, errors: NDArray[np.float64], freedoms: Sequence[float]) -> float:
    """Return how often runs that differ by nothing, each with such an error and so many blocks, have as large a Q."""
    rng = np.random.default_rng(0)
    shape = _DRAWS, len(errors)
    means = errors * rng.standard_normal(shape)
    variances = errors**2 * rng.chisquare(freedoms, shape) / freedoms
    as_large = int((cochrans_q(means, variances) >= q).sum())
    return (as_large + 1) / (_DRAWS + 1)  # the Q that was observed is one of those possible


def widened(run: Moments, found: Heterogeneity) -> Interval:
    """Return the interval of one run for what other runs would find as well: tau² is added to its variance.

    Degrees of freedom by Welch and Satterthwaite, from those of the run's own variance and of the one between runs.
    """
    variance, between = run.error**2, found.between**2
    both = variance + between
    freedom = 1 / ((variance / both) ** 2 / run.freedom + (between / both) ** 2 / found.freedom)
    return t_interval(Moments(run.mean, math.sqrt(both), freedom))


def usual_run(runs: Sequence[Moments]) -> Moments:
    """Return a run in the middle of these: with the mean of their variances, and the fewest degrees of freedom."""
    error = math.sqrt(statistics.fmean(run.error**2 for run in runs))
    return Moments(statistics.fmean(run.mean for run in runs), error, min(run.freedom for run in runs))
