"""Targets as processes of this machine: builds in a cache, a supervisor around each target, and leftover processes."""
