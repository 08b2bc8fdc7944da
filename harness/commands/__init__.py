"""One file a command: its options, what it calls, and what it prints through `console`.

What only some commands need (the engine's client, scipy, pandas, matplotlib) is imported inside them, so that
`harness --help` answers at once.
"""
