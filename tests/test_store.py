"""Stored runs: writing, reading, finding."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.model import (
    MOST_SAMPLES,
    Absence,
    Bound,
    Distribution,
    DrivenSlice,
    EndpointResult,
    ErrorKind,
    Failure,
    Load,
    LoadKind,
    Measurement,
    MemorySamples,
    Run,
    RunStatus,
    Slice,
    SliceResult,
    Span,
    Stage,
    Subject,
    Trial,
    Window,
)
from harness.store import RunFolder, Store
from harness.units import Unit
from tests.fakes import driven
from tests.trials import GIN, SIX_TRIALS, a_plan, a_run

# Strategies for all fields of a trial and of a run.

names = st.text(min_size=1, max_size=12)
words = st.text(max_size=30)
counts = st.integers(0, 2**63 - 1)
rates = st.floats(1e-3, 1e6)
numbers = st.floats(allow_nan=False, allow_infinity=False)
subjects = st.builds(Subject, names, names)
loads = st.one_of(
    st.builds(Load, st.just(LoadKind.CLOSED), st.integers(1, 10_000)),
    st.builds(Load, st.sampled_from([LoadKind.CONSTANT, LoadKind.POISSON]), st.integers(1, 10_000), rates),
)
slices = st.builds(
    Slice,
    counts,
    subjects,
    names,
    loads,
    numbers,
    numbers,
    counts,
    timeout_s=numbers,
    starts_s=st.lists(numbers, max_size=3).map(tuple),
    tail_s=numbers,
)
endpoints = st.builds(EndpointResult, counts, counts, st.dictionaries(st.sampled_from(ErrorKind), counts), words)
results = st.builds(
    SliceResult,
    number=counts,
    sent=counts,
    verified=counts,
    errors=st.dictionaries(st.sampled_from(ErrorKind), counts),
    counted=numbers,
    counted_s=numbers,
    wall_s=numbers,
    generator_cpu_s=numbers,
    utilisation=numbers,
    planned=st.none() | counts,
    reconnects=counts,
    received_bytes=counts,
    service=st.none() | words,
    response=st.none() | words,
    lateness=st.none() | words,
    first_error=st.none() | words,
    endpoints=st.dictionaries(words, endpoints, max_size=2),
    windows=st.lists(st.builds(Window, counts, counts), max_size=2).map(tuple),
    gap_s=numbers,
)
measurements = st.builds(
    Measurement,
    names,
    st.sampled_from(Unit),
    numbers,
    scenario=st.none() | names,
    bound=st.none() | st.sampled_from(Bound),
    warnings=st.lists(words, max_size=2).map(tuple),
)
absences = st.builds(Absence, names, st.sampled_from(Unit), words, scenario=st.none() | names)
failures = st.builds(Failure, subjects, st.sampled_from(Stage), words)
distributions = st.builds(Distribution, names, loads, st.sampled_from(Span), words)
memories = st.lists(st.tuples(st.floats(0, 1e9), counts), min_size=1, max_size=MOST_SAMPLES).map(
    lambda samples: MemorySamples(*zip(*sorted(samples), strict=True))
)
trials = st.builds(
    Trial,
    block=counts,
    position=counts,
    subject=subjects,
    started_at=words,
    measurements=st.lists(measurements, max_size=3).map(tuple),
    absences=st.lists(absences, max_size=2).map(tuple),
    slices=st.lists(st.builds(DrivenSlice, slices, results), max_size=2).map(tuple),
    distributions=st.lists(distributions, max_size=2).map(tuple),
    failure=st.none() | failures,
    memory=st.none() | memories,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
runs = st.builds(
    Run,
    id=names,
    status=st.sampled_from(RunStatus),
    plan=st.builds(
        a_plan, subjects, subjects, scenarios=st.lists(names, max_size=3).map(tuple), blocks=st.integers(1, 4)
    ),
    started_at=words,
    environment=st.dictionaries(words, json_values, max_size=4),
    wall_s=numbers,
    measured_s=numbers,
    failures=st.lists(failures, max_size=2).map(tuple),
)


@contextmanager
def new_folder(run: Run | None = None) -> Iterator[RunFolder]:
    with tempfile.TemporaryDirectory() as root:
        yield Store(Path(root)).create(run or a_run())


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Store(tmp_path / "results").create(a_run())


# Round trips.


@settings(max_examples=60)
@given(written=st.lists(trials, max_size=4))
def test_trials_are_read_as_they_were_written(written: list[Trial]) -> None:
    with new_folder() as folder:
        for trial in written:
            folder.append(trial)
        assert list(folder._trials()) == written  # `load` also refuses those that the plan does not have


@settings(max_examples=60)
@given(run=runs)
def test_a_run_is_read_as_it_was_written(run: Run) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = RunFolder(Path(root))
        folder.save(run)
        assert folder.run() == run


def test_a_new_run_is_stored_before_its_first_trial(folder: RunFolder) -> None:
    stored = folder.load()
    assert stored.run == a_run()
    assert stored.trials == ()
    assert folder.path.name == stored.run.id
    assert folder.report == folder.path / "report"


def test_a_second_save_replaces_run_json_and_keeps_the_trials(folder: RunFolder) -> None:
    folder.append(SIX_TRIALS[0])
    folder.save(replace(a_run(), status=RunStatus.INTERRUPTED))
    assert folder.run().status is RunStatus.INTERRUPTED
    assert folder.load().trials == SIX_TRIALS[:1]


def test_run_json_has_its_schema_version_and_is_indented(folder: RunFolder) -> None:
    text = (folder.path / "run.json").read_text(encoding="utf-8")
    assert json.loads(text)["schema_version"] == 2
    assert '\n "status": "complete",\n' in text
    assert text.endswith("}\n")


def test_a_run_of_an_older_version_does_not_say_whether_it_is_invalid(folder: RunFolder) -> None:
    folder.save(replace(a_run(), is_invalid=True))
    path = folder.path / "run.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    assert values.pop("is_invalid") is True
    path.write_text(json.dumps(values), encoding="utf-8")
    assert folder.run() == a_run()


# Finding runs.


def a_store(root: Path, *runs: tuple[str, str, RunStatus]) -> Store:
    """Return a store with runs given by folder name, second of their start time, and status."""
    for name, second, status in runs:
        run = replace(a_run(name=f"id-of-{name}"), status=status, started_at=f"2026-01-31T14:25:{second}+00:00")
        RunFolder(root / name).save(run)
    return Store(root)


def test_without_a_word_the_newest_complete_run_is_found(tmp_path: Path) -> None:
    store = a_store(
        tmp_path,
        ("a", "02", RunStatus.COMPLETE),
        ("b", "01", RunStatus.COMPLETE),
        ("c", "03", RunStatus.INTERRUPTED),
        ("d", "04", RunStatus.FAILED),
        ("e", "05", RunStatus.RUNNING),
        ("reference", "06", RunStatus.COMPLETE),
        ("conditions", "07", RunStatus.COMPLETE),
    )
    assert store.load(None)[0].path.name == "a"


COMMITTED = (("reference", "01", RunStatus.COMPLETE), ("conditions", "03", RunStatus.COMPLETE))


def test_without_a_complete_run_the_reference_is_found(tmp_path: Path) -> None:
    store = a_store(tmp_path, ("a", "02", RunStatus.FAILED), *COMMITTED)
    assert store.load(None)[0].path.name == "reference"


@pytest.mark.parametrize("word", ["b", "id-of-b"])
def test_a_run_is_found_by_its_folder_and_by_its_id(tmp_path: Path, word: str) -> None:
    store = a_store(tmp_path, ("a", "01", RunStatus.COMPLETE), ("b", "02", RunStatus.FAILED))
    assert store.load(word)[0].path == tmp_path / "b"


def test_an_unknown_run_is_refused_with_the_nearest(tmp_path: Path) -> None:
    store = a_store(tmp_path, ("reference", "01", RunStatus.COMPLETE))
    with pytest.raises(UsageError) as caught:
        store.load("refrence")
    assert str(caught.value) == f"unknown run (refrence): not in {tmp_path}. Did you mean 'reference'?"


@pytest.mark.parametrize("word", ["..", "../elsewhere", "/", ""])
def test_a_word_can_not_name_a_run_outside_the_results_folder(tmp_path: Path, word: str) -> None:
    RunFolder(tmp_path / "elsewhere").save(a_run())
    with pytest.raises(UsageError, match="unknown run"):
        a_store(tmp_path / "results", ("a", "01", RunStatus.COMPLETE)).load(word)


@pytest.mark.parametrize("made", [True, False])
def test_without_stored_runs_the_remedy_is_harness_run(tmp_path: Path, *, made: bool) -> None:
    root = tmp_path / "results"
    if made:
        (root / "not-a-run").mkdir(parents=True)
    with pytest.raises(UsageError, match="no run is stored yet") as caught:
        Store(root).load(None)
    assert caught.value.remedy == "Run `harness run`."
    assert Store(root).folders() == {}


def test_the_other_runs_are_read_once_each_without_the_given_ones_and_their_copies(tmp_path: Path) -> None:
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    for name in ("a", "b", "c"):
        store.create(a_run(name=name))
    store.create(a_run(name="copy of b")).save(a_run(name="b"))
    store.create(a_run(name="copy of c")).save(a_run(name="c"))
    store.create(a_run(name="damaged")).path.joinpath("run.json").write_text("{}")
    found = list(store.others([a_run(name="b")]))
    assert [(folder.path.name, run.id) for folder, run in found] == [("a", "a"), ("c", "c")]
    [warning] = warnings
    assert "damaged" in warning


def test_a_run_is_found_and_read_without_its_trials(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = a_run(name="a")
    store.create(run).path.joinpath("trials.jsonl").write_text("damaged\n" * 2, encoding="utf-8")
    store.create(a_run(name="copy")).save(a_run(name="by id"))
    assert (store.run("a"), store.run("by id").id) == (run, "by id")
    with pytest.raises(UsageError, match="unknown run"):
        store.run("b")


def test_a_slice_with_a_field_of_an_earlier_version_is_read_without_it(folder: RunFolder) -> None:
    plan = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 8), 0.1, 0.03, 1)
    written = replace(SIX_TRIALS[0], slices=(DrivenSlice(plan, driven(plan)),))
    folder.append(written)
    trials_path = folder.path / "trials.jsonl"
    text = trials_path.read_text(encoding="utf-8")
    earlier = text.replace('"starts_s":[]', '"spread_s":0.01')
    assert earlier != text
    trials_path.write_text(earlier, encoding="utf-8")
    assert folder.load().trials == (written,)


MEMORY = MemorySamples((-1.5, 0.0, 4.0), (30_000_000, 31_000_000, 40_000_000))


def test_samples_of_memory_are_two_short_lists_in_the_line_of_their_trial(folder: RunFolder) -> None:
    written = replace(SIX_TRIALS[0], memory=MEMORY)
    folder.append(written)
    text = (folder.path / "trials.jsonl").read_text(encoding="utf-8")
    assert text.endswith('"memory":{"at_s":[-1.5,0.0,4.0],"size_bytes":[30000000,31000000,40000000]}}\n')
    assert folder.load().trials == (written,)


def test_a_trial_of_a_run_that_took_no_samples_is_read_without_them(folder: RunFolder) -> None:
    folder.append(SIX_TRIALS[0])
    trials_path = folder.path / "trials.jsonl"
    text = trials_path.read_text(encoding="utf-8")
    trials_path.write_text(text.replace(',"memory":null', ""), encoding="utf-8")
    assert trials_path.read_text(encoding="utf-8") != text
    assert folder.load().trials == SIX_TRIALS[:1]


@pytest.mark.parametrize(
    ("stands", "instead"), [("[-1.5,", "[9.5,"), ("[30000000,", "[-1,"), ("[30000000,", "["), ("[-1.5,", '["0",')]
)
def test_samples_that_can_not_be_are_damage(folder: RunFolder, stands: str, instead: str) -> None:
    folder.append(replace(SIX_TRIALS[0], memory=MEMORY))
    trials_path = folder.path / "trials.jsonl"
    text = trials_path.read_text(encoding="utf-8")
    trials_path.write_text(text.replace(stands, instead), encoding="utf-8")
    with pytest.raises(UsageError, match=r"a stored run is damaged \(.*trials\.jsonl, line 1\): memory"):
        folder.load()
