"""Live benchmarks of web frameworks: measured figures with error bars, and a verdict on the published ones."""

from importlib.metadata import version

__version__ = version("harness")
