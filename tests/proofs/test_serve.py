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
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.proof
HANGS = 300.0
"""Seconds after which a test gives up: no machine that works is so slow."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gradviz.cli.main", "tui", *words, "--serve", "--port", "0"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def address(server: subprocess.Popen[str]) -> str:
    """What the server says is to be opened."""
    assert server.stdout is not None
    return server.stdout.readline().split()[1]


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
    """A step changes the page, and going back shows what was there before; all that the page asks
    for, it asks of its own server.
    """
    asked: set[str] = set()
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
                if answer.get("method") == "Network.requestWillBeSent":
                    asked.add(answer["params"]["request"]["url"])
                if answer.get("id") == count:
                    return answer.get("result")

        async def press(key: str) -> None:
            for kind in ("keyDown", "keyUp"):
                text = {"text": key} if kind == "keyDown" else {}
                code = {"code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
                await send("Input.dispatchKeyEvent", type=kind, key=key, **text, **code)

        async def holds(expression: str) -> bool:
            """Whether something is true of the page."""
            return bool((await send("Runtime.evaluate", expression=expression))["result"]["value"])

        await send("Page.enable")
        await send("Network.enable")
        await send("Page.navigate", url=page)
        end = time.monotonic() + HANGS
        while not await holds("!!document.querySelector('body.-first-byte')"):
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
        assert await holds("document.fonts.check('16px Roboto Mono')")
        assert {url.removeprefix(page) for url in asked if not url.startswith("data:")} == {
            "", "mono.ttf", "textual.js", "xterm.css"
        }  # fmt: skip


def test_a_browser_steps_through_it(tmp_path: Path) -> None:
    pytest.importorskip("textual_serve")
    pytest.importorskip("PIL.Image")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("this machine has no chromium")
    debug = free_port()
    server = served("x*y + z", "x=-3", "y=5", "z=2", "--at", "3")
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
        asyncio.run(step_in_a_browser(debug, address(server)))
    finally:
        for process in (browser, server):
            process.terminate()
            process.wait(timeout=HANGS)
        assert server.stdout is not None
        server.stdout.close()


def test_it_listens_on_this_machine_only() -> None:
    pytest.importorskip("textual_serve")
    server = served("x*y", "x=1", "y=2")
    try:
        port = urlsplit(address(server)).port
        own = socket.gethostbyname(socket.gethostname())
        if not own.startswith("127."):
            with socket.socket() as probe:
                probe.settimeout(2)
                assert probe.connect_ex((own, port)) != 0
    finally:
        server.terminate()
        server.wait(timeout=HANGS)
        assert server.stdout is not None
        server.stdout.close()
