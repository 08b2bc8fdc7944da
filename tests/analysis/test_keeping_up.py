"""Overload: a target below 99 % of an open load is overloaded for any length of the slices, and a busy one is not."""

from collections.abc import Iterable

import numpy as np
import pytest

from harness.analysis.keeping_up import Achieved, Offer, achieved, is_shortfall, late_blocks, overload
from harness.histogram import Histogram
from harness.model import DrivenSlice, ErrorKind, Load, LoadKind, Slice, SliceResult
from tests.fakes import histogram_of
from tests.trials import GIN

DISCARD_S = 0.2
RATE_PER_S = 1000.0
OFFER = Offer(RATE_PER_S, 64)


def one_after_the_other(due_s: np.ndarray, service_s: np.ndarray, workers: int = 1) -> np.ndarray:
    """Return when each request ends at a server with so many workers, in the order of arrival (Lindley)."""
    free_s, done_s = np.zeros(workers), np.zeros(len(due_s))
    for number, (due, service) in enumerate(zip(due_s, service_s, strict=True)):
        place = int(free_s.argmin())
        free_s[place] = done_s[number] = max(free_s[place], due) + service
    return done_s


def driven(
    due_s: np.ndarray, done_s: np.ndarray, lasts_s: float, connections: int = 64, rate_per_s: float = RATE_PER_S
) -> tuple[DrivenSlice, Histogram]:
    """Return a slice as the generator counts it, and the response times of the requests due in its counted part."""
    plan = Slice(0, GIN, "hello", Load(LoadKind.POISSON, connections, rate_per_s), lasts_s, DISCARD_S, seed=1)
    result = SliceResult(
        number=0,
        sent=len(due_s),
        verified=len(due_s),
        errors={},
        counted=int(((done_s >= DISCARD_S) & (done_s < lasts_s)).sum()),
        counted_s=lasts_s - DISCARD_S,
        wall_s=float(max(lasts_s, done_s.max(initial=0))),
        generator_cpu_s=0.1,
        utilisation=0.1,
        planned=len(due_s),
    )
    response = Histogram.from_text(histogram_of((done_s - due_s)[due_s >= DISCARD_S].tolist()))
    return DrivenSlice(plan, result), response


def a_block(  # noqa: PLR0913 - a load has this many parts
    rng: np.random.Generator,
    lasts_s: float,
    service_s: float,
    workers: int = 1,
    *,
    slices: int = 2,
    rate_per_s: float = RATE_PER_S,
) -> Achieved | None:
    parts, pooled = [], Histogram()
    for _ in range(slices):
        due_s = np.sort(rng.uniform(0, lasts_s, rng.poisson(rate_per_s * lasts_s)))
        done_s = one_after_the_other(due_s, np.full(len(due_s), service_s), workers)
        part, response = driven(due_s, done_s, lasts_s, max(64, workers), rate_per_s)
        parts.append(part)
        pooled.add(response)
    return achieved(parts, pooled)


def known(blocks: Iterable[Achieved | None]) -> list[Achieved]:
    return [one for one in blocks if one is not None]


def a_run(seed: int, lasts_s: float, service_s: float, workers: int = 1, slices: int = 2) -> str | None:
    """Return the sentence on a run of six blocks."""
    rng = np.random.default_rng(seed)
    return overload(known(a_block(rng, lasts_s, service_s, workers, slices=slices) for _ in range(6)), OFFER)


@pytest.mark.parametrize("lasts_s", [1.0, 2.3, 10.0, 60.0])
def test_a_capacity_of_90_percent_is_overload_for_slices_of_any_length(lasts_s: float) -> None:
    found = a_run(1, lasts_s, 1 / 900, slices=2 if lasts_s < 5 else 1)
    assert found is not None
    assert found.startswith("does not keep up with 1,000/s: ")
    assert 870 <= float(found.split(": ")[1].removesuffix("/s answered")) <= 915


@pytest.mark.parametrize("lasts_s", [1.2, 2.3, 10.0])
def test_a_target_at_95_percent_utilisation_keeps_up(lasts_s: float) -> None:
    late = [seed for seed in range(20) if a_run(seed, lasts_s, 0.95 / RATE_PER_S)]
    assert len(late) <= 1


@pytest.mark.parametrize(("service_s", "workers", "told"), [(0.2, 32, 160), (0.03, 4, 132), (0.2, 400, None)])
def test_the_rate_of_answers_is_told_far_above_the_capacity(service_s: float, workers: int, told: int | None) -> None:
    found = a_run(3, 1.2, service_s, workers)
    assert found == (told and f"does not keep up with 1,000/s: {told}/s answered")


@pytest.mark.parametrize("service_s", [0.05, 0.2, 0.4, 0.8])
def test_a_slow_handler_with_enough_workers_keeps_up(service_s: float) -> None:
    """Many requests are in flight at the end, and more than in the head: they wait for nothing."""
    assert a_run(5, 1.2, service_s, workers=2000) is None


def test_one_request_of_a_hundred_that_takes_a_second_is_no_overload() -> None:
    rng = np.random.default_rng(7)
    blocks = []
    for _ in range(6):
        due_s = np.sort(rng.uniform(0, 1.2, 1200))
        slow = rng.random(1200) < 0.01
        part, response = driven(due_s, due_s + np.where(slow, 1.0, 0.002), 1.2)
        blocks.append(achieved([part], response))
    assert overload(known(blocks), OFFER) is None


def with_errors(verified: int, errors: dict[ErrorKind, int], given_up: int = 0) -> Achieved:
    """Return a second of 1,000 requests, of which some were given up after 5 s and are in the histogram."""
    plan = Slice(0, GIN, "hello", Load(LoadKind.POISSON, 64, RATE_PER_S), 1.0, 0.0, seed=1)
    result = SliceResult(0, 1000, verified, errors, verified, 1.0, 6.0, 0.1, 0.1, planned=1000)
    response = Histogram.from_text(histogram_of([0.002] * verified + [5.0] * given_up))
    [found] = known([achieved([DrivenSlice(plan, result)], response)])
    return found


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_a_failed_request_is_offered_and_not_answered(kind: ErrorKind) -> None:
    one = with_errors(980, {kind: 20}, given_up=20 if kind is ErrorKind.TIMEOUT else 0)
    assert one.share == pytest.approx(0.98)
    assert not one.keeps_up(None)


def test_a_request_that_was_never_sent_is_offered_and_not_answered() -> None:
    assert with_errors(980, {}, given_up=20).share == pytest.approx(0.98)


@pytest.mark.parametrize("counted_s", [1.0, 0.0, 5e-324])
def test_a_block_in_which_no_request_ended_in_time_achieved_nothing(counted_s: float) -> None:
    plan = Slice(0, GIN, "hello", Load(LoadKind.POISSON, 64, 10.0), 1.0, 0.0, seed=1)
    result = SliceResult(0, 10, 0, {ErrorKind.TIMEOUT: 10}, 0, counted_s, 6.0, 0.1, 0.1, planned=10)
    given_up = Histogram.from_text(histogram_of([5.0] * 10))
    assert achieved([DrivenSlice(plan, result)], given_up) == Achieved(0.0, 0.0, 0.1, 10, 0.0)


@pytest.mark.parametrize("planned", [0, 1])
def test_a_block_in_which_no_request_was_due_says_nothing(planned: int) -> None:
    """At a rate of 0.5/s two slices of three may have no request, or only one in the head."""
    plan = Slice(0, GIN, "hello", Load(LoadKind.POISSON, 64, 0.5), 1.2, 0.2, seed=1)
    result = SliceResult(0, planned, planned, {}, 0, 1.0, 1.2, 0.1, 0.1, planned=planned)
    assert achieved([DrivenSlice(plan, result)], Histogram()) is None


@pytest.mark.parametrize("service_s", [0.002, 0.05, 0.2, 0.5])
@pytest.mark.parametrize("rate_per_s", [0.3, 1.0, 3.0, 10.0])
def test_a_target_that_answers_each_of_a_few_requests_keeps_up(rate_per_s: float, service_s: float) -> None:
    """A part of a request that is missing at the end of a slice is no backlog."""
    late = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        blocks = known(a_block(rng, 2.3, service_s, workers=100, slices=1, rate_per_s=rate_per_s) for _ in range(10))
        late += bool(blocks) and overload(blocks, Offer(rate_per_s, 64)) is not None
    assert late <= 1


def of_shares(shares: Iterable[float]) -> list[Achieved]:
    return [Achieved(share, 1000 * share) for share in shares]


def test_the_median_block_decides() -> None:
    assert overload(of_shares([1.0, 1.0, 0.5, 1.0, 1.0, 1.0]), OFFER) is None
    assert overload(of_shares([0.9, 0.9, 1.0, 0.9, 0.9, 0.9]), OFFER) == (
        "does not keep up with 1,000/s: 900/s answered"
    )


def test_single_blocks_in_which_it_did_not_keep_up_are_a_warning() -> None:
    assert late_blocks(of_shares([1.0, 0.9, 1.0])) == "did not keep up with the rate in 1 of 3 blocks"
    assert late_blocks(of_shares([1.0, 0.995])) is None


def test_a_generator_that_was_busy_is_said_and_the_target_is_not_accused() -> None:
    blocks = [Achieved(0.9, 900.0, generator=0.95)] * 6
    reason = overload(blocks, OFFER)
    assert reason == "the load generator was busy for over 85% of the time at 1,000/s: 900/s answered"
    assert is_shortfall(reason)
    idle = [Achieved(0.9, 900.0, generator=0.5)] * 6
    assert overload(idle, OFFER) == "does not keep up with 1,000/s: 900/s answered"


def test_a_load_that_its_connections_cant_carry_is_no_overload_of_the_target() -> None:
    """A handler that waits for 100 ms answers 640/s over 64 connections, however many requests it can take."""
    offer = Offer(RATE_PER_S, 64, shortest_s=0.1)
    reason = overload(of_shares([0.64] * 6), offer)
    assert reason == "64 connections can't carry 1,000/s, as each answer takes 100 ms or more: 640/s answered"
    assert is_shortfall(reason)
    for enough in (Offer(RATE_PER_S, 64, shortest_s=0.06), Offer(RATE_PER_S, 128, shortest_s=0.1)):
        assert overload(of_shares([0.64] * 6), enough) == "does not keep up with 1,000/s: 640/s answered"


def test_other_reasons_are_no_shortfalls() -> None:
    assert not is_shortfall("40 of 10,040 requests failed (40 reset)")
