"""What a run prints first when the machine was disturbed in most of its blocks."""

from pathlib import Path

import pytest

from harness.experiment import run_writer
from harness.model import Flag, FlagKind
from tests.test_cli_run import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
@pytest.mark.parametrize(("blocks", "where"), [((0, 1), "all 2 blocks"), ((), None)])
def test_a_noisy_run_says_first_that_its_absolute_numbers_are_not_to_be_trusted(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    verbose: tuple[str, ...],
    blocks: tuple[int, ...],
    where: str | None,
) -> None:
    flags = dict.fromkeys(blocks, (Flag(FlagKind.OTHER_LOAD, "other programs ran"),))
    monkeypatch.setattr(run_writer, "flags_by_block", lambda _: flags)
    done = bench.run("run", "--seed", "7", *verbose)
    said = "This run is noisy: the machine was disturbed in"
    assert (done.code, said in done.out) == (0, where is not None)
    if where is not None:
        assert " ".join(done.out.split()).startswith(
            f"{said} {where} (other programs ran). Don't trust its absolute numbers."
        )


def test_a_noisy_run_with_json_prints_its_document_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = dict.fromkeys((0, 1), (Flag(FlagKind.OTHER_LOAD, "other programs ran"),))
    monkeypatch.setattr(run_writer, "flags_by_block", lambda _: flags)
    assert bench.run("run", "--seed", "7", "--json").out.startswith("{")
