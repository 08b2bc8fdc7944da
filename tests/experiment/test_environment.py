"""The environment of a run contains its listed members and nothing else, in particular no secret."""

import json
import os
import platform
import subprocess
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.errors import MachineError
from harness.experiment.environment import (
    _ONLY_READ,
    CpuPlan,
    changed_files,
    commit,
    cpus_for_targets,
    fingerprint,
    machine,
    plan_cpus,
)
from harness.runtime.base import Image
from tests.checkout import ROOT
from tests.fakes import TARGETS, FakeRuntime
from tests.project import write
from tests.repository import commit_all, git

PARTS = {  # the files of a checkout, and whether a measurement of my_app depends on them
    "targets/my_app/app.py": True,
    "scenarios/hello.py": True,
    "harness/load/lane.py": True,
    "harness/report/page.py": False,
    "targets/other_app/app.py": False,
    "README.md": False,
    "results/reference/run.json": False,
}
CPUS = CpuPlan(frozenset({0}), frozenset({2, 1}))


class TestTheCpus:
    @pytest.mark.parametrize(
        ("available", "target", "generator"), [({0, 1}, {0}, {1}), ({7, 2, 5}, {2}, {7}), ({3}, {3}, {3})]
    )
    def test_the_target_gets_the_first_and_the_generator_the_last(
        self, available: set[int], target: set[int], generator: set[int]
    ) -> None:
        plan = plan_cpus(frozenset(available))
        assert plan == CpuPlan(frozenset(target), frozenset(generator))
        assert plan.shared is (len(available) == 1)

    @pytest.mark.parametrize(
        ("available", "workers", "generator"),
        [({0, 1, 2, 3}, 2, {2, 3}), ({0, 1, 2}, 2, {1, 2}), ({0, 1}, 2, {1}), ({5}, 3, {5})],
    )
    def test_each_worker_gets_a_cpu_and_not_the_targets_unless_there_is_only_one(
        self, available: set[int], workers: int, generator: set[int]
    ) -> None:
        plan = plan_cpus(frozenset(available), workers)
        assert plan == CpuPlan(frozenset({min(available)}), frozenset(generator), workers)
        assert plan.shared is (len(available) == 1)

    @pytest.mark.parametrize(
        ("counts", "target", "generator"),
        [
            ({"target_cpus": 2}, {0, 1}, {7}),
            ({"target_cpus": 2, "workers": 2}, {0, 1}, {6, 7}),
            ({"target_cpus": 4, "generator_cpus": 4}, {0, 1, 2, 3}, {4, 5, 6, 7}),
            ({"generator_cpus": 3}, {0}, {5, 6, 7}),
            ({"target_cpus": 7, "workers": 3}, {0, 1, 2, 3, 4, 5, 6}, {7}),
        ],
    )
    def test_the_user_can_set_both_numbers_and_they_share_none(
        self, counts: dict[str, int], target: set[int], generator: set[int]
    ) -> None:
        plan = plan_cpus(frozenset(range(8)), **counts)
        assert plan.target == frozenset(target)
        assert plan.generator == frozenset(generator)
        assert not plan.shared

    def test_targets_with_more_cpus_get_those_after_the_others(self) -> None:
        plan = plan_cpus(frozenset(range(8)), 2, most_cpus=4)
        given = [sorted(cpus) for cpus in (plan.target, plan.further, plan.generator)]
        assert given == [[0], [1, 2, 3], [6, 7]]
        assert plan.targets == {0, 1, 2, 3}
        assert plan_cpus(frozenset(range(8)), target_cpus=2, most_cpus=1) == plan_cpus(
            frozenset(range(8)), target_cpus=2
        )

    @pytest.mark.parametrize(
        ("cpus", "workers", "generator_cpus", "left"),
        [(2, 1, None, 1), (8, 1, None, 7), (8, 3, None, 5), (8, 1, 4, 4), (1, 1, None, 1)],
    )
    def test_a_target_can_have_the_cpus_that_the_generator_leaves(
        self, cpus: int, workers: int, generator_cpus: int | None, left: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cpus)))
        assert cpus_for_targets(workers, generator_cpus) == left

    @pytest.mark.parametrize(
        ("available", "counts", "cause"),
        [
            (2, {"target_cpus": 2}, "2 for each target and 1 for the generator are 3; they must not share one"),
            (2, {"generator_cpus": 2}, "1 for each target and 2 for the generator are 3; they must not share one"),
            (2, {"most_cpus": 2}, "2 for each target and 1 for the generator are 3; they must not share one"),
            (1, {"generator_cpus": 1}, "1 for each target and 1 for the generator are 2; they must not share one"),
            (8, {"target_cpus": 5, "generator_cpus": 4}, "5 for each target and 4 for the generator are 9"),
        ],
    )
    def test_a_machine_with_fewer_is_refused(self, available: int, counts: dict[str, int], cause: str) -> None:
        with pytest.raises(MachineError, match=rf"too few CPUs \({available} for this process\): {cause}"):
            plan_cpus(frozenset(range(available)), **counts)

    def test_by_default_they_are_those_that_the_kernel_grants(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {4, 9})
        assert plan_cpus() == CpuPlan(frozenset({4}), frozenset({9}))


class TestTheFingerprint:
    @pytest.fixture
    def taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2-of-the-environment")
        monkeypatch.setenv("DOCKER_HOST", "tcp://somebody:hunter2-of-the-engine@127.0.0.1:2375")
        runtime = FakeRuntime([])
        images = {name: runtime.build(target, lambda _: None) for name, target in TARGETS.items()}
        images["gin_app"] = replace(images["gin_app"], source="0123456789abcdef")
        return fingerprint(runtime, images, CPUS, tmp_path, ("hello",))

    def test_it_has_these_members_and_no_other(self, taken: dict[str, object]) -> None:
        """This is an allow-list: add a member only if it is not a secret."""
        members = {key: sorted(value) if isinstance(value, dict) else value for key, value in taken.items()}
        assert members == {
            "machine": ["architecture", "cgroup", "cpu", "cpus", "governor", "kernel", "memory_bytes", "system"],
            "cpus": ["generator", "shared", "target", "workers"],
            "runtime": ["engine", "network"],
            "images": ["flask_app", "gin_app", "null_app"],
            "versions": ["gevent", "harness", "locust", "numpy", "python", "scipy"],
            "commit": None,
            "sources": ["gin_app"],
        }

    def test_it_has_no_value_of_the_process_environment(self, taken: dict[str, object]) -> None:
        assert "hunter2" not in json.dumps(taken)

    def test_it_is_the_same_after_json(self, taken: dict[str, object]) -> None:
        assert json.loads(json.dumps(taken, allow_nan=False)) == taken

    def test_its_cpus_and_images_are_those_of_the_run(self, taken: dict[str, object]) -> None:
        assert taken["cpus"] == {"target": [0], "generator": [1, 2], "shared": False, "workers": 1}
        images = taken["images"]
        assert isinstance(images, dict)
        assert images["gin_app"] == {"id": "sha256:gin_app", "size_bytes": 1000, "versions": {"python": "3.13.5"}}

    def test_an_image_has_its_bases_and_those_that_stand_in_for_others(self, tmp_path: Path) -> None:
        bases, stand_ins = {"local/python:3.13-trixie": "sha256:79d5"}, {"local/python:3.13-trixie": "python:3.13-slim"}
        image = Image(TARGETS["gin_app"], "sha256:1", 1, bases=bases, stand_ins=stand_ins)
        of_it = fingerprint(FakeRuntime([]), {"gin_app": image}, CPUS, tmp_path, ())["images"]["gin_app"]
        assert (of_it["bases"], of_it["stand_ins"]) == (bases, stand_ins)


class TestTheMachine:
    def test_it_describes_this_machine(self) -> None:
        here = machine()
        assert here["cpus"] == psutil.cpu_count()
        assert here["memory_bytes"] == psutil.virtual_memory().total
        assert (here["kernel"], here["architecture"]) == (platform.release(), platform.machine())
        assert here["cgroup"] in {"v1", "v2"}

    def test_a_fact_that_the_system_does_not_have_is_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> str:
            raise OSError("no such file")

        monkeypatch.setattr(Path, "read_text", refuse)
        monkeypatch.setattr(platform, "freedesktop_os_release", refuse)
        monkeypatch.setattr(platform, "processor", lambda: "")
        here = machine()
        assert (here["cpu"], here["governor"], here["system"]) == (None, None, platform.system())

    def test_a_processor_without_a_model_name_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: "processor\t: 0\nBogoMIPS\t: 50.00\n")
        assert machine()["cpu"] is None

    def test_the_cpu_is_the_first_model_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: "model\t: 1\nmodel name\t: Fast: 9 GHz\n" * 2)
        assert machine()["cpu"] == "Fast: 9 GHz"


class TestTheCommit:
    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        for name in PARTS:
            write(tmp_path / name, "1\n")
        commit_all(tmp_path)
        return tmp_path

    def test_a_clean_checkout_is_named_by_its_commit(self, checkout: Path) -> None:
        head = git(checkout, "rev-parse", "HEAD")
        assert commit(checkout, ["my_app"], ["hello"]) == head[:12]

    @pytest.mark.parametrize("name", PARTS)
    @pytest.mark.parametrize("is_new", [False, True])
    def test_a_checkout_is_marked_if_what_the_measurement_depends_on_has_changed(
        self, checkout: Path, name: str, *, is_new: bool
    ) -> None:
        path = checkout / name
        write(path.with_name(f"new{path.suffix}") if is_new else path, "2\n")
        mark = "+" if PARTS[name] else ""
        assert (
            commit(checkout, ["my_app", "my_app@main"], ["hello", "new"])
            == git(checkout, "rev-parse", "HEAD")[:12] + mark
        )

    @pytest.mark.parametrize(("text", "mark"), [("", ""), ("from scenarios import shop\n", "+")])
    def test_a_scenario_that_no_used_one_names_is_no_change(self, checkout: Path, text: str, mark: str) -> None:
        write(checkout / "scenarios/hello.py", text)
        head = commit_all(checkout)
        write(checkout / "scenarios/shop.py", "1\n")
        assert commit(checkout, ["my_app"], ["hello"]) == head[:12] + mark
        assert changed_files(checkout, head, ["my_app"], ["hello"]) == (("scenarios/shop.py",) if mark else ())

    def test_the_changed_files_since_a_commit_are_committed_ones_too(self, checkout: Path) -> None:
        first = git(checkout, "rev-parse", "HEAD")
        for name in ("targets/my_app/app.py", "README.md"):
            write(checkout / name, "2\n")
        commit_all(checkout)
        write(checkout / "targets/my_app/new.py", "2\n")
        found = changed_files(checkout, first, ["my_app"], ["hello"])
        assert found == ("targets/my_app/app.py", "targets/my_app/new.py")

    @pytest.mark.parametrize("since", ["", "0123456789ab", "HEAD+", "--output=changed"])
    def test_of_no_known_commit_nothing_is_known(self, checkout: Path, since: str) -> None:
        assert changed_files(checkout, since, ["my_app"], ["hello"]) is None
        assert not (checkout / "changed").exists()

    def test_every_part_of_the_package_that_only_reads_results_exists(self) -> None:
        assert [one for one in _ONLY_READ if not (ROOT / one.removeprefix(":(exclude)")).exists()] == []

    def test_outside_a_checkout_there_is_no_commit(self, tmp_path: Path) -> None:
        assert commit(tmp_path, [], []) is None

    @pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 10)])
    def test_without_git_or_with_a_git_that_hangs_there_is_no_commit(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(subprocess, "run", refuse)
        assert commit(checkout, [], []) is None
