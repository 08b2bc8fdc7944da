"""Leftover containers: found by their owner, removed until none is found, and no others removed."""

import os
from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import MachineError
from harness.runtime import owner
from harness.runtime.docker.leftovers import (
    Leftover,
    containers_by_prefix,
    dead_runs,
    remove_containers,
    remove_dead_runs,
    remove_images,
    remove_run,
)
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

SUBJECT = {"harness.subject": "flask_app:own"}
LEFT = (Leftover("dead", "run-1", "flask_app:own"), Leftover("reader", "run-1", "image of gin_app"))


class TestSweeping:
    """Removal of the containers of dead runs."""

    @pytest.fixture(autouse=True)
    def _containers(self, fake_engine: FakeEngine, dead: Owner) -> None:
        here = Owner.current()
        fake_engine.add_container("dead", {"harness.run": "run-1", **dead.labels(), **SUBJECT})
        fake_engine.add_container("reader", {"harness.run": "run-1", **dead.labels(), "harness.target": "gin_app"})
        fake_engine.add_container("alive", {"harness.run": "run-2", **here.labels()})
        fake_engine.add_container("away", {"harness.run": "run-3", **Owner("elsewhere", dead.pid, dead.start).labels()})
        fake_engine.add_container("nobodys", {"harness.run": "run-4"})
        fake_engine.add_container("strange", {"com.example": "1", **dead.labels()})

    def test_only_containers_of_dead_processes_of_this_host_are_found(self, api: APIClient) -> None:
        assert dead_runs(api) == LEFT

    def test_only_these_are_removed_and_returned(self, fake_engine: FakeEngine, api: APIClient) -> None:
        assert remove_dead_runs(api) == LEFT
        assert set(fake_engine.containers) == {"alive", "away", "nobodys", "strange"}

    def test_a_container_without_any_name_of_ours_is_named_by_its_image(
        self, fake_engine: FakeEngine, api: APIClient, dead: Owner
    ) -> None:
        remove_dead_runs(api)
        fake_engine.add_container("bare", {"harness.run": "run-5", **dead.labels()})
        assert remove_dead_runs(api) == (Leftover("bare", "run-5", "image sha256:1"),)

    @pytest.mark.parametrize("pid", ["9" * 20, "9" * 5_000, "\u0663", "\x1b[2J"], ids="abcd")
    def test_labels_of_a_strange_image_neither_stop_the_sweep_nor_lose_a_container(
        self, fake_engine: FakeEngine, api: APIClient, dead: Owner, pid: str
    ) -> None:
        fake_engine.add_container("hostile", {"harness.run": "\n::error::x", **dead.labels(), "harness.pid": pid})
        assert remove_dead_runs(api) == LEFT
        assert "hostile" in fake_engine.containers

    def test_the_container_of_an_image_that_somebody_made_of_our_container_stays(
        self, fake_engine: FakeEngine, api: APIClient, dead: Owner
    ) -> None:
        labels = {"harness.run": "run-1", **dead.labels()}
        fake_engine.add_image("their/app:1", "sha256:theirs")
        fake_engine.images["their/app:1"]["Config"] = {"Labels": labels}
        fake_engine.add_container("theirs", labels)
        fake_engine.containers["theirs"].created_with["Image"] = "their/app:1"
        fake_engine.add_image("plain:1", "sha256:plain")
        fake_engine.images["plain:1"]["Config"] = {"Labels": {"harness.run": "a label that the target itself has set"}}
        fake_engine.add_container("ours", labels)
        fake_engine.containers["ours"].created_with["Image"] = "plain:1"
        remove_dead_runs(api)
        assert "theirs" in fake_engine.containers
        assert "ours" not in fake_engine.containers

    def test_containers_from_before_a_restart_of_this_machine_are_removed_and_those_of_other_machines_stay(
        self, fake_engine: FakeEngine, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine, namespace = "fedcba9876543210", "pid:[4026531836]"
        monkeypatch.setattr(owner, "machine_id", lambda: machine)
        monkeypatch.setattr(owner, "_namespace", lambda: namespace)
        before = replace(Owner.current(), boot="an earlier one", namespace=namespace, machine=machine)
        for name, of in (("before", before), ("other", replace(before, machine="0123456789abcdef"))):
            fake_engine.add_container(name, {"harness.run": "run-7", **of.labels(), **SUBJECT})
        assert Leftover("before", "run-7", "flask_app:own") in remove_dead_runs(api)
        remove_run(api, "run-7")
        assert set(fake_engine.containers) & {"before", "other"} == {"other"}

    def test_sweeping_again_finds_nothing(self, api: APIClient) -> None:
        remove_dead_runs(api)
        assert remove_dead_runs(api) == ()


class TestRemoving:
    """Removal until the list is empty."""

    def test_a_refused_removal_is_tried_again(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.add_container("one", {"harness.run": "run-1", **Owner.current().labels()})
        fake_engine.refuse("DELETE container", Refusal(409, "removal of container one is already in progress"))
        remove_run(api, "run-1")
        assert fake_engine.journal == ["GET containers", "DELETE container"] * 2 + ["GET containers"]

    def test_containers_that_another_harness_has_created_for_the_same_run_stay(
        self, fake_engine: FakeEngine, api: APIClient, dead: Owner
    ) -> None:
        """Two checkouts, or two machines with one engine, may have copies of one run."""
        own, elsewhere = Owner.current(), Owner("elsewhere", dead.pid, dead.start)
        fake_engine.add_container("own", {"harness.run": "run-1", **own.labels()})
        fake_engine.add_container("dead", {"harness.run": "run-1", **dead.labels()})
        fake_engine.add_container("away", {"harness.run": "run-1", **elsewhere.labels()})
        fake_engine.add_container(
            "beside", {"harness.run": "run-1", **replace(own, pid=os.getppid(), start="").labels()}
        )
        fake_engine.add_container("nobodys", {"harness.run": "run-1"})
        remove_run(api, "run-1")
        assert set(fake_engine.containers) == {"away", "beside", "nobodys"}

    def test_a_container_that_is_already_removed_is_no_error(self, fake_engine: FakeEngine, api: APIClient) -> None:
        listed = [("gone",), ()]
        remove_containers(api, lambda: listed.pop(0))
        assert fake_engine.journal == ["DELETE container"]

    def test_containers_found_by_the_beginning_of_their_id_are_removed(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        step, other, before = "5" * 64, "6" * 64, "8" * 64
        fake_engine.add_container(step, {})
        fake_engine.add_container(other, {})
        fake_engine.add_container(before, {})
        fake_engine.refuse("DELETE container", Refusal(409, "removal of container 5 is already in progress"))
        remove_containers(api, lambda: containers_by_prefix(api, ["5" * 12, "7" * 12, "8" * 12], {before}))
        assert set(fake_engine.containers) == {other, before}
        assert containers_by_prefix(api, [], ()) == ()

    def test_after_the_deadline_the_error_names_the_remaining_containers(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        identity = "c" * 64
        fake_engine.add_container(identity, {})
        fake_engine.refuse("DELETE container", Refusal(500, "device or resource busy"))
        with pytest.raises(MachineError) as caught:
            remove_containers(api, lambda: (identity,), within_s=0.0)
        assert str(caught.value).startswith(
            "could not remove every container (cccccccccccc): device or resource busy. Remove them with `docker rm -f`"
        )
        assert caught.value.exit_code == 3

    def test_an_engine_that_closes_the_connection_is_a_machine_error(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        fake_engine.refuse("GET containers", Refusal(0))
        with pytest.raises(MachineError, match="could not list containers"):
            remove_run(api, "run-1")

    def test_containers_of_a_run_with_a_longer_id_are_not_removed(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        fake_engine.add_container("one", {"harness.run": "run-10", **Owner.current().labels()})
        remove_run(api, "run-1")
        assert set(fake_engine.containers) == {"one"}


class TestImages:
    """Removal of images that the harness built."""

    @pytest.fixture(autouse=True)
    def _images(self, fake_engine: FakeEngine) -> None:
        for name, labels in {
            "harness/flask_app:1": {"harness.target": "flask_app"},
            "harness/gin_app:1": {"harness.target": "gin_app"},
            "python:3.13-slim": {},
        }.items():
            fake_engine.add_image(name, f"sha256:{name}")
            fake_engine.images[name]["Labels"] = labels

    def test_only_images_of_targets_are_removed(self, fake_engine: FakeEngine, api: APIClient) -> None:
        assert remove_images(api) == ("harness/flask_app:1", "harness/gin_app:1")
        assert set(fake_engine.images) == {"python:3.13-slim"}

    def test_an_image_in_use_is_not_removed(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.refuse("DELETE image", Refusal(409, "image is being used by running container"))
        assert remove_images(api) == ("harness/gin_app:1",)

    def test_an_image_that_somebody_built_from_ours_stays(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.images["harness/flask_app:1"]["RepoTags"] = ["their/app:1"]
        fake_engine.images["harness/gin_app:1"]["RepoTags"] = None
        assert remove_images(api) == ()
        assert len(fake_engine.images) == 3

    def test_an_image_that_somebody_built_from_ours_under_a_name_like_ours_stays(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        fake_engine.add_image("harness/mine:1", "sha256:mine")
        fake_engine.images["harness/mine:1"]["Labels"] = {"harness.target": "flask_app"}
        remove_images(api)
        assert set(fake_engine.images) == {"harness/mine:1", "python:3.13-slim"}
