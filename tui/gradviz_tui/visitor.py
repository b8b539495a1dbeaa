"""A lock on the process that a visitor uses through a browser."""

from __future__ import annotations

import os
import sys
from typing import Any

REFUSED = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.link",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.spawn",
        "os.startfile",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.utime",
        "pty.spawn",
        "subprocess.Popen",
    }
)
"""Python's audit events for changing files and starting programs."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def lock() -> None:
    """From now on this process writes no file and starts no program; nothing can undo that.

    A second lock behind the screens, which offer a visitor no such thing in the first place: what
    tries to raises PermissionError.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, given: tuple[Any, ...]) -> None:
    if event in REFUSED or (event == "open" and _writes(*given)):
        raise PermissionError(f"a visitor's session may not do this: {event}")


def _writes(path: Any, mode: str | None, flags: int) -> bool:
    """Whether a path is opened for writing; descriptors and the null device do not count."""
    return isinstance(path, str | bytes) and path != os.devnull and bool(flags & WRITING)
