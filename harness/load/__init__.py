"""The load room: the generator that drives targets, behind the wall that keeps Locust out of the harness process.

`generator` is the handle that the harness holds. Everything else here runs inside the generator's own process or is
pure; only `lane`, `users`, `crews` and `worker` import locust or gevent, whose import patches the whole process.
"""
