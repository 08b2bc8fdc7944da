"""The generator's own process: all modules that run inside it, and the only ones that import Locust or gevent.

Importing Locust patches the whole process, so the harness process imports nothing from here. It talks to this side by
`harness.load.protocol`, one JSON object a line.
"""
