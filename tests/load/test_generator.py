"""Client of the generator process: messages, errors, and the end of the process."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import MachineError, MeasurementError, UsageError
from harness.load import generator as module
from harness.load.generator import Generator, LoadGenerator
from harness.model import ErrorKind, Scenario, ScenarioTraits
from harness.program_output import ProgramOutput
from tests.load.conftest import SUBJECT, order, scenario
from tests.load.server import Answer, Call, Server, Then
from tests.runtime.awaiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

URLS = {SUBJECT: "http://127.0.0.1:1"}
ROOT = Path(__file__).parents[2]
HELLO = (scenario("hello"),)
# After the tail idle connections are closed where others still wait: a stall of this machine must not be one.
patient = partial(order, duration_s=0.6, discard_s=0.0, tail_s=10.0)
READY = """
import json, os, sys, time
def send(message):
    print(json.dumps(message), flush=True)
send({"reply": "ready"})
def receive():
    line = sys.stdin.readline()
    return json.loads(line) if line else {"op": "stop"}
receive()
hello = {"name": "hello", "requests": ["GET /"], "drives_open": True, "pace": "eager"}
send({"reply": "scenarios", "traits": [hello]})
def result(number):
    return {"reply": "slice", "number": number, "sent": 0, "verified": 0, "errors": {}, "counted": 0, "counted_s": 1,
            "wall_s": 1, "generator_cpu_s": 1, "utilisation": 0}
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace the generator process by a program."""

    def install(source: str) -> None:
        program = tmp_path / "stub.py"
        program.write_text(textwrap.dedent(source))
        script = tmp_path / "python"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {program} "$@"\n')
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))

    return install


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestMessages:
    def test_it_describes_the_scenarios(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()")
        with Generator(HELLO, frozenset({0})) as generator:
            interface: LoadGenerator = generator
            assert interface.describe() == {"hello": ScenarioTraits("hello", ("GET /",), drives_open=True)}

    def test_results_are_yielded_one_by_one_and_in_order(self, stub: Callable[[str], None]) -> None:
        stub(READY + "for order in receive()['slices']:\n    send(result(order['number']))\nreceive()")
        with Generator(HELLO, frozenset({0})) as generator:
            results = generator.run([order(number=number) for number in (5, 6, 7)], URLS)
            assert [result.number for result in results] == [5, 6, 7]

    def test_stopping_the_iteration_cancels_the_remaining_slices(self, stub: Callable[[str], None]) -> None:
        stub(
            READY
            + """
slices = receive()["slices"]
send(result(1))
assert receive() == {"op": "cancel"}
send(result(2))
send({"reply": "cancelled"})
send(result(receive()["slices"][0]["number"]))
receive()
"""
        )
        with Generator(HELLO, frozenset({0})) as generator:
            for result in generator.run([order(number=number) for number in range(1, 9)], URLS):
                assert result.number == 1
                break
            assert [result.number for result in generator.run([order(number=9)], URLS)] == [9]

    def test_an_error_of_the_generator_is_raised_with_its_class(self, stub: Callable[[str], None]) -> None:
        stub(
            READY
            + """
receive()
send({"reply": "error", "kind": "usage", "what": "load refused", "where": "w", "cause": "c", "remedy": "r"})
receive()
"""
        )
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(UsageError, match="load refused") as caught:
            list(generator.run([order()], URLS))
        assert caught.value.exit_code == 2

    def test_a_scenario_that_was_not_loaded_is_refused(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()")
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(UsageError, match="Did you mean 'hello'"):
            list(generator.run([order(name="helo")], URLS))

    def test_the_command_line_has_cores_and_spin(self, stub: Callable[[str], None], tmp_path: Path) -> None:
        log = tmp_path / "arguments"
        stub(f"import sys\nopen({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))" + READY + "receive()")
        Generator(HELLO, frozenset({1, 0})).close()
        Generator(HELLO, frozenset({1}), spin=False).close()
        assert log.read_text().splitlines() == [
            "-m harness.load.process.worker --cpus 0,1 --spin",
            "-m harness.load.process.worker --cpus 1",
        ]


class TestFailure:
    @pytest.mark.parametrize(
        ("script", "cause"),
        [
            (
                "sys.stderr.write('the reason\\n'); sys.exit(3)",
                "it ended with status 3. The end of its log:\n  the reason",
            ),
            ("os.kill(os.getpid(), 9)", "it ended with status -9"),
            ("print('nonsense', flush=True); receive()", "it sent b'nonsense', which is not a reply"),
            ("send([1]); receive()", "it sent b'[1]', which is not a reply"),
            ("send({'reply': 'other'}); receive()", "it answered 'other' instead of 'slice'"),
            ("send(result(99)); receive()", "it answered slice 99 instead of 1"),
        ],
    )
    def test_a_failed_generator_is_a_measurement_error_with_the_cause(
        self, stub: Callable[[str], None], script: str, cause: str
    ) -> None:
        stub(READY + "receive()\n" + script)
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(MeasurementError) as caught:
            list(generator.run([order()], URLS))
        assert caught.value.exit_code == 5
        assert caught.value.cause.startswith(cause)

    def test_only_the_last_lines_of_its_log_are_shown(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()\nfor n in range(100): print('line', n, file=sys.stderr)\nsys.exit(1)")
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(MeasurementError) as caught:
            list(generator.run([order()], URLS))
        assert "line 99" in caught.value.cause
        assert "line 80\n" not in caught.value.cause

    def test_a_scenario_that_prints_without_end_does_not_fill_the_disk(
        self, stub: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "ProgramOutput", partial(ProgramOutput, limit_bytes=1000, every_s=0.01))
        stub("import sys\nfor n in range(1000): print('line', n, file=sys.stderr)\n" + READY + "receive()")
        with Generator(HELLO, frozenset({0})) as generator:
            until(lambda: generator._log.size_bytes < 1000)

    def test_a_generator_that_does_not_answer_is_a_measurement_error(
        self, stub: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stub(READY + "receive()\nreceive()")
        monkeypatch.setattr(module, "_REPLY_DEADLINE_S", 0.1)
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(MeasurementError, match="does not answer"):
            list(generator.run([order(duration_s=0.05, discard_s=0, timeout_s=0.01)], URLS))

    def test_a_scenario_that_computes_without_a_pause_is_named_with_its_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_REPLY_DEADLINE_S", 3.0)  # in which a slow machine comes to the task
        path = tmp_path / "busy.py"
        path.write_text(
            "from locust import HttpUser, task\nclass U(HttpUser):\n    @task\n    def t(self):\n        "
            "while True: pass\n"
        )
        busy = Scenario("busy", "", path)
        with Generator([busy], frozenset({0}), spin=False) as generator, pytest.raises(UsageError) as caught:
            list(generator.run([order(name="busy", duration_s=0.1, timeout_s=0.1)], URLS))
        assert (caught.value.what, caught.value.where) == ("a scenario stops the load generator", f"{path}:5")

    def test_a_stack_that_a_busy_machine_writes_late_is_waited_for(
        self, stub: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        late = """
import signal, sys, time
def late(*_):
    time.sleep(1.5)
    sys.stderr.write('Current thread (most recent call first):\\n  File "/theirs/busy.py", line 5 in t\\n')
signal.signal(signal.SIGUSR1, late)
"""
        stub(late + READY + "receive()\nreceive()")
        monkeypatch.setattr(module, "_REPLY_DEADLINE_S", 0.1)
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(UsageError) as caught:
            list(generator.run([order(duration_s=0.05, discard_s=0, timeout_s=0.01)], URLS))
        assert caught.value.where == "/theirs/busy.py:5"

    def test_a_generator_that_waits_in_its_own_code_blames_no_scenario(
        self, stub: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dump = "Current thread (most recent call first):\n"
        for file in (f"{ROOT}/harness/load/process/lane.py", "<frozen runpy>", "<frozen importlib._bootstrap>"):
            dump += f'  File "{file}", line 88 in run\n'
        told = f"import signal, sys\nsignal.signal(signal.SIGUSR1, lambda *_: sys.stderr.write({dump!r}))\n"
        stub(told + READY + "receive()\nreceive()")
        monkeypatch.setattr(module, "_REPLY_DEADLINE_S", 0.1)
        with Generator(HELLO, frozenset({0})) as generator, pytest.raises(MeasurementError) as caught:
            list(generator.run([order(duration_s=0.05, discard_s=0, timeout_s=0.01)], URLS))
        assert "it does not answer" in caught.value.cause
        assert "lane.py" in caught.value.cause  # where it waits

    def test_a_generator_that_has_ended_is_a_measurement_error(self, stub: Callable[[str], None]) -> None:
        stub(READY + "sys.exit(4)")
        with Generator(HELLO, frozenset({0})) as generator:
            os.waitid(os.P_PID, generator.pid, os.WEXITED | os.WNOWAIT)
            with pytest.raises(MeasurementError, match="load generator failed"):
                list(generator.run([order()], URLS))

    def test_a_generator_that_does_not_start_leaves_no_process(
        self, stub: Callable[[str], None], tmp_path: Path
    ) -> None:
        pid = tmp_path / "pid"
        stub(
            f"import os, sys\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\n"
            "print('no', flush=True)\nsys.stdin.read()"
        )
        with pytest.raises(MeasurementError, match="it sent b'no', which is not a reply"):
            Generator(HELLO, frozenset({0}))
        assert not is_alive(int(pid.read_text()))


class TestEnd:
    def test_the_process_gets_a_stop_message_and_ends(self, stub: Callable[[str], None], tmp_path: Path) -> None:
        received = tmp_path / "received"
        stub(READY + f"open({str(received)!r}, 'w').write(receive()['op'])")
        with Generator(HELLO, frozenset({0})) as generator:
            pid = generator.pid
        assert received.read_text() == "stop"
        assert not is_alive(pid)

    @pytest.mark.parametrize("ignore", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "])
    def test_a_process_that_does_not_stop_is_killed(
        self, stub: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, ignore: str
    ) -> None:
        stub(ignore + READY.strip() + "\nwhile True: time.sleep(60)")
        monkeypatch.setattr(module, "_STOP_DEADLINE_S", 0.1)
        with Generator(HELLO, frozenset({0})) as generator:
            pid = generator.pid
        assert not is_alive(pid)

    def test_closing_twice_is_no_error(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()")
        generator = Generator(HELLO, frozenset({0}))
        generator.close()
        generator.close()

    def test_using_a_closed_generator_is_a_measurement_error(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()")
        generator = Generator(HELLO, frozenset({0}))
        generator.close()
        with pytest.raises(MeasurementError, match="load generator failed"):
            generator.disconnect(["http://127.0.0.1:1"])

    def test_the_process_has_its_own_session_so_ctrl_c_does_not_reach_it(self, stub: Callable[[str], None]) -> None:
        stub(READY + "receive()")
        with Generator(HELLO, frozenset({0})) as generator:
            assert os.getsid(generator.pid) == os.getpgid(generator.pid) == generator.pid != os.getsid(0)


@pytest.mark.locust
class TestRealProcess:
    def test_the_process_runs_only_on_its_cores(self) -> None:
        cpus = frozenset({min(os.sched_getaffinity(0))})
        with Generator(HELLO, cpus) as generator:
            threads = [int(entry.name) for entry in Path(f"/proc/{generator.pid}/task").iterdir()]
            assert {frozenset(os.sched_getaffinity(thread)) for thread in threads} == {cpus}

    def test_slices_of_two_targets_alternate_on_open_connections(self, generator: Generator) -> None:
        other = type(SUBJECT)("truth", "other")
        with Server() as one, Server() as two:
            urls = {SUBJECT: one.url, other: two.url}
            orders = [
                patient(number=number, subject=subject, connections=8)
                for number, subject in enumerate([SUBJECT, other] * 4)
            ]
            results = list(generator.run(orders, urls))
            assert [result.number for result in results] == list(range(8))
            assert all(result.sent > 0 and not result.errors and not result.reconnects for result in results)
            assert sum(result.sent for result in results) == one.calls + two.calls
            assert (one.connections, two.connections) == (8, 8)
            generator.disconnect([one.url, two.url])

    @pytest.mark.parametrize("workers", [1, 2])
    def test_first_sends_are_spread_over_connections_and_workers(self, workers: int) -> None:
        """Only lower bounds: a busy machine delays a send, and never brings one forward."""
        first_s: list[float] = []

        def answer(_call: Call) -> Answer:
            first_s.append(time.monotonic())
            return Answer((), Then.HANG)

        with Server(answer) as server, Generator(HELLO, frozenset({0}), spin=False, workers=workers) as generator:
            # a worker may begin as late as the head is long
            wanted = order(connections=4, duration_s=1.5, starts_s=(0.0, 0.8), discard_s=0.8, timeout_s=3.0)
            before_s = time.monotonic()
            (result,) = generator.run([wanted], {SUBJECT: server.url})
        assert result.errors == {ErrorKind.TIMEOUT: 4}
        assert (result.counted, result.gap_s) == (0.0, 0.0)
        assert all(at_s - before_s >= number * 0.2 for number, at_s in enumerate(sorted(first_s)))

    def test_the_tail_is_driven_and_not_counted(self, generator: Generator) -> None:
        with Server() as server:
            wanted = order(duration_s=1.4, discard_s=0.1, tail_s=1.3)
            (result,) = generator.run([wanted], {SUBJECT: server.url})
            generator.disconnect([server.url])
        assert result.sent == server.calls > 0
        assert result.counted == result.counted_s == 0.0
        assert result.gap_s > 0

    def test_levels_share_the_open_connections(self, generator: Generator) -> None:
        with Server() as server:
            orders = [patient(number=n, connections=n) for n in (1, 8, 2, 4, 8)]
            results = list(generator.run(orders, {SUBJECT: server.url}))
            assert sum(result.sent for result in results) == server.calls
            assert server.connections == 8
            generator.disconnect([server.url])

    def test_its_limit_of_open_files_is_no_error_of_the_target(self) -> None:
        with Server() as server, Generator(HELLO, frozenset({0}), spin=False) as generator:
            most = len(list(Path(f"/proc/{generator.pid}/fd").iterdir())) + 20
            resource.prlimit(generator.pid, resource.RLIMIT_NOFILE, (most, most))
            with pytest.raises(MachineError, match="the load generator can't open a connection"):
                list(generator.run([order(connections=40)], {SUBJECT: server.url}))

    def test_disconnecting_closes_the_connections(self, generator: Generator) -> None:
        with Server() as server:
            list(generator.run([patient(connections=6)], {SUBJECT: server.url}))
            assert server.open_connections == 6
            generator.disconnect([server.url])
            server.await_open_connections(0)

    def test_new_slices_are_driven_after_an_iteration_was_stopped(self, generator: Generator) -> None:
        with Server() as server:
            urls = {SUBJECT: server.url}
            orders = [order(number=number, duration_s=0.05, discard_s=0) for number in range(50)]
            for result in generator.run(orders, urls):
                assert result.number == 0
                break
            (again,) = generator.run([order(number=99, duration_s=0.05, discard_s=0)], urls)
            assert again.number == 99
            generator.disconnect([server.url])

    def test_closing_during_slices_stops_after_the_current_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_STOP_DEADLINE_S", 60.0)  # all slices together take ten times as long
        with Server() as server, Generator(HELLO, frozenset({0}), spin=False) as generator:
            results = generator.run(
                [order(number=number, duration_s=0.1) for number in range(6000)], {SUBJECT: server.url}
            )
            next(results)
            generator.close()
            assert generator._process.returncode == 0, "it had to be ended"
            results.close()  # type: ignore[attr-defined]  # it is a generator

    def test_the_process_ends_when_the_harness_is_killed_during_a_slice(self) -> None:
        program = (
            "import os, signal, threading\n"
            "from tests.load.conftest import SUBJECT, order, scenario\n"
            "from harness.load.generator import Generator\n"
            "generator = Generator([scenario('hello')], frozenset({0}))\n"
            "print(generator.pid, flush=True)\n"
            "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
            "list(generator.run([order(duration_s=60)], {SUBJECT: 'http://127.0.0.1:1'}))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == -signal.SIGKILL
        deadline = time.monotonic() + 60
        while is_alive(int(done.stdout)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not is_alive(int(done.stdout))

    def test_the_harness_process_never_imports_locust(self) -> None:
        program = "import sys, harness.load.generator; sys.exit(any(m in sys.modules for m in ('locust', 'gevent')))"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
