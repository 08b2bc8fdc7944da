"""A real engine that restarts, has no room, or serves another user's checkout in the middle of a run."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError
from harness.model import Subject
from harness.runtime.base import Image
from harness.runtime.docker.containers import DockerRuntime
from harness.runtime.docker.engine import describe
from harness.runtime.owner import RUN
from tests.checkout import ROOT
from tests.e2e.conftest import listed
from tests.e2e.containers import LAUNCH
from tests.e2e.engine_proxy import EngineProxy, refusal

pytestmark = [pytest.mark.engine, pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]

NOBODY = 65_534
DOWN_S = 2.0


def socket_of(engine: APIClient) -> str:
    path = getattr(engine.get_adapter(engine.base_url), "socket_path", None)
    if path is None:
        pytest.skip("the engine is not at a Unix socket")
    return str(path)


def measure(results: Path, address: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.e2e.brief_blocks", "run", *words],
        cwd=ROOT,
        env=os.environ | {"HARNESS_RESULTS": str(results), "DOCKER_HOST": address},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


class Fault:
    """A fault at the nth such call of a run: a refusal, or a restart that ends the container of the call."""

    def __init__(self, engine: APIClient, call: str, nth: int, answer: bytes | None = None) -> None:
        self.engine, self.call, self.nth, self.answer, self.seen = engine, re.compile(call), nth, answer, 0

    def __call__(self, proxy: EngineProxy, call: str) -> bytes | None:
        found = self.call.fullmatch(call)
        self.seen += bool(found)
        if not found or self.seen != self.nth:
            return None
        if self.answer is None:
            threading.Timer(0.2, self._restart, (proxy, found[1])).start()
        return self.answer

    def _restart(self, proxy: EngineProxy, container: str) -> None:
        with proxy.down():
            self.engine.kill(container)
            time.sleep(DOWN_S)


def test_each_fault_of_the_engine_interrupts_a_run_which_is_resumed_until_it_is_complete(
    engine: APIClient, tmp_path: Path
) -> None:
    start, full = r"POST /containers/([0-9a-f]+)/start", refusal("mkdir /x: no space left on device")
    faults = [
        # creations: one to read the image's versions, and one for each of the two blocks
        (Fault(engine, r"POST /containers/create()", 3, full), "the engine's disk is full"),
        (Fault(engine, start, 1), r"error: could not .* \(container engine\): "),
    ]
    words: tuple[str, ...] = ("--profile", "smoke", "--runtime", "docker", "--target", "null_app")
    for nth, (fault, said) in enumerate(faults):
        with EngineProxy(socket_of(engine), fault).serving(tmp_path / f"engine-{nth}") as address:
            broken = measure(tmp_path, address, *words)
        assert (broken.returncode, "Traceback" in broken.stderr) == (3, False), broken.stderr
        assert re.search(said, broken.stderr), broken.stderr
        [run_id] = re.findall(r"harness run --resume (\S+)`", broken.stderr)
        assert json.loads((tmp_path / run_id / "run.json").read_text())["status"] == "interrupted"
        assert listed(engine, f"{RUN}={run_id}") == [] or "`harness clean` removes it" in broken.stderr
        words = ("--resume", run_id)
    done = measure(tmp_path, f"unix://{socket_of(engine)}", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / run_id / "run.json").read_text())["status"] == "complete"
    assert listed(engine, f"{RUN}={run_id}") == []


def test_a_target_that_ended_with_a_restarted_engine_has_not_failed(
    engine: APIClient, tmp_path: Path, run_id: str, answers: Image
) -> None:
    proxy = EngineProxy(socket_of(engine), lambda *_: None)
    with proxy.serving(tmp_path / "engine") as address:
        api = APIClient(base_url=address, version=engine.api_version)
        runtime = DockerRuntime(api, run_id, describe(api))
        container = runtime.create(answers, Subject("answers", "own"), LAUNCH)
        container.start()
        assert container.ending() is None
        with proxy.down():
            engine.kill(listed(engine, f"{RUN}={run_id}")[0])
        with pytest.raises(MachineError, match="the container engine has restarted"):
            container.ending()
        with pytest.raises(MachineError, match="the container engine has restarted"):
            runtime.create(answers, Subject("answers", "own"), LAUNCH)
        runtime.close()


@pytest.fixture
def second() -> Iterator[Path]:
    """Yield another checkout, which every user can read."""
    folder = Path(tempfile.mkdtemp(prefix="second-"))
    shutil.copytree(ROOT / "targets/null_app", folder / "targets/null_app")
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    (folder / "project.toml").write_text('title = "Second"\nreference = "null_app"\ntargets = ["null_app"]\n')
    (folder / "results").mkdir()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "results").chmod(0o777)
    yield folder
    shutil.rmtree(folder)


class SecondUser:
    """Second user of an engine: nobody, in another checkout, with a right to the engine."""

    def __init__(self, socket: str, checkout: Path) -> None:
        self.checkout = checkout
        self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": [Path(socket).stat().st_gid]}
        self.variables = os.environ | {
            "HOME": str(checkout),
            "TMPDIR": str(checkout / "results"),
            "HARNESS_RESULTS": str(checkout / "results"),
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *filter(None, sys.path)))),
        }
        pythons = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")  # nobody may not reach the first one
        self.python = next(filter(self._has_harness, pythons), None)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the harness."""
        return self._call(self.python or "", "-m", "harness", *command.split())

    def _has_harness(self, python: str) -> bool:
        with suppress(OSError):
            return self._call(python, "-c", "import harness, typer").returncode == 0
        return False

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
            words,
            cwd=self.checkout,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            **self.user,
        )
        return done


def test_another_checkout_and_user_touches_nothing_of_a_live_run(
    engine: APIClient, tmp_path: Path, second: Path
) -> None:
    path = socket_of(engine)
    nobody = SecondUser(path, second)
    if nobody.python is None:
        pytest.skip("there is no Python that user nobody can start with the harness")
    commands = ("clean", "clean --images", "run --profile smoke --target null_app")
    theirs: dict[str, subprocess.CompletedProcess[str]] = {}

    def at_a_start(_: EngineProxy, call: str) -> None:
        if not theirs and re.fullmatch(r"POST /containers/[0-9a-f]+/start", call):
            with ThreadPoolExecutor(len(commands)) as pool:
                theirs.update(zip(commands, pool.map(nobody.run, commands), strict=True))

    with EngineProxy(path, at_a_start).serving(tmp_path / "engine") as address:
        ours = measure(tmp_path, address, "--profile", "smoke", "--runtime", "docker", "--target", "null_app")
    assert ours.returncode == 0, ours.stderr
    assert theirs["clean"].returncode == 0, theirs["clean"].stderr
    assert "images were not removed" in theirs["clean --images"].stderr  # so it has reached the engine
    refused = theirs[commands[2]]
    assert (refused.returncode, "another run is measuring" in refused.stderr) == (3, True), refused.stderr
    assert list((second / "results").iterdir()) == []
