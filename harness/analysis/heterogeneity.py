"""Heterogeneity of several runs: whether they differ by more than their intervals allow, and by how much.

The interval of a run includes only the variation between its blocks. It does not include what changes from one run to
the next, such as a container's memory layout or other load on the machine. Only a comparison of several runs shows
this.

- Cochran's Q is the sum of the squared distances of the runs' log-ratios from their weighted mean, each in units of its
  standard error. Its usual distribution, chi-squared, assumes that these errors are known. A run of five blocks knows
  its error only to a third, so Q is often far too large. So the deciding probability comes from the distribution of Q
  for so few blocks, drawn with a fixed seed for runs with these standard errors and degrees of freedom and without a
  difference (parametric bootstrap: Krishnamoorthy, Lu and Mathew, Comput. Stat. Data Anal. 51, 2007).
- The variance between runs is the variance of their log-ratios minus the mean of their own variances (Hedges and Olkin,
  Statistical Methods for Meta-Analysis, 1985). Estimators that weight by 1/s² (DerSimonian-Laird, Paule-Mandel) also
  assume that the errors are known, and find a spread between runs without one.
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
    """The differences between several runs of one comparison.

    Attributes:
        q: Cochran's Q.
        freedom: The degrees of freedom of Q.
        p_chi2: The probability of such a Q if the standard errors were known; too small for few blocks.
        p: The probability of such a Q by its distribution for so few blocks. It decides.
        between: The standard deviation of the runs' true log-ratios, tau: about the share by which runs differ.
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
        """Whether the runs differ by more than their own intervals allow."""
        return self.p < REJECTED


def heterogeneity(runs: Sequence[Moments]) -> Heterogeneity:
    """Return the heterogeneity of the runs of one comparison.

    Args:
        runs: The moments of each run, at least two, each with a standard error above 0.

    Raises:
        ValueError: There are too few runs, or one has no standard error.
    """
    if len(runs) < LEAST_RUNS:
        raise ValueError(f"{len(runs)} runs, but a spread needs {LEAST_RUNS}")
    if not all(run.error > 0 for run in runs):
        raise ValueError("a run without a standard error")
    means = np.array([run.mean for run in runs])
    errors = np.array([run.error for run in runs])
    q, freedom = float(cochrans_q(means, errors**2)), len(runs) - 1
    total = statistics.variance(means.tolist())
    between = variance_between(total, runs)
    return Heterogeneity(
        q=q,
        freedom=freedom,
        p_chi2=float(special.chdtrc(freedom, q)),
        p=_p_of_few_blocks(q, errors, [run.freedom for run in runs]),
        between=math.sqrt(between),
        share=between / total if between else 0.0,
    )


def variance_between(total: float, runs: Sequence[Moments]) -> float:
    """Return tau²: the variance of the runs' means without the mean of their own variances, at least 0."""
    return max(0.0, total - statistics.fmean(run.error**2 for run in runs))


def cochrans_q(means: ArrayLike, variances: ArrayLike) -> NDArray[np.float64]:
    """Return Cochran's Q, the weighted sum of squares about the weighted mean; the last axis counts runs.

    Source: W. G. Cochran, Biometrics 10, 1954.
    """
    values, weights = np.asarray(means, float), 1 / np.asarray(variances, float)
    center = (weights * values).sum(axis=-1, keepdims=True) / weights.sum(axis=-1, keepdims=True)
    q: NDArray[np.float64] = (weights * (values - center) ** 2).sum(axis=-1)
    return q


def _p_of_few_blocks(q: float, errors: NDArray[np.float64], freedoms: Sequence[float]) -> float:
    """Return how often runs with these errors and degrees of freedom, but without a difference, have as large a Q."""
    rng = np.random.default_rng(0)
    shape = _DRAWS, len(errors)
    means = errors * rng.standard_normal(shape)
    variances = errors**2 * rng.chisquare(freedoms, shape) / freedoms
    as_large = int((cochrans_q(means, variances) >= q).sum())
    return (as_large + 1) / (_DRAWS + 1)  # the observed Q is one of the possible ones


def widened(run: Moments, found: Heterogeneity) -> Interval:
    """Return the interval of one run, widened by the difference between runs: tau² is added to its variance.

    The degrees of freedom follow Welch and Satterthwaite, from those of the run's variance and of that between runs.
    """
    variance, between = run.error**2, found.between**2
    both = variance + between
    freedom = 1 / ((variance / both) ** 2 / run.freedom + (between / both) ** 2 / found.freedom)
    return t_interval(Moments(run.mean, math.sqrt(both), freedom))


def usual_run(runs: Sequence[Moments]) -> Moments:
    """Return the moments of a typical run: the means of log-ratios and variances, and the fewest degrees of freedom."""
    error = math.sqrt(statistics.fmean(run.error**2 for run in runs))
    return Moments(statistics.fmean(run.mean for run in runs), error, min(run.freedom for run in runs))
