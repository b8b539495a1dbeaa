"""Building a deck: what has changed is drawn, in several processes where that is faster."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
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
    slips     what is wrong with entries, of those that are asked for.
    whole     whether nothing is wrong with any entry.
    """

    path: Path
    deck: Deck
    rounds: list[list[Target]]
    every: list[Target]
    slips: list[GradvizError]
    whole: bool

    @property
    def files(self) -> list[Path]:
        """The files on which the pictures depend, the deck among them."""
        with chdir(self.path.parent):
            read = {file for found in self.rounds for t in found for file in t.files()}
        made = {Path(os.path.normpath(target.path)) for target in self.every}
        return [self.path, *(self.path.parent / file for file in sorted(read - made))]


@dataclass
class Built:
    """What became of a deck, as far as it was built.

    targets    how many targets were built, and `unchanged`, how many had no need.
    files      what they wrote.
    remarks    what there is to say, once each, in order.
    failures   what could not be built, and why.
    """

    targets: int = 0
    unchanged: int = 0
    files: list[Path] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
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
        found, twice = targets(deck)
        slips = [*deck.slips, *twice]
        names = dict.fromkeys([e.name for e in deck.entries] + [s.name for s in slips if s.name])
        for name in only:
            if name not in names:
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
    told = [slip.error for slip in slips if not only or slip.name in only]
    return Plan(path, deck, [part for part in wanted if part], found, told, not slips)


def build(plan: Plan, done: Built, *, force: bool = False, jobs: int | None = None) -> None:
    """Build what has changed.

    done    takes what became of it, target by target.
    force   build everything, and write over files that were edited or that gradviz did not write.
    jobs    the number of processes; as many as help by default.

    What fails does not keep the rest from being built.
    """
    done.failures += plan.slips
    with chdir(plan.path.parent):
        records = Records(Path(plan.deck.folder) / f".{plan.deck.path.name}.json")
        builder = _Builder(plan.deck, records, done, force, jobs)
        for part in plan.rounds:
            builder.build(part)
        for file in records.gone(plan.every) if plan.whole else ():
            done.remarks[f"{file} is the picture of no entry any more"] = None


class _Builder:
    """Builds the rounds of a deck, in its folder."""

    def __init__(
        self, deck: Deck, records: Records, done: Built, force: bool, jobs: int | None
    ) -> None:
        self.deck, self.records, self.done = deck, records, done
        self.force, self.jobs = force, jobs
        self.lost: set[str] = set()

    def build(self, part: Sequence[Target]) -> None:
        """Build those of one round that have changed; they do not need each other."""
        sources = {target.path: source_of(target) for target in part}
        todo = [target for target in part if self._is_due(target, sources[target.path])]
        if not todo:
            return
        self.records.forget(todo)
        with _runner(todo, self.force, self.jobs) as outcomes:
            found = each("pictures built", outcomes, len(todo))
            for target, outcome in zip(todo, found, strict=True):
                self._take(target, sources[target.path], outcome)

    def _take(self, target: Target, source: str, outcome: Outcome) -> None:
        done = self.done
        done.remarks |= {f"{target.entry.name}: {text}": None for text in outcome.said}
        if outcome.error is not None:
            self._fail(target, outcome.error)
            return
        self.records.note(target, source, outcome.files)
        done.targets += 1
        done.files += outcome.files

    def _fail(self, target: Target, error: GradvizError) -> None:
        self.lost.add(target.path)
        self.done.failures.append(_placed(error, self.deck, target.entry))

    def _is_due(self, target: Target, source: str) -> bool:
        """Whether a target has to be built and may be; if it may not, it fails."""
        try:
            self._check_sources(target)
            state = "new" if self.force else self.records.state(target, source)
            if state == "old and edited":
                raise FileError(
                    f"{target.path} was edited since gradviz made it",
                    expected="a file as gradviz wrote it",
                    hint="keep it under another name; --force writes over it",
                )
            if state == "new":
                self._check_foreign(target)
                return True
        except GradvizError as error:
            self._fail(target, error)
            return False
        self.done.unchanged += 1
        if state == "edited":
            said = f"{target.path} was edited since gradviz made it: left as it is"
            self.done.remarks[said] = None
        return False

    def _check_sources(self, target: Target) -> None:
        """Raise GradvizError if a source of a target could not be built."""
        read = {os.path.normpath(path) for path in target.files()}
        for path in sorted(self.lost):
            if os.path.normpath(path) in read:
                raise GradvizError(f"it needs {path}, which could not be built")

    def _check_foreign(self, target: Target) -> None:
        """Raise FileError for data that gradviz did not write; pictures check that themselves."""
        command = command_of(target.command)
        is_known = self.force or target.path in self.records.of
        if command is not None and command.writes and not is_known:
            path = Path(target.path)
            check_place(path, lambda data: data.startswith(OURS), force=False, inputs=())


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
            if isinstance(error, SystemExit):
                error = GradvizError("the code of its source ended the program")
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
