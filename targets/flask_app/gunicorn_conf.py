"""Gunicorn's settings to serve the app in production. All other settings have gunicorn's defaults.

Gunicorn reads the names below as its settings: https://gunicorn.org/reference/settings/. WEB_CONCURRENCY is gunicorn's
own variable for the number of workers.
"""

import os

from listening import listening_address

_host, _port = listening_address()
_cpus = len(os.sched_getaffinity(0))  # the CPUs of the container; os.cpu_count() would count those of the machine

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
worker_class = os.environ.get("GUNICORN_WORKER_CLASS", "gthread")

if worker_class == "sync":
    # A sync worker waits for its one client, so gunicorn's documentation recommends more workers than CPUs.
    workers = int(os.environ.get("WEB_CONCURRENCY", 2 * _cpus + 1))
else:
    # Threads or greenlets use the waiting time; a second process on the same CPU would only need more memory.
    workers = int(os.environ.get("WEB_CONCURRENCY", _cpus))
    # Gunicorn's default of 2 s suits direct clients. A proxy keeps idle connections longer: nginx keeps them for 60 s.
    keepalive = int(os.environ.get("GUNICORN_KEEPALIVE", "75"))
if worker_class == "gthread":
    threads = 4

# The contract allows 5 s to end, and an answer in flight takes milliseconds. A gevent worker waits up to 2 s longer.
graceful_timeout = 1 if worker_class == "gevent" else 3
# The file system is read-only: heartbeats use memory, and the control socket, which needs a home folder, stays off.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn creates a file with a random name there and unlinks it
control_socket_disable = True
