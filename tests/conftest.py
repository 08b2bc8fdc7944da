"""Shared parts of all tests: golden files with an update flag, repeatable examples, and groups of parallel tests.

HYPOTHESIS_PROFILE=explore draws new examples in every run.
"""

import os
import re
import signal
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.checkout import ROOT

# Under nohup, or in the background of a script, signals are ignored, and the programs of the tests would do so as well.
for _number, _usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# xdist says how wide its own terminal is, and output would fit that. Without it, it is for a program. Other settings
# colour it. A hook of git names a repository, and the git commands of the tests would change that one.
for _name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
    os.environ.pop(_name, None)

# The tests read what other programs print, so these print in English.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}

# A proxy reaches no server of this machine.
for _name in ("no_proxy", "NO_PROXY"):
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1", "localhost")))

# Git reads a checkout of another user only if it is told to: one that is mounted into a container, for example.
_COUNT = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
os.environ |= {f"GIT_CONFIG_KEY_{_COUNT}": "safe.directory", f"GIT_CONFIG_VALUE_{_COUNT}": str(ROOT)}
os.environ["GIT_CONFIG_COUNT"] = str(_COUNT + 1)

# How long an example takes says how busy the machine is.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("any_machine"), derandomize=True)
settings.register_profile("explore", settings.get_profile("any_machine"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# The machine's lock would stop these tests beside a run, beside each other, and beside the tests of another checkout.
# A worker inherits the environment of the process that starts it, so it sets its own lock whatever is there.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER")
_LOCK = f"{tempfile.gettempdir()}/harness-tests-{os.getuid()}-{_WORKER or 'all'}.lock"
os.environ["HARNESS_LOCK"] = _LOCK if _WORKER else os.environ.get("HARNESS_LOCK", _LOCK)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite the golden files.")


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than the CPUs that this process may use.

    Two groups of tests mostly wait: for an engine, for deadlines, for the ends of runs. Unit tests fill these times.
    """
    return len(os.sched_getaffinity(0)) + 1


class ByFile(LoadFileScheduling):
    """The tests of a file go to one worker, in the order of collection; all files of a group go to the same worker."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # the number of a file's tests says nothing of how long they take
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return group(path) or path


@cache
def group(path: str) -> str | None:
    """Return the group of a file, `machine` or `engine` by the markers in it; None for a file with neither.

    Args:
        path: Relative to the root.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    return next((name for name in ("machine", "engine") if re.search(rf"mark\.{name}\b", text)), None)


@cache
def rank(path: str) -> int:
    """Return the place of a file in a run of all tests: the longest work begins first, so that no worker is idle."""
    if group(path):
        return 0
    return 1 if "mark.slow" in (ROOT / path).read_text(encoding="utf-8") else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files by their rank; the tests of a file keep their order."""
    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


@dataclass(frozen=True)
class GoldenFiles:
    """The golden files of a folder."""

    folder: Path
    update: bool

    def check(self, name: str, text: str) -> None:
        """Compare a text with a golden file; on a mismatch leave the text as `<name>.got` beside it."""
        path = self.folder / name
        got = path.with_name(f"{path.name}.got")
        if self.update:
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else None
        if text == expected:
            got.unlink(missing_ok=True)
        else:
            got.write_text(text, encoding="utf-8")
        assert text == expected, f"{path} differs from {got.name}; --update-golden accepts the new text"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> GoldenFiles:
    return GoldenFiles(Path(__file__).with_name("golden"), update=bool(request.config.getoption("--update-golden")))
