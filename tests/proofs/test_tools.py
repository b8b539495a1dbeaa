"""What gradviz makes, opened by the programs that people open it with: `make proofs`.

These need Debian's chromium, poppler-utils and tmux, so `make test` leaves them out.
"""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gradviz as gv
from gradviz.story.frame import Story

pytestmark = pytest.mark.proof
NORM = "q = W @ x; sum(q**2)"
VALUES = {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"this machine has no {name}")
    return path


def grey(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """A picture in shades of grey, small enough that edges' smoothing does not matter."""
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_draws_the_svg_as_resvg_does(tmp_path: Path, theme: str) -> None:
    chromium = program("chromium")
    trace = gv.run(NORM, **VALUES)
    svg, png = tmp_path / "frame.svg", tmp_path / "frame.png"
    gv.render(trace, svg, step=7, theme=theme)
    gv.render(trace, png, step=7, theme=theme, scale=1)
    ours = Image.open(png)
    shot = tmp_path / "shot.png"
    subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={shot}",
            f"--window-size={ours.width},{ours.height}",
            str(svg),
        ],
        check=True,
        capture_output=True,
        timeout=90,
    )
    small = (ours.width // 4, ours.height // 4)
    difference = np.abs(grey(ours, small) - grey(Image.open(shot).crop((0, 0, *ours.size)), small))
    assert difference.mean() < 1.5 and (difference > 80).mean() < 0.002


def test_a_pdf_has_its_text_and_its_fonts(tmp_path: Path) -> None:
    pdftotext, pdffonts = program("pdftotext"), program("pdffonts")
    deck = tmp_path / "deck.pdf"
    trace = gv.run(NORM, **VALUES)
    gv.render(trace, deck)
    text = subprocess.run([pdftotext, deck, "-"], check=True, capture_output=True, text=True).stdout
    pages = text.split("\f")
    for frame, page in zip(Story(trace), pages, strict=False):
        assert f"step {frame.number} of 8" in page
        assert re.sub(r"\s+", " ", frame.sentence) in re.sub(r"\s+", " ", page)
    fonts = subprocess.run(
        [pdffonts, deck], check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]
    assert fonts and all(line.split()[-5] == "yes" for line in fonts)


def test_a_walk_in_a_real_terminal(tmp_path: Path) -> None:
    """At 80 columns the neuron is coloured, nothing wraps, and the result stands last."""
    tmux = program("tmux")
    show = ["show", "sigmoid(w0*x0 + w1*x1 + w2)", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"]
    command = shlex.join([sys.executable, "-m", "gradviz", *show])
    server = [tmux, "-L", f"gradviz-{tmp_path.name}"]
    environment = "env -u NO_COLOR LC_ALL=C.UTF-8 TERM=screen-256color"
    subprocess.run(
        [
            *server,
            "-u",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "100",
            f"{environment} {command}; sleep 600",
        ],
        check=True,
    )
    try:
        screen = ""
        for _ in range(3000):
            capture = [*server, "capture-pane", "-p", "-e", "-S", "-200"]
            screen = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
            if "dw2 = " in screen:  # the last line, not the sum of a step
                break
            time.sleep(0.1)
    finally:
        subprocess.run([*server, "kill-server"], check=False)
    assert "\x1b[" in screen
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in screen.splitlines()]
    lines = [line for line in lines if line]
    assert lines[-1] == "dw0 = -0.1966, dx0 = 0.3932, dw1 = -0.3932, dx1 = -0.5898, dw2 = 0.1966"
    assert any("╭─f: sigmoid─╮" in line for line in lines)


def test_the_png_opens_and_is_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "frame.png"
    gv.render("x*y", path, x=2, y=3)
    image = Image.open(io.BytesIO(path.read_bytes())).convert("L")
    assert len(image.getcolors(256) or []) > 30
