"""Interrupts by real signals, which a separate process sends to itself."""

import signal
import subprocess
import sys
import threading
from textwrap import dedent

import pytest

from harness.errors import Interrupted
from harness.interrupts import raising, shielded

pytestmark = pytest.mark.program

PREAMBLE = """
import os, signal, threading
from harness.errors import Interrupted, TargetError
from harness.interrupts import limited, raising, shielded

def send(number):
    os.kill(os.getpid(), number)

def say(*words):
    print(*words, flush=True)
"""


def lines_of(script: str, *, status: int = 0) -> list[str]:
    """Run a script in a separate process and return its printed lines."""
    command = [sys.executable, "-c", PREAMBLE + dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(("name", "exit_code"), [("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_is_raised_as_an_interrupt_with_its_exit_code(name: str, exit_code: int) -> None:
    script = f"""
    try:
        with raising():
            send(signal.{name})
            say("not reached")
    except Interrupted as error:
        say(error.signal_number == signal.{name}, error.exit_code)
    """
    assert lines_of(script) == [f"True {exit_code}"]


def test_the_error_says_what_was_interrupted_and_what_is_kept_and_after_an_inner_context_that_of_the_outer() -> None:
    script = """
    for ends_before in (False, True):
        try:
            with raising():
                with raising("run", "Only finished blocks are stored."):
                    ends_before or send(signal.SIGINT)
                send(signal.SIGINT)
        except Interrupted as error:
            say(error)
    """
    assert lines_of(script) == [
        "interrupted (run): signal 2. Only finished blocks are stored.",
        "interrupted (harness): signal 2. Repeat the command.",
    ]


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    script = """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with raising():
        send(signal.SIGHUP)
        say("goes on")
    say(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)
    """
    assert lines_of(script) == ["goes on", "True"]


def test_without_a_signal_nothing_is_raised() -> None:
    script = """
    with raising():
        with shielded():
            say("inside")
        say("after")
    """
    assert lines_of(script) == ["inside", "after"]


def test_a_shielded_section_ends_before_the_interrupt_is_raised() -> None:
    script = """
    try:
        with raising():
            with shielded():
                send(signal.SIGINT)
                say("created")
                say("remembered")
            say("not reached")
    except Interrupted as error:
        say("interrupted", error.exit_code)
    """
    assert lines_of(script) == ["created", "remembered", "interrupted 130"]


def test_a_shielded_section_that_does_not_end_delays_the_interrupt_for_a_moment_only() -> None:
    script = """
    from harness import interrupts
    repeat, waits = interrupts._insist, threading.Event()
    interrupts.PATIENCE_S, interrupts._insist = 0.2, lambda number: waits.wait(60) and repeat(number)
    try:
        with raising():
            try:
                with shielded():
                    send(signal.SIGTERM)
                    say("waits")
                    waits.set()
                    threading.Event().wait(60)
                    say("not reached")
            finally:
                with shielded():
                    say("cleans up")
    except Interrupted as error:
        say(error.exit_code)
    """
    assert lines_of(script) == ["waits", "cleans up", "143"]


def test_a_shielded_section_that_ends_in_time_gets_no_second_signal() -> None:
    script = """
    import time
    from harness import interrupts
    interrupts.PATIENCE_S = 0.2
    try:
        with raising():
            with shielded():
                send(signal.SIGTERM)
    except Interrupted as error:
        say(error.exit_code)
    time.sleep(0.4)
    say("alive")
    """
    assert lines_of(script) == ["143", "alive"]


def test_a_second_signal_that_is_already_under_way_comes_before_the_end_of_the_context() -> None:
    script = """
    import time
    from harness import interrupts
    repeat = interrupts._insist

    def late(number):
        time.sleep(0.2)
        repeat(number)

    interrupts.PATIENCE_S, interrupts._insist = 0, late
    signal.signal(signal.SIGTERM, lambda *_: say("after the context"))
    for _ in range(2):
        try:
            with raising():
                try:
                    with shielded():
                        send(signal.SIGTERM)
                        time.sleep(0.1)  # the timer has fired
                finally:
                    say("cleans up")
        except Interrupted as error:
            say(error.exit_code)
        time.sleep(0.5)
    say("alive")
    """
    assert lines_of(script) == 2 * ["cleans up", "143"] + ["alive"]


def test_a_signal_is_repeated_to_the_main_thread_though_it_waits_in_a_call() -> None:
    script = """
    from harness import interrupts
    interrupts.PATIENCE_S = 0.1
    ends, _ = os.pipe()
    waiting = threading.Thread(target=lambda: threading.Event().wait(20), daemon=True)
    waiting.start()
    try:
        with raising(), shielded():
            send(signal.SIGINT)
            os.read(ends, 1)
    except Interrupted as error:
        say(error.exit_code)
    """
    assert lines_of(script) == ["130"]


def test_the_interrupt_is_raised_at_the_end_of_the_outermost_shielded_section() -> None:
    script = """
    try:
        with raising():
            with shielded():
                with shielded():
                    send(signal.SIGTERM)
                say("the inner one has ended")
                with shielded():
                    say("another begins")
            say("not reached")
    except Interrupted as error:
        say("interrupted", error.exit_code)
    """
    assert lines_of(script) == ["the inner one has ended", "another begins", "interrupted 143"]


def test_a_second_signal_does_not_interrupt_the_cleanup() -> None:
    script = """
    try:
        with raising():
            try:
                send(signal.SIGINT)
                say("not reached")
            finally:
                say("cleaning up")
                send(signal.SIGINT)
                send(signal.SIGTERM)
                with shielded():
                    send(signal.SIGTERM)
                say("clean")
    except Interrupted as error:
        say("interrupted", error.exit_code)
    """
    assert lines_of(script) == ["cleaning up", "clean", "interrupted 130"]


def test_the_first_of_two_signals_in_a_shielded_section_counts() -> None:
    script = """
    try:
        with raising(), shielded():
            send(signal.SIGTERM)
            send(signal.SIGINT)
    except Interrupted as error:
        say(error.exit_code)
    """
    assert lines_of(script) == ["143"]


def test_an_error_in_a_shielded_section_does_not_lose_the_interrupt() -> None:
    script = """
    try:
        with raising():
            try:
                with shielded():
                    send(signal.SIGINT)
                    raise TargetError("it did not stop", where="t", cause="c", remedy="r")
            except TargetError:
                say("not reached")
    except Interrupted as error:
        say("interrupted", error.exit_code, "while", error.__context__.what)
    """
    assert lines_of(script) == ["interrupted 130 while it did not stop"]


def test_without_a_signal_an_error_in_a_shielded_section_is_raised_unchanged() -> None:
    with pytest.raises(KeyError, match="lost"), raising(), shielded():
        raise KeyError("lost")


def test_a_shielded_section_in_another_thread_does_not_delay_the_interrupt() -> None:
    script = """
    inside, ended = threading.Event(), threading.Event()

    def section():
        with shielded():
            inside.set()
            ended.wait(20)
        say("the thread's section ends")

    try:
        with raising():
            thread = threading.Thread(target=section)
            thread.start()
            inside.wait(20)
            send(signal.SIGINT)
            say("not reached")
    except Interrupted:
        say("interrupted")
    ended.set()
    thread.join(20)
    """
    assert lines_of(script) == ["interrupted", "the thread's section ends"]


def test_after_the_context_signals_have_their_earlier_handlers() -> None:
    script = """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` may have set it to be ignored
    with raising():
        pass
    try:
        send(signal.SIGINT)
        say("not reached")
    except KeyboardInterrupt:
        say("keyboard interrupt")
    send(signal.SIGTERM)
    """
    assert lines_of(script, status=-signal.SIGTERM) == ["keyboard interrupt"]


def test_handlers_are_restored_after_an_interrupt() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Interrupted), raising():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_earlier_interrupt_does_not_end_the_next_context() -> None:
    script = """
    for _ in range(2):
        try:
            with raising():
                with shielded():
                    say("a section")
                send(signal.SIGINT)
        except Interrupted:
            say("interrupted")
    with shielded():
        say("outside")
    """
    assert lines_of(script) == ["a section", "interrupted", "a section", "interrupted", "outside"]


def test_a_signal_is_not_lost_while_the_handlers_are_being_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    install = signal.signal

    def install_and_send(number: int, handler: signal.Handlers) -> object:
        previous = install(number, handler)
        if number == signal.SIGINT and handler != before:
            signal.raise_signal(number)
        return previous

    monkeypatch.setattr(signal, "signal", install_and_send)
    with pytest.raises(Interrupted), raising():
        pytest.fail("the signal is lost")
    assert signal.getsignal(signal.SIGINT) == before


def test_handlers_can_only_be_installed_in_the_main_thread() -> None:
    messages = []

    def elsewhere() -> None:
        try:
            with raising():
                messages.append("none")
        except ValueError as error:
            messages.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(20)
    assert len(messages) == 1
    assert "main thread" in messages[0]


LIMITED = """
def too_long():
    return TargetError("it takes too long", where="here", cause="a test", remedy="None.")

with raising():
    try:
        with limited({limit_s}, too_long):
            {body}
    except TargetError as error:
        say(error.what, signal.getitimer(signal.ITIMER_REAL)[0])
"""


def test_a_context_beyond_its_limit_is_left_with_the_error() -> None:
    body = "threading.Event().wait(30); say('not reached')"
    assert lines_of(LIMITED.format(limit_s=0.05, body=body)) == ["it takes too long 0.0"]


def test_the_end_of_a_limit_waits_for_the_end_of_a_shielded_section() -> None:
    body = """
            with shielded():
                signal.raise_signal(signal.SIGALRM)
                say("cleaned")
            say("not reached")
    """
    assert lines_of(LIMITED.format(limit_s=60, body=body.strip())) == ["cleaned", "it takes too long 0.0"]


def test_a_context_within_its_limit_is_not_disturbed_later() -> None:
    script = LIMITED.format(limit_s=60, body="say('done')") + "say(signal.getitimer(signal.ITIMER_REAL)[0])\n"
    assert lines_of(script) == ["done", "0.0"]


def test_the_end_of_a_limit_does_not_cut_the_cleanup_after_an_interrupt() -> None:
    body = """
            try:
                send(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGALRM)
                say("cleaned")
    """
    script = LIMITED.format(limit_s=60, body=body.strip()).replace("except TargetError as", "except Interrupted as")
    assert lines_of(script) == ["cleaned", "interrupted 0.0"]
