"""The line that tells a failure of a target at once."""

from harness.measure.losses import in_short
from harness.model import Failure, Stage
from harness.runtime.failures import failure
from tests.trials import GIN

FIX = "Correct its command, or how it is built."
LOST = "gin_app:release failed and is left out from here on: "


def told(message: str) -> str:
    return in_short(Failure(GIN, Stage.START, message))


def test_it_has_the_reason_without_what_the_target_printed() -> None:
    error = failure(GIN, Stage.START, "it exited with code 1", "Traceback:\n  no module")
    assert told(str(error)) == f"{LOST}the target does not start (gin_app:release): it exited with code 1. {FIX}"
    said = f"{LOST}no build (gin_app): its build failed. Correct it."
    assert told("no build (gin_app): its build failed. Correct it.\nIts last lines:\n  a line") == said


def test_a_message_of_one_line_is_whole() -> None:
    assert told("no (here): it listens on :9. Correct it.") == f"{LOST}no (here): it listens on :9. Correct it."


def test_a_long_reason_is_cut() -> None:
    assert told("x" * 301) == f"{LOST}{'x' * 297}..."
    assert told("x" * 300) == f"{LOST}{'x' * 300}"
