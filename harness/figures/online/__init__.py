"""Figures about online facts: stars, questions, downloads, packages, releases.

1. `facts` names the facts: pure.
2. `services` has the question for each, and reads its answer.
3. `asking` asks: cache, time limits, rate limits.
4. `verdicts` judges figures by the dated answers.

Only `harness check --online` contacts anything. The package imports nothing, since a reader of figures
needs `facts` only.
"""
