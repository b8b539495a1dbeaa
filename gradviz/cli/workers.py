"""Further processes of a command, which end with it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from os import _exit
from threading import Thread

from gradviz.errors import GradvizError
from gradviz.progress import mute


@contextmanager
def pool(count: int, work: str) -> Iterator[ProcessPoolExecutor]:
    """So many processes; what is left to do is dropped when the block fails, or on Ctrl+C.

    work   what they do, for the message: "makes papers".

    Raises GradvizError if one of them dies.
    """
    with ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=_end_with_the_run
    ) as executor:
        try:
            yield executor
        except BrokenProcessPool:
            raise GradvizError(
                f"a process that {work} has died",
                hint="the same command goes on; perhaps with fewer --jobs, for want of memory",
            ) from None
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_the_run() -> None:
    """End this worker when the process that started it is gone, however that ended.

    The keyboard and the terminal concern the run, not its workers.
    """
    mute()
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    run = parent_process()
    assert run is not None

    def follow() -> None:
        run.join()
        _exit(1)

    Thread(target=follow, daemon=True).start()
