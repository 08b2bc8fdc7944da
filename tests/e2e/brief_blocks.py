"""The command `harness`, whose profile smoke has two brief blocks of one level: for tests of what a run is used for.

Two blocks are the fewest for an estimate. BRIEF_CONNECTIONS names other levels than 32 connections, and
BRIEF_OPEN_RATES adds open load at these rates per second.
"""

import os
from dataclasses import replace
from unittest.mock import patch

from harness.cli import main
from harness.manifest import load_profiles

if __name__ == "__main__":
    profiles = load_profiles()
    smoke = replace(
        profiles["smoke"],
        blocks=2,
        least_blocks=None,
        scenarios=("hello",),
        connections=tuple(map(int, os.environ.get("BRIEF_CONNECTIONS", "32").split())),
        level_s=0.4,
        open_rates_per_s=tuple(map(float, os.environ.get("BRIEF_OPEN_RATES", "").split())),
        cold_starts=1,
    )
    with patch("harness.manifest.load_profiles", return_value={**profiles, "smoke": smoke}):
        main()
