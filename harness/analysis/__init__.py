"""From trials to statements: intervals, paired comparisons, and the summary of a run."""
