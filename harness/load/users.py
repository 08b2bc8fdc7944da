"""The public names for locustfiles, for those that import them from this room; see `harness.users`."""

from harness.load.process.users import *  # noqa: F403 - all that it makes public
