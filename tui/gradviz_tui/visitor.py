"""A lock on the process that a visitor uses through a browser."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
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


MEMORY = 2 * 2**30
"""Bytes of address space of one session: an allocation beyond them raises MemoryError."""
SECONDS = 600
"""Processor time of one session; the system ends it after that."""
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Environment of a session: it computes on one processor, and reserves memory for one."""


def lock() -> None:
    """From now on this process writes no file, starts no program, and has only so much memory and
    processor time; nothing can undo that.

    A second lock behind the screens, which offer a visitor no such thing in the first place: what
    tries to raises PermissionError. Systems without such limits set none.
    """
    sys.addaudithook(_refuse)
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CPU", SECONDS), ("RLIMIT_CORE", 0)):
        kind = getattr(resource, name)
        with suppress(ValueError, OSError):  # the system sets a lower one, or has none
            resource.setrlimit(kind, (most, most))


def _refuse(event: str, given: tuple[Any, ...]) -> None:
    if event in REFUSED or (event == "open" and _writes(*given)):
        raise PermissionError(f"a visitor's session may not do this: {event}")


def _writes(path: Any, mode: str | None, flags: int) -> bool:
    """Whether a path is opened for writing; descriptors and the null device do not count."""
    return isinstance(path, str | bytes) and path != os.devnull and bool(flags & WRITING)
