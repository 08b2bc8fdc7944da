"""The docker runtime: targets as containers.

It creates, starts, reads and stops containers, and removes them all at the end of the run. `create` and `start` do
little besides the engine's call, so that their times are the engine's. It does not know what is measured.
"""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from docker.errors import APIError, NotFound
from docker.types import LogConfig, Ulimit

from harness.errors import HarnessError, MachineError, TargetError
from harness.interrupts import shielded
from harness.model import Stage
from harness.runtime.base import Metering
from harness.runtime.counters import CgroupCounters
from harness.runtime.docker.bases import fetch
from harness.runtime.docker.endpoints import is_asked_elsewhere, require_target_host
from harness.runtime.docker.engine import CountersFrom, Network, connect, describe, engine_call, refusal
from harness.runtime.docker.hardening import HARDENED, LOG_LIMIT, NOBODY, OPEN_FILES
from harness.runtime.docker.images import build
from harness.runtime.docker.leftovers import remove_container, remove_run
from harness.runtime.docker.lifeline import Lifeline
from harness.runtime.docker.statistics import EngineCounters
from harness.runtime.ending import ending_of, oom_kills
from harness.runtime.exposure import Exposure
from harness.runtime.failures import GRACE_S, NOT_ENDED, broken_down, ended_badly, exited, failure, out_of_memory
from harness.runtime.listeners import listening
from harness.runtime.owner import RUN, SUBJECT, Owner
from harness.runtime.ports import free_port, port_elsewhere
from harness.runtime.proctree import listened_on_by, resident_below

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from types import TracebackType

    from docker import APIClient

    from harness.errors import TargetEndedError
    from harness.model import Subject, Target
    from harness.runtime.base import Counters, Image, Launch, Resident

_KILLED = 128 + signal.SIGKILL
_OOM_KNOWN_WITHIN_S = 5.0  # the engine learns of an end, and of a lack of memory, in either order
_PAUSE_S = 0.02
_INSIDE_PORT = 8080  # the target's port inside the container, if the engine publishes it; nothing else listens there


class DockerRuntime:
    """The docker runtime of one run. See `Runtime`."""

    name = "docker"
    metering = Metering.CONTAINERS

    def __init__(self, api: APIClient, run_id: str, description: Mapping[str, str]) -> None:
        self._api = api
        self._run_id = run_id
        self._description = description
        self._network = Network(description["network"])
        self._counters_from = CountersFrom(description["counters"])
        self._lifeline = Lifeline.to(api) if self._counters_from is CountersFrom.KERNEL else Lifeline()
        self._labels = {RUN: run_id, **Owner.current().labels()}
        self._ports: set[int] = set()

    @classmethod
    def open(cls, run_id: str) -> Self:
        """Connect to the engine for a run.

        Raises:
            MachineError: No engine answers, or the engine is on another machine and HARNESS_ENGINE does not ask for it.
        """
        api = connect()
        return cls(api, run_id, describe(api))

    def describe(self) -> Mapping[str, str]:
        """Return the versions and settings of the engine, and the network to targets."""
        return self._description

    def fetch_bases(self, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:
        """Pull the missing base images of targets. See `Runtime`."""
        with self._lifeline.judging():
            fetch(self._api, targets, contestants, log)

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        """Return a target's image; build it if there is none. See `Runtime`."""
        with self._lifeline.judging():
            return build(self._api, target, self._labels, log)

    def create(self, image: Image, subject: Subject, launch: Launch) -> Container:
        """Create a container, without a start. See `Runtime`.

        Raises:
            UsageError: The engine is on another machine, and the target's address is one of this machine.
        """
        self._lifeline.require_whole()
        require_target_host(launch.host)
        port = self._port(launch.host)
        self._ports.add(port)
        variant = image.target.variant(subject.variant)
        # The engine has the container's labels from its creation, and `close` removes by labels. So even a container
        # whose creation was interrupted is removed.
        with shielded(), self._lifeline.judging(), engine_call(f"create {subject}"):
            try:
                created = self._api.create_container(
                    image.identity,
                    entrypoint=list(variant.command) or None,
                    environment={**variant.environment, **self._listen(launch.host, port)},
                    user=NOBODY,
                    labels={**self._labels, SUBJECT: str(subject)},
                    stop_signal="SIGTERM",
                    healthcheck={"test": ["NONE"]},  # an image's own would request the target during load
                    ports=None if self._network is Network.HOST else [_INSIDE_PORT],
                    host_config=self._host_config(port, launch),
                )
            except APIError as error:
                raise failure(subject, Stage.START, refusal(error)) from error
        return Container(
            self._api,
            created["Id"],
            subject,
            f"http://{launch.host}:{port}",
            launch.memory_limit_bytes,
            on_hosts_network=self._network is Network.HOST,
            counters_from=self._counters_from,
            lifeline=self._lifeline,
        )

    def close(self) -> None:
        """Remove all remaining containers of this run; can be called at any time, and more than once.

        Raises:
            MachineError: The engine did not remove one.
        """
        with shielded():
            self._lifeline.close()
            remove_run(self._api, self._run_id)
            self._api.close()

    def _port(self, host: str) -> int:
        taken = frozenset(self._ports)
        if not is_asked_elsewhere():
            return free_port(taken, host)
        with engine_call("list the published ports"):
            listed = self._api.containers(all=True)
        published = {port.get("PublicPort") for container in listed for port in container.get("Ports") or ()}
        return port_elsewhere(taken | published)

    def _listen(self, host: str, port: int) -> dict[str, str]:
        if self._network is Network.HOST:
            return {"HOST": host, "PORT": str(port)}
        return {"HOST": "0.0.0.0", "PORT": str(_INSIDE_PORT)}  # noqa: S104 - inside the container's own network

    def _host_config(self, port: int, launch: Launch) -> dict[str, Any]:
        published = self._network is Network.PUBLISHED
        return self._api.create_host_config(
            network_mode="bridge" if published else "host",
            port_bindings={_INSIDE_PORT: (launch.host, port)} if published else None,
            **HARDENED,
            init=True,  # as a first process, a target without a handler would ignore SIGTERM
            pids_limit=launch.pids_limit,
            mem_limit=launch.memory_limit_bytes,
            memswap_limit=launch.memory_limit_bytes,  # equal means no swap, which would hide a target's memory
            cpuset_cpus=",".join(map(str, sorted(launch.cpus))),
            ulimits=[Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES)],
            log_config=LogConfig(type=LogConfig.types.JSON, config=dict(LOG_LIMIT)),
        )


class Container:
    """Container of a target, from its creation to its removal. See `Instance`."""

    def __init__(  # noqa: PLR0913 - the conditions of one container
        self,
        api: APIClient,
        identity: str,
        subject: Subject,
        url: str,
        memory_limit_bytes: int,
        *,
        on_hosts_network: bool = True,
        counters_from: CountersFrom = CountersFrom.KERNEL,
        lifeline: Lifeline | None = None,
    ) -> None:
        self._api = api
        self._id = identity
        self._subject = subject
        self._url = url
        self._memory_limit_bytes = memory_limit_bytes
        self._on_hosts_network = on_hosts_network
        self._has_own_kernel = counters_from is CountersFrom.ENGINE
        self._oom_kills_before = oom_kills()
        self._lifeline = lifeline or Lifeline()
        self._started = False
        self._removed = False
        self._exposure = Exposure(subject, url, None)
        self._opened: CgroupCounters | EngineCounters | None = None

    @property
    def subject(self) -> Subject:
        """The subject that the container serves."""
        return self._subject

    @property
    def url(self) -> str:
        """URL of the target: `http://<host>:<port>`."""
        return self._url

    def start(self) -> None:
        """Start the container; return when the engine reports it running. See `Instance`."""
        self._exposure = Exposure(self._subject, self._url, listening())  # a tenth of a millisecond
        with shielded(), self._lifeline.judging(), engine_call(f"start {self._subject}"):
            self._started = True
            try:
                self._api.start(self._id)
            except APIError as error:
                raise self._failed(Stage.START, refusal(error)) from error

    def running(self) -> bool:
        """Return whether the first process is running; one request to the engine, about 1 ms."""
        return (state := self._state()) is not None and bool(state["Running"])

    def ending(self, within_s: float = 0.0) -> str | None:
        """Ask the engine how it ended, and the kernel whether it lost a process. See `Instance`."""
        deadline_s = time.monotonic() + within_s
        while (how := self._ending_in(self._state())) is None and time.monotonic() < deadline_s:
            time.sleep(_PAUSE_S)
        return how

    def pid(self) -> int | None:
        """Return the id of the first process, from the engine. See `Instance`."""
        return None if self._has_own_kernel else self._first_pid()  # the engine's number is of another kernel

    def _first_pid(self) -> int:
        state = self._state()
        if state is None or not state["Running"]:
            raise self._broken_down(self._ended(state))
        return int(state["Pid"])

    def listens_on(self) -> tuple[str, ...]:
        """Return the addresses on which it accepts connections, if it shares the host's network. See `Instance`."""
        with suppress(TargetError):
            return listened_on_by(self._first_pid()) if self._on_hosts_network else ()
        return ()

    def counters(self) -> Counters:
        """Read the counters; the first call also finds the process and checks where it listens. See `Instance`.

        Raises:
            TargetEndedError: The target is not running any more, or the kernel ended one of its processes for lack of
                memory.
            TargetError: It accepts connections from other machines.
            MachineError: The kernel's counters can't be read on this machine.
        """
        try:
            reading = self._open_counters().read()
        except MachineError as error:  # a group without processes goes: then it is the target that failed
            if (how := ending_of(self, connection_broke=True)) is not None:
                raise self._broken_down(how) from error
            raise
        if reading.oom_kills:
            raise self._broken_down(self._lost(reading))
        return reading

    def resident(self) -> Resident:
        """Read the resident set sizes of all processes but the init process that the engine adds. See `Instance`."""
        pid = self.pid()
        if pid is None:
            raise MachineError(
                "can't read a target's memory",
                where=str(self._subject),
                cause="the engine runs on another kernel, whose processes can't be read here",
                remedy="Run the harness on the engine's machine.",
            )
        try:
            return resident_below(pid)
        except ProcessLookupError as error:
            raise self._broken_down(self._ended(self._state())) from error

    def reset_peak(self) -> bool:
        """Reset the high-water mark; return whether the kernel allowed it."""
        return self._open_counters().reset_peak()

    def logs(self, lines: int = 20) -> str:
        """Return the last lines that the target printed; empty after the removal."""
        with engine_call(f"read the logs of {self._subject}"):
            try:
                return self._api.logs(self._id, tail=lines).decode(errors="replace").rstrip()
            except NotFound:
                return ""

    def stop(self) -> str | None:
        """Send SIGTERM, wait, kill what is left, and remove the container. See `Instance`."""
        if self._removed:
            return None
        with shielded():
            try:
                return self._end() if self._started else None
            finally:
                self.discard()

    def discard(self) -> None:
        """Kill and remove the container at once, in any state. Raises no error and does not judge how it ended."""
        # A container that can't be removed now still has its labels, so the runtime's `close` removes it.
        with shielded(), suppress(HarnessError):
            if self._opened is not None:
                self._opened.close()
            if not self._removed:
                self._removed = remove_container(self._api, self._id) is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.discard()

    def _end(self) -> str | None:
        if (how := self.ending()) is not None:
            raise self._broken_down(how)
        listens = self._exposure.refuse_at_end(self._first_pid()) if self._on_hosts_network else None
        with engine_call(f"stop {self._subject}"), suppress(NotFound):
            self._api.stop(self._id, timeout=GRACE_S)
        state = self._state()
        if state is None or state["OOMKilled"]:
            raise self._failed(Stage.STOP, self._ended(state))
        return NOT_ENDED if state["ExitCode"] == _KILLED else ended_badly(state["ExitCode"]) or listens

    def _ending_in(self, state: Mapping[str, Any] | None) -> str | None:
        if state is None or not state["Running"]:
            return self._ended(state)
        with suppress(MachineError, TargetError):  # without counters, the engine's state decides
            reading = self._open_counters().read()
            return self._lost(reading) if reading.oom_kills else None
        return self._out_of_memory("a process of it") if state["OOMKilled"] else None

    def _lost(self, reading: Counters) -> str:
        """Return the words for a lost process, for example a worker that the first process has replaced."""
        used_bytes = reading.memory_bytes if reading.peak_bytes is None else reading.peak_bytes
        return self._out_of_memory(f"{reading.oom_kills} of its processes", f"used {used_bytes:,}")

    def _ended(self, state: Mapping[str, Any] | None) -> str:
        self._lifeline.require_serving()
        state = self._final_state(state)
        if state is None:
            return "its container was removed"
        if state["OOMKilled"]:
            return self._out_of_memory("a process of it")
        return exited(state["ExitCode"])

    def _out_of_memory(self, ended: str, used: str = "used all of them") -> str:
        return out_of_memory(ended, self._memory_limit_bytes, used)

    def _final_state(self, state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return the state once the engine knows whether a killed container ran out of memory."""
        deadline_s = time.monotonic() + _OOM_KNOWN_WITHIN_S
        while state is not None and state["ExitCode"] == _KILLED and not state["OOMKilled"]:
            none_killed = not self._has_own_kernel and oom_kills() == self._oom_kills_before
            if none_killed or time.monotonic() > deadline_s:
                break
            time.sleep(_PAUSE_S)
            state = self._state()
        return state

    def _open_counters(self) -> CgroupCounters | EngineCounters:
        if self._opened is None and self._has_own_kernel:
            self._opened = EngineCounters(self._api, self._id)
        if self._opened is None:
            pid = self._first_pid()
            if self._on_hosts_network:
                self._exposure.refuse_at_start(pid)
            self._opened = CgroupCounters.of_process(pid, self._id)
        return self._opened

    def _state(self) -> Mapping[str, Any] | None:
        with engine_call(f"inspect {self._subject}"), suppress(NotFound):
            state: Mapping[str, Any] = self._api.inspect_container(self._id)["State"]
            return state
        return None

    def _failed(self, stage: Stage, cause: str) -> TargetError:
        return failure(self._subject, stage, cause, self.logs())

    def _broken_down(self, how: str) -> TargetEndedError:
        return broken_down(str(self._subject), how, self.logs())
