"""The reader of profiles.toml, and the packaged profiles."""

from dataclasses import asdict
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.manifest import load_profiles, load_scenarios
from harness.manifest.profiles import read_profiles
from harness.measure.timing import slice_timing
from harness.model import Precision

ROOT = Path(__file__).resolve().parents[2]

PROFILE = """
[profiles.blocks]
summary = "a profile with the name of a key"
blocks = 3
scenarios = ["hello"]
connections = [1, 32]
other_connections = 32
least_counted_s = 0.06
least_discard_s = 0.03
level_s = 0.6
least_rounds = 4
warmup_s = 0.6
open_rates_per_s = [500]
open_rounds = 1
open_slice_s = 1.2
open_discard_s = 0.2
cold_starts = 1
discarded_starts = 0
"""


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)


def error_of(tmp_path: Path, text: str) -> tuple[Path, UsageError]:
    path = tmp_path / "profiles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_profiles(path)
    return path, caught.value


def test_a_profile_has_all_values_of_its_section(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(PROFILE, encoding="utf-8")
    profile = read_profiles(path)["blocks"]
    assert asdict(profile) == {
        "name": "blocks",
        "summary": "a profile with the name of a key",
        "blocks": 3,
        "scenarios": ("hello",),
        "connections": (1, 32),
        "other_connections": 32,
        "least_counted_s": 0.06,
        "least_discard_s": 0.03,
        "level_s": 0.6,
        "least_rounds": 4,
        "warmup_s": 0.6,
        "open_rates_per_s": (500.0,),
        "open_rounds": 1,
        "open_slice_s": 1.2,
        "open_discard_s": 0.2,
        "cold_starts": 1,
        "discarded_starts": 0,
        "headline_s": None,
        "headline_total_s": None,
        "has_control": False,
        "own_shares": (),
        "idle_s": 0.0,
        "objective_p99_s": None,
        "attempt_slice_s": 1.2,
        "attempt_discard_s": 0.2,
        "after_load_s": 0.0,
        "precision": None,
        "least_blocks": None,
        "all_variants": False,
        "by_cpus": (),
        "paced_s": None,
    }


@pytest.mark.parametrize(
    ("old", "new", "key", "cause"),
    [
        ("least_rounds = 4", "least_rouns = 4", "least_rouns", "Extra inputs are not permitted"),
        ("\nblocks = 3", "\nblocks = 0", "blocks", "Input should be greater than or equal to 1"),
        ("\nblocks = 3", "\nblocks = true", "blocks", "Input should be a valid integer"),
        ("\nblocks = 3", '\nblocks = "3"', "blocks", "Input should be a valid integer"),
        ("\nblocks = 3", "\nblocks = 2.5", "blocks", "Input should be a valid integer"),
        ("level_s = 0.6", "level_s = -0.2", "level_s", "Input should be greater than 0"),
        ("level_s = 0.6", 'level_s = "0.2"', "level_s", "Input should be a valid number"),
        ("counted_s = 0.06", "counted_s = 0", "least_counted_s", "Input should be greater than 0"),
        ("warmup_s = 0.6", "warmup_s = inf", "warmup_s", "Input should be a finite number"),
        ("warmup_s = 0.6", "warmup_s = nan", "warmup_s", "Input should be a finite number"),
        ("connections = [1, 32]", "connections = [1, 0]", "connections.1", "Input should be greater than or equal"),
        ("connections = [1, 32]", "connections = []", "connections", "Tuple should have at least 1 item"),
        ('scenarios = ["hello"]', "scenarios = []", "scenarios", "Tuple should have at least 1 item"),
        ("open_rates_per_s = [500]", "open_rates_per_s = [0]", "open_rates_per_s.0", "Input should be greater than 0"),
        ("starts = 0", "starts = 0\nhas_control = 1", "has_control", "Input should be a valid boolean"),
        ("starts = 0", "starts = 0\nown_shares = [1.0]", "own_shares.0", "Input should be less than 1"),
        ("starts = 0", "starts = 0\nown_shares = [0]", "own_shares.0", "Input should be greater than 0"),
        ("starts = 0", "starts = 0\nall_variants = 1", "all_variants", "Input should be a valid boolean"),
        ("starts = 0", "starts = 0\nby_cpus = [0]", "by_cpus.0", "Input should be greater than or equal to 1"),
        ("starts = 0", "starts = 0\nidle_s = -1", "idle_s", "Input should be greater than or equal to 0"),
        ("starts = 0", "starts = 0\nafter_load_s = -1", "after_load_s", "Input should be greater than or equal to 0"),
        ("discard_s = 0.03", "discard_s = -1", "least_discard_s", "Input should be greater than or equal to 0"),
        ("open_discard_s = 0.2", "open_discard_s = 1.3", "open_discard_s", "it must be less than open_slice_s"),
    ],
)
def test_the_error_for_a_wrong_profile_names_file_key_and_cause(
    tmp_path: Path, old: str, new: str, key: str, cause: str
) -> None:
    path, error = error_of(tmp_path, changed(PROFILE, old, new))
    assert error.where == f"{path}: profiles.blocks.{key}"
    assert error.cause.startswith(cause)


def test_the_error_for_a_mistyped_key_names_it_instead_of_the_missing_key(tmp_path: Path) -> None:
    _, error = error_of(tmp_path, changed(PROFILE, "other_connections", "other_conections"))
    assert error.where.endswith("profiles.blocks.other_conections")
    assert error.remedy == "Did you mean 'other_connections'?"


def test_a_profile_without_open_load_and_with_no_discarded_time_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    text = changed(PROFILE, "open_rates_per_s = [500]", "open_rates_per_s = []")
    path.write_text(changed(text, "discard_s = 0.03", "discard_s = 0"), encoding="utf-8")
    profile = read_profiles(path)["blocks"]
    assert (profile.open_rates_per_s, profile.least_discard_s) == ((), 0.0)


def test_each_packaged_profile_measures_more_than_the_one_before() -> None:
    smoke, quick, full, conditions = load_profiles().values()
    assert (smoke.name, quick.name, full.name, conditions.name) == ("smoke", "quick", "full", "conditions")
    for less, more in ((smoke, quick), (quick, full)):
        assert less.blocks < more.blocks
        assert less.blocks * less.level_s < more.blocks * more.level_s
        assert less.blocks * less.open_slice_s < more.blocks * more.open_slice_s
        assert set(less.connections) < set(more.connections)
        assert set(less.scenarios) <= set(more.scenarios)
        assert less.warmup_s < more.warmup_s


@pytest.mark.parametrize("name", ["quick", "full"])
def test_the_profiles_for_publication_meet_the_requirements_of_the_method(name: str) -> None:
    profile = load_profiles()[name]
    assert profile.has_control
    assert (profile.least_blocks or profile.blocks) >= 6
    assert profile.warmup_s >= 3
    assert 0.09 <= slice_timing(profile, 20e-6).duration_s <= slice_timing(profile, 0.01).duration_s <= 0.11
    assert 0.03 <= profile.least_discard_s <= 0.05
    assert profile.least_rounds >= 6
    assert {1, 8, 32, 64} <= set(profile.connections)
    blocks = profile.least_blocks or profile.blocks
    assert sum(profile.cold_starts_of(block) for block in range(blocks)) == profile.cold_starts >= 8
    counted_s = blocks * profile.open_rounds * (profile.open_slice_s - profile.open_discard_s)
    assert counted_s * min(profile.open_rates_per_s) >= 4000, "no p99.9"


def test_the_headlines_of_every_profile_but_smoke_have_their_control() -> None:
    assert {name: profile.has_control for name, profile in load_profiles().items()} == {
        "smoke": False,
        "quick": True,
        "full": True,
        "conditions": True,
    }


def test_every_profile_but_smoke_measures_what_a_target_uses_at_rest() -> None:
    assert {name: profile.idle_s for name, profile in load_profiles().items()} == {
        "smoke": 0,
        "quick": 0.5,
        "full": 5,
        "conditions": 0.5,
    }


def test_only_the_full_profile_reads_memory_ten_seconds_after_load() -> None:
    assert {name: profile.after_load_s for name, profile in load_profiles().items()} == {
        "smoke": 0,
        "quick": 0,
        "full": 10,
        "conditions": 0,
    }


def test_only_conditions_has_all_variants_and_only_it_and_full_have_the_throughput_by_cpus() -> None:
    profiles = load_profiles().values()
    assert [profile.name for profile in profiles if profile.all_variants] == ["conditions"]
    assert {profile.name: profile.by_cpus for profile in profiles if profile.by_cpus} == {
        "full": (1, 2, 4),
        "conditions": (1, 2, 4),
    }


def test_the_packaged_scenarios_of_every_profile_exist() -> None:
    scenarios = load_scenarios(ROOT)
    for profile in load_profiles().values():
        assert set(profile.scenarios) <= set(scenarios)


ADAPTIVE = """least_blocks = 2

[profiles.blocks.precision]
throughput = 0.02
p50 = 0.03
p99 = 0.10
memory = 0.01
cold_start = 0.05
"""


def test_an_adaptive_profile_has_all_values_of_its_section(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(PROFILE + ADAPTIVE, encoding="utf-8")
    profile = read_profiles(path)["blocks"]
    assert (profile.least_blocks, profile.blocks) == (2, 3)
    assert profile.precision == Precision(throughput=0.02, p50=0.03, p99=0.10, memory=0.01, cold_start=0.05)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("least_blocks = 2", "", "precision and least_blocks need each other"),
        ("least_blocks = 2", "least_blocks = 4", "least_blocks is greater than blocks"),
        ("least_blocks = 2", "least_blocks = 1", "least_blocks"),
        ("memory = 0.01", "memory = 0", "memory"),
        ("memory = 0.01", "", "memory"),
    ],
)
def test_a_wrong_precision_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    _, error = error_of(tmp_path, changed(PROFILE + ADAPTIVE, old, new))
    assert words in str(error)


def test_only_the_full_profile_is_adaptive_with_the_precision_of_the_method() -> None:
    smoke, quick, full, conditions = load_profiles().values()
    assert (conditions.precision, conditions.least_blocks) == (None, None)
    assert (smoke.precision, quick.precision, smoke.least_blocks, quick.least_blocks) == (None,) * 4
    assert (full.least_blocks, full.blocks) == (10, 30)
    assert full.precision == Precision(throughput=0.02, p50=0.03, p99=0.10, memory=0.01, cold_start=0.05)
