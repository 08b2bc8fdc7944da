"""Sources of documents with the invented run of the report's tests, under the names `reference` and `other`."""

from dataclasses import replace
from pathlib import Path

from harness.rendering.sources import Source, Sources
from harness.report import Material
from harness.store import RunFolder
from tests.examples import PROJECT
from tests.report.material import material


def sources(folder: Path, **runs: Material) -> Sources:
    """Return sources that read no file; the run `other` has another id."""
    usual = material()
    other = replace(usual, summary=replace(usual.summary, run=replace(usual.summary.run, id="other-id")))
    named = {"reference": usual, "other": other, **runs}
    return Sources(PROJECT, _read={name: Source(RunFolder(folder / name), one) for name, one in named.items()})
