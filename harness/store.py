"""Stored runs: the folders results/<name>/, written so that a crash loses no finished trial.

`run.json` is replaced atomically. `trials.jsonl` only grows, by one fsynced line per trial; a torn last line (after a
power loss) is ignored. Reading returns the values that were written. This module knows files, not what numbers mean.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from harness.durable_files import (
    cut_torn_line,
    disk_error,
    opened_to_grow,
    remove_unfinished,
    require_file,
    sync_folder,
    write_atomically,
)
from harness.errors import MachineError, UsageError, nearest
from harness.foreign_text import encodable
from harness.model import Run, RunStatus, StoredRun, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

# Schema versions of a stored run:
#   1  the first. It calls the setup differences of a run `unfairness`.
#   2  a profile has load times and least lengths in place of numbers and lengths of slices, and all starts of a run
# A new entry with a default, such as `is_invalid`, needs no new version: a run without it is read as before.
SCHEMA_VERSION = 2
REFERENCE, CONDITIONS = "reference", "conditions"
COMMITTED = (REFERENCE, CONDITIONS)  # the runs that a checkout has; they are not the newest of this machine

# Only what the harness itself writes is read: no number in quotes, none that is not finite. Data classes take these
# settings from the tuple around them.
_AS_WRITTEN = ConfigDict(strict=True, allow_inf_nan=False)
_RUN: TypeAdapter[tuple[Run]] = TypeAdapter(tuple[Run], config=_AS_WRITTEN)
_TRIAL: TypeAdapter[tuple[Trial]] = TypeAdapter(tuple[Trial], config=_AS_WRITTEN)
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_SIGNAL: TypeAdapter[dict[str, bool | int | float | str | None]] = TypeAdapter(
    dict[str, bool | int | float | str | None], config=_AS_WRITTEN
)


def ignore_warning(_: str) -> None:
    """Ignore a warning."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Folder of one stored run."""

    path: Path

    @property
    def report(self) -> Path:
        """Folder of the run's report."""
        return self.path / "report"

    def report_with(self, figures: Sequence[Path]) -> Path:
        """Return the folder of a report on other figures files than the project's: `report-mine`, or `report`."""
        return self.path / "-".join([self.report.name, *(path.stem for path in figures)])

    def save(self, run: Run) -> None:
        """Write run.json, in place of an older one.

        Raises:
            MachineError: The disk is full or not writable.
        """
        values = {"schema_version": SCHEMA_VERSION} | _RUN.dump_python((run,), mode="json")[0]
        values["unfairness"] = values.pop("setup_differences")
        write_atomically(self.path / "run.json", encodable(json.dumps(values, indent=1, ensure_ascii=False)) + "\n")

    def append(self, trial: Trial) -> None:
        """Append a finished trial to trials.jsonl, and fsync.

        Raises:
            MachineError: The disk is full or not writable.
        """
        path = self.path / "trials.jsonl"
        try:
            with opened_to_grow(path) as file:
                cut_torn_line(file)
                file.write(_line(trial))
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self.path)  # which may have a new name
        except OSError as error:
            raise disk_error(path, error) from error

    def replace_trials(self, trials: Sequence[Trial]) -> None:
        """Replace all stored trials of the run by these.

        Raises:
            MachineError: The disk is full or not writable.
        """
        write_atomically(self.path / "trials.jsonl", b"".join(map(_line, trials)))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the run for the duration of the context; the kernel releases the lock when the process ends.

        Raises:
            MachineError: Another process holds the lock, or the folder can't be opened.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise disk_error(self.path, error) from error
        try:
            _take_run_lock(descriptor, self.path)
            yield
        finally:
            os.close(descriptor)

    def append_signals(self, lines: Sequence[Mapping[str, object]]) -> None:
        """Append the machine's signals to signals.jsonl, one line each; without fsync, because no result is in them.

        Raises:
            MachineError: The disk is full or not writable.
        """
        path = self.path / "signals.jsonl"
        try:
            with opened_to_grow(path) as file:
                cut_torn_line(file)
                file.writelines(json.dumps(line, allow_nan=False).encode() + b"\n" for line in lines)
        except OSError as error:
            raise disk_error(path, error) from error

    def replace_signals(self, lines: Sequence[Mapping[str, object]]) -> None:
        """Replace all stored signals of the run by these.

        Raises:
            MachineError: The disk is full or not writable.
        """
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
        write_atomically(self.path / "signals.jsonl", text)

    def signals(self, say: Callable[[str], None] = ignore_warning) -> tuple[dict[str, Any], ...]:
        """Read the machine's signals; empty if the run stored none.

        Damaged lines are left out, because no result depends on them; `say` gets a message about them. A torn last line
        is not damage.

        Raises:
            UsageError: The file can't be read.
        """
        path = self.path / "signals.jsonl"
        found = [_signal(line) for line in _content(path).split(b"\n")[:-1]]
        if damaged := [number for number, line in enumerate(found, 1) if line is None]:
            what = f"line {damaged[0]}" if len(damaged) == 1 else f"{len(damaged)} lines from line {damaged[0]} on"
            say(f"damaged signals of the machine are left out ({path}, {what}); flags of blocks can be missing")
        return tuple(line for line in found if line is not None)

    def run(self) -> Run:
        """Read run.json.

        Raises:
            UsageError: The file is missing, damaged, or has another schema version.
        """
        path = self.path / "run.json"
        try:
            values = _OBJECT.validate_json(_bytes(path))
            version = values.pop("schema_version", None)
            if version != SCHEMA_VERSION:
                raise UsageError(
                    "can't read a stored run",
                    where=str(path),
                    cause=f"it has schema version {version}, and this harness reads {SCHEMA_VERSION}",
                    remedy="Read it with the version of the harness that wrote it, or measure again.",
                )
            values["setup_differences"] = values.pop("unfairness", ())
            [run] = _RUN.validate_json(json.dumps([values], allow_nan=False))
        except ValueError as error:  # also pydantic's
            raise _damaged(str(path), error) from error
        return run

    def load(self, run: Run | None = None) -> StoredRun:
        """Read the run and its finished trials.

        Args:
            run: The content of run.json, where it was read before.

        Raises:
            UsageError: A file is missing or damaged (a torn last line is not damage).
        """
        stored = StoredRun(run or self.run(), tuple(self._trials()))
        if (cause := stored.contradiction()) is not None:
            raise _damaged(str(self.path), ValueError(cause))
        return stored

    def _trials(self) -> Iterator[Trial]:
        path = self.path / "trials.jsonl"
        for number, line in enumerate(io.BytesIO(_content(path)), 1):  # one at a time: all of them take much memory
            try:
                yield from _TRIAL.validate_json(b"[" + line + b"]") if line.endswith(b"\n") else ()  # unfinished
            except ValidationError as error:
                raise _damaged(f"{path}, line {number}", error) from error


def _line(trial: Trial) -> bytes:
    return _TRIAL.dump_json((trial,))[1:-1] + b"\n"


def _signal(line: bytes) -> dict[str, Any] | None:
    """Return a line of signals; None if it is damaged."""
    try:
        values = _SIGNAL.validate_json(line)
    except ValidationError:
        return None
    return values if type(values.get("block")) is int and isinstance(values.get("signal"), str) else None


def _content(path: Path) -> bytes:
    """Return the content of a file of a run; empty if there is none.

    Raises:
        UsageError: It is no regular file, or can't be read.
    """
    return _bytes(path) if os.path.lexists(path) else b""


def _bytes(path: Path) -> bytes:
    try:
        require_file(path)
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            "can't read a stored run",
            where=str(path),
            cause=error.strerror or str(error),
            remedy="`harness list` shows the runs.",
        ) from error


def _take_run_lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MachineError(
            "this run is still being measured",
            where=str(path),
            cause="the process that measures it is running",
            remedy="Wait for its end, or stop it.",
        ) from error


def _damaged(where: str, error: ValueError) -> UsageError:
    cause = str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][1:]))  # the first part is the place in the tuple of one
        cause = f"{place}: {first['msg']}" if place else first["msg"]
    return UsageError("a stored run is damaged", where=where, cause=cause, remedy="Measure again.")


@dataclass(frozen=True, slots=True)
class Store:
    """Results folder with all stored runs.

    Attributes:
        root: The results folder.
        warn: Gets a message for each run that can't be read.
        committed: The folder of the project's committed runs, if it can be another one. They are found by name, too.
    """

    root: Path
    warn: Callable[[str], None] = ignore_warning
    committed: Path | None = None

    def create(self, run: Run) -> RunFolder:
        """Create the folder of a new run and write its run.json, before the first measurement.

        Raises:
            MachineError: The disk is full or not writable.
        """
        folder = RunFolder(self.root / run.id)
        folder.save(run)
        sync_folder(self.root)
        return folder

    def remove_unfinished(self) -> tuple[Path, ...]:
        """Remove the temporary files that killed writers left in the results, and run folders that had nothing else.

        Return their paths. Nothing is removed through a link.
        """
        removed: list[Path] = []
        for name, _, _ in os.walk(self.root):
            if files := remove_unfinished(Path(name)):
                removed += files
                with suppress(OSError):  # it has other files
                    Path(name).rmdir()
        return tuple(removed)

    def folders(self) -> dict[str, RunFolder]:
        """Return the folders of all runs, by name; a committed run only where the results have none of its name."""
        paths = [self.committed / name / "run.json" for name in COMMITTED] if self.committed else []
        found = [*(path for path in paths if path.is_file()), *self.root.glob("*/run.json")]
        return dict(sorted({path.parent.name: RunFolder(path.parent) for path in found}.items()))

    def runs(self) -> dict[str, Run]:
        """Return the readable runs, by name; warn about each unreadable one."""
        read = ((name, self._readable(folder)) for name, folder in self.folders().items())
        return {name: run for name, run in read if run is not None}

    def _readable(self, folder: RunFolder) -> Run | None:
        """Return a run; None with a warning if it can't be read."""
        try:
            return folder.run()
        except UsageError as error:
            self.warn(f"warning: left out: {error}")
            return None

    def others(self, than: Collection[Run]) -> Iterator[tuple[RunFolder, Run]]:
        """Yield all readable runs whose folder and id are not those of these runs; each id once."""
        ids = {run.id for run in than}
        for folder in (folder for name, folder in self.folders().items() if name not in ids):
            run = self._readable(folder)
            if run is not None and run.id not in ids:
                ids.add(run.id)
                yield folder, run

    def load(self, word: str | None, runs: Mapping[str, Run] | None = None) -> tuple[RunFolder, StoredRun]:
        """Find a run by folder name or id and read it; without a word, the newest complete run, else the reference run.

        `runs` are the readable runs by name, where they were read before.

        Raises:
            UsageError: There is no run, there is none with that name, or the run is damaged.
        """
        folder, run = self._find(word, runs)
        return folder, folder.load(run)

    def run(self, word: str) -> Run:
        """Find a run by folder name or id and read it without its trials.

        Raises:
            UsageError: There is no run with that name, or its run.json is damaged.
        """
        folder, run = self._find(word, None)
        return folder.run() if run is None else run

    def newest_of(self, profile: str | None, runs: Mapping[str, Run]) -> list[tuple[RunFolder, Run]]:
        """Return the complete runs of a profile, or of all, among the readable ones, the newest first."""
        folders = self.folders()
        complete = [
            (folders[name], run)
            for name, run in runs.items()
            if profile in {None, run.plan.profile.name} and run.status is RunStatus.COMPLETE
        ]
        return sorted(complete, key=lambda one: one[1].started_at, reverse=True)

    def _find(self, word: str | None, runs: Mapping[str, Run] | None) -> tuple[RunFolder, Run | None]:
        """Return a run's folder, and its run if the search has already read it."""
        folders = self.folders()
        if word in folders:
            return folders[word], None
        runs = self.runs() if runs is None else runs
        if word is None:
            name = self._newest(folders, runs)
            return folders[name], runs.get(name)
        for name, run in runs.items():
            if run.id == word:
                return folders[name], run
        raise UsageError("unknown run", where=word, cause=f"not in {self.root}", remedy=nearest(word, folders))

    def _newest(self, folders: Mapping[str, RunFolder], runs: Mapping[str, Run]) -> str:
        """Return the name of the newest complete run, else of the reference run."""
        if (name := _newest_complete({name: run for name, run in runs.items() if name not in COMMITTED})) is not None:
            return name
        if REFERENCE in folders:
            return REFERENCE
        raise UsageError("no run", where=str(self.root), cause="no run is stored yet", remedy="Run `harness run`.")


def _newest_complete(runs: Mapping[str, Run]) -> str | None:
    """Return the name of the newest complete run of these; None if none is complete."""
    complete = {run.started_at: name for name, run in runs.items() if run.status is RunStatus.COMPLETE}
    return complete[max(complete)] if complete else None
