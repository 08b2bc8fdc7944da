"""Words in the reasons and warnings of results by which the terminal recognises their kind.

They stand alone: whoever only prints them must not wait until scipy is imported.
"""

COMPLAINTS = "from the script's failure() or exception"
"""End of the warning with what a scenario itself called a failure or raised."""

NOT_ENOUGH = "not enough"
"""Beginning of the reason of a percentile that had too few requests."""
