"""Marked blocks with one number, of the invented run of the report's tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rendering.fed import Feeder
from tests.rendering.fed_material import sources
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN


def block(folder: Path, words: str, name: str = "a.md") -> str:
    """Return the content of the block with these words."""
    runs = {"variants": material(FLASK, FLASK_SYNC, GIN)}
    text = Feeder(sources(folder, **runs)).feed(f"x <!-- harness: {words} --><!-- /harness -->", Path(name)).text
    return text.partition("-->")[2].removesuffix("<!-- /harness -->")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("throughput.closed.c32 flask_app", "6,120 req/s"),
        ("throughput.closed.c32 flask_app:gthread number", "6,120"),
        ("throughput.closed.c32 flask_app interval", "[6,000, 6,240]"),
        ("throughput.closed.c32 flask_app whole", "6,120 req/s [6,000, 6,240]"),
        ("throughput.closed.c32 flask_app bound", "limited by its CPU"),
        ("throughput.closed.c32 flask_app scenario=json_body", "5,480 req/s"),
        ("throughput.closed.c32 flask_app cpus=1", "6,120 req/s"),
        ("latency.open.r1000.p99 flask_app", "1.84 ms"),
        ("memory.loaded gin_app", "9.75 MiB"),
        ("memory.loaded gin_app bound", "not limited"),
        ("throughput.closed.c32 gin_app/flask_app", "13.9×"),
        ("throughput.closed.c32 gin_app/flask_app number", "13.9"),
        ("throughput.closed.c32 gin_app/flask_app interval", "[13.5, 14.4]"),
        ("throughput.closed.c32 gin_app/flask_app whole", "13.9× [13.5, 14.4]"),
        ("throughput.closed.c32 gin_app/flask_app verdict", "higher"),
        ("memory.loaded gin_app/flask_app verdict", "5.05 times lower"),
    ],
)
def test_a_number_is_formatted_as_on_the_page(words: str, shown: str, tmp_path: Path) -> None:
    assert block(tmp_path, words) == shown


def test_an_absent_number_is_a_dash(tmp_path: Path) -> None:
    assert block(tmp_path, "latency.open.r1000.p999 flask_app") == "–"


def test_a_target_with_several_variants_needs_a_variant(tmp_path: Path) -> None:
    assert block(tmp_path, "throughput.closed.c32 flask_app:sync run=variants") == "3,100 req/s"
    with pytest.raises(UsageError, match=r"measured flask_app:gthread, flask_app:sync\. Name one variant"):
        block(tmp_path, "throughput.closed.c32 flask_app run=variants")


def test_a_subject_of_another_number_of_cpus_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="run reference did not measure it"):
        block(tmp_path, "throughput.closed.c32 flask_app cpus=2")


def test_a_noise_floor_is_a_share(tmp_path: Path) -> None:
    usual = material()
    floor = replace(usual, summary=replace(usual.summary, noise_floor={"throughput.closed.c32": 0.0222}))
    text = "x <!-- harness: noise-floor throughput.closed.c32 run=floor --><!-- /harness -->"
    assert "-->± 2.22 %<!--" in Feeder(sources(tmp_path, floor=floor)).feed(text, Path("a.md")).text
