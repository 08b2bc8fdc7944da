"""The page cache: the error where it can't be dropped, and that dropped pages are gone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.measure import pagecache
from tests.checkout import ROOT

MAY_DROP = os.access("/proc/sys/vm/drop_caches", os.W_OK)


def test_only_the_page_cache_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "drop_caches"
    file.touch()
    pagecache.require(file)
    pagecache.drop(file)
    assert file.read_text(encoding="ascii") == "1"


@pytest.mark.parametrize("refuse", [pagecache.require, pagecache.drop])
def test_the_error_of_a_process_that_may_not_drop_it_has_a_remedy(refuse: object, tmp_path: Path) -> None:
    missing = tmp_path / "none" / "drop_caches"
    assert callable(refuse)
    with pytest.raises(
        MachineError, match=r"the page cache can't be dropped .*drop_caches.*: .*Run as root on the machine"
    ):
        refuse(missing)


@pytest.mark.machine
@pytest.mark.program
@pytest.mark.skipif(not MAY_DROP, reason="it needs root on the machine itself")
@pytest.mark.skipif(not shutil.which("fincore"), reason="fincore is missing")
def test_a_dropped_file_is_no_longer_in_memory() -> None:
    """The file is in the project's folder, because a temporary folder may be in memory."""
    file = ROOT / ".pagecache-test"
    try:
        file.write_bytes(os.urandom(4 << 20))
        assert resident_bytes(file) == 4 << 20
        pagecache.drop()
        assert resident_bytes(file) == 0
    finally:
        file.unlink(missing_ok=True)


def resident_bytes(file: Path) -> int:
    command = ["fincore", "--bytes", "--noheadings", "--output", "RES", str(file)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
