"""The load room: what the harness holds of the load generator, and what both sides share.

`generator` is the handle of the generator process. `protocol`, `address`, `arrivals` and `share` are pure and used on
both sides. `process/` runs inside the generator's own process, which alone imports Locust.
"""
