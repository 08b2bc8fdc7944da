"""Check that a real difference is found, and never with the wrong sign: +5 %, +10 %, and twice the rate.

The small effects are drawn with the blocks and rounds of the `full` profile's headline: ten blocks where a neighbour
has bursts in a tenth of the time, and the most blocks of the profile where it has them in half of the time. Twice the
rate must be found under every kind and dose of disturbance, by the function that judges a run.

The negative control does not pair: it compares rates of different blocks. It must miss the smaller difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparison import difference
from harness.analysis.intervals import log_t_interval
from harness.analysis.pairing import round_ratio
from harness.model import Difference
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.selftest.designs import headline_designs
from harness.selftest.disturbed_runs import ONE_SIDED, Spread, doses, verdicts
from harness.selftest.simulated_rates import (
    A_TENTH_OF_THE_TIME,
    HALF_THE_TIME,
    REPETITIONS,
    Machine,
    chunks,
    draw,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from harness.selftest.designs import Design
    from harness.selftest.disturbed_runs import Dose
    from harness.selftest.rig import Lab
    from harness.selftest.simulated_rates import Bursts, Rates

    Pairing = Callable[[Rates], NDArray[np.float64]]

# True ratio: the share of runs that must find it.
EFFECTS = {1.05: 0.80, 1.10: 0.95}
TWICE, TWICE_FOUND = 2.0, 0.99
_PROFILE = "full"
_DRIFT = 0.3
_RUNS = REPETITIONS // 2
_DISTURBED_RUNS = 100


def paired(rates: Rates) -> NDArray[np.float64]:
    """Return the ratios of each run by block. Both rates of a ratio come from the same rounds."""
    return round_ratio(rates.subject, rates.reference)


def unpaired(rates: Rates) -> NDArray[np.float64]:
    """Return ratios of rates from different blocks, in reverse order: the negative control."""
    return round_ratio(rates.subject, rates.reference[:, ::-1])


def shares(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return the share of runs that call the subject higher, and the share that call it lower."""
    verdicts = [difference(log_t_interval(of_run.tolist())) for of_run in ratios]
    higher, lower = (verdicts.count(claim) / len(verdicts) for claim in (Difference.HIGHER, Difference.LOWER))
    return higher, lower


def _shares(
    random: np.random.Generator, pair: Pairing, design: Design, bursts: Bursts, effect: float
) -> tuple[float, float]:
    machine, sizes = Machine(_DRIFT, bursts), chunks(_RUNS, design)
    return shares(np.concatenate([pair(draw(random, size, design, machine, ratio=effect)) for size in sizes]))


def judge(pair: Pairing, of_designs: Sequence[Design], seed: int) -> tuple[Check, ...]:
    """Check how often each effect is found, how often with the wrong sign, and how often the control misses it.

    Args:
        pair: Returns the ratios of runs by block.
        of_designs: The designs of one level with the least and the most blocks.
        seed: The seed.
    """
    random = np.random.default_rng(seed)
    least_blocks, most_blocks = of_designs[0], of_designs[-1]
    cases = ((least_blocks, A_TENTH_OF_THE_TIME), (most_blocks, HALF_THE_TIME))
    checks: list[Check] = []
    for design, bursts in cases:
        for effect, least in EFFECTS.items():
            label = f"{effect - 1:+.0%}, {design}, bursts in {bursts.share:.0%} of the time"
            higher, lower = _shares(random, pair, design, bursts, effect)
            checks += [at_least(f"{label}: found", least, higher), exactly(f"{label}: wrong sign", 0, lower)]
    smallest, least = min(EFFECTS.items())
    missed = 1 - _shares(random, unpaired, *cases[0], smallest)[0]
    return (*checks, at_least("negative control that does not pair: misses the smaller effect", 1 - least, missed))


def judge_disturbed(of_designs: Sequence[Design], seed: int) -> tuple[Check, ...]:
    """Check how often twice the rate is found under each disturbance; see `told_apart`."""
    random = np.random.default_rng(seed)
    checks = []
    for design in of_designs:
        for dose in filter(told_apart, doses()):
            found = verdicts(random, _DISTURBED_RUNS, design, dose, ratio=TWICE)
            share = found.count(Difference.HIGHER) / len(found)
            checks.append(at_least(f"twice the rate, {design}, {dose}: found", TWICE_FOUND, share))
    return tuple(checks)


def told_apart(dose: Dose) -> bool:
    """Return whether a disturbance can be told from an effect.

    A quota or a stop of one target in half of the blocks or more is itself a difference between the targets.
    """
    return dose.kind not in ONE_SIDED or dose.spread is Spread.ONE


def _of_least_blocks(profiles: Sequence[str]) -> Iterator[Design]:
    yield from (headline_designs(profile)[0] for profile in profiles)


def run(lab: Lab) -> Findings:
    """Draw runs, compare the two targets in each, and count the effects found."""
    disturbed = tuple(_of_least_blocks(("quick", _PROFILE)))
    return Findings(
        (*judge(paired, headline_designs(_PROFILE), lab.seed), *judge_disturbed(disturbed, lab.seed)),
        f"{_RUNS:,} runs for each effect; the machine loses {_DRIFT:.0%} of its speed from first block to last. "
        f"{_DISTURBED_RUNS} runs of twice the rate for each kind and dose of disturbance.",
    )


ROW = Row("known_effect", run, live=False)
