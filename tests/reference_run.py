"""The committed reference run, read and summarised once in each process of the tests."""

from functools import cache

from harness.analysis.summary import summarise
from harness.model import StoredRun, Summary
from harness.store import Store
from tests.checkout import ROOT


@cache
def stored() -> StoredRun:
    """Return the run with its trials."""
    return Store(ROOT / "results").load("reference")[1]


@cache
def summary() -> Summary:
    """Return the summary of the run."""
    return summarise(stored())
