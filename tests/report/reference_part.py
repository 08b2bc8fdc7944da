"""A part of the committed reference run: its measured numbers of some targets, as if no other had been in the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.manifest import load_project
from harness.model import StoredRun
from harness.project import read_targets
from harness.rendering.sources import material_of, published_of
from tests.checkout import ROOT
from tests.reference_run import stored

if TYPE_CHECKING:
    from harness.model import Subject
    from harness.report import Material


def reference_part(*names: str) -> Material:
    """Return the run's material of these targets and the null target; the first is the run's reference."""
    run, project = stored().run, load_project(ROOT)
    kept = {*names, "null_app"}

    def of_part(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
        return tuple(subject for subject in subjects if subject.target in kept)

    plan = replace(run.plan, subjects=of_part(run.plan.subjects), orders=tuple(map(of_part, run.plan.orders)))
    part = replace(run, plan=plan)
    targets = read_targets(project)
    trials = tuple(trial for trial in stored().trials if trial.subject.target in kept)
    return material_of(StoredRun(part, trials), targets, published_of(project, part, targets))
