"""What was built and from what, kept as hashes in a file beside the pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from gradviz import __version__
from gradviz.cli.deck.targets import Target
from gradviz.errors import GradvizError
from gradviz.files import read_whole, write_whole

SCHEMA: Final = "gradviz.deck/1"

State = Literal["new", "built", "edited", "old and edited"]
"""new              has to be built.
built            is what building it again would give.
edited           the same, but that somebody has changed it.
old and edited   has to be built, and somebody has changed it.
"""


@dataclass(frozen=True)
class Record:
    """What a target was built from, as one hash, and the hash of each file it wrote."""

    source: str
    files: dict[str, str]


class Records:
    """The records of a deck. A file that is damaged counts as none: everything is built again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.of: dict[str, Record] = {}
        try:
            data = json.loads(read_whole(path))
            if data["schema"] == SCHEMA:
                self.of = {
                    name: Record(str(row["from"]), {str(k): str(v) for k, v in row["is"].items()})
                    for name, row in data["targets"].items()
                }
        except (GradvizError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.of = {}

    def state(self, target: Target, source: str) -> State:
        """The state of a target that would now be built from what `source` is the hash of."""
        found = self.of.get(target.path)
        if found is None or not found.files:
            return "new"
        now = {name: hash_of(Path(name)) for name in found.files}
        is_edited = any(now[name] not in (was, "") for name, was in found.files.items())
        if found.source == source and "" not in now.values():
            return "edited" if is_edited else "built"
        return "old and edited" if is_edited else "new"

    def forget(self, targets: Iterable[Target]) -> None:
        """Targets are about to be written."""
        for target in targets:
            self.of.pop(target.path, None)
        if self.path.parent.is_dir():
            self.save()

    def note(self, target: Target, source: str, files: Iterable[Path]) -> None:
        """A target was built."""
        self.of[target.path] = Record(source, {path.as_posix(): hash_of(path) for path in files})
        self.save()

    def gone(self, targets: Collection[Target]) -> list[str]:
        """The files of targets that are in the deck no more."""
        there = {target.path for target in targets}
        left = [name for name in self.of if name not in there]
        return [file for name in left for file in self.of[name].files if Path(file).is_file()]

    def save(self) -> None:
        """Write them. Raises FileError."""
        rows: dict[str, Any] = {
            name: {"from": record.source, "is": record.files}
            for name, record in sorted(self.of.items())
        }
        data = {"schema": SCHEMA, "targets": rows}
        write_whole(self.path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def hash_of(path: Path) -> str:
    """The SHA-256 of a file's content; empty where there is none that can be read."""
    try:
        return hashlib.sha256(read_whole(path)).hexdigest()
    except GradvizError:
        return ""


def source_of(target: Target) -> str:
    """A hash of everything that a target is built from: its command line, the files that it reads,
    the version of gradviz.
    """
    read = [(path.as_posix(), hash_of(path)) for path in target.files()]
    whole = json.dumps([__version__, target.command, target.words, read])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
