"""Shared parts of all tests: golden files with an update flag, repeatable examples, and groups of parallel tests.

HYPOTHESIS_PROFILE=explore draws new examples in every run.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("any_machine"), derandomize=True)
settings.register_profile("explore", settings.get_profile("any_machine"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite the golden files.")


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker for each CPU that this process may use."""
    return len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of a file into one worker, and all tests that use the machine's engine or lock into another one."""
    for item in items:
        uses_the_machine = any(item.get_closest_marker(name) for name in ("engine", "machine"))
        item.add_marker(pytest.mark.xdist_group("machine" if uses_the_machine else str(item.path)))


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
