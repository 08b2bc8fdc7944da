"""A real browser, and a function that opens a page in it: fixtures of the tests of pages."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = 1280, 390
_PATIENCE_MS = 180_000.0  # ends a test that hangs; no test that passes waits for it
# switch off what a browser does by default: a sandbox, which fails as root, the GPU, and downloads of updates
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium. Without it the test is skipped, or fails if HARNESS_REQUIRE_BROWSER=1 is set."""
    path = shutil.which("chromium")
    if path is None:
        why = "no chromium on PATH: `apt-get install chromium`"
        (pytest.fail if os.environ.get("HARNESS_REQUIRE_BROWSER") == "1" else pytest.skip)(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS), timeout=_PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Yield a function that opens the page; a request to another place or a message on the console fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(width: int = DESKTOP, state: str = "", *, dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            bypass_csp=False,
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: complaints.append(sent.url) if not _is_own(sent.url, url) else None)
        page.goto(f"{url}{state}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _is_own(requested: str, url: str) -> bool:
    return requested.partition("#")[0] == url or requested.startswith("data:")
