"""Samples of memory: one for each reading, further ones in long batches, and a bounded number of them."""

from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import MachineError, TargetError
from harness.measure import memory_samples
from harness.measure.memory_samples import MemorySampler, thinned
from harness.model import MOST_SAMPLES, MemorySamples
from tests.fakes import reading


class Target:
    """A target whose readings take a known time on a clock of its own; each shows 1 byte more than the one before."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.takes_s = 0.0001
        self.read = 0
        self.instance = Mock(counters=self.counters)

    def counters(self) -> object:
        self.now_s += self.takes_s
        self.read += 1
        return reading(memory_bytes=self.read)


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Target:
    made = Target()
    monkeypatch.setattr(memory_samples, "perf_counter", lambda: made.now_s)
    return made


def read_after(target: Target, sampler: MemorySampler, *driven_s: float) -> list[float]:
    """Return those times of driven load after which the target is read."""
    found = []
    for after_s in driven_s:
        before = target.read
        sampler.read_between(target.instance, after_s)
        found += [after_s] if target.read > before else []
    return found


class TestSampler:
    def test_every_reading_is_a_sample_and_the_first_batch_begins_at_0(self, target: Target) -> None:
        target.takes_s = 0.25
        sampler = MemorySampler()
        sampler.read(target.instance)
        target.now_s += 10
        assert sampler.begin_batch(target.instance).memory_bytes == 2
        target.now_s += 5
        sampler.begin_batch(target.instance)
        assert sampler.samples() == MemorySamples((-10.25, 0.0, 5.25), (1, 2, 3))

    def test_without_load_there_are_no_samples(self, target: Target) -> None:
        sampler = MemorySampler()
        assert sampler.samples() is None
        sampler.read(target.instance)
        assert sampler.samples() is None

    def test_times_are_rounded_to_milliseconds(self, target: Target) -> None:
        sampler = MemorySampler()
        sampler.begin_batch(target.instance)
        target.now_s += 1.23456
        sampler.read(target.instance)
        assert sampler.samples() == MemorySamples((0.0, 1.235), (1, 2))

    def test_a_long_batch_is_read_once_a_second_of_its_load(self, target: Target) -> None:
        sampler = MemorySampler()
        sampler.begin_batch(target.instance)
        assert read_after(target, sampler, 0.1, 0.9, 1.0, 1.5, 1.9, 2.1, 3.0, 3.1, 9.0, 9.5) == [1.0, 2.1, 3.1, 9.0]
        sampler.begin_batch(target.instance)
        assert read_after(target, sampler, 0.5, 1.0) == [1.0]

    def test_a_reading_that_takes_long_is_made_so_rarely_that_it_takes_a_thousandth_of_the_time(
        self, target: Target
    ) -> None:
        sampler = MemorySampler()
        target.takes_s = 0.0078125
        sampler.begin_batch(target.instance)
        assert read_after(target, sampler, 1.0, 7.0, 7.8125, 15.0, 15.7) == [7.8125, 15.7]

    def test_a_reading_that_is_longer_than_the_head_of_a_slice_is_not_made_within_a_batch(self, target: Target) -> None:
        sampler = MemorySampler()
        target.takes_s = 0.011
        sampler.begin_batch(target.instance)
        assert read_after(target, sampler, 1.0, 20.0, 1000.0) == []

    @pytest.mark.parametrize("kind", [TargetError, MachineError])
    def test_a_reading_that_fails_is_no_sample_and_is_not_tried_again(
        self, target: Target, kind: type[TargetError | MachineError]
    ) -> None:
        sampler = MemorySampler()
        sampler.begin_batch(target.instance)
        target.instance.counters = Mock(side_effect=kind("no", where="here", cause="it ended", remedy="Mend it."))
        for driven_s in (1.0, 2.0, 50.0):
            sampler.read_between(target.instance, driven_s)
        assert target.instance.counters.call_count == 1
        assert sampler.samples() == MemorySamples((0.0,), (1,))

    def test_a_long_trial_has_no_more_samples_than_a_short_one(self, target: Target) -> None:
        sampler = MemorySampler()
        sampler.read(target.instance)
        sampler.begin_batch(target.instance)
        for _ in range(500):
            target.now_s += 1
            sampler.read(target.instance)
        samples = sampler.samples()
        assert samples is not None
        assert (len(samples.at_s), samples.size_bytes[0], samples.size_bytes[-1]) == (MOST_SAMPLES - 1, 1, 502)


class TestThinned:
    def test_few_samples_are_all_kept(self) -> None:
        samples = [(0.0, 1), (0.1, 3), (7.0, 2)]
        assert thinned(samples, 3) == samples
        assert thinned(samples[:1], 3) == samples[:1]

    def test_the_first_the_last_the_largest_and_others_evenly_in_time_are_kept(self) -> None:
        samples = [(float(at), 5 if at == 13 else 1) for at in range(101)]
        assert [at for at, _ in thinned(samples, 6)] == [0, 13, 25, 50, 75, 100]

    def test_crowded_samples_do_not_replace_those_of_a_long_rest(self) -> None:
        samples = [(at / 100, 1) for at in range(100)] + [(25.0, 1), (50.0, 1), (75.0, 1), (100.0, 2)]
        assert [at for at, _ in thinned(samples, 6)] == [0, 25, 50, 75, 100]

    def test_of_two_samples_as_near_the_earlier_is_kept(self) -> None:
        samples = [(0.0, 9), (4.0, 1), (6.0, 1), (7.0, 1), (10.0, 1)]
        assert [at for at, _ in thinned(samples, 4)] == [0, 4, 10]

    @given(
        samples=st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 2**53)), min_size=1, max_size=200),
        most=st.integers(3, 60),
    )
    def test_any_samples_are_thinned_to_the_most_in_their_order(
        self, samples: list[tuple[float, int]], most: int
    ) -> None:
        samples.sort(key=lambda sample: sample[0])
        kept = thinned(samples, most)
        assert len(kept) <= most
        assert (kept[0], kept[-1]) == (samples[0], samples[-1])
        assert max(size for _, size in kept) == max(size for _, size in samples)
        assert kept == sorted(kept, key=lambda sample: sample[0])
        assert set(kept) <= set(samples)
