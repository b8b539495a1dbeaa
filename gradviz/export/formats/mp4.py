"""MP4: a video in H.264, which presentation programs play."""

from __future__ import annotations

from gradviz.export.formats._video import video

FORMAT = video(
    ".mp4",
    ("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-movflags", "+faststart"),
    4,
    b"ftyp",
)
