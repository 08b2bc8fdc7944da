"""The command `harness`, whose profile smoke has two brief blocks of one level: for tests of what a run is used for.

Two blocks are the fewest for an estimate, and BRIEF_BLOCKS is another number. BRIEF_CONNECTIONS names other levels than
32 connections, BRIEF_OPEN_RATES adds open load at these rates per second, BRIEF_HEAD_S is the least head of a slice of
closed load, in which a worker may begin late. Three shorten what a target that hangs costs: it must be ready within
BRIEF_READY_S, and answer a timed or verified request within BRIEF_ANSWER_S; load gives a request up after
BRIEF_GIVE_UP_S.
"""

import os
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from harness.cli import main
from harness.experiment import plan
from harness.manifest import load_profiles
from harness.measure import closed, coldstart, verify
from harness.model import Slice

if __name__ == "__main__":
    profiles = load_profiles()
    smoke = replace(
        profiles["smoke"],
        blocks=int(os.environ.get("BRIEF_BLOCKS", "2")),
        least_blocks=None,
        scenarios=("hello",),
        connections=tuple(map(int, os.environ.get("BRIEF_CONNECTIONS", "32").split())),
        level_s=0.4,
        least_discard_s=float(os.environ.get("BRIEF_HEAD_S", profiles["smoke"].least_discard_s)),
        open_rates_per_s=tuple(map(float, os.environ.get("BRIEF_OPEN_RATES", "").split())),
        cold_starts=1,
    )
    give_up_s = float(os.environ.get("BRIEF_GIVE_UP_S", closed.TIMEOUT_S))
    limits_s = (
        (coldstart, "READY_DEADLINE_S", "BRIEF_READY_S"),
        (coldstart, "_ANSWER_TIMEOUT_S", "BRIEF_ANSWER_S"),
        (verify, "_TIMEOUT_S", "BRIEF_ANSWER_S"),
    )
    with ExitStack() as patched:
        patched.enter_context(patch("harness.manifest.load_profiles", return_value={**profiles, "smoke": smoke}))
        patched.enter_context(patch.object(plan, "Slice", partial(Slice, timeout_s=give_up_s)))
        patched.enter_context(patch.object(closed, "TIMEOUT_S", give_up_s))
        for module, name, variable in limits_s:
            limit_s = float(os.environ.get(variable, getattr(module, name)))
            patched.enter_context(patch.object(module, name, limit_s))
        main()
