"""`gradviz tui --serve` in headless Chromium: load, step, see the screen change."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.proof
HANGS = 300.0
"""Seconds after which a test gives up: no machine that works is so slow."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waited(url: str) -> bytes:
    end = time.monotonic() + HANGS
    while True:
        try:
            return bytes(urllib.request.urlopen(url, timeout=HANGS).read())
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


async def picture(send: Any) -> bytes:
    return base64.b64decode((await send("Page.captureScreenshot", format="png"))["data"])


async def settled(send: Any, done: Callable[[bytes], bool], what: str) -> bytes:
    """The page's picture once it stays the same and is what is waited for."""
    end, last = time.monotonic() + HANGS, b""
    while time.monotonic() < end:
        await asyncio.sleep(0.5)
        shown = await picture(send)
        if shown == last and done(shown):
            return shown
        last = shown
    raise AssertionError(f"never seen: {what}")


def colours(png: bytes) -> int:
    """How many colours a picture has."""
    image = pytest.importorskip("PIL.Image")
    return len(image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 24))


async def step_in_a_browser(debug: int, page: str) -> None:
    """A step changes the page, and going back shows what was there before."""
    aiohttp = pytest.importorskip("aiohttp")
    targets = json.loads(waited(f"http://127.0.0.1:{debug}/json"))
    target = next(t for t in targets if t["type"] == "page")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as ws,
    ):
        count = 0

        async def send(method: str, **params: Any) -> Any:
            nonlocal count
            count += 1
            await ws.send_json({"id": count, "method": method, "params": params})
            while True:
                answer = await ws.receive_json(timeout=HANGS)
                if answer.get("id") == count:
                    return answer.get("result")

        async def press(key: str) -> None:
            for kind in ("keyDown", "keyUp"):
                text = {"text": key} if kind == "keyDown" else {}
                code = {"code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
                await send("Input.dispatchKeyEvent", type=kind, key=key, **text, **code)

        async def begun() -> bool:
            """Whether the program has written to the page; until then it shows a splash."""
            asked = "!!document.querySelector('body.-first-byte')"
            return bool((await send("Runtime.evaluate", expression=asked))["result"]["value"])

        await send("Page.enable")
        await send("Page.navigate", url=page)
        end = time.monotonic() + HANGS
        while not await begun():
            assert time.monotonic() < end, "never seen: the program's first byte"
            await asyncio.sleep(0.1)
        await settled(send, lambda shown: colours(shown) > 8, "the walk")
        for kind in ("mousePressed", "mouseReleased"):
            await send(
                "Input.dispatchMouseEvent", type=kind, x=60, y=60, button="left", clickCount=1
            )
        before = await settled(send, lambda shown: colours(shown) > 8, "the walk, after a click")
        await press("l")
        await settled(send, lambda shown: shown != before, "a step on")
        await press("h")
        await settled(send, lambda shown: shown == before, "the step before")


def test_a_browser_steps_through_it(tmp_path: Path) -> None:
    pytest.importorskip("textual_serve")
    pytest.importorskip("PIL.Image")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("this machine has no chromium")
    port, debug = free_port(), free_port()
    words = ["tui", "x*y + z", "x=-3", "y=5", "z=2", "--at", "3", "--serve", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "gradviz.cli.main", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    browser = subprocess.Popen(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--remote-debugging-port={debug}",
            "--window-size=1100,700",
            "--remote-allow-origins=*",
            f"--user-data-dir={tmp_path / 'profile'}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert b"gradviz" in waited(f"http://127.0.0.1:{port}/")
        asyncio.run(step_in_a_browser(debug, f"http://127.0.0.1:{port}/"))
    finally:
        for process in (browser, server):
            process.terminate()
            process.wait(timeout=HANGS)


def test_it_listens_on_this_machine_only() -> None:
    pytest.importorskip("textual_serve")
    port = free_port()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gradviz.cli.main",
            "tui",
            "x*y",
            "x=1",
            "y=2",
            "--serve",
            "--port",
            str(port),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        waited(f"http://127.0.0.1:{port}/")
        address = socket.gethostbyname(socket.gethostname())
        if not address.startswith("127."):
            with socket.socket() as probe:
                probe.settimeout(2)
                assert probe.connect_ex((address, port)) != 0
    finally:
        server.terminate()
        server.wait(timeout=HANGS)
