"""Breaks the generator on purpose: Python imports this at the start of every process that has this folder on its path.

In the generator's process, and nowhere else, it does what HARNESS_SABOTAGE names.
"""

import os
import sys
from importlib import import_module

if "harness.load.process.worker" in sys.orig_argv and "HARNESS_SABOTAGE" in os.environ:
    getattr(import_module("sabotages"), os.environ["HARNESS_SABOTAGE"])()
