"""Memory, disks and networks of machines."""

import pytest

from harness.figures.importing.of_machine import OF_MACHINE
from tests.figures.importing.imported import imported_text, reasons
from tests.figures.importing.test_other_languages import page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Gin on a box with 16 GB of memory serves 66k rps."),
        ("en", "Gin serves 66k rps on a 4-core VM with 16 GB RAM."),
        ("en", "Gin serves 66k rps on a server that has 8 cores and 16 GB of RAM."),
        ("en", "Gin serves 66k rps on a 16 GB machine."),
        ("en", "Gin ran on 16 GB RAM, 8 vCPU, and served 66k rps."),
        ("en", "Gin (4 vCPU, 16 GB) serves 66k rps."),
        ("en", "Gin serves 66k rps on a t3.medium (2 vCPU, 16 GB RAM)."),
        ("en", "Hardware: 16 GB RAM, Gin serves 66k rps."),
        ("en", "The server has 16 GB of memory and Gin serves 66k rps."),
        ("en", "Gin, limited to 16 GB of memory, serves 66k rps."),
        ("en", "Gin in a container with 16 GB of memory serves 66k rps."),
        ("en", "Gin with a 16 GB memory limit serves 66k rps."),
        ("en", "Gin with 16 GB DDR4 serves 66k rps."),
        ("en", "Gin on a 16 GB SSD serves 66k rps."),
        ("en", "Gin on a 16 Gbit/s network serves 66k rps."),
        ("de", "Gin schafft 66k req/s auf einer Maschine mit 16 GB Arbeitsspeicher."),
        ("de", "Gin lief auf 16 GB RAM und schafft 66k req/s."),
        ("fr", "Gin traite 66k req/s sur une machine avec 16 Go de mémoire."),
        ("fr", "Gin traite 66k req/s sur une VM de 16 Go."),
        ("es", "Gin atiende 66k req/s en un servidor con 16 GB de memoria."),
    ],
)
def test_what_the_machine_has_is_no_figure(language: str, sentence: str) -> None:
    file = imported_text(page(language, sentence))
    assert [(one.target, one.low) for one in file.figures.figures] == [("gin_app", 66_000)]
    assert [reason for printed, reason in reasons(file) if "16 G" in printed] == [OF_MACHINE]


@pytest.mark.parametrize(
    "sentence",
    [
        "Gin needs 16 MB of memory on a box.",
        "On a box with 8 cores, Gin needs 16 MB of memory.",
        "On the server Gin: 16 MB of memory.",
        "With Gin the server uses 16 MB of memory.",
        "Gin needs, per instance and worker, 16 MB of memory.",
        "Gin needs 16 MB of memory with 4 cores.",
        "Gin runs in 16 MB of memory.",
        "With Gin the server has 16 MB RSS.",
        "Gin idles at 16 MB of memory in a container.",
    ],
)
def test_what_the_app_takes_is_a_figure(sentence: str) -> None:
    figures = imported_text(page("en", sentence)).figures.figures
    assert [(one.target, one.low, one.metric) for one in figures] == [("gin_app", 16e6, "memory.*")]


def test_a_line_of_hardware_under_a_framework_is_no_figure() -> None:
    file = imported_text("# Flask and Gin\n\n## Gin\n\nMachine: 16 GB RAM\n\nMemory: 16 MB\n")
    assert [one.printed for one in file.figures.figures] == ["16 MB"]
    assert [reason for _, reason in reasons(file)] == [OF_MACHINE]


def test_the_size_of_an_image_is_no_memory_of_a_container() -> None:
    figures = imported_text("# Gin\n\nThe Gin container image has 16 MB.\n").figures.figures
    assert [one.metric for one in figures] == ["footprint.image"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Hello, with my Ryzen 5, 32 GB RAM, Flask is fast.",
        "Das Speicherlimit lag bei 512 MB Arbeitsspeicher für Flask.",
        "The memory limit is 512 MB for Flask.",
    ],
)
def test_what_stands_behind_a_processor_or_a_limit_is_of_the_machine(sentence: str) -> None:
    file = imported_text(f"# Flask\n\n{sentence}\n")
    assert file.figures.figures == ()
    assert OF_MACHINE in [reason for _, reason in reasons(file)]
