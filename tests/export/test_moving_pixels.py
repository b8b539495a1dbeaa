"""GIF, APNG and videos: every step for its time, nothing else, read by Pillow and by hand."""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export.formats import _video, gif
from tests.sampled import sampled

CIRCUIT: dict[str, Any] = {"source": "(x*y + z) * maximum(y, z)", "x": 1.5, "y": 2, "z": -1}
SMALL = {"scale": 0.4}
CLEAR = 16
"""What differs by this little in a channel looks the same."""


def made(path: Path, **options: Any) -> Path:
    (file,) = gv.render(path=path, **{**CIRCUIT, **SMALL, **options}).files
    return file


def alone(folder: Path, **options: Any) -> list[Any]:
    """The pixels of each step's own PNG image."""
    files = gv.render(path=folder / "{k:03}.png", **{**CIRCUIT, **SMALL, **options}).files
    found = []
    for file in files:
        with Image.open(file) as image:
            found.append(pixels(image))
    return found


def pixels(image: Image.Image) -> Any:
    return np.asarray(image.convert("RGBA")).astype(int)


def shown(file: Path) -> Iterator[tuple[Any, float]]:
    """The pixels of each picture of an animation, and its seconds, as Pillow plays it."""
    with Image.open(file) as image:
        still = bool(getattr(image, "default_image", False))
        for k in range(still, image.n_frames):
            image.seek(k)
            yield pixels(image), image.info["duration"] / 1000


@sampled(("suffix", "theme"), product([".gif", ".apng"], ["light", "dark", "print"]), 2)
def test_each_step_is_shown_for_its_time(tmp_path: Path, suffix: str, theme: str) -> None:
    file = made(tmp_path / f"a{suffix}", theme=theme, seconds=1.25)
    found, wanted = list(shown(file)), alone(tmp_path, theme=theme)
    assert len(found) == len(wanted) == 13
    assert [seconds for _, seconds in found] == [1.25] * 12 + [2.5]
    for (seen, _), picture in zip(found, wanted, strict=True):
        assert seen.shape == picture.shape
        assert abs(seen - picture).max() <= (0 if suffix == ".apng" else CLEAR)
    with Image.open(file) as image:
        assert image.info["loop"] == 0, "again and again"


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_without_a_ground_nothing_of_the_step_before_shines_through(
    tmp_path: Path, suffix: str
) -> None:
    options = {"transparent": True, "only": "graph"}
    found = [seen for seen, _ in shown(made(tmp_path / f"a{suffix}", **options))]
    for seen, picture in zip(found, alone(tmp_path, **options), strict=True):
        if suffix == ".apng":
            assert (seen == picture).all()
        else:  # a pixel is opaque or clear
            assert set(np.unique(seen[..., 3])) == {0, 255}
            assert ((seen[..., 3] == 255) == (picture[..., 3] >= 128)).all()
            opaque = picture[..., 3] == 255
            assert abs(seen - picture)[opaque].max() <= CLEAR


@sampled("suffix", [".gif", ".apng"], 1)
def test_what_does_not_change_never_flickers(tmp_path: Path, suffix: str) -> None:
    """A pixel that is the same in two steps' own pictures is the same in the animation."""
    found = [seen for seen, _ in shown(made(tmp_path / f"a{suffix}"))]
    wanted = alone(tmp_path)
    for k in range(1, len(found)):
        same = (wanted[k] == wanted[k - 1]).all(axis=-1)
        assert same.any() and (found[k] == found[k - 1])[same].all()


IMAGE, KERNEL = np.arange(25.0).reshape(1, 5, 5) / 9, np.ones((1, 1, 3, 3)) / 2
WALKS: dict[str, dict[str, Any]] = {
    "long": {
        "source": "; ".join(["h0 = x*y", *(f"h{k} = tanh(h{k - 1} + x)" for k in range(1, 9))]),
        "x": 1.5,
        "y": 2,
    },
    "folded": {"source": gv.net("mlp:2-3-2"), "values": {"x": [0.2, -0.4], "label": 1}, "depth": 1},
    "neurons": {
        "source": gv.net("mlp:2-3-2"),
        "values": {"x": [0.2, -0.4], "label": 1},
        "view": "neurons",
    },
    "matrix": {"source": "sum((W @ x)**2)", "W": [[1, 2], [-3, 4]], "x": [1, -1], "view": "matrix"},
    "cells": {"source": "sum(conv2d(x, k)**2)", "x": IMAGE, "k": KERNEL, "into": "a"},
    "image": {"source": "sum(conv2d(x, k)**2)", "x": IMAGE, "k": KERNEL, "images": "x"},
    "training": {"view": "training"},
    "update": {"view": "update"},
    "differences": {"source": "x*y + z", "x": 1.5, "y": 2, "z": -1, "view": "differences"},
}
OTHERWISE = [{"scale": 0.37}, {"scale": 1.2}, {"width": 500, "scale": 1}, {"transparent": True}]


@sampled(("walk", "options"), product(WALKS, OTHERWISE), 2)
def test_what_is_drawn_anew_has_the_pixels_of_the_whole_picture(
    tmp_path: Path, walk: str, options: dict[str, Any]
) -> None:
    run = {"scale": 0.5, **WALKS[walk], **options}
    if "source" not in run:
        learned = gv.learn(gv.net("mlp:2-3-1,activation=tanh"), data="ring", passes=4)
        run["source"] = learned if walk == "training" else learned.trace(4)
    (file,) = gv.render(path=tmp_path / "a.apng", **run).files
    files = gv.render(path=tmp_path / "{k:03}.png", **run).files
    for (seen, _), alone in zip(shown(file), files, strict=True):
        with Image.open(alone) as image:
            assert (seen == pixels(image)).all()


# GIF


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The blocks of a GIF, by hand (GIF89a specification): their first byte, and the rest."""
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    while data[at] != 0x3B:
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            assert data[at] == 0x2C
            at += 11
        while data[at]:
            at += data[at] + 1
        at += 1
        yield data[start], data[start:at]
    assert at == len(data) - 1


def test_all_pictures_of_a_gif_share_one_palette(tmp_path: Path) -> None:
    data = made(tmp_path / "a.gif", theme="dark").read_bytes()
    assert data[10] & 0x80, "a palette for all"
    found = list(blocks(data))
    images = [block for kind, block in found if kind == 0x2C]
    controls = [block for kind, block in found if block[:2] == b"\x21\xf9"]
    assert len(images) == len(controls) == 13
    assert not any(block[9] & 0x80 for block in images), "no palette of its own"
    assert {(block[3] >> 2 & 7, block[3] & 1) for block in controls} == {(1, 1)}
    palette = {data[at : at + 3] for at in range(13, 13 + 3 * 255, 3)}
    colours = {bytes.fromhex(colour) for colour in ("14171B", "E9EDF1", "5DB7E8", "FFB070")}
    assert colours <= palette, "ground, ink, values and gradients as they are"


def test_pictures_after_the_first_hold_what_changes(tmp_path: Path) -> None:
    both, second = made(tmp_path / "a.gif", steps="3-4"), made(tmp_path / "b.gif", steps="4")
    _, changed = (block for kind, block in blocks(both.read_bytes()) if kind == 0x2C)
    (whole,) = (block for kind, block in blocks(second.read_bytes()) if kind == 0x2C)
    assert len(changed) < 0.6 * len(whole)


def test_rare_colours_are_drawn_by_the_nearest_ones() -> None:
    """256 colours are more than the palette has: 255, of which 64 are exact."""
    often = np.repeat(np.arange(64) * 4, 50)
    palette = gif.Palette([often, np.arange(256 * 8)])
    assert len(palette.table) == 768
    entries = palette.entries(np.arange(256 * 8))
    assert entries.max() < gif.CLEAR
    found = palette.colours[entries]
    wanted = np.stack([np.zeros(2048), np.arange(2048) >> 8, np.arange(2048) & 255], axis=-1)
    assert (found[often] == wanted[often]).all()
    assert abs(found - wanted).max() <= 8


def test_a_gif_has_no_more_pixels_than_its_numbers_hold(tmp_path: Path) -> None:
    with pytest.raises(GradvizError) as refused:
        made(tmp_path / "a.gif", slide="none", width=40_000, only="graph")
    assert "too large" in str(refused.value) or refused.value.hint
    with pytest.raises(GradvizError, match="too large for this format"):
        made(tmp_path / "a.gif", width=70_000, scale=1)
    with pytest.raises(GradvizError, match="too much work"):
        made(tmp_path / "a.apng", width=40_000, scale=1)
    assert list(tmp_path.iterdir()) == []


# APNG


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG image, by hand, their checksums checked."""
    at, found = 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        check = int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        assert check == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + length
    return found


def test_the_chunks_of_an_apng(tmp_path: Path) -> None:
    found = chunks(made(tmp_path / "a.apng", steps="1-4").read_bytes())
    assert [kind for kind, _ in found] == [
        b"IHDR", b"tEXt", b"acTL", b"IDAT", *([b"fcTL", b"fdAT"] * 4), b"IEND"
    ]  # fmt: skip
    (control,) = (body for kind, body in found if kind == b"acTL")
    assert control == (4).to_bytes(4, "big") + bytes(4), "4 pictures, for ever"
    numbered = [
        int.from_bytes(body[:4], "big") for kind, body in found if kind in (b"fcTL", b"fdAT")
    ]
    assert numbered == list(range(8))
    times = [body[20:24] for kind, body in found if kind == b"fcTL"]
    assert times == [b"\0\3\0\1"] * 3 + [b"\0\6\0\1"], "3/1 seconds, 6/1"


def test_programs_that_play_no_apng_show_the_last_picture(tmp_path: Path) -> None:
    file = made(tmp_path / "a.apng")
    kept = [(k, b) for k, b in chunks(file.read_bytes()) if k not in (b"acTL", b"fcTL", b"fdAT")]
    data = file.read_bytes()[:8]
    for kind, body in kept:
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        data += len(body).to_bytes(4, "big") + kind + body + check
    with Image.open(io.BytesIO(data)) as image:
        assert (pixels(image) == alone(tmp_path)[-1]).all()


@pytest.mark.parametrize("seconds", [0.05, 1 / 3, 2.5, 59.999, 60])
def test_times_fit_into_their_fields(tmp_path: Path, seconds: float) -> None:
    for suffix, exact in ((".gif", 0.01), (".apng", 0.002)):
        file = made(tmp_path / f"a{suffix}", seconds=seconds, steps="1-2", scale=0.1)
        found = [length for _, length in shown(file)]
        assert found == pytest.approx([seconds, 2 * seconds], abs=exact)


# The extremes


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_one_step_and_a_bare_graph(tmp_path: Path, suffix: str) -> None:
    (file,) = gv.render("x*y", tmp_path / f"a{suffix}", x=2, y=[1, 2], scale=0.2).files
    assert len(list(shown(file))) == 1
    (file,) = gv.render("x*y", tmp_path / f"b{suffix}", scale=0.2).files
    assert len(list(shown(file))) == 1


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_pictures_of_several_sizes_stand_on_one_page(tmp_path: Path, suffix: str) -> None:
    """Without a slide the way back through a pooling is drawn wider than the way forward."""
    pool: dict[str, Any] = {"source": "maxpool2d(x, 2)", "x": np.arange(16.0).reshape(4, 4)}
    run = {**pool, "upstream": [[1, 2], [3, 4]], "into": "f", "slide": "none", "scale": 0.3}
    files = gv.render(path=tmp_path / "{k}.png", **run).files
    sizes = set()
    for file in files:
        with Image.open(file) as image:
            sizes.add(image.size)
    (file,) = gv.render(path=tmp_path / f"a{suffix}", **run).files
    found = list(shown(file))
    assert len(sizes) > 1 and len(found) == len(files)
    assert {seen.shape[:2] for seen, _ in found} == {
        (max(high for _, high in sizes), max(wide for wide, _ in sizes))
    }


# Videos: what ffmpeg is told, by a stand-in for it; `tests/proofs` plays them


@pytest.mark.parametrize(
    ("suffix", "seconds", "rate"),
    [(".mp4", 3.0, "5"), (".mp4", 1.25, "10"), (".mp4", 0.7, "10"), (".webm", 0.25, "20")],
)
def test_ffmpeg_is_told_the_times(tmp_path: Path, suffix: str, seconds: float, rate: str) -> None:
    text = made(tmp_path / f"a{suffix}", seconds=seconds).read_text(errors="replace")
    assert f"-framerate\n1000/{int(1000 * seconds)}\n" in text and f"fps={rate}\n" in text
    assert "14 pictures" in text, "13 steps, and the last one again"
    assert "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=0xFFFFFF" in text and "yuv420p" in text
    assert f"expr:gte(t,n_forced*{seconds:.3f})" in text, "every step can be jumped to"
    assert "title=(x*y + z) * maximum(y, z)\n" in text


def test_a_video_has_a_ground(tmp_path: Path) -> None:
    for suffix in (".mp4", ".webm"):
        with pytest.raises(GradvizError, match="cannot be transparent"):
            made(tmp_path / f"a{suffix}", transparent=True)
    assert list(tmp_path.iterdir()) == []


def test_without_ffmpeg_a_video_is_refused_before_it_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setattr(_video, "images", lambda *_, **__: pytest.fail("drawn in vain"))
    for suffix in (".mp4", ".webm"):
        with pytest.raises(GradvizError) as refused:
            made(tmp_path / f"a{suffix}")
        assert "ffmpeg, which is not installed" in str(refused.value)
        assert "gradviz-explainer[video]" in refused.value.hint and ".gif" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_ffmpeg_of_the_extra_is_taken_where_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        get_ffmpeg_exe = staticmethod(lambda: "/opt/ffmpeg")

    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", Installed)  # type: ignore[arg-type]
    assert re.search("programs.ffmpeg$", _video.ffmpeg(".mp4"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _video.ffmpeg(".mp4") == "/opt/ffmpeg"


@pytest.mark.parametrize("body", ["echo 'Unknown encoder libx264' >&2; exit 1", "kill -9 $$"])
def test_what_ffmpeg_says_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(GradvizError, match=r"ffmpeg cannot make this \.mp4") as refused:
        made(tmp_path / "a.mp4")
    assert refused.value.got in ("Unknown encoder libx264", "no reason given")
    assert [p.name for p in tmp_path.iterdir()] == ["bin"]


def test_without_pillow_pixels_cannot_be_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    for suffix in (".gif", ".apng"):
        with pytest.raises(GradvizError) as refused:
            made(tmp_path / f"a{suffix}")
        assert "Pillow" in str(refused.value) and "[images]" in refused.value.hint
    assert list(tmp_path.iterdir()) == []
