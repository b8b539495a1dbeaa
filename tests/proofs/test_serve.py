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
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.proof


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waited(url: str, seconds: float = 30) -> bytes:
    end = time.monotonic() + seconds
    while True:
        try:
            return bytes(urllib.request.urlopen(url, timeout=2).read())
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


async def picture(send: Any) -> bytes:
    return base64.b64decode((await send("Page.captureScreenshot", format="png"))["data"])


async def step_in_a_browser(debug: int, page: str) -> tuple[bytes, bytes, bytes]:
    """Pictures of the page: before a key, after a step, after going back."""
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
                answer = await ws.receive_json(timeout=30)
                if answer.get("id") == count:
                    return answer.get("result")

        async def press(key: str) -> None:
            for kind in ("keyDown", "keyUp"):
                text = {"text": key} if kind == "keyDown" else {}
                code = {"code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
                await send("Input.dispatchKeyEvent", type=kind, key=key, **text, **code)
            await asyncio.sleep(1.5)

        await send("Page.enable")
        await send("Page.navigate", url=page)
        await asyncio.sleep(6)
        for kind in ("mousePressed", "mouseReleased"):
            await send(
                "Input.dispatchMouseEvent", type=kind, x=60, y=60, button="left", clickCount=1
            )
        await asyncio.sleep(1)
        before = await picture(send)
        await press("l")
        after = await picture(send)
        await press("h")
        return before, after, await picture(send)


def test_a_browser_steps_through_it(tmp_path: Path) -> None:
    pytest.importorskip("textual_serve")
    image = pytest.importorskip("PIL.Image")
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
        shots = asyncio.run(step_in_a_browser(debug, f"http://127.0.0.1:{port}/"))
        for name, shot in zip(("before", "after", "back"), shots, strict=True):
            (tmp_path / f"{name}.png").write_bytes(shot)
        before, after, back = (image.open(io.BytesIO(shot)).convert("RGB") for shot in shots)
        assert len(before.getcolors(1 << 24)) > 8, "the page stayed empty"
        assert before.tobytes() != after.tobytes() and back.tobytes() == before.tobytes()
    finally:
        for process in (browser, server):
            process.terminate()
            process.wait(timeout=20)


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
        server.wait(timeout=20)
