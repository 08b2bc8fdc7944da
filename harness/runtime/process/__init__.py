"""The process runtime: builds in a cache, one supervisor for each target, and leftover processes."""
