"""Takes the pictures of the documentation from a running demo: `python -m scripts.screenshots` (about a minute)."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTLED_MS = 35_000


def main() -> None:
    """Start the demo, wait until its emergencies are under way, take the pictures, stop it."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "slaplugin", "demo", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert demo.stdout is not None
        address = demo.stdout.readline().split()[-1]
        with sync_playwright() as playwright:
            found = next(filter(None, map(shutil.which, BROWSERS)))
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            _take(browser, address)
            browser.close()
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(30)


def _take(browser: Browser, address: str) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 760}, color_scheme="light").new_page()
    page.goto(address)
    page.wait_for_timeout(SETTLED_MS)
    page.goto(f"{address}?tab=risk")
    page.wait_for_timeout(1_500)
    page.screenshot(path=IMAGES / "queue.png")
    ticket = re.findall(r'href="/(tickets/[^"]+)"', page.content())[0]
    page.goto(address + ticket)
    page.wait_for_timeout(1_500)
    page.screenshot(path=IMAGES / "ticket.png")


if __name__ == "__main__":
    main()
