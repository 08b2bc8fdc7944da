"""Modules that run inside the generator's process, the only ones that import Locust or gevent.

The import of Locust patches the whole process, so the harness process imports nothing from here. The two exchange JSON
lines (`harness.load.protocol`).
"""
