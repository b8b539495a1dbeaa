"""Building a deck: what has changed is drawn, in several processes where that is faster."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import click

from gradviz.cli.deck.keys import command_of
from gradviz.cli.deck.records import Records, source_of
from gradviz.cli.deck.spec import Deck, Entry, read
from gradviz.cli.deck.targets import Target, makers_of, rounds, targets
from gradviz.cli.failures import failure
from gradviz.cli.output import WRITTEN
from gradviz.cli.workers import pool
from gradviz.errors import FileError, GradvizError, UnknownNameError, did_you_mean
from gradviz.export.safety import check_place
from gradviz.progress import each

EACH: Final = 2
"""A further process is worth its start for so many targets."""
ANSWER_IS_NO, STOPPED = 3, 130
"""Exit statuses of commands that have written their files all the same, and that were stopped."""
OURS: Final = b'{"schema": "gradviz.'
"""How data begins that gradviz wrote."""


@dataclass(frozen=True)
class Plan:
    """What a deck stands for.

    path      its file, as it was named.
    rounds    the targets that are asked for; each round reads what earlier ones make.
    every     all targets.
    slips     what is wrong with other entries.
    """

    path: Path
    deck: Deck
    rounds: list[list[Target]]
    every: list[Target]
    slips: list[GradvizError]

    @property
    def files(self) -> list[Path]:
        """The files on which the pictures depend, the deck among them."""
        with chdir(self.path.parent):
            read = {file for found in self.rounds for t in found for file in t.files()}
        made = {Path(os.path.normpath(target.path)) for target in self.every}
        return [self.path, *(self.path.parent / file for file in sorted(read - made))]


@dataclass
class Built:
    """What became of the targets: how many were built, how many were unchanged, what failed."""

    targets: int = 0
    unchanged: int = 0
    failures: list[GradvizError] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a command line did: the files that it wrote, what it said, or why it failed."""

    files: tuple[Path, ...] = ()
    said: tuple[str, ...] = ()
    error: GradvizError | None = None


def plan(path: Path, only: Sequence[str] = (), *, code: bool = False) -> Plan:
    """The plan of a deck file.

    only   the entries to build, by name, with those that they read; all of them if empty.
    code   whether its sources may run code.

    Raises what reading it raises, and UnknownNameError for a name that no entry has.
    """
    deck = read(path, code=code)
    with chdir(path.parent):
        found, slips = targets(deck)
        names = [entry.name for entry in deck.entries]
        for name in only:
            if name not in names and not deck.slips:
                raise UnknownNameError(
                    f"no entry of {path.name} is called {name!r:.60}",
                    expected=", ".join(names)[:400],
                    hint=did_you_mean(name, names),
                )
        every = rounds(found)
        asked = {t.path for t in found if not only or t.entry.name in only}
        makers = {os.path.normpath(t.path).casefold(): t for t in found}
        for targets_of_round in reversed(every):
            for target in targets_of_round:
                if target.path in asked:
                    asked |= {other.path for other in makers_of(target, makers)}
    wanted = [[t for t in part if t.path in asked] for part in every]
    return Plan(path, deck, [part for part in wanted if part], found, [*deck.slips, *slips])


def build(
    plan: Plan,
    *,
    force: bool = False,
    jobs: int | None = None,
    say: Callable[[Path], None] = lambda path: None,
    note: Callable[[str], None] = lambda text: None,
) -> Built:
    """Build what has changed.

    force   build everything, and write over files that were edited or that gradviz did not write.
    jobs    the number of processes; as many as help by default.
    say     takes every file that is written.
    note    takes remarks.

    What fails is told at the end, and the rest is built all the same.
    """
    done = Built(failures=list(plan.slips))
    home = Path.cwd()
    with chdir(plan.path.parent):
        records = Records(Path(plan.deck.folder) / f".{plan.deck.path.name}.json")
        lost: set[str] = set()
        for part in plan.rounds:
            todo: list[tuple[Target, str]] = []
            for target in part:
                if error := _lost(target, lost) or _sort(target, records, done, todo, force, note):
                    done.failures.append(_placed(error, plan.deck, target.entry))
                    lost.add(target.path)
            lost |= _build_round(plan, todo, records, done, (force, jobs), (say, note), home)
        for file in records.gone(plan.every) if not plan.slips else ():
            note(f"{file} is the picture of no entry any more")
    return done


def _lost(target: Target, lost: set[str]) -> GradvizError | None:
    """Why a target cannot be built whose sources could not be built."""
    read = {os.path.normpath(path) for path in target.files()}
    missing = next((path for path in lost if os.path.normpath(path) in read), None)
    if missing is None:
        return None
    return GradvizError(f"it needs {missing}, which could not be built")


def _sort(
    target: Target,
    records: Records,
    done: Built,
    todo: list[tuple[Target, str]],
    force: bool,
    note: Callable[[str], None],
) -> GradvizError | None:
    """Whether a target has to be built, and why it must not be."""
    source = source_of(target)
    state = records.state(target, source)
    if force or state == "new":
        try:
            if not force:
                _check_foreign(target, records)
        except GradvizError as error:
            return error
        todo.append((target, source))
        return None
    if state == "old and edited":
        return FileError(
            f"{target.path} was edited since gradviz made it",
            expected="a file as gradviz wrote it",
            hint="keep it under another name; --force writes over it",
        )
    done.unchanged += 1
    if state == "edited":
        note(f"{target.path} was edited since gradviz made it: left as it is")
    return None


def _check_foreign(target: Target, records: Records) -> None:
    """Raise FileError for a file of data that gradviz did not write; pictures check themselves."""
    command = command_of(target.command)
    if command is not None and command.writes and target.path not in records.of:
        check_place(Path(target.path), lambda data: data.startswith(OURS), force=False, inputs=())


def _build_round(
    plan: Plan,
    todo: Sequence[tuple[Target, str]],
    records: Records,
    done: Built,
    settings: tuple[bool, int | None],
    tell: tuple[Callable[[Path], None], Callable[[str], None]],
    home: Path,
) -> set[str]:
    """Build targets that do not need each other; the paths of those that fail."""
    force, jobs = settings
    say, note = tell
    lost: set[str] = set()
    remarks: set[str] = set()
    if not todo:
        return lost
    records.forget(target for target, _ in todo)
    with _runner([target for target, _ in todo], force, jobs) as outcomes:
        pairs = zip(todo, each("pictures built", outcomes, len(todo)), strict=True)
        for (target, source), outcome in pairs:
            for text in outcome.said:
                told = f"{target.entry.name}: {text}"
                if told not in remarks:
                    remarks.add(told)
                    note(told)
            if outcome.error is not None:
                done.failures.append(_placed(outcome.error, plan.deck, target.entry))
                lost.add(target.path)
                continue
            records.note(target, source, outcome.files)
            done.targets += 1
            for file in outcome.files:
                say(Path(os.path.relpath(file, home)))
    return lost


@contextmanager
def _runner(todo: Sequence[Target], force: bool, jobs: int | None) -> Iterator[Iterable[Outcome]]:
    """The outcomes of targets in their order, made here or by further processes."""
    work = partial(run, folder=str(Path.cwd()), force=force)
    count = min(jobs or min(os.cpu_count() or 1, len(todo) // EACH), len(todo))
    if count <= 1:
        yield map(work, todo)
        return
    with pool(count, "builds pictures") as executor:
        yield executor.map(work, todo)


def run(target: Target, *, folder: str, force: bool) -> Outcome:
    """Run the command line of a target in the folder of its deck."""
    command = command_of(target.command)
    assert command is not None
    words = list(target.words)
    if force and any("--force" in option.opts for option in command.params):
        words.insert(0, "--force")
    out, err = _caught(), _caught()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are for those who write programs
        made = _folders(Path(target.path).parent)
        try:
            files = _called(command, target.command, words)
        except BaseException as error:
            for place in reversed(made):
                with suppress(OSError):  # not empty
                    place.rmdir()
            if not isinstance(error, Exception):
                raise
            return Outcome(said=_remarks(err), error=failure(error))
    return Outcome(tuple(files), _remarks(err))


def _called(command: click.Command, name: str, words: list[str]) -> list[Path]:
    """Call a command; the files that it wrote."""
    with command.make_context(name, words) as context:
        try:
            command.invoke(context)
        except click.exceptions.Exit as ended:
            if ended.exit_code == STOPPED:
                raise KeyboardInterrupt from None
            if ended.exit_code not in (0, ANSWER_IS_NO):
                raise GradvizError(f"it ended with status {ended.exit_code}") from None
        files: list[Path] = context.meta.get(WRITTEN, [])
        return files


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; the new ones. Raises FileError."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise FileError(
                f"cannot create the folder {place.name}",
                where=str(place),
                got=error.strerror or str(error),
            ) from None
    return missing[::-1]


def _caught() -> io.TextIOWrapper:
    """A stream that keeps what is written."""
    return io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)


def _remarks(err: io.TextIOWrapper) -> tuple[str, ...]:
    """What a command said on standard error, a remark a line, without the name of the program."""
    err.seek(0)
    return tuple(line.strip().removeprefix("gradviz: ") for line in err if line.strip())


def _placed(error: GradvizError, deck: Deck, entry: Entry) -> GradvizError:
    """The error of an entry, with its place in the deck: the line of the key that it is about."""
    given = {
        **entry.options,
        "source": entry.sources,
        "themes": entry.themes,
        "values": [word.partition("=")[0] for word in entry.values],
    }
    near = [
        key for key, words in given.items() if key in entry.lines and _is_about(error, key, words)
    ]
    line = entry.lines[near[0] if len(near) == 1 else ""]
    error.what = f"{deck.path.name}, line {line} ({entry.name}): {error.what}"
    return error


def _is_about(error: GradvizError, key: str, words: Sequence[str]) -> bool:
    """Whether an error names the value of a key."""
    got = error.got.strip("'\"")
    where = error.where if isinstance(error.where, str) else error.where[0]
    return (
        bool({got, where} & {word for word in words if word})
        or got.startswith((f"{key}=", f"{key} ", f"--{key} "))
        or any(f"{word!r}" in error.what for word in words)
    )
