"""Load generator, the harness's side: the client of the generator process, and the modules that both sides share.

`generator` is the client. `protocol`, `address`, `arrivals` and `share` are used on both sides. `process/` runs inside
the generator's process, the only process that imports Locust.
"""
