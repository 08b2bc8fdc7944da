"""How gunicorn serves the app in production. Settings that are not here have gunicorn's own defaults.

Gunicorn reads the names below as its settings: https://gunicorn.org/reference/settings/. WEB_CONCURRENCY is its own
name for the number of workers.
"""

import os

from listening import listening_address

_host, _port = listening_address()
_cpus = len(os.sched_getaffinity(0))  # what the container was given; os.cpu_count() counts the machine's

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
worker_class = os.environ.get("GUNICORN_WORKER_CLASS", "gthread")

if worker_class == "sync":
    # A sync worker waits while its one client does, so gunicorn's documentation asks for more workers than CPUs.
    workers = int(os.environ.get("WEB_CONCURRENCY", 2 * _cpus + 1))
else:
    # Threads cover the waiting here; a second process on the same CPU would only cost memory.
    workers = int(os.environ.get("WEB_CONCURRENCY", _cpus))
    threads = 4
    # Gunicorn's 2 s suit clients that connect directly. A proxy in front keeps idle connections longer: nginx for 60 s.
    keepalive = int(os.environ.get("GUNICORN_KEEPALIVE", "75"))

# The contract gives 5 s to end, and an answer in flight takes milliseconds.
graceful_timeout = 3
# The file system is read-only: heartbeats go to memory, and the control socket, which wants a home, stays off.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes an unguessable, unlinked file there
control_socket_disable = True
