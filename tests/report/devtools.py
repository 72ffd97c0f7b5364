"""A headless Chromium, spoken to over a pipe by its DevTools protocol: no driver and no web socket are needed."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import pytest

__all__ = ["Chromium", "found", "missing", "needed"]

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-pipe",
]  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_LONGEST = 60.0


def found() -> str | None:
    """The Chromium of this machine."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def missing(what: str) -> None:
    """Skip, loudly; where continuous integration must look at the report (``MLTEST_BROWSER=required``), fail."""
    if os.environ.get("CI") == "true" or os.environ.get("MLTEST_BROWSER") == "required":
        pytest.fail(f"no {what} on this machine, and CI must look at the report: install {what}")
    pytest.skip(f"no {what} on this machine: the report was NOT looked at")


def needed() -> str:
    """The Chromium of this machine; without one the test is skipped, or fails where it must not be."""
    program = found()
    if program is None:
        missing("chromium")
    return str(program)


class Chromium:
    """One browser with one page; a context manager."""

    def __init__(self, program: str, profile: Path) -> None:
        ours_read, theirs_write = os.pipe()
        theirs_read, ours_write = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4; bash puts them there
        wired = f'exec "$@" 3<&{theirs_read} 4>&{theirs_write}'
        command = ["bash", "-c", wired, "bash", program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(
            command, pass_fds=(theirs_read, theirs_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_read)
        os.close(theirs_write)
        self._in, self._out = ours_write, ours_read
        self._left = b""
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []
        self.session: str | None = None
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.send("Page.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        os.close(self._in)
        os.close(self._out)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self._write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])
            self._events.append(answer)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._in, data) :]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._out], [], [], _LONGEST)
            assert ready, "Chromium does not answer"
            piece = os.read(self._out, 1 << 20)
            assert piece, "Chromium is gone"
            self._left += piece
        message, self._left = self._left.split(b"\0", 1)
        return dict(json.loads(message))

    def open(self, page: Path) -> None:
        """Load a file and wait for it."""
        self._events.clear()
        self.send("Page.navigate", url=page.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read())

    def show(self, *, width: int = 1280, height: int = 900, media: str = "", **features: str) -> None:
        """The width, the medium (``print``) and features such as ``prefers_color_scheme="dark"``."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=media, features=told)
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def run(self, script: str) -> Any:
        """The value of an expression, awaited; a policy of the page does not bind us."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """One key down and up."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9}[key])

    def picture(self, target: Path, *, whole: bool = True) -> Path:
        """A PNG of the page."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        target.write_bytes(base64.b64decode(data))
        return target

    def pdf(self, target: Path, *, inches: tuple[float, float]) -> Path:
        """The page on paper of a size."""
        wide, high = inches
        data = self.send("Page.printToPDF", paperWidth=wide, paperHeight=high, printBackground=False)["data"]
        target.write_bytes(base64.b64decode(data))
        return target
