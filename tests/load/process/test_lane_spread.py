"""Closed load whose connections begin one after another, the generator's gaps, and binning in small batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent
import pytest

from harness.analysis.laws import Cycles, broken_littles_law
from harness.load.process import lane, recorder
from harness.load.process.accounts import Extent
from harness.model import ErrorKind
from tests.load.process.rig import PATIENCE_S, Rig, hanging
from tests.load.server import Answer, Call, Server, Then, hello, response, unheard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.load.process.connection import Connection
    from tests.load.process.rig import Clock


class TestSpread:
    """Closed load whose connections begin one after another."""

    def starts(self, rig: Rig, begin_s: Sequence[float], end_s: float, timeout_s: float = PATIENCE_S) -> list[float]:
        """Drive with these first sends, and return the times of the first sends that took place, in seconds."""
        began: list[int] = []
        start = rig.lane.start

        def noted(connection: Connection) -> None:
            start(connection)
            began.append(connection.sent_ns)

        rig.lane.start = noted  # type: ignore[method-assign]
        now = lane._clock()
        end_ns = now + round(end_s * 1e9)
        rig.recorder.begin(Extent(now, end_ns), is_open=False)
        starts_ns = [now + round(after * 1e9) for after in begin_s]
        rig.lane.drive_closed(
            rig.connections, end_ns=end_ns, timeout_ns=round(timeout_s * 1e9), starts_ns=iter(starts_ns)
        )
        rig.lane.settle()
        return [(sent - now) / 1e9 for sent in began]

    @pytest.mark.parametrize("spin", [True, False])
    def test_each_connection_begins_at_its_own_time(self, clock: Clock, spin: bool) -> None:  # noqa: FBT001 - by name
        clock.step_ns = 10_000
        with Server() as server, Rig(server.url, connections=5, spin=spin) as rig:
            planned = [number * 0.1 for number in range(5)]
            began = self.starts(rig, planned, end_s=0.6)
            late_s = [time_s - due_s for time_s, due_s in zip(began, planned, strict=True)]
            assert 0 <= min(late_s) <= max(late_s) < 0.05
            assert rig.recorder.verified == server.calls > 5
            assert rig.recorder.errors == {}

    def test_during_a_spread_the_hub_runs_and_requests_time_out(self, clock: Clock) -> None:
        clock.step_ns = 1_000_000  # it goes on by steps, so no stall of this machine takes the time of the spread
        switches = 0

        def count() -> None:
            nonlocal switches
            while True:
                gevent.sleep(0)
                switches += 1

        with hanging() as server, Rig(server.url, connections=2) as rig:
            counting = gevent.spawn(count)
            self.starts(rig, [0.0, 0.5], end_s=0.5, timeout_s=0.1)
            counting.kill()
            assert switches > 3
            assert rig.recorder.errors[ErrorKind.TIMEOUT] > 2, "the first connection alone timed out more than once"

    def test_the_end_of_the_load_ends_the_spread(self) -> None:
        with Server() as server, Rig(server.url, connections=3) as rig:
            assert len(self.starts(rig, [0.0, 0.01, PATIENCE_S], end_s=0.05)) == 2
            assert server.connections == 2

    def test_the_load_can_be_stopped_during_the_spread(self) -> None:
        with Server() as server, Rig(server.url, connections=2) as rig:
            stopping = gevent.spawn(rig.stop_when, lambda: server.calls > 0)
            assert len(self.starts(rig, [0.0, PATIENCE_S], end_s=2 * PATIENCE_S)) == 1
            stopping.get()


class TestGaps:
    """By a clock that goes on by one step per reading, each gap is one step: from the arrival to the next send."""

    STEP_S = 1e-5

    def test_the_gap_is_the_time_from_an_answer_to_the_next_send(self, clock: Clock) -> None:
        del clock
        with Server() as server, Rig(server.url, connections=3) as rig:
            rig.closed_until(lambda: server.calls > 30)
            assert rig.lane.mean_gap_s == pytest.approx(self.STEP_S)

    def test_an_answer_in_pieces_and_a_new_connection_are_in_the_gap_like_any_other(self, clock: Clock) -> None:
        del clock
        closing = response(headers=("Connection: close",))
        with Server(lambda _call: Answer((closing[:9], closing[9:]), Then.CLOSE)) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls > 5)
            assert rig.lane.mean_gap_s == pytest.approx(self.STEP_S)

    def test_a_connection_that_waits_to_reconnect_is_in_no_gap(self) -> None:
        with unheard() as url:
            rig = Rig(url, connections=2)
            rig.closed_until(lambda: rig.recorder.errors.get(ErrorKind.CONNECT, 0) > 2)
        assert rig.lane.mean_gap_s == 0.0

    def test_littles_law_holds_for_busy_connections_and_fails_with_an_idle_one(self, clock: Clock) -> None:
        """All of the load counts: a stall of this machine at an edge of a counted part would decide otherwise."""
        with Server() as server, Rig(server.url, connections=2) as rig:
            began_ns = clock()
            starts_ns = [began_ns, lane.NEVER_NS]  # the second connection never begins
            rig.closed_until(lambda: server.calls > 500, starts_ns=starts_ns)
            lasted_s = (clock() - began_ns) / 1e9
            rate_per_s = rig.recorder.counted / lasted_s
            service, gap_s = rig.recorder.service, rig.lane.mean_gap_s
            in_flight_s = rig.recorder.result(0, recorder.Effort(wall_ns=1, cpu_ns=1, busy_ns=1)).in_flight_s
        assert in_flight_s is not None
        in_flight = in_flight_s / lasted_s
        busy, idle = (Cycles(count, rate_per_s, service, gap_s, in_flight, lasted_s) for count in (1, 2))
        assert broken_littles_law([busy]) is None
        assert broken_littles_law([idle]) is not None

    def test_after_an_error_without_an_answer_there_is_no_gap(self, clock: Clock) -> None:
        del clock

        def answer(call: Call) -> Answer:
            return Answer((b"HTTP/1.1",), Then.CLOSE) if call.number % 3 == 0 else hello(call)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls > 20)
            assert rig.recorder.errors[ErrorKind.FRAMING] > 5
            assert rig.lane.mean_gap_s == pytest.approx(self.STEP_S)

    def test_a_slice_begins_without_the_gaps_of_the_last_one(self) -> None:
        with Server() as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls > 3)
            assert rig.lane.mean_gap_s > 0
            server.answer = lambda _call: Answer((), Then.HANG)
            rig.closed(timeout_s=0.1)
            assert rig.lane.mean_gap_s == 0.0
            assert rig.recorder.counted == 0.0


class TestBinning:
    """No tick bins more than about a thousand answers, in any kind of load."""

    def batches(self, rig: Rig) -> list[int]:
        sizes: list[int] = []
        bin_verified = rig.recorder._bin_verified

        def noted(samples: recorder.Samples, rows: int) -> None:
            sizes.append(rows)
            bin_verified(samples, rows)

        rig.recorder._bin_verified = noted  # type: ignore[method-assign]
        return sizes

    def test_closed_load_is_binned_about_a_thousand_answers_at_a_time(self) -> None:
        with Server() as server, Rig(server.url, connections=8) as rig:
            sizes = self.batches(rig)
            rig.closed_until(lambda: server.calls > 2500)
            assert sum(sizes) == rig.recorder.verified > 2500
            assert max(sizes) <= 1100

    def test_open_load_is_binned_about_a_thousand_answers_at_a_time(self) -> None:
        with Server() as server, Rig(server.url, connections=64) as rig:
            sizes = self.batches(rig)
            rig.open([0.0] * 2500, end_s=0.01)
            assert sum(sizes) == rig.recorder.verified == 2500
            assert max(sizes) <= 1100
