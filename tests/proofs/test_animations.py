"""Animations in the programs that show them: Chromium, LibreOffice and ffmpeg."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gradviz as gv
from tests.conftest import PROGRAMS

pytestmark = pytest.mark.proof

CIRCUIT: dict[str, Any] = {"source": "(x*y + z) * maximum(y, z)", "x": 1.5, "y": 2, "z": -1}
NETWORK: dict[str, Any] = {
    "source": gv.net("mlp:2-3-2"),
    "values": {"x": [0.2, -0.4], "label": 1},
    "view": "neurons",
}
RUNS = pytest.mark.parametrize("run", [CIRCUIT, NETWORK], ids=["circuit", "neurons"])
HANGS = 60


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def alike(one: Any, other: Any) -> bool:
    """Whether two pictures are the same but for how edges are smoothed."""
    return one.shape == other.shape and (abs(one - other).max(axis=-1) > 80).mean() < 2e-5


class Browser:
    """A page of Chromium, through its own protocol."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.count = socket, 0

    async def send(self, method: str, **params: Any) -> Any:
        self.count += 1
        await self.socket.send_json({"id": self.count, "method": method, "params": params})
        while True:
            answer = await self.socket.receive_json(timeout=HANGS)
            if answer.get("id") == self.count:
                return answer["result"]

    async def run(self, script: str) -> Any:
        found = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        return found["result"].get("value")

    async def open(self, file: Path, **features: str) -> None:
        """Open a picture, for a viewer who prefers these."""
        wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        size = {"width": 960, "height": 540, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)
        await self.send("Emulation.setEmulatedMedia", features=wanted)
        await self.send("Page.navigate", url=file.as_uri())
        for _ in range(HANGS * 20):
            if await self.run("document.readyState") == "complete":
                break
            await asyncio.sleep(0.05)
        await self.run("document.fonts.ready.then(() => 1)")

    async def seen(self, seconds: float | None = None) -> Any:
        """What is seen, of animations at a time."""
        if seconds is not None:
            await self.run(
                "document.documentElement.pauseAnimations();"
                f" document.documentElement.setCurrentTime({seconds})"
            )
        shot = await self.send("Page.captureScreenshot", format="png")
        return pixels(base64.b64decode(shot["data"]))


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    aiohttp = pytest.importorskip("aiohttp")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("this machine has no chromium: nothing is proved of animations in browsers")
    running = subprocess.Popen(
        [
            chromium,
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--remote-debugging-port=0", "--remote-allow-origins=*"),
            *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr is not None
        line = next(line for line in running.stderr if "DevTools listening" in line)
        port = re.findall(r":(\d+)/", line)[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                targets = json.loads(await answer.text())
            page = next(t for t in targets if t["type"] == "page")
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                found = Browser(socket)
                await found.send("Page.enable")
                yield found
    finally:
        running.terminate()
        running.communicate()


def files(folder: Path, run: dict[str, Any], **options: Any) -> list[Path]:
    """A picture of each step alone."""
    return list(gv.render(path=folder / "{k:02}.svg", **run, **options).files)


@RUNS
def test_a_browser_shows_each_step_at_its_time(tmp_path: Path, run: dict[str, Any]) -> None:
    (moving,) = gv.render(path=tmp_path / "a.svg", steps="all", seconds=2, **run).files
    alone = files(tmp_path, run)

    async def look() -> None:
        async with browser(tmp_path) as page:
            pictures = []
            for file in alone:
                await page.open(file)
                pictures.append(await page.seen())
            await page.open(moving)
            for k, picture in enumerate(pictures):
                for moment in (0.1, 1.9):
                    assert alike(await page.seen(2 * k + moment), picture), (k + 1, moment)
            assert alike(await page.seen(2 * len(pictures) + 1.9), pictures[-1]), "held"
            assert alike(await page.seen(2 * len(pictures) + 2.1), pictures[0]), "again"
            await page.open(moving, prefers_reduced_motion="reduce")
            assert alike(await page.seen(2.5), pictures[-1])

    asyncio.run(look())


@RUNS
@pytest.mark.parametrize("prefers", ["light", "dark"])
def test_a_picture_follows_what_its_viewer_prefers(
    tmp_path: Path, run: dict[str, Any], prefers: str
) -> None:
    (auto,) = gv.render(path=tmp_path / "auto.svg", theme="auto", **run).files
    (wanted,) = gv.render(path=tmp_path / "wanted.svg", theme=prefers, **run).files

    async def look() -> None:
        async with browser(tmp_path) as page:
            await page.open(wanted)
            picture = await page.seen()
            await page.open(auto, prefers_color_scheme=prefers)
            assert alike(await page.seen(), picture)

    asyncio.run(look())


@pytest.mark.parametrize("text", ["font", "outline"])
@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"theme": "auto"}])
def test_an_office_program_shows_the_last_picture(
    tmp_path: Path, text: str, options: dict[str, Any]
) -> None:
    """It knows neither animations nor conditions on the viewer."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("this machine has no LibreOffice: nothing is proved of pictures in slides")
    gv.render(path=tmp_path / "a.svg", steps="all", text=text, **CIRCUIT, **options)
    gv.render(path=tmp_path / "b.svg", text=text, **CIRCUIT)
    settings = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    for name in ("a.svg", "b.svg"):
        subprocess.run(
            [office, settings, "--headless", "--convert-to", "png", "--outdir", tmp_path, name],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=300,
        )
    moving, still = ((tmp_path / f"{name}.png").read_bytes() for name in "ab")
    assert (pixels(moving) == pixels(still)).all()


@pytest.fixture
def ffmpeg(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's own ffmpeg, not the stand-in of the other tests."""
    path = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(part for part in path if part != str(PROGRAMS)))
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("this machine has no ffmpeg: nothing is proved of videos")
    yield found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_video_shows_each_step_for_its_time(
    tmp_path: Path, ffmpeg: str, suffix: str, theme: str
) -> None:
    options: dict[str, Any] = {"theme": theme, "slide": "none", "scale": 1.003}
    (file,) = gv.render(path=tmp_path / f"a{suffix}", seconds=1, **CIRCUIT, **options).files
    alone = gv.render(path=tmp_path / "{k:02}.png", **CIRCUIT, **options).files
    cut = [ffmpeg, "-v", "error", "-i", file, "-vf", "fps=2:round=down", tmp_path / "f%02d.bmp"]
    subprocess.run(cut, check=True)
    seen = [pixels(f.read_bytes()) for f in sorted(tmp_path.glob("f*.bmp"))]
    assert len(seen) == 28, "14 seconds"
    for k, shown in enumerate(seen):
        wanted = pixels(alone[min(k // 2, 12)].read_bytes())
        height, width = wanted.shape[:2]
        assert shown.shape[:2] == (height + height % 2, width + width % 2)
        assert abs(shown[:height, :width] - wanted).mean() < 3
    asked = subprocess.run([ffmpeg, "-i", file], capture_output=True, text=True)
    assert re.search(r"yuv420p\(tv, bt709", asked.stderr) and "Duration: 00:00:14.0" in asked.stderr
    gv.render(path=tmp_path / f"b{suffix}", seconds=1, **CIRCUIT, **options)
    assert (tmp_path / f"b{suffix}").read_bytes() == file.read_bytes()
    gv.render(path=file, seconds=1, **CIRCUIT, **options)  # it is known as ours
