"""The SBOM: current, valid by its schema, and with every package of the lock."""

import json
import re

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.checkout import ROOT
from tools.release.sbom import sbom

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = {"name": "live-benchmark-harness", "license": "MIT"}
PACKAGED = (ROOT / "packaging/harness.cdx.json").read_text(encoding="utf-8")


def test_the_packaged_sbom_is_that_of_the_lock_twice_the_same() -> None:
    assert sbom(LOCK, PROJECT) == sbom(LOCK, PROJECT) == PACKAGED, "run `make packaging`"


def test_it_is_valid_by_its_published_schema() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(PACKAGED) is None


def test_every_pinned_package_is_a_component_with_all_its_hashes() -> None:
    components = json.loads(PACKAGED)["components"]
    pinned = re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)
    assert sorted((one["name"], one["version"]) for one in components) == sorted(pinned)
    assert sum(len(one["hashes"]) for one in components) == LOCK.count("--hash=sha256:")


def test_the_package_itself_depends_on_all_of_them() -> None:
    document = json.loads(PACKAGED)
    root = document["metadata"]["component"]
    assert (root["name"], root["licenses"]) == (PROJECT["name"], [{"expression": "MIT"}])
    (depends,) = [one["dependsOn"] for one in document["dependencies"] if one["ref"] == root["bom-ref"]]
    assert len(depends) == len(document["components"])


def test_another_lock_gives_another_serial_number() -> None:
    short = LOCK[: LOCK.index("\nanyio")] + "\n"
    one, other = (json.loads(sbom(lock, PROJECT)) for lock in (LOCK, short))
    assert one["serialNumber"] != other["serialNumber"]
    assert [component["name"] for component in other["components"]] == ["annotated-doc", "annotated-types"]
