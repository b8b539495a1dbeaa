"""Freeze what gradviz prints and writes, so that an internal change can be compared with it.

    python scripts/freeze.py record FOLDER        before the change
    python scripts/freeze.py compare FOLDER       after it: every command that differs, and how
    python scripts/freeze.py list                 the commands

`--only TEXT` selects the commands that contain the text, `--full` shows whole differences, `--keep
FOLDER2` keeps what was compared, for `diff -r FOLDER/outputs FOLDER2/outputs`. The gradviz that
runs is the one that Python imports: `PYTHONPATH=CHECKOUT:CHECKOUT/tui` selects another.

The commands are in `scripts/freeze_commands.py`. Each runs in its own process and folder.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import importlib
import json
import os
import re
import resource
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from freeze_commands import FILES, commands, text_of

SECONDS = 300
"""The longest that a command may take."""
HEAVY = (
    "numpy", "sympy", "msgspec", "click", "rich", "graphviz", "typst",
    "resvg_py", "fontTools.subset", "fontTools.ttLib", "fontTools.pens.svgPathPen",
)  # fmt: skip
"""Imported once, before the commands; each imports gradviz anew, except for its entry point."""
SURROUNDINGS = {
    "COLUMNS": "100", "LINES": "24", "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color",
    "PATH": os.defpath,
}  # fmt: skip
VARYING = [(re.compile(rb"\bin \d+\.\d s\b"), b"in {seconds} s")]
"""Output that differs in every run, and its placeholder."""


def fill_in_papers() -> None:
    """Answer the papers in `papers/`: the first one right, some with mistakes, the last with 1."""
    rows = []
    for turn, file in enumerate(sorted(Path("papers").glob("s*.json"))):
        paper = json.loads(file.read_text(encoding="utf-8"))
        parts = [p for s in paper["sections"] for q in s["questions"] for p in q["parts"]]
        given = {
            part["name"]: "1" if turn == 4 else written(part["answer"], turn) for part in parts
        }
        rows.append({"id": paper["student"]["id"], **given})
    with Path("answers.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
        table.writeheader()
        table.writerows(rows)


def written(asked: dict[str, Any], turn: int) -> str:
    """The key of a part on turn 0; on others an expected mistake, if there is one."""
    if "options" in asked:
        fits = [i for i, option in enumerate(asked["options"]) if option["correct"] == (turn == 0)]
        return " ".join("ABCDEFGH"[i] for i in fits[: None if asked["form"] == "choices" else 1])
    if asked["form"] == "ordering":
        return " ".join(str(place + 1) for place in asked["key"][:: 1 if turn == 0 else -1])
    found = asked.get("key", "75%")
    if turn and asked.get("wrong"):
        mistake = asked["wrong"][(turn - 1) % len(asked["wrong"])]
        found = mistake.get("value") or mistake.get("rows") or mistake.get("source")
    return found if isinstance(found, str) else "; ".join(" ".join(row) for row in found)


def start(line: str, folder: Path) -> int:
    """Run a command in its own process, in `folder/work`; return the id of the process."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        (folder / "work").mkdir(parents=True)
        (folder / "home").mkdir()
        os.chdir(folder / "work")
        words = shlex.split(line)
        for word in words:
            name = word.rpartition("@")[2]
            if name in FILES or re.fullmatch(r"[\w-]+-\d\.gv\.toml", name):
                Path(name).write_bytes(text_of(name, answer).encode())
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            part, words = words[:end], words[end + 1 :]
            if part == ["@answers"]:
                fill_in_papers()
                continue
            entered = os.fork() or enter(part, folder)
            status = os.waitstatus_to_exitcode(os.waitpid(entered, 0)[1])
    finally:
        os._exit(status if status >= 0 else 128 - status)


def enter(words: list[str], folder: Path) -> int:
    """Become `gradviz WORDS`, as the console script is called. Does not return."""
    signal.alarm(SECONDS)
    status: Any = 70
    try:
        *words, given = [*words[:-2], words[-1]] if "<" in words else [*words, os.devnull]
        os.environ.update(HOME=str(folder / "home"), TMPDIR=str(folder / "home"))
        os.dup2(os.open(given, os.O_RDONLY), 0)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        sys.stdin, sys.stdout, sys.stderr = (
            open(n, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
            for n, mode, errors in (
                (0, "r", "strict"),
                (1, "w", "strict"),
                (2, "w", "backslashreplace"),
            )
        )
        sys.argv = ["gradviz", *words]
        try:
            importlib.import_module("gradviz.cli.main").main()
        except SystemExit as done:
            status = done.code or 0
        except BaseException:  # noqa: BLE001 (a crash is recorded too)
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def collect(folder: Path, status: int) -> dict[str, bytes]:
    """What a command left: its status, what it printed, its files; varying output is replaced."""
    found = {"status": b"%d\n" % status}
    for path in [folder / "stdout", folder / "stderr", *sorted((folder / "work").rglob("*"))]:
        if path.is_file():
            content = path.read_bytes().replace(os.fsencode(folder), b"{folder}")
            content = content.replace(os.fsencode(sys.prefix), b"{prefix}")
            for pattern, stands in VARYING:
                content = pattern.sub(stands, content)
            found[path.relative_to(folder).as_posix().replace("work/", "files/", 1)] = content
    given = {f"files/{name}": text.encode() for name, text in FILES.items()}
    return {name: content for name, content in found.items() if given.get(name) != content}


def run_all(lines: list[str], jobs: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Run commands, a few at a time, and yield each with what it left."""
    waiting, running, done = list(reversed(lines)), {}, 0
    with tempfile.TemporaryDirectory(prefix="freeze-") as root:
        while waiting or running:
            while waiting and len(running) < jobs:
                line = waiting.pop()
                folder = Path(root, f"{len(waiting):05}")
                running[start(line, folder)] = line, folder
            child, status = os.wait()
            line, folder = running.pop(child)
            yield line, collect(folder, os.waitstatus_to_exitcode(status))
            shutil.rmtree(folder)
            done += 1
            if done % 100 == 0:
                print(f"{done} of {len(lines)}", file=sys.stderr)


def answer(line: str, file: str = "") -> str:
    """What a command prints, or a file that it writes."""
    with tempfile.TemporaryDirectory(prefix="freeze-") as root:
        os.waitpid(start(line, Path(root)), 0)
        return Path(root, "work" if file else "", file or "stdout").read_text("utf-8")


def place(line: str) -> str:
    """The name of the folder that keeps the outputs of a command."""
    plain = re.sub(r"[^a-zA-Z0-9.=-]+", "_", line)[:80]
    return f"{plain}-{hashlib.sha256(line.encode()).hexdigest()[:8]}"


def keep(folder: Path, line: str, found: dict[str, bytes]) -> None:
    """Write what a command left."""
    shutil.rmtree(folder / "outputs" / place(line), ignore_errors=True)
    for name, content in found.items():
        path = folder / "outputs" / place(line) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def digests(found: dict[str, bytes]) -> dict[str, Any]:
    """What a command left, as hashes."""
    hashed = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    files = {name[6:]: value for name, value in hashed.items() if name.startswith("files/")}
    printed = {name: hashed[name] for name in ("stdout", "stderr")}
    return {"status": int(found["status"]), **printed, "files": files}


def difference(name: str, old: bytes | None, new: bytes | None, full: bool) -> Iterator[str]:
    """The lines that say how one output differs."""
    if old is None or new is None:
        yield f"  {name}: {'is new' if old is None else 'is gone'}"
        return
    yield f"  {name}: {len(old)} bytes, now {len(new)}"
    try:
        texts = [content.decode().replace("><", ">\n<").splitlines() for content in (old, new)]
    except UnicodeDecodeError:
        return
    lines = list(difflib.unified_diff(*texts, "before", "now", n=1, lineterm=""))[2:]
    yield from (f"    {line if full else line[:150]}" for line in (lines if full else lines[:14]))
    if len(lines) > 14 and not full:
        yield f"    … {len(lines) - 14} more lines"


def record(folder: Path, options: argparse.Namespace) -> int:
    """Run the commands and keep what they leave; with --only, add to what is there.

    Returns 1 after crashes.
    """
    file, lines = folder / "digests.json", chosen(commands(answer), options.only)
    kept = json.loads(file.read_text("utf-8")) if options.only and file.exists() else {}
    if not options.only:
        shutil.rmtree(folder / "outputs", ignore_errors=True)
    for line, found in run_all(lines, options.jobs):
        keep(folder, line, found)
        kept[line] = digests(found)
        if kept[line]["status"] not in (0, 1, 2) or b"Traceback" in found["stderr"]:
            print(f"gradviz {line}\n  failed: {found['stderr'].decode()[-300:]}")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(
        json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    statuses = [kept[line]["status"] for line in lines]
    counts = ", ".join(f"{status}: {statuses.count(status)}" for status in sorted(set(statuses)))
    print(f"{len(lines)} commands; exit status {counts}")
    return int(max(statuses, default=0) > 2)


def compare(folder: Path, options: argparse.Namespace) -> int:
    """Run what was recorded again and print the differences; return 1 if there are any."""
    kept = json.loads((folder / "digests.json").read_text("utf-8"))
    lines, differing = chosen(kept, options.only), 0
    for line, found in run_all(lines, options.jobs):
        if options.keep:
            keep(options.keep, line, found)
        if digests(found) == kept[line]:
            continue
        differing += 1
        print(f"gradviz {line}".replace("\n", "\\n"))
        there = folder / "outputs" / place(line)
        outputs = [path for path in sorted(there.rglob("*")) if path.is_file()]
        before = {path.relative_to(there).as_posix(): path.read_bytes() for path in outputs}
        for name in dict.fromkeys([*before, *found]):
            if before.get(name) != found.get(name):
                print("\n".join(difference(name, before.get(name), found.get(name), options.full)))
    new = [line for line in chosen(commands(answer), options.only) if line not in kept]
    print(f"{len(lines)} commands, {differing} of them differ; {len(new)} more were not recorded")
    return int(differing > 0)


def chosen(lines: Iterable[str], only: list[str]) -> list[str]:
    """The commands that contain one of the texts, each once; all of them if there are no texts."""
    return [line for line in dict.fromkeys(lines) if not only or any(text in line for text in only)]


def main() -> int:
    """Read the words, run, and say how long it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=["record", "compare", "list"])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("out/frozen"))
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="TEXT",
        help="only commands with this in them",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at a time")
    parser.add_argument("--full", action="store_true", help="differences at full length")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER2", help="where the outputs of `compare` go"
    )
    options = parser.parse_args()
    os.environ.clear()
    os.environ.update(SURROUNDINGS)
    began = time.monotonic()
    for name in HEAVY:
        importlib.import_module(name)
    entry = importlib.import_module("gradviz.cli.main")
    if options.task == "list":
        print("\n".join(repr(line)[1:-1] for line in chosen(commands(answer), options.only)))
        return 0
    print(f"gradviz from {Path(entry.__file__).parents[1]}", file=sys.stderr)
    status = {"record": record, "compare": compare}[options.task](options.folder, options)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{time.monotonic() - began:.0f} s, processor time {used.ru_utime + used.ru_stime:.0f} s",
        file=sys.stderr,
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
