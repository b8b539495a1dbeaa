"""Feeds hostile input to gradviz until enough cases have run: `make soak SEED=1 CASES=100000`.

Every case must end with an answer or with one of gradviz's own errors, within LIMIT seconds of
processor time. Anything else is a finding, printed with the smallest input that still shows it.
The cases of a seed are always the same. They run in parts, each in a process of its own; finished
parts are kept in the folder `--out` and not run again, so an interrupted campaign goes on where it
was. The kinds of input are in `soak_kinds.py`, the texts they are made of in `soak_text.py`.

Exits with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LIMIT = 2.0
"""Seconds of processor time that a case may take."""
STUCK = 120
"""Seconds after which a case is ended that no signal reaches, as in a call into a library."""
MEMORY = 4 * 2**30
"""Bytes that a part may use; a case that asks for more gets a MemoryError, which is allowed."""
PART = 1000
"""How many cases run in one process."""
TRIES = 400
"""How many smaller inputs are tried for a finding."""


class HangError(BaseException):
    """A case has used up its processor time; no `except Exception` may swallow it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise HangError inside after so many seconds of this process's time, and again every second
    in case it was lost.
    """

    def stop(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def judge(play: Callable[[list[str]], None], case: list[str], limit: float = LIMIT) -> str:
    """What is wrong with how a case ends: the exception and its place; empty if nothing is."""
    import click

    from gradviz.errors import GradvizError

    fine = (GradvizError, click.ClickException, click.exceptions.Exit, click.Abort, MemoryError)
    try:
        with limited(limit), warnings.catch_warnings():
            warnings.simplefilter("error")
            play(case)
    except fine:
        return ""
    except HangError as error:
        return f"hang at {_place(error)}"
    except Exception as error:  # noqa: BLE001 - they are what is looked for
        return f"{type(error).__name__} at {_place(error)}"
    return ""


def _place(error: BaseException) -> str:
    """The last line of gradviz that was running."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/gradviz" in f.filename] or frames
    where = Path(own[-1].filename)
    return f"{where.relative_to(ROOT) if where.is_relative_to(ROOT) else where}:{own[-1].lineno}"


def smallest(fails: Callable[[list[str]], bool], case: list[str], tries: int) -> list[str]:
    """A smaller case that still fails: texts and stretches of text are left out while it does."""
    left = [tries]

    def still(one: list[str]) -> bool:
        left[0] -= 1
        return left[0] >= 0 and fails(one)

    for at in reversed(range(len(case))):
        without = case[:at] + case[at + 1 :]
        if still(without):
            case = without
    for at in range(len(case)):
        width = max(1, len(case[at]) // 2)
        while width:
            start = 0
            while start < len(case[at]) and left[0] > 0:
                cut = case[at][:start] + case[at][start + width :]
                if still([*case[:at], cut, *case[at + 1 :]]):
                    case = [*case[:at], cut, *case[at + 1 :]]
                else:
                    start += width
            width //= 2
    return case


def run_part(seed: int, first: int, count: int, log: Path | None = None) -> dict[str, Any]:
    """Run cases in this process. A finding is `{what, kind, case, times}`.

    log  where the case that is about to run is noted, for one that ends the process.
    """
    from soak_kinds import KINDS, draw

    found: dict[str, dict[str, Any]] = {}
    slow = 0.0
    for number in range(first, first + count):
        name, case = draw(seed, number)
        if log:
            log.write_text(json.dumps([name, case]))
            faulthandler.dump_traceback_later(STUCK, exit=True)
        began = time.process_time()
        what = judge(KINDS[name].play, case)
        slow = max(slow, time.process_time() - began)
        if not what:
            continue
        key = f"{what} ({name})"
        if key not in found:
            fails = lambda one, name=name, what=what: judge(KINDS[name].play, one) == what
            tries = 5 if what.startswith("hang") else TRIES
            found[key] = {"kind": name, "case": smallest(fails, case, tries), "times": 0}
        found[key]["times"] += 1
    faulthandler.cancel_dump_traceback_later()
    return {"cases": count, "slowest": round(slow, 2), "found": found}


def warm() -> None:
    """Load what is loaded when first used, so that no case pays for it."""
    import soak_kinds as kinds

    for make in (kinds.ops, kinds.saved, kinds.files, kinds.papers, kinds.opened):
        make()
    kinds.quietly(["check", "x**2/y", "x=3", "y=2"])
    for suffix in ("svg", "pdf"):
        kinds.drawing([suffix, "x*y", "x=1", "y=2"])


def own_process(seed: int, part: int, out: Path) -> dict[str, Any]:
    """Run a part in a new process; one that dies is a finding."""
    log = out / f"{part}.log"
    words = [sys.executable, __file__, "--seed", str(seed), "--only", str(part), "--out", str(out)]
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    file = out / f"{part}.json"
    if not file.exists():
        name, case = json.loads(log.read_text()) if log.exists() else ("", [])
        what = f"the process ended with {done.returncode}: {done.stderr[-1500:]}"
        found = {what: {"kind": name, "case": case, "times": 1}}
        file.write_text(json.dumps({"cases": 0, "slowest": 0, "found": found}))
    log.unlink(missing_ok=True)
    return json.loads(file.read_text())  # type: ignore[no-any-return]


def campaign(seed: int, cases: int, minutes: float, out: Path) -> int:
    """Run the parts of a seed until there are enough cases; returns the number of findings."""
    end = time.monotonic() + 60 * minutes if minutes else float("inf")
    out.mkdir(parents=True, exist_ok=True)
    done, slowest, found = 0, 0.0, {}
    for part in range((cases + PART - 1) // PART if cases else 10**9):
        file = out / f"{part}.json"
        if time.monotonic() > end and not file.exists():
            break
        result = json.loads(file.read_text()) if file.exists() else own_process(seed, part, out)
        done, slowest = done + result["cases"], max(slowest, result["slowest"])
        for what, finding in result["found"].items():
            if what not in found:
                print(f"\n{what}\n  {finding['case']!r:.600}", flush=True)
                found[what] = finding
        print(
            f"seed {seed}: {done:,} cases, {len(found)} findings, slowest {slowest} s", flush=True
        )
    return len(found)


def main() -> int:
    """Run a campaign, or one part of it."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--cases", type=int, default=100_000, help="0: until the time is over")
    asked.add_argument("--minutes", type=float, default=0, help="0: until all cases have run")
    asked.add_argument("--out", type=Path, help="the folder of finished parts")
    asked.add_argument("--only", type=int, help="run this part in this process")
    given = asked.parse_args()
    out = given.out or ROOT / "out" / "soak" / str(given.seed)
    if given.only is None:
        return 1 if campaign(given.seed, given.cases, given.minutes, out) else 0
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warm()
    result = run_part(given.seed, given.only * PART, PART, out / f"{given.only}.log")
    (out / f"{given.only}.json").write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
