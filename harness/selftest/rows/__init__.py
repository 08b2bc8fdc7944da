"""The rows of the self-test. Each module has a pure `judge` and a `ROW` that measures what the judge checks."""
