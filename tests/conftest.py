"""What all tests share: golden files that one flag accepts anew, and examples that are the same every time.

HYPOTHESIS_PROFILE=explore draws new examples, for whoever hunts what nobody has thought of.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files anew.")


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
        assert text == expected, f"{path} is not what came, see {got.name}; --update-golden accepts that"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> GoldenFiles:
    return GoldenFiles(Path(__file__).with_name("golden"), update=bool(request.config.getoption("--update-golden")))
