"""Apply a sabotage to the generator. Python imports this file in every process that has this folder on its path.

Only in the generator's process it applies the sabotage that HARNESS_SABOTAGE names.
"""

import os
import sys
from importlib import import_module

if "harness.load.process.worker" in sys.orig_argv and "HARNESS_SABOTAGE" in os.environ:
    getattr(import_module("sabotages"), os.environ["HARNESS_SABOTAGE"])()
