"""Readiness of a starting target: a poller asks the first question of its contract until the answer is right.

An open port does not mean that a target is ready: gunicorn's master listens before its workers have imported the app.
So the poller sends a real request every millisecond, beginning before the `start` call. Only the status and the body
decide; verification checks the headers.

A target that will never be ready is refused early, with what was seen: an answer that stays wrong, or a listener at
another address. An answer with status 503 says that the target is not ready yet, so it may be given until the deadline.
A Unix socket does not count as another address: programs that still start use them between their own processes.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from harness.load.http1 import FramingError
from harness.measure.asking import address_of, ask
from harness.measure.contract import Question, is_not_ready, wrong_at_a_start
from harness.runtime.base import UNIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from harness.runtime.base import Instance

_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - what a target listens on
STAYS_WRONG_S = 2.0
"""Seconds after which a wrong answer, or a listener at another address, is taken for the target's fault."""

_POLL_S = 0.001
_SHARED_PAUSE = 0.02  # of the time passed so far: on a core that it shares, waking each millisecond starves the target
_ANSWER_TIMEOUT_S = 1.0  # of a question of the poller, which asks again
_WATCH_S = 0.1


@dataclass(frozen=True, slots=True)
class Look:
    """Look at a starting target.

    Attributes:
        is_ready: Whether it gave the right answer.
        wrong: What was wrong with its answer; None if it gave none, or a right one.
        may_come: Whether the wrong answer says that the target is not ready yet.
        silence: How a connection ended without an answer; None if there was an answer, or no connection.
    """

    is_ready: bool = False
    wrong: str | None = None
    may_come: bool = False
    silence: str | None = None


class WrongAnswer(str):
    """What is wrong with the answers of a target that will not be ready, in words."""

    __slots__ = ()


class Silence(str):
    """What is known of a target that listens on its port and is not ready, or gives no whole answer, in words."""

    __slots__ = ()


class Elsewhere(str):
    """Where a target listens that does not listen at its address, in words."""

    __slots__ = ()


Probe: TypeAlias = "Callable[[str, int], Look]"
"""Looks once at the target on a host and a port."""

READY, UNANSWERED = Look(is_ready=True), Look()


def asking(question: Question) -> Probe:
    """Return the probe that asks a question once, on a new connection."""

    def probe(host: str, port: int) -> Look:
        try:
            request = question.request(f"{host}:{port}", is_last=True)
            answer = ask(host, port, request, _ANSWER_TIMEOUT_S, question.longest_body_bytes)
        except FramingError as error:
            return Look(wrong=str(error))
        except ConnectionRefusedError:
            return UNANSWERED
        except OSError as error:
            return Look(silence=error.strerror or str(error))
        wrong = wrong_at_a_start(question, answer)
        return Look(wrong=wrong, may_come=is_not_ready(answer)) if wrong else READY

    return probe


class ReadyPoller:
    """Poller that looks at a target until it is ready, in its own thread, pinned away from the target.

    It is a context manager: entering starts the polling, leaving ends it.
    """

    def __init__(self, url: str, cpus: frozenset[int], probe: Probe, *, shares_core: bool = False) -> None:
        self._shares_core = shares_core
        self._address = address_of(url)
        self._cpus = cpus
        self._probe = probe
        self._ready_ns: int | None = None
        self._last = UNANSWERED
        self._wrong_since_s = 0.0
        self._answered = False
        self._ended = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="ready-poller", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, instance: Instance, deadline_s: float) -> int | str | None:
        """Wait for the first right answer.

        Returns:
            Its `perf_counter_ns`; or why it will not come, in words: a `WrongAnswer` if there are answers, a `Silence`
            if there are none and it listens on its port, or if they say that it is not ready; an
            `Elsewhere` if it listens at another address; None if the target ended.
        """
        began_s = time.monotonic()
        elsewhere_since_s: float = began_s
        elsewhere: Elsewhere | None = None
        while not self._ended.wait(_WATCH_S):
            now_s = time.monotonic()
            if not instance.running():
                return None
            if (wrong := self._stays_wrong(now_s)) is not None:
                return wrong
            if now_s > began_s + deadline_s:
                return self._late(instance, deadline_s)
            if now_s > elsewhere_since_s + STAYS_WRONG_S and not self._answered:
                seen = self._elsewhere(_ports(instance.listens_on()))
                if seen and seen == elsewhere:
                    return seen
                elsewhere_since_s, elsewhere = now_s, seen
        return self._ready_ns

    def _late(self, instance: Instance, deadline_s: float) -> str:
        if self._last.wrong is None:
            return self._silence(instance, f"no answer in {deadline_s:g} s")
        if self._last.may_come:
            return Silence(f"still {self._last.wrong} after {deadline_s:g} s")
        return WrongAnswer(self._last.wrong)

    def _stays_wrong(self, now_s: float) -> WrongAnswer | None:
        last, since_s = self._last, self._wrong_since_s
        return WrongAnswer(last.wrong) if last.wrong and not last.may_come and now_s > since_s + STAYS_WRONG_S else None

    def _silence(self, instance: Instance, told: str) -> str:
        how = f"; {self._last.silence}" if self._last.silence else ""
        addresses = instance.listens_on()
        if _ports(addresses):
            return Silence(f"{told}; it listens on its port{how}")
        if addresses:
            sockets = ", ".join(address.removeprefix(UNIX) for address in addresses)
            which = "a Unix socket" if len(addresses) == 1 else "Unix sockets"
            return f"{told}; it listens on no port, only on {which}: {sockets}{how}"
        return f"{told}; no listener of it was seen{how}"

    def _elsewhere(self, addresses: tuple[str, ...]) -> Elsewhere | None:
        host, port = self._address
        of_port = [
            found.strip("[]") for found, _, own in (one.rpartition(":") for one in addresses) if own == f"{port}"
        ]
        if not addresses or {host, f"::ffff:{host}", *_ANY_ADDRESS} & set(of_port):
            return None
        wanted = f"HOST is {host}" if of_port else f"PORT is {port}"
        return Elsewhere(f"it listens on {', '.join(addresses)}, and its {wanted}")

    def _poll(self) -> None:
        os.sched_setaffinity(0, self._cpus)  # affects only this thread
        began_s = time.monotonic()
        while not self._stop.is_set():
            look = self._probe(*self._address)
            if look.is_ready:
                self._ready_ns = time.perf_counter_ns()
                self._ended.set()
                return
            if look != self._last:
                self._wrong_since_s, self._last = time.monotonic(), look
            self._answered |= look.wrong is not None
            time.sleep(pause_s(time.monotonic() - began_s, shares_core=self._shares_core))


def _ports(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses that are not Unix sockets."""
    return tuple(address for address in addresses if not address.startswith(UNIX))


def pause_s(waited_s: float, *, shares_core: bool) -> float:
    """Return how long to wait for the next look, when a start has been waited for so long."""
    return max(_POLL_S, _SHARED_PAUSE * waited_s) if shares_core else _POLL_S
