"""A registry of container images on this machine's loopback, of which an engine can pull by tag and by digest."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOCKER = "application/vnd.docker.distribution.manifest"
_LIST, _MANIFEST = f"{_DOCKER}.list.v2+json", f"{_DOCKER}.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(slots=True)
class SmallRegistry:
    """Registry with one repository, whose images have one file each.

    Attributes:
        repository: Its name for an engine: `127.0.0.1:PORT/python`.
        content: Each stored document or layer with its media type, by digest.
        tags: The digest of the list of images of each tag.
    """

    repository: str
    architecture: str
    content: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def push(self, tag: str, text: str) -> str:
        """Let a tag name a new image with this text in a file; return the digest of its list of images."""
        layer = _layer(text.encode())
        config = {
            "architecture": self.architecture,
            "os": "linux",
            "config": {"Cmd": ["/text"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._keep(_CONFIG, _json(config)),
            "layers": [self._keep(_LAYER, gzip.compress(layer, mtime=0))],
        }
        platform = {"architecture": self.architecture, "os": "linux"}
        images = [self._keep(_MANIFEST, _json(manifest)) | {"platform": platform}]
        kept = self._keep(_LIST, _json({"schemaVersion": 2, "mediaType": _LIST, "manifests": images}))
        self.tags[tag] = str(kept["digest"])
        return self.tags[tag]

    def _keep(self, media_type: str, body: bytes) -> dict[str, object]:
        self.content[_digest(body)] = media_type, body
        return {"mediaType": media_type, "size": len(body), "digest": _digest(body)}


def _layer(text: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("text")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return out.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@contextmanager
def small_registry(architecture: str) -> Iterator[SmallRegistry]:
    """Serve an empty registry for engines of an architecture, by Go's name for it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = re.fullmatch(r"/v2/python/(?:manifests|blobs)/(.+)", self.path)
            digest = registry.tags.get(asked[1], asked[1]) if asked else ""
            found = registry.content.get(digest)
            is_ping = self.path == "/v2/"
            media_type, body = found or ("application/json", b"{}")
            self.send_response(200 if found or is_ping else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            if found:
                self.send_header("Docker-Content-Digest", digest)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that the base class looks for

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry = SmallRegistry(f"127.0.0.1:{server.server_address[1]}/python", architecture)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
