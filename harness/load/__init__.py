"""The load room: the generator that drives targets, behind the wall that keeps Locust out of the harness process.

`generator` is the handle that the harness holds. Everything else here runs inside the generator's own process or is
pure. Importing locust or gevent patches the whole process: only `worker` and what it drives users with (`crews`,
`foreign`, `lane`, `scenarios`, `statistics`, `users`) do, and `master` with what it reaches other workers by (`remote`,
`roll`).
"""
