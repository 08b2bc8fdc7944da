"""The bill of materials of an image: valid CycloneDX, equal for equal images, and safe against hostile names."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from harness.documents.sbom import Package, Source, sbom
from tests.hostile_text import CORPUS

PACKAGES = {
    Package(Source.DEBIAN, "libc6", "2.41-12", "debian"),
    Package(Source.PYTHON, "Flask", "3.1.3"),
    Package(Source.NODE, "@types/node", "24.1.0"),
    Package(Source.GO, "github.com/gin-gonic/gin", "v1.12.0"),
    Package(Source.DECLARED, "python", "3.13.5"),
}
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
URLS = [
    "pkg:deb/debian/libc6@2.41-12",
    "pkg:generic/python@3.13.5",
    "pkg:golang/github.com/gin-gonic/gin@v1.12.0",
    "pkg:npm/%40types/node@24.1.0",
    "pkg:pypi/flask@3.1.3",
]


def test_the_document_is_valid_by_cyclonedx_own_schema_and_has_every_package_by_its_url() -> None:
    text = sbom("flask_app", "sha256:1", PACKAGES)
    assert VALIDATOR.validate_str(text) is None
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert sorted(one["purl"] for one in document["components"]) == URLS
    assert (
        document["metadata"]["component"] | {"type": "container", "name": "flask_app", "version": "sha256:1"}
        == (document["metadata"]["component"])
    )


def test_equal_images_have_equal_documents_and_another_image_has_another_serial_number() -> None:
    one, again, other = (sbom("flask_app", image, PACKAGES) for image in ("sha256:1", "sha256:1", "sha256:2"))
    assert one == again
    assert json.loads(one)["serialNumber"] != json.loads(other)["serialNumber"]


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_names_and_versions_give_a_valid_document_in_which_no_control_character_stands(text: str) -> None:
    bill = sbom("flask_app", "sha256:1", {Package(Source.PYTHON, f"a{text}", f"1{text}")})
    assert VALIDATOR.validate_str(bill) is None
    assert [char for char in bill if not char.isprintable() and char != "\n"] == []


def test_an_image_without_packages_has_a_valid_document() -> None:
    assert VALIDATOR.validate_str(sbom("null_app", "sha256:1", ())) is None


def test_names_of_one_package_that_differ_in_case_are_one_component_and_equal_images_have_equal_documents() -> None:
    packages = {Package(Source.PYTHON, "Flask", "3.1.3"), Package(Source.PYTHON, "flask", "3.1.3")}
    bill = sbom("flask_app", "sha256:1", packages)
    assert VALIDATOR.validate_str(bill) is None
    assert [one["purl"] for one in json.loads(bill)["components"]] == ["pkg:pypi/flask@3.1.3"]
    assert sbom("flask_app", "sha256:1", packages) == bill
