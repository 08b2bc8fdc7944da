"""Locustfiles of the self-test. Only the generator's process loads them, by their paths."""
