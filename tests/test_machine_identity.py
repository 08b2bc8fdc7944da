"""The identity of this machine and of its boot."""

from pathlib import Path

import pytest

from harness import machine_identity
from harness.machine_identity import boot_id, machine_id


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine_identity, "_MACHINE_ID", tmp_path / "id")
    monkeypatch.setattr(machine_identity, "_BOOT_ID", tmp_path / "id")
    return tmp_path / "id"


def test_a_machine_is_known_by_a_digest_of_its_id(file: Path) -> None:
    file.write_text("0123456789abcdef" * 2 + "\n")
    found = machine_id()
    assert len(found) == 16
    assert found not in file.read_text()
    assert machine_id() == found
    file.write_text("0123456789abcdee" * 2 + "\n")
    assert machine_id() != found


@pytest.mark.parametrize("content", [b"", b"uninitialized\n", b"0123\n", b"\xff" * 32, b"0" * 31 + b"G\n"])
def test_a_machine_without_a_valid_id_is_unknown(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert machine_id() == ""


def test_without_the_files_machine_and_boot_are_unknown(file: Path) -> None:
    assert not file.exists()
    assert (machine_id(), boot_id()) == ("", "")


def test_the_boot_is_known_by_the_kernels_id(file: Path) -> None:
    file.write_text("d70097be-255d-45b1-b3d0-b2cd93726147\n")
    assert boot_id() == "d70097be-255d-45b1-b3d0-b2cd93726147"
