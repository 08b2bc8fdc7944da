"""Rates of paced users over the blocks of a run, and what else their slices say.

A rate of paced users is a fact about the users. It has an interval all the same: how far may chance put it off? With
several blocks the interval comes from their spread, as for all metrics. With a single block it is that of a Poisson
count (Garwood, Biometrika 28, 1936). Users with regular pauses spread less than that, so it is wide enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import special

from harness.analysis.absent import no_interval, no_value
from harness.analysis.intervals import CONFIDENCE, LEAST_TRIALS, Interval, log_t_interval
from harness.analysis.marks import COMPLAINTS
from harness.analysis.percentiles import Pooled
from harness.measure.capacity import troubles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from harness.model import DrivenSlice

_MOST_TEXTS = 3


@dataclass(frozen=True, slots=True)
class Count:
    """Answers in the counted part of a block's slices, and its length in seconds."""

    answers: float
    lasted_s: float

    @property
    def rate_per_s(self) -> float:
        """Answers per second; 0 without a length."""
        return self.answers / self.lasted_s if self.lasted_s else 0.0


@dataclass(frozen=True, slots=True)
class CountedRate:
    """The estimator of a rate from the counts of blocks; it has the methods of `latencies.Estimator`."""

    by_block: Mapping[int, Count]

    def over(self, blocks: Collection[int] | None = None) -> Pooled | str:
        """Return the estimate over some blocks, or over all; if there is none, return the reason."""
        wanted = {block: one for block, one in self.by_block.items() if blocks is None or block in blocks}
        kept = {block: one for block, one in wanted.items() if no_value(one.rate_per_s) is None}
        answers = sum(one.answers for one in kept.values())
        rates = {block: one.rate_per_s for block, one in kept.items()}
        values = list(rates.values())
        if answers < 1:
            return "no block has an answer in its counted part"
        if len(values) < LEAST_TRIALS:
            return Pooled(_of_one(*kept.values()), rates, round(answers), answers)
        return no_interval(values) or Pooled(log_t_interval(values), rates, round(answers), answers)

    @property
    def of_each_block(self) -> dict[int, float]:
        """The rate of each block that has a usable one."""
        rates = {block: one.rate_per_s for block, one in self.by_block.items()}
        return {block: rate for block, rate in rates.items() if no_value(rate) is None}

    def warning(self, _pooled: Pooled) -> str | None:
        """Return None: a count has no samples that depend on each other."""
        return None


def _of_one(count: Count) -> Interval:
    """Return the rate of a single count, above 0, with the interval of a Poisson count."""
    tail = (1 - CONFIDENCE) / 2
    low = float(special.gammaincinv(count.answers, tail))
    high = float(special.gammaincinv(count.answers + 1, 1 - tail))
    return Interval(*(answers / count.lasted_s for answers in (count.answers, low, high)))


def count_of(slices: Sequence[DrivenSlice]) -> Count:
    """Return the answers of one block's slices, and the length of their counted parts."""
    return Count(sum(one.result.counted for one in slices), sum(one.result.counted_s for one in slices))


def detail_of(by_block: Mapping[int, Sequence[DrivenSlice]]) -> str:
    """Return the number of answers that a rate comes from, and the source of its interval.

    Failed requests are counted over whole slices, so the answers at their edges are named: with them all add up.
    """
    answers = sum(count_of(slices).answers for slices in by_block.values())
    outside = sum(one.result.verified for slices in by_block.values() for one in slices) - round(answers)
    edges = f"; {outside:,} more came at the edges of slices, outside of the counted time" if outside > 0 else ""
    blocks = "one block, with the interval of a Poisson count" if len(by_block) == 1 else f"{len(by_block)} blocks"
    prepared = sum(one.result.prepared for slices in by_block.values() for one in slices)
    apart = f"; {prepared:,} requests of on_start and on_stop are apart" if prepared else ""
    return f"paced; {answers:,.0f} answers in {blocks}{edges}{apart}"


def remarks(slices: Sequence[DrivenSlice]) -> Iterator[str]:
    """Yield sentences on the failed requests of slices, on what the scenario complained of, and on ended users."""
    yield from troubles(slices)
    yield from complaints_in_words(slices)
    if ended := sum(one.result.users_ended for one in slices):
        yield f"{ended:,} users ended themselves (StopUser, quit or an error), so fewer sent requests"


def complaints_in_words(slices: Sequence[DrivenSlice]) -> Iterator[str]:
    """Yield a sentence on what a scenario itself called a failure or raised; none without complaints."""
    found: Counter[str] = Counter()
    for one in slices:
        found.update(one.result.complaints)
    if found:
        texts = ", ".join(
            f"{count:,} \N{MULTIPLICATION SIGN} {text!r}" for text, count in found.most_common(_MOST_TEXTS)
        )
        more = f", and {len(found) - _MOST_TEXTS} other texts" if len(found) > _MOST_TEXTS else ""
        yield f"{texts}{more}, {COMPLAINTS}"
