"""The data block of a page: the files of its run, packed as text."""

import base64
import bz2
import json
import re
from pathlib import Path

import pytest

from harness.report.carried import BEGIN, END, CarriedRun, DamagedError, carried_in, pack, unpack
from harness.store import Store
from tests.report.measured import FLASK, GIN, trial_of
from tests.trials import a_plan, a_run


@pytest.fixture
def carried(tmp_path: Path) -> CarriedRun:
    folder = Store(tmp_path).create(a_run(a_plan(FLASK, GIN)))
    for block in range(2):
        for subject in (FLASK, GIN):
            folder.append(trial_of(subject, block))
    folder.append_signals([{"block": 0, "signal": "speed_probe", "cpu_s": 0.01, "wall_s": 0.02}])
    names = ("run.json", "trials.jsonl", "signals.jsonl")
    files = {name: (folder.path / name).read_text(encoding="utf-8") for name in names}
    return CarriedRun("1.2.3", {**files, "targets/flask_app/target.toml": "title = 1\n", "figures/0.toml": "a\r\n"})


def packed(values: object) -> str:
    return base64.encodebytes(bz2.compress(json.dumps(values).encode())).decode()


def test_a_run_is_unpacked_to_the_values_that_were_packed(carried: CarriedRun) -> None:
    again = unpack(pack(carried))
    for line, expected in zip(
        again.files["trials.jsonl"].splitlines(), carried.files["trials.jsonl"].splitlines(), strict=True
    ):
        assert json.loads(line) == json.loads(expected)
    assert {name: text for name, text in again.files.items() if name != "trials.jsonl"} == {
        name: text for name, text in carried.files.items() if name != "trials.jsonl"
    }
    assert again.version == "1.2.3"


def test_the_packed_text_is_smaller_and_is_packed_again_to_the_same_bytes(carried: CarriedRun) -> None:
    text = pack(carried)
    assert len(text) < sum(map(len, carried.files.values())) / 2
    assert pack(unpack(text)) == text
    assert re.fullmatch(r"[A-Za-z0-9+/=\n]+", text)


def test_every_changed_letter_is_found(carried: CarriedRun) -> None:
    text = pack(carried)
    places = [place for place, letter in enumerate(text) if letter != "\n"]
    for place in [*places[:24], *places[24:-24:7], *places[-24:]]:
        changed = text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]
        try:
            assert pack(unpack(changed)) != changed
        except DamagedError:
            continue


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "can't be read"),
        ("%%%", "can't be read"),
        (base64.b64encode(b"not bzip2").decode(), "can't be read"),
        (base64.b64encode(bz2.compress(b"{}")[:-3]).decode(), "does not end where it should"),
        (base64.b64encode(bz2.compress(b"{}") + b"more").decode(), "does not end where it should"),
        (packed([]), "can't be read"),
        (packed({"version": "1"}), "can't be read: 'files'"),
        (packed({"version": "1", "files": {}}), "no run.json"),
        (packed({"version": "1", "files": {"run.json": 1}}), "other files than a run"),
        (packed({"version": "1", "files": {"run.json": "", "../run.json": ""}}), "other files than a run: ../run.json"),
        (packed({"version": "1", "files": {"run.json": "", "targets/../target.toml": ""}}), "targets/../target.toml"),
        (packed({"version": "1", "files": {"run.json": "", "trials.jsonl": "{}"}}), "can't be read"),
        (packed({"version": "1", "files": {"run.json": "", "trials.jsonl": 7}}), "can't be read"),
    ],
)
def test_what_was_not_packed_by_us_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(DamagedError, match=re.escape(why)):
        unpack(text)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch, carried: CarriedRun) -> None:
    text = pack(carried)
    monkeypatch.setattr("harness.report.carried._MOST_BYTES", 1000)
    with pytest.raises(DamagedError, match="does not end where it should"):
        unpack(text)


def test_the_data_block_of_a_page_is_found() -> None:
    assert carried_in(f"<p>{BEGIN}\nQUJD\n{END}</p>") == "\nQUJD\n"
    assert carried_in("<p></p>") is None
    assert carried_in(BEGIN) is None
