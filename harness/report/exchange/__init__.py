"""A report in the formats of other programs: CI systems, trackers of benchmarks, monitors and badges.

Each module writes one format, from the same two views: `findings` (published figures with their verdicts) and `numbers`
(results with their intervals). A text of a target, page or locustfile is data in every format.
"""
