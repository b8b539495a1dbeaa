"""The tests' ground: the same counterexamples every time, unless GRADVIZ_SEARCH asks for new ones,
signals that arrive, and no processor time for what is not tested.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# A busy machine is no failure, so nothing has a deadline.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("search" if os.environ.get("GRADVIZ_SEARCH") else "steady")

# A machine's own fonts would change what pictures show; tests that draw other scripts name theirs.
os.environ["GRADVIZ_FONTS"] = ""

# Videos are made by a stand-in, whatever programs a machine has; `tests/proofs` looks for ffmpeg.
PROGRAMS = Path(__file__).parent / "programs"
os.environ["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}"

# Tests that are run in the background may be told to ignore interrupts or hang-ups, and the
# programs that they start would do so too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Programs that are started find everything compiled, as users do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection() -> None:
    """Tests are objects too, and all of them stay: looking for garbage among them is in vain …"""
    gc.disable()


def pytest_collection_finish() -> None:
    """… now and ever after."""
    gc.freeze()
    gc.enable()
