"""What is left of dead runs: found by its owner, removed until nothing is found, and nothing else touched."""

import pytest
from docker import APIClient

from harness.errors import MachineError
from harness.runtime.docker.leftovers import (
    Leftover,
    dead_runs,
    known,
    remove_containers,
    remove_images,
    remove_run,
    sweep,
)
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

SUBJECT = {"harness.subject": "flask_app:own"}


class TestSweeping:
    """Removing what dead runs left."""

    @pytest.fixture(autouse=True)
    def _containers(self, fake_engine: FakeEngine, dead: Owner) -> None:
        here = Owner.current()
        fake_engine.add_container("dead", {"harness.run": "run-1", **dead.labels(), **SUBJECT})
        fake_engine.add_container("reader", {"harness.run": "run-1", **dead.labels()})
        fake_engine.add_container("alive", {"harness.run": "run-2", **here.labels()})
        fake_engine.add_container("away", {"harness.run": "run-3", **Owner("elsewhere", dead.pid, dead.start).labels()})
        fake_engine.add_container("nobodys", {"harness.run": "run-4"})
        fake_engine.add_container("strange", {"com.example": "1", **dead.labels()})

    def test_only_what_a_dead_process_of_this_host_left_is_found(self, api: APIClient) -> None:
        assert dead_runs(api) == (Leftover("dead", "run-1", "flask_app:own"), Leftover("reader", "run-1", ""))

    def test_only_that_is_removed_and_it_is_told(self, fake_engine: FakeEngine, api: APIClient) -> None:
        assert sweep(api) == (Leftover("dead", "run-1", "flask_app:own"), Leftover("reader", "run-1", ""))
        assert set(fake_engine.containers) == {"alive", "away", "nobodys", "strange"}

    def test_sweeping_again_finds_nothing(self, api: APIClient) -> None:
        sweep(api)
        assert sweep(api) == ()


class TestRemoving:
    """Removing until the list is empty, whoever else is at it."""

    def test_what_the_engine_refuses_once_is_tried_again(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.add_container("one", {"harness.run": "run-1"})
        fake_engine.refuse("DELETE container", Refusal(409, "removal of container one is already in progress"))
        remove_run(api, "run-1")
        assert fake_engine.journal == ["GET containers", "DELETE container"] * 2 + ["GET containers"]

    def test_what_somebody_else_removed_first_is_no_error(self, fake_engine: FakeEngine, api: APIClient) -> None:
        listed = [("gone",), ()]
        remove_containers(api, lambda: listed.pop(0))
        assert fake_engine.journal == ["DELETE container"]

    def test_what_is_known_by_the_beginning_of_its_id_is_removed_once_the_engine_lets_it(
        self, fake_engine: FakeEngine, api: APIClient
    ) -> None:
        step, other = "5" * 64, "6" * 64
        fake_engine.add_container(step, {})
        fake_engine.add_container(other, {})
        fake_engine.refuse("DELETE container", Refusal(409, "removal of container 5 is already in progress"))
        remove_containers(api, lambda: known(api, ["5" * 12, "7" * 12]))
        assert set(fake_engine.containers) == {other}
        assert known(api, []) == ()

    def test_what_can_not_be_removed_is_named_after_a_deadline(self, fake_engine: FakeEngine, api: APIClient) -> None:
        identity = "c" * 64
        fake_engine.add_container(identity, {})
        fake_engine.refuse("DELETE container", Refusal(500, "device or resource busy"))
        with pytest.raises(MachineError) as caught:
            remove_containers(api, lambda: (identity,), within_s=0.0)
        assert str(caught.value).startswith(
            "could not remove every container (cccccccccccc): device or resource busy. Remove them with `docker rm -f`"
        )
        assert caught.value.exit_code == 3

    def test_an_engine_that_went_away_is_an_error(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.refuse("GET containers", Refusal(0))
        with pytest.raises(MachineError, match="could not list containers"):
            remove_run(api, "run-1")

    def test_a_run_whose_name_begins_like_this_one_is_another(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.add_container("one", {"harness.run": "run-10"})
        remove_run(api, "run-1")
        assert set(fake_engine.containers) == {"one"}


class TestImages:
    """Removing what `harness build` built."""

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

    def test_one_that_a_container_uses_stays(self, fake_engine: FakeEngine, api: APIClient) -> None:
        fake_engine.refuse("DELETE image", Refusal(409, "image is being used by running container"))
        assert remove_images(api) == ("harness/gin_app:1",)

    def test_one_that_lost_its_name_is_removed_by_its_id(self, fake_engine: FakeEngine, api: APIClient) -> None:
        nameless = fake_engine.images.pop("harness/flask_app:1")
        nameless["RepoTags"] = None
        fake_engine.images[nameless["Id"]] = nameless
        assert nameless["Id"] in remove_images(api)
