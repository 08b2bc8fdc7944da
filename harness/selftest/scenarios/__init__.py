"""Locustfiles of the self-test, loaded by their paths inside the generator's process and nowhere else."""
