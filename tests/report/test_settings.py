"""The targets with their links, and every setting of every variant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.model import OnlineNames, Variant, VariantClass
from harness.report.page import render_page
from harness.report.settings import served, variant_settings
from tests.report.markup import read
from tests.report.material import TARGETS, material

if TYPE_CHECKING:
    from harness.report.material import Material

MANUAL = "https://flask.palletsprojects.com/en/stable/"


def with_flask(**changes: Any) -> Material:  # noqa: ANN401 - fields of a target
    flask = replace(TARGETS["flask_app"], **changes)
    return replace(material(), targets={**TARGETS, "flask_app": flask})


def test_a_target_has_its_versions_its_folder_and_its_links() -> None:
    online = OnlineNames(github="pallets/flask")
    flask, gin = served(with_flask(packages=("flask", "gunicorn"), online=online, documentation=MANUAL))
    assert (flask.name, flask.setting, flask.summary) == ("Flask", "gthread, production", "gunicorn with threads")
    assert (flask.versions, flask.folder) == ("flask 3.1.2", "targets/flask_app")
    assert (flask.source_url, flask.manual_url) == ("https://github.com/pallets/flask", MANUAL)
    assert (gin.versions, gin.source_url, gin.manual_url) == ("", None, None)


def test_every_variant_of_a_measured_target_has_its_settings_in_words() -> None:
    variant = Variant(
        "threads",
        VariantClass.TUNED,
        "with threads",
        "https://gunicorn.org/design/",
        ("python", "-m", "app with space"),
        {"WORKERS": "2"},
        workers=1,
        workers_per_cpu=2,
        threads=4,
        logs_requests=True,
        closes_connections=True,
        is_debug=True,
    )
    bare = Variant("bare", VariantClass.DEVELOPMENT, "bare", workers=1)
    first, second, gin = variant_settings(with_flask(variants=(variant, bare)))
    assert dict(first.settings) == {
        "command": "python -m 'app with space'",
        "WORKERS": "2",
        "workers": "1 plus 2 for each CPU",
        "threads": "4 in each worker",
        "connections": "closed after each answer",
        "request log": "a line for each request",
        "debug mode": "on",
    }
    assert dict(second.settings) == {
        "command": "that of the image",
        "workers": "1 for any number of CPUs",
        "connections": "kept",
        "request log": "none",
        "debug mode": "off",
    }
    assert [one.is_measured for one in (first, second, gin)] == [False, False, True]
    assert first.docs_url == "https://gunicorn.org/design/"


def test_a_target_without_a_manifest_has_no_settings_and_no_links() -> None:
    report = replace(material(), targets={})
    flask, _ = served(report)
    assert (flask.summary, flask.source_url, flask.manual_url) == ("", None, None)
    assert variant_settings(report) == ()


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    variants = (replace(TARGETS["flask_app"].variants[0], docs_url="javascript:alert(1)"),)
    page = read(render_page(with_flask(variants=variants, documentation="javascript:alert(1)")))
    assert not [one for one in page.all("a") if one.attributes["href"].startswith("javascript")]


def test_the_page_links_the_settings_of_each_target_in_a_closed_part() -> None:
    page = read(render_page(with_flask(documentation=MANUAL)))
    row = page.one("table", id="targets-table").one("tbody").all("tr")[0]
    links = {link.text: link.attributes["href"] for cell in row.all("td") for link in cell.all("a")}
    assert links == {"settings": "#settings:flask_app:gthread", "documentation": MANUAL}
    (part,) = [one for one in page.all("details") if one.all("table", id="settings")]
    assert "open" not in part.attributes
    assert [one.attributes["id"] for one in part.one("tbody").all("tr")] == [
        "settings:flask_app:gthread",
        "settings:flask_app:sync",
        "settings:gin_app:release",
    ]
