"""Soak: short runs without a pause in one process, with targets killed at random; nothing may grow or get lost."""
