"""The commands, one file each: the options, the calls, and the output through `console`.

Imports that only some commands need (the engine's client, scipy, pandas, matplotlib) are inside the functions, so that
`harness --help` prints without delay.
"""
