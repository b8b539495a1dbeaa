"""A page in headless Chromium, driven over the pipe of its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)

needs_browser = pytest.mark.skipif(
    PROGRAM is None, reason="without Chromium it is not proved what a page does in a browser"
)
KEYS = {
    "Enter": ("Enter", "\r"), "Tab": ("Tab", ""), "Escape": ("Escape", ""), " ": (" ", " "),
    "Home": ("Home", ""), "End": ("End", ""), "Backspace": ("Backspace", ""),
    **{f"Arrow{way}": (f"Arrow{way}", "") for way in ("Left", "Right", "Up", "Down")},
}  # fmt: skip

CODES = {"Tab": 9, "Enter": 13, "Escape": 27}


class Browser:
    """One browser with one page; `asked` are the addresses that the page asked for, `faults` what
    its console says.
    """

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = (
            f'exec "$0" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run'
            f" --remote-debugging-pipe --user-data-dir={self._profile.name} about:blank"
            f" 3<&{theirs_in} 4>&{theirs_out}"
        )
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, PROGRAM],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers, self._rest = itertools.count(1), b""
        self.asked: list[str] = []
        self.faults: list[str] = []
        targets = self._call("Target.getTargets")["targetInfos"]
        target = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        self._profile.cleanup()

    def call(self, method: str, **given: Any) -> Any:
        """A command of the protocol, to the page."""
        return self._call(method, self._session, **given)

    def _call(self, method: str, session: str | None = None, **given: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": given}
        if session:
            message["sessionId"] = session
        self._write(json.dumps(message).encode() + b"\0")
        while True:
            found = self._message()
            if found.get("id") == number:
                assert "error" not in found, (method, found["error"])
                return found["result"]
            self._note(found)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._out, data) :]

    def _message(self) -> Any:
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event: Any) -> None:
        given = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(given["request"]["url"])
            case "Runtime.exceptionThrown":
                details = given["exceptionDetails"]
                self.faults.append(details.get("exception", {}).get("description", details["text"]))
            case "Log.entryAdded" if given["entry"]["level"] in ("error", "warning"):
                self.faults.append(given["entry"]["text"])
            case "Runtime.consoleAPICalled" if given["type"] in ("error", "warning", "assert"):
                self.faults.append(str(given["args"]))

    def size(self, width: int, height: int, scale: float = 1.0, *, mobile: bool = False) -> None:
        """The window in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=mobile,
        )  # fmt: skip

    def media(self, kind: str = "", **features: str) -> None:
        """What is asked for: `print`, prefers_color_scheme="dark"."""
        found = [{"name": n.replace("_", "-"), "value": v} for n, v in features.items()]
        self.call("Emulation.setEmulatedMedia", media=kind, features=found)

    def open(self, path: Path | str, fragment: str = "") -> None:
        """Open a file, and wait until it is there."""
        address = path if isinstance(path, str) else path.resolve().as_uri()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address + fragment)
        self.until("document.readyState === 'complete' && location.protocol !== 'about:'")

    def until(self, condition: str) -> None:
        """Wait for a condition."""
        for _ in range(600):
            if self.run(condition):
                return
            time.sleep(0.02)
        raise AssertionError(f"never: {condition}")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after another: `G`, `ArrowLeft`, `Enter`."""
        for key in keys:
            name, text = KEYS.get(key, (key, key))
            given = {"key": name, "text": text} if text else {"key": name}
            if name in CODES:
                given |= {"code": name, "windowsVirtualKeyCode": CODES[name]}
            self.call("Input.dispatchKeyEvent", type="keyDown", **given)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=name)

    def type(self, text: str) -> None:
        """Type a text into the field that has the focus."""
        self.call("Input.insertText", text=text)

    def mouse(self, kind: str, x: float, y: float) -> None:
        """`mouseMoved`, `mousePressed` or `mouseReleased` at a point."""
        button = "none" if kind == "mouseMoved" else "left"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def middle(self, selector: str) -> tuple[float, float]:
        """The middle of an element."""
        box = self.run(
            f"(e => {{ e.scrollIntoView({{block: 'nearest'}}); const b = e.getBoundingClientRect();"
            f" return [b.x + b.width / 2, b.y + b.height / 2]; }})"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        return box[0], box[1]

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.mouse(kind, *self.middle(selector))

    def text(self, selector: str) -> str:
        """The text of an element."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def screenshot(self, path: Path) -> None:
        """What is in the window, as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        made = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        path.write_bytes(base64.b64decode(made["data"]))
