"""The command that measures the plan of a stored run again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.material import Material


def command(material: Material) -> str:
    """Return the command that runs the same plan again."""
    plan = material.summary.run.plan
    words = ["harness", "run", "--profile", plan.profile.name, "--runtime", plan.runtime, "--seed", str(plan.seed)]
    of_revision = {plan.against.of(subject) for subject in plan.subjects} if plan.against else set()
    for subject in plan.chosen:
        words += [] if subject in of_revision else ["--target", str(subject)]
    if plan.scenarios != plan.profile.scenarios:
        for scenario in plan.scenarios:
            words += ["--scenario", scenario]
    words += ["--target-cpus", str(plan.target_cpus)] * (plan.target_cpus != 1)
    words += ["--generator-cpus", str(plan.generator_cpus)] * (plan.generator_cpus is not None)
    words += ["--cold-page-cache"] * plan.drops_page_cache
    words += ["--against", plan.against.commit] if plan.against else []
    return shlex.join(words)
