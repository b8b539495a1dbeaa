"""WebM: a video in VP9, which browsers play."""

from __future__ import annotations

from gradviz.export.formats._video import video

FORMAT = video(
    ".webm",
    ("-c:v", "libvpx-vp9", "-crf", "18", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "5"),
    0,
    b"\x1a\x45\xdf\xa3",
)
