"""Videos, made by ffmpeg: the one on the path, or the one that the extra `video` installs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gradviz.errors import GradvizError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats._pixels import images
from gradviz.export.formats._times import LAST
from gradviz.export.formats.svg import MARK, made_with
from gradviz.files import read_whole
from gradviz.progress import Progress

LONGEST: Final = 8192
"""The most pixels that a picture of a video is wide or high."""
RATES: Final = (10, 40)
"""Pictures a second, where a step is shown for at least SLOW seconds, and where for less: all times
are whole numbers of pictures, to 0.05 and to 0.0125 seconds.
"""
SLOW: Final = 0.5
COLOURS: Final = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
ALIKE: Final = ("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact")
"""The same pictures give the same bytes."""


@dataclass(frozen=True)
class Video(Format):
    """The format of a kind of videos.

    encoder  the words of ffmpeg that name the encoder and how well it works.
    """

    encoder: Sequence[str] = ()

    def check(self, drawing: Drawing) -> None:
        """Raise GradvizError without ffmpeg, and ValueInputError for pictures without a ground."""
        if drawing.theme.transparent:
            raise ValueInputError(
                f"the pictures of a {self.suffix} cannot be transparent",
                expected="a theme with a ground; or .apng, .gif or .svg",
            )
        ffmpeg(self.suffix)


def video(suffix: str, encoder: Sequence[str], start: int, sign: bytes) -> Video:
    """A format of videos, whose files have a sign at their start."""

    def write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
        return _encoded(drawing, frames, suffix, encoder)

    def is_ours(content: bytes) -> bool:
        return content[start : start + len(sign)] == sign and MARK.encode() in content

    draws = (*PICTURE, "dots", "time")
    return Video((suffix,), "frames", draws, write, is_ours, encoder=encoder)


def ffmpeg(suffix: str) -> str:
    """The program. Raises GradvizError where there is none."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError):
        raise GradvizError(
            f"{suffix} needs the program ffmpeg, which is not installed",
            expected="ffmpeg on the path, or the extra `video`",
            hint="apt install ffmpeg, brew install ffmpeg, or pip install"
            ' "gradviz-explainer[video]"; .gif, .apng and animated .svg need none',
        ) from None


def _encoded(drawing: Drawing, frames: Sequence[Any], suffix: str, encoder: Sequence[str]) -> bytes:
    """The frames as a video, the last one shown longer."""
    program = ffmpeg(suffix)
    scenes, shown = images(drawing, frames, longest=LONGEST)
    seconds = drawing.look.seconds
    rate = _rate(seconds)
    ground = drawing.theme.colours["ground"].replace("#", "0x")
    filters = (
        f"pad=ceil(iw/2)*2:ceil(ih/2)*2:color={ground},"
        f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,fps={rate}"
    )
    said = ", ".join([MARK, *made_with(scenes[0].engine, scenes)])
    with tempfile.TemporaryDirectory(prefix="gradviz-") as folder:
        made = Path(folder) / f"video{suffix}"
        words = [
            *(program, "-hide_banner", "-loglevel", "error", "-y"),
            *("-f", "image2pipe", "-framerate", f"1000/{round(1000 * seconds)}"),
            *("-c:v", "png", "-i", "-", "-vf", filters, *encoder, *COLOURS, *ALIKE),
            *("-force_key_frames", f"expr:gte(t,n_forced*{seconds:.3f})", "-map_metadata", "-1"),
            *("-metadata", f"title={drawing.title}", "-metadata", f"comment={said}", str(made)),
        ]
        with Progress(f"encoding {len(shown):,} pictures"):
            _run(words, b"".join([*shown, *[shown[-1]] * (LAST - 1)]), suffix)
        return read_whole(made)


def _rate(seconds: float) -> int:
    """The fewest pictures a second that show each step for its time."""
    rate = RATES[seconds < SLOW]
    while rate % 2 == 0 and (seconds * rate / 2).is_integer():
        rate //= 2
    return rate


def _run(words: Sequence[str], given: bytes, suffix: str) -> None:
    """Run ffmpeg. Raises GradvizError with what it says if it fails."""
    try:
        done = subprocess.run(words, input=given, capture_output=True)
        failed, said = done.returncode != 0, done.stderr.decode(errors="replace")
    except (OSError, ValueError) as error:
        failed, said = True, str(error)
    if failed:
        lines = [line for line in said.splitlines() if line.strip()]
        raise GradvizError(
            f"ffmpeg cannot make this {suffix}",
            got=f"{lines[-1] if lines else 'no reason given':.200}",
            hint="a complete ffmpeg, with its encoders; or a .gif, .apng or animated .svg",
        )
