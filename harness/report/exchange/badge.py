"""A badge for READMEs: shields.io reads its label, message and colour from a JSON file.

The format: https://shields.io/badges/endpoint-badge
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.foreign_text import one_line
from harness.model import CLAIMS, SHORT_COMMIT, Difference, RunStatus
from harness.report.answer import headline_comparison, ratio_claimed, true_ratio
from harness.report.doubts import NO_CLAIM

if TYPE_CHECKING:
    from harness.report.material import Material

_METRIC = "req/s"


def badge(material: Material) -> str:
    """Return the headline ratio of throughput of the run's first pair of targets, with the day it was measured.

    It names the target with more requests per second. Of a target and its build of another revision it says how much
    faster or slower the target is now.
    """
    label, message, color = _parts(material)
    day = material.summary.run.started_at[:10]
    document = {"schemaVersion": 1, "label": one_line(label), "message": f"{message}, measured {day}", "color": color}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _parts(material: Material) -> tuple[str, str, str]:
    names = [material.name_of(subject) for subject in material.contestants[:2]]
    comparison = headline_comparison(material)
    is_sound = material.summary.run.status is RunStatus.COMPLETE and not material.doubts.keys() & NO_CLAIM
    if comparison is None or not is_sound:
        return " vs ".join(names), "no result", "lightgrey"
    is_older = material.plan.older.get(comparison.subject) == comparison.reference
    now = material.name_of(comparison.subject)
    label = f"{now} since {_revision(material)}" if is_older else f"{material.name_of(comparison.reference)} vs {now}"
    if comparison.verdict not in CLAIMS:
        return label, f"{comparison.verdict.value.replace('_', ' ')} in {_METRIC}", "lightgrey"
    is_higher = comparison.verdict is Difference.HIGHER
    higher = comparison if is_higher else comparison.inverted()
    is_open = higher.at_least is not None or higher.at_most is not None  # the generator was the limit of a side
    ratio = f"{true_ratio(higher) if is_open else ratio_claimed(higher)}x"
    if is_older:
        return label, f"{ratio} {'faster' if is_higher else 'slower'} in {_METRIC}", "blue" if is_higher else "orange"
    return label, f"{material.name_of(higher.subject)} {ratio} {_METRIC}", "blue"


def _revision(material: Material) -> str:
    against = material.plan.against
    return "" if against is None else against.commit[:SHORT_COMMIT]
