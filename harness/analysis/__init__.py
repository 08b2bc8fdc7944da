"""Analysis of stored runs: intervals, paired comparisons, and the summary of a run."""
