"""Graphviz, named, bundled or on PATH: run as a process on DOT text.

Each card is a table of fixed size whose rows of one unit are the ports.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from gradviz.layout.curves import Box, Point
from gradviz.layout.engines.engine import Answer, Card, Choice, Engine, FailureError, Request

VARIABLE: Final = "GRADVIZ_DOT"
PACKAGE: Final = "graphviz-pure"
HINT: Final = f"gradviz doctor; or install Graphviz, or set {VARIABLE} to the path of its dot"


def setting() -> list[Engine]:
    """The engine named by the environment variable."""
    path = os.environ.get(VARIABLE, "")
    return [_engine("setting", path)] if path else []


def bundled() -> list[Engine]:
    """The engine of the package installed with gradviz."""
    path = _executable()
    return [_engine("bundled", path, PACKAGE)] if path else []


def system() -> list[Engine]:
    """The `dot` on PATH."""
    path = shutil.which("dot")
    return [_engine("system", path)] if path else []


CHOICES: Final = (
    Choice("bundled", 10, bundled, f"the package {PACKAGE}"),
    Choice("system", 30, system, "dot on PATH"),
)


def at(path: str) -> Engine:
    """The engine at a path, whether or not it is there."""
    return _engine(path, path)


def _engine(name: str, path: str, package: str = "") -> Engine:
    return Engine(name, partial(_place, path), partial(_version, path), path, package)


def _executable() -> str:
    """The executable of the wheel, which need not be on PATH; empty if it is not installed."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return ""
    for file in files:
        path = Path(str(file.locate())).resolve()
        if file.stem == PACKAGE and file.suffix in ("", ".exe") and path.is_file():
            return str(path)
    return ""


@cache
def _version(path: str) -> str:
    """`graphviz 2.43.0`, as reported by the program; empty if it does not say."""
    try:
        code, out, error = _execute([path, "-V"], b"", timeout=10.0)
    except FailureError:
        return ""
    said = (error or out).decode("utf-8", "replace")
    version = re.match(r"(?:dot|graphviz-pure) - (.*)", said.strip())
    return (version[1] if version else said.strip()) if code == 0 else ""


def _place(path: str, request: Request) -> Answer:
    answer = lay_out(path, _dot_text(request), request.timeout)
    top = _numbers(answer["bb"])[3]
    centres = {item["name"]: _numbers(item["pos"]) for item in answer["objects"] if "pos" in item}
    boxes = {}
    for key in sorted(request.cards):
        (x, y), card = centres[f"c{key}"], request.cards[key]
        boxes[key] = Box(x - card.width / 2, top - y - card.height / 2, card.width, card.height)
    drawn = {int(edge["id"]): edge.get("pos", "") for edge in answer.get("edges", [])}
    wires = {wire: _points(drawn.get(i, ""), top) for i, wire in enumerate(request.wires)}
    return Answer(boxes, wires)


def _dot_text(request: Request) -> str:
    """The graph in Graphviz's language, each card a table of fixed size."""
    cards, holders = request.cards, request.holders
    lines = [
        (
            f"digraph {{ rankdir=LR splines=spline nodesep={request.gap / 72:.4f}"
            f" ranksep={request.channel / 72:.4f}"
        ),
        "node [shape=plain margin=0] edge [arrowhead=none]",
    ]
    lines += [f"c{key} [label=<{_table(cards[key])}>]" for key in sorted(cards)]
    for rank, keys in (("source", request.first), ("sink", request.last)):
        if keys:
            # Without newrank a constraint can leave other cards far from where they are used.
            lines.append(
                f"newrank=true {{rank={rank} {' '.join(f'c{key}' for key in sorted(keys))}}}"
            )
    for index, (source, target, slot) in enumerate(request.wires):
        card, end = cards[holders[source]], cards[target]
        tail = f"c{holders[source]}:r{_row(card.leaves(source), card)}:e"
        head = f"c{target}:l{_row(end.ports[slot], end)}:w"
        lines.append(f'{tail} -> {head} [id="{index}"]')
    return "\n".join([*lines, "}"])


def _table(card: Card) -> str:
    """The card as a table of two columns: rows of height one for ports, with other rows between."""
    left = {_row(height, card) for height in card.ports}
    right = {_row(height, card) for height in (card.out, *card.outs.values())}
    width, height = max(2, math.ceil(card.width)), max(1, math.ceil(card.height))
    widths = (width // 2, width - width // 2)
    rows, top = [], 0
    for row in sorted(left | right):
        if row > top:
            rows.append(_cells(widths, row - top, "", ""))
        rows.append(
            _cells(widths, 1, f"l{row}" if row in left else "", f"r{row}" if row in right else "")
        )
        top = row + 1
    if height > top:
        rows.append(_cells(widths, height - top, "", ""))
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(rows)}</TABLE>'
    )


def _cells(widths: tuple[int, int], height: int, *ports: str) -> str:
    cells = ""
    for width, port in zip(widths, ports, strict=True):
        name = f' PORT="{port}"' if port else ""
        cells += f'<TD{name} FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'
    return f"<TR>{cells}</TR>"


def _row(height: float, card: Card) -> int:
    return min(max(0, math.floor(height)), max(1, math.ceil(card.height)) - 1)


def lay_out(path: str, dot_text: str, timeout: float) -> dict[str, Any]:
    """The layout of a graph in Graphviz's JSON format. Raises FailureError."""
    code, out, error = _execute([path, "-Tjson"], dot_text.encode(), timeout)
    said = error.decode("utf-8", "replace").strip()[:500]
    if code:
        ended = f"exit status {code}" if code > 0 else f"killed by signal {-code}"
        raise FailureError(f"{ended}{', said: ' if said else ''}{said}")
    try:
        layout = json.loads(out)
    except ValueError:
        raise FailureError(f"wrote no JSON{', said: ' if said else ''}{said}") from None
    if not isinstance(layout, dict) or "bb" not in layout:
        raise FailureError("wrote JSON without a layout")
    return layout


def _points(text: str, top: float) -> list[Point]:
    """The points of a spline as Graphviz writes it, y upwards; arrow tips (`e,x,y`) are skipped."""
    pairs = [_numbers(pair) for pair in text.split() if not pair[0].isalpha()]
    return [Point(x, top - y) for x, y in pairs]


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _execute(command: list[str], text: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    """Exit status, output and messages.

    However it ends, no process that it started is left running.
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise FailureError(f"cannot be run: {error.strerror or error}") from None
    with process:
        try:
            out, said = process.communicate(text, timeout)
        except subprocess.TimeoutExpired:
            raise FailureError(f"no answer within {timeout:g} seconds", timed_out=True) from None
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
