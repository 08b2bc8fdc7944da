"""The rows: one module each, a pure judge and a `ROW` that measures what it judges."""
