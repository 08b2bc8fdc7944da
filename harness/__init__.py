"""Live benchmarks of web frameworks: measured figures with error bars, and a verdict on the published ones."""

__version__ = "0.1.0"
