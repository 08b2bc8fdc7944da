"""Stored runs after crashes, damage and disk errors: no finished trial is lost, and each error names its file."""

import errno
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError, UsageError
from harness.model import Subject, Trial
from harness.store import RunFolder, Store
from tests.small_disk import small_disk
from tests.trials import FLASK, SIX_TRIALS, a_run, a_trial

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Store(tmp_path / "results").create(a_run())


def no_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# Crashes.


def test_trials_before_a_torn_last_line_are_read(folder: RunFolder) -> None:
    for trial in SIX_TRIALS[:2]:
        folder.append(trial)
    path = folder.path / "trials.jsonl"
    whole = path.read_bytes()
    first_ends = whole.index(b"\n") + 1
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        expected = (length >= first_ends) + (length == len(whole))
        assert folder.load().trials == SIX_TRIALS[:expected], length


def test_the_next_trial_replaces_a_torn_last_line(folder: RunFolder) -> None:
    for trial in SIX_TRIALS[:2]:
        folder.append(trial)
    path = folder.path / "trials.jsonl"
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        folder.append(SIX_TRIALS[2])
        kept = (length > whole.index(b"\n")) + (length == len(whole))
        assert folder.load().trials == (*SIX_TRIALS[:kept], SIX_TRIALS[2]), length


def test_a_process_killed_between_trials_loses_no_trial(folder: RunFolder) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from harness.store import RunFolder
from tests.trials import SIX_TRIALS

for trial in SIX_TRIALS:
    RunFolder(Path(sys.argv[1])).append(trial)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(folder.path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert folder.load().trials == SIX_TRIALS


# Damage.


def test_an_error_about_a_damaged_line_names_file_and_line_number(folder: RunFolder) -> None:
    for trial in SIX_TRIALS[:3]:
        folder.append(trial)
    path = folder.path / "trials.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1][:-9], *lines[2:]]))
    with pytest.raises(UsageError) as caught:
        folder.load()
    assert caught.value.where == f"{path}, line 2"
    assert caught.value.what == "a stored run is damaged"
    assert "Invalid JSON" in caught.value.cause
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b'"block":0', b'"block":"x"', "block: Input should be a valid integer"),
        (b'"unit":"1/s"', b'"unit":"mph"', "measurements.0.unit: Input should be"),
        (b'"value":6123.4', b'"value":NaN', "measurements.0.value: Input should be a finite number"),
        (b'"value":6123.4', b'"value":1e400', "measurements.0.value: Input should be a finite number"),
        (b'"value":6123.4', b'"value":"6123.4"', "measurements.0.value: Input should be a valid number"),
        (b'"position":0,', b"", "position: Field required"),
    ],
)
def test_an_error_about_a_line_of_another_shape_names_the_value(
    folder: RunFolder, old: bytes, new: bytes, cause: str
) -> None:
    folder.append(SIX_TRIALS[0])
    path = folder.path / "trials.jsonl"
    line = path.read_bytes()
    assert old in line
    path.write_bytes(line.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        folder.load()
    assert caught.value.where == f"{path}, line 1"
    assert caught.value.cause.startswith(cause)


def test_an_empty_line_and_a_line_of_two_trials_are_damage(folder: RunFolder) -> None:
    folder.append(SIX_TRIALS[0])
    path = folder.path / "trials.jsonl"
    line = path.read_bytes().rstrip()
    for damaged in (b"", line + b"," + line):
        path.write_bytes(line + b"\n" + damaged + b"\n")
        with pytest.raises(UsageError, match="a stored run is damaged") as caught:
            folder.load()
        assert caught.value.where == f"{path}, line 2"


@pytest.mark.parametrize(
    ("trials", "cause"),
    [
        ((a_trial(3, FLASK),), "a trial of flask_app:gthread in block 4, which the plan does not have"),
        ((a_trial(-1, FLASK),), "a trial of flask_app:gthread in block 0, which the plan does not have"),
        (
            (a_trial(0, Subject("flask_app", "other")),),
            "a trial of flask_app:other in block 1, which",
        ),
        ((a_trial(0, replace(FLASK, is_control=True)),), "which the plan does not have"),
        ((a_trial(1, FLASK), a_trial(1, FLASK)), "two trials of flask_app:gthread in block 2"),
    ],
)
def test_trials_that_the_plan_does_not_have_are_damage(
    folder: RunFolder, trials: tuple[Trial, ...], cause: str
) -> None:
    for trial in trials:
        folder.append(trial)
    with pytest.raises(UsageError, match="a stored run is damaged") as caught:
        folder.load()
    assert cause in caught.value.cause


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12.25", "NaN"),
        ("12.25", "1e400"),
        ("12.25", '"12.25"'),
        ('"cpus": 2', '"cpus": -Infinity'),
        ('"connections": [', '"connections": [1e400, '),
    ],
)
def test_a_number_of_run_json_that_the_harness_does_not_write_is_damage(folder: RunFolder, old: str, new: str) -> None:
    path = folder.path / "run.json"
    whole = path.read_text()
    assert old in whole
    path.write_text(whole.replace(old, new))
    with pytest.raises(UsageError, match="a stored run is damaged"):
        folder.run()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"run"', b"7", b"null", b"\xff\xfe", b'{"schema_version": 2}'])
def test_an_error_about_a_damaged_run_json_names_the_file(folder: RunFolder, content: bytes) -> None:
    path = folder.path / "run.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        folder.load()
    assert caught.value.what == "a stored run is damaged"
    assert caught.value.where == str(path)
    assert caught.value.remedy == "Measure again."


@pytest.mark.parametrize("version", [0, 1, 3, "2", None])
def test_an_unknown_schema_version_is_refused_with_both_versions_named(folder: RunFolder, version: object) -> None:
    path = folder.path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": version}))
    with pytest.raises(UsageError) as caught:
        folder.load()
    assert str(caught.value) == (
        f"can't read a stored run ({path}): it has schema version {version}, and this harness reads 2. "
        "Read it with the version of the harness that wrote it, or measure again."
    )


def test_a_run_without_run_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        RunFolder(tmp_path).run()
    assert caught.value.where == str(tmp_path / "run.json")
    assert caught.value.cause == "No such file or directory"


# Names on the disk.


def test_the_names_of_a_new_run_and_of_its_trials_are_fsynced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    folder = Store(tmp_path).create(a_run())
    assert synced[-2:] == [folder.path, tmp_path]
    folder.append(SIX_TRIALS[0])
    assert synced[-2:] == [folder.path / "trials.jsonl", folder.path]


def test_a_folder_that_can_not_be_created_is_a_machine_error(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(MachineError) as caught:
        Store(tmp_path / "results").create(a_run())
    assert caught.value.what == "can't write a result"
    assert caught.value.remedy == "Name another folder with HARNESS_RESULTS."
    assert caught.value.exit_code == 3


# A full disk.


def test_a_full_disk_is_a_machine_error_and_stored_trials_stay(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = Store(disk).create(a_run())
        folder.append(SIX_TRIALS[0])
        big = replace(SIX_TRIALS[1], started_at="x" * 2**17)
        with pytest.raises(MachineError) as caught:
            folder.append(big)
        assert str(caught.value) == (
            f"can't write a result ({folder.path / 'trials.jsonl'}): No space left on device. Free some space."
        )
        assert caught.value.exit_code == 3
        with pytest.raises(MachineError, match="Free some space"):
            folder.save(replace(a_run(), environment={"much": "x" * 2**17}))
        assert folder.load().run == a_run()
        assert folder.load().trials == SIX_TRIALS[:1]
        assert {path.name for path in folder.path.iterdir()} == {"run.json", "trials.jsonl"}
        folder.append(SIX_TRIALS[2])  # a smaller trial fits, and replaces the torn line
        assert folder.load().trials == (SIX_TRIALS[0], SIX_TRIALS[2])


def test_a_trial_that_can_not_be_fsynced_is_an_error(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", no_disk)
    with pytest.raises(MachineError, match="No space left on device"):
        folder.append(SIX_TRIALS[0])


# An unreadable run among others.


def test_a_damaged_run_is_left_out_with_a_warning_and_the_others_are_read(tmp_path: Path) -> None:
    warnings: list[str] = []
    store = Store(tmp_path / "results", warnings.append)
    store.create(a_run(name="whole"))
    (store.root / "broken").mkdir()
    (store.root / "broken" / "run.json").write_text("{")
    assert list(store.runs()) == ["whole"]
    assert store.load(None)[0].path.name == "whole"
    assert len(warnings) == 2
    path = store.root / "broken" / "run.json"
    assert warnings[0].startswith(f"warning: left out: a stored run is damaged ({path}): ")
    with pytest.raises(UsageError, match="a stored run is damaged"):
        store.load("broken")


def _make(kind: str, path: Path, elsewhere: Path) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        elsewhere.write_text("theirs\n")
        path.symlink_to(elsewhere)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", ["trials.jsonl", "signals.jsonl", "run.json"])
def test_a_folder_a_pipe_or_a_link_in_place_of_a_file_is_refused_in_a_sentence(
    tmp_path: Path, kind: str, name: str
) -> None:
    folder = Store(tmp_path / "results").create(a_run())
    (folder.path / name).unlink(missing_ok=True)
    _make(kind, folder.path / name, tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=rf"can't read a stored run \(.*{name}\): .*(regular file|directory)"):
        (folder.load(), folder.signals())
    if name != "run.json":
        with pytest.raises(MachineError, match="can't write a result"):
            (folder.append(a_trial(0, FLASK)) if name == "trials.jsonl" else folder.append_signals([{"a": 1}]))
    if kind == "link":
        assert (tmp_path / "elsewhere").read_text() == "theirs\n"


def test_half_of_a_pair_of_characters_is_stored_as_a_replacement(tmp_path: Path) -> None:
    run = replace(a_run(), environment={"path": "half \ud83d"})
    assert Store(tmp_path).create(run).run().environment == {"path": "half \ufffd"}
