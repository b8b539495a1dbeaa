"""Running a Graphviz engine on DOT text.

Engines are tried in this order: the one named by the environment variable GRADVIZ_DOT, the one
bundled with gradviz (the package graphviz-pure), a `dot` found on PATH. Positions may differ
between engines, never between runs of one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gradviz.errors import LayoutError

VARIABLE: Final = "GRADVIZ_DOT"
_BUNDLED: Final = "graphviz-pure"
_HINT: Final = f"gradviz doctor; or install Graphviz, or set {VARIABLE} to the path of its dot"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: `name` is setting, bundled, system or a path; `version` is empty where it did not
    say.
    """

    name: str
    path: str
    version: str = ""


class LayoutTimeoutError(LayoutError):
    """An engine ran out of time and no other succeeded: the graph is too large for the time
    given.
    """


class _FailureError(Exception):
    """One engine's failure, in its own words."""

    def __init__(self, said: str, *, timed_out: bool = False) -> None:
        super().__init__(said)
        self.timed_out = timed_out


def engines() -> list[Engine]:
    """The engines that are here, in the order in which they are tried, each asked for its
    version.
    """
    return [Engine(engine.name, engine.path, _version(engine.path)) for engine in _chain("auto")]


def run(dot_text: str, *, engine: str = "auto", timeout: float = 20.0) -> dict[str, Any]:
    """The layout of a graph in Graphviz's JSON format.

    `engine` is "auto" (each in turn until one succeeds), "bundled", "system" (GRADVIZ_DOT, else
    `dot` on PATH) or the path of an executable. `timeout` is in seconds and for each engine. Raises
    LayoutError, which names each engine and what it said, and its kind LayoutTimeoutError if one of
    them ran out of time.
    """
    failures: list[tuple[Engine, _FailureError]] = []
    for candidate in _chain(engine):
        try:
            return _lay_out(candidate.path, dot_text, timeout)
        except _FailureError as failure:
            failures.append((candidate, failure))
    if not failures:
        raise LayoutError("there is no layout engine", expected=_expected(engine), hint=_HINT)
    told = "\n".join(f"{tried.name} ({tried.path}): {failure}" for tried, failure in failures)
    kind = LayoutTimeoutError if any(failure.timed_out for _, failure in failures) else LayoutError
    raise kind("no layout engine could lay out the graph", got=told, hint=_HINT)


def _chain(engine: str) -> list[Engine]:
    """The engines to try for a choice.

    What is not here is left out, but a path that was named is kept.
    """
    setting = os.environ.get(VARIABLE, "")
    named = [Engine("setting", setting)] if setting else []
    bundled = [Engine("bundled", path) for path in [_bundled()] if path]
    system = [Engine("system", path) for path in [shutil.which("dot")] if path]
    chosen = {"auto": named + bundled + system, "bundled": bundled, "system": named or system}
    return chosen[engine] if engine in chosen else [Engine(engine, engine)]


def _expected(engine: str) -> str:
    package = f"the package {_BUNDLED}"
    return {"bundled": package, "system": "dot on PATH"}.get(engine, f"{package}, or dot on PATH")


def _bundled() -> str:
    """Where the wheel put its executable, which need not be on PATH; empty if it is not
    installed.
    """
    from importlib import metadata

    try:
        files = metadata.files(_BUNDLED) or []
    except metadata.PackageNotFoundError:
        return ""
    for file in files:
        path = Path(str(file.locate())).resolve()
        if file.stem == _BUNDLED and file.suffix in ("", ".exe") and path.is_file():
            return str(path)
    return ""


def _version(path: str) -> str:
    try:
        code, out, error = _execute([path, "-V"], b"", timeout=10.0)
    except _FailureError:
        return ""
    said = (error or out).decode("utf-8", "replace").strip()
    return said.removeprefix("dot - ").removeprefix(f"{_BUNDLED} - ") if code == 0 else ""


def _lay_out(path: str, dot_text: str, timeout: float) -> dict[str, Any]:
    code, out, error = _execute([path, "-Tjson"], dot_text.encode(), timeout)
    said = error.decode("utf-8", "replace").strip()[:500]
    if code:
        ended = f"exit status {code}" if code > 0 else f"killed by signal {-code}"
        raise _FailureError(f"{ended}{', said: ' if said else ''}{said}")
    try:
        layout = json.loads(out)
    except ValueError:
        raise _FailureError(f"wrote no JSON{', said: ' if said else ''}{said}") from None
    if not isinstance(layout, dict) or "bb" not in layout:
        raise _FailureError("wrote JSON without a layout")
    return layout


def _execute(command: list[str], text: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    """Exit status, output and messages.

    However this ends, no process that it started is left running.
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise _FailureError(f"cannot be run: {error.strerror or error}") from None
    with process:
        try:
            out, said = process.communicate(text, timeout)
        except subprocess.TimeoutExpired:
            raise _FailureError(f"no answer within {timeout:g} seconds", timed_out=True) from None
        finally:
            # Also after an interrupt: an engine may be a script whose children outlive it.
            _kill(process)
    return process.returncode, out, said


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
