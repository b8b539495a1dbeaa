"""What a deck has to make: one command line for every entry, theme and format."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from gradviz import sources
from gradviz.cli.arguments import WritingCommand, split_line
from gradviz.cli.deck.keys import command_of, group, keys
from gradviz.cli.deck.spec import Deck, Entry, Slip
from gradviz.errors import GradvizError, ValueInputError
from gradviz.sources import values

COLOURS: Final = "colours"
"""The group of options that a theme belongs to."""
CODE: Final = ".py"
USUAL_THEME: Final = "light"


@dataclass(frozen=True)
class Target:
    """A command line that writes one file, or one file per step.

    entry     what it is for.
    command   the name of the command, and `words`, what follows it.
    path      where its files go; `{k}` stands for the number of a step.
    names     the texts in which files may be named.
    """

    entry: Entry
    command: str
    words: tuple[str, ...]
    path: str
    names: tuple[str, ...]

    def files(self) -> list[Path]:
        """The files that it reads, from the folder of the deck, sorted; they need not exist."""
        found = {Path(os.path.normpath(path)) for text in self.names for path in _files(text)}
        return sorted(found)


def targets(deck: Deck) -> tuple[list[Target], list[Slip]]:
    """The targets of a deck, and why some would be written where others are."""
    found: list[Target] = []
    slips: list[Slip] = []
    taken: dict[str, Entry] = {}
    for entry in deck.entries:
        made = list(_of_entry(deck, entry))
        try:
            for target in made:
                _check_place(deck, target, taken)
        except ValueInputError as error:
            slips.append(Slip(entry.name, error))
            continue
        taken |= {_same(target.path): entry for target in made}
        found += made
    return found, slips


def _same(path: str) -> str:
    """The path as some systems compare paths."""
    return os.path.normpath(path).casefold()


def _check_place(deck: Deck, target: Target, taken: Mapping[str, Entry]) -> None:
    other = taken.get(_same(target.path))
    if other is not None:
        raise ValueInputError(
            f"{target.path} would be written by two entries",
            where=f"{deck.path.name}, line {target.entry.lines['']} ({target.entry.name})",
            expected="a file of its own for each",
            got=f"the file of {other.name}, line {other.lines['']}",
            hint="another name, or another file =",
        )


def _of_entry(deck: Deck, entry: Entry) -> Iterator[Target]:
    command = command_of(entry.command)
    assert command is not None
    for form in entry.formats:
        coloured = not command.writes and COLOURS in _groups(form)
        for theme in entry.themes if coloured and entry.themes else ("",):
            kept = _respected(command, entry, form)
            words = [word for key in kept for word in entry.options[key]]
            words += ["--theme", theme] if theme else []
            path = str(deck.folder / f"{_named(entry, theme)}.{form}")
            yield Target(
                entry,
                entry.command,
                (*words, "-o", path, "--", *entry.sources, *entry.values),
                path,
                (*entry.sources, *entry.values, *words),
            )


def _named(entry: Entry, theme: str) -> str:
    """The name of a file without its suffix."""
    shown = theme or (entry.options.get("theme") or (USUAL_THEME,))[-1]
    own = {"name": entry.name, "theme": Path(shown).stem}
    named = re.sub(r"\{(name|theme)\}", lambda found: own[found[1]], entry.file)
    is_pair = theme and len(entry.themes) > 1 and "{theme}" not in entry.file
    return f"{named}-{own['theme']}" if is_pair else named


def _groups(form: str) -> Sequence[str]:
    from gradviz.export import formats

    return tuple(formats.of(Path(f"a.{form}")).draws)


def _respected(command: WritingCommand, entry: Entry, form: str) -> list[str]:
    """The keys whose options a format respects. Those of the entry that no format of it respects
    are kept, for the format to refuse them.
    """
    if command.writes:
        return list(entry.options)
    options = keys(command)
    return [
        key
        for key in entry.options
        if _draws(options[key], form)
        or not (key in entry.common or any(_draws(options[key], f) for f in entry.formats))
    ]


def _draws(option: click.Option, form: str) -> bool:
    wanted = group(option)
    return not wanted or wanted in _groups(form)


def _files(text: str) -> Iterator[Path]:
    """The files that a text may name, as a source, as a value, or as an option does."""
    for word in (text, *split_line(text)):
        yield from _of_source(word)
        for part in (word, word.partition("=")[2], *word.split(",")):
            if found := values.file_of(part.strip()):
                yield found
            # Unlike Path.is_file, this answers False for any text, however long.
            bare = part.strip().partition("#")[0]
            if os.path.isfile(bare):  # noqa: PTH113
                yield Path(bare)
                yield from _of_theme(Path(bare))


def _of_source(text: str) -> Iterator[Path]:
    """The files of a source; code may import what lies beside it."""
    for path in sources.files_of(text):
        yield path
        if path.suffix == CODE and path.parent.is_dir():
            yield from path.parent.glob(f"*{CODE}")


def _of_theme(path: Path) -> Iterator[Path]:
    """The fonts that a theme names."""
    if path.suffix == ".toml":
        from gradviz.scene.themes import theme

        try:
            yield from (Path(font) for font in theme(str(path)).fonts)
        except GradvizError:
            return  # drawing says what is wrong


def rounds(found: Sequence[Target]) -> list[list[Target]]:
    """The targets in rounds: each reads only what earlier rounds have made.

    Raises ValueInputError for targets that wait for each other.
    """
    makers = {_same(target.path): target for target in found}
    waits = {target.path: makers_of(target, makers) for target in found}
    done: set[str] = set()
    made = []
    left = list(found)
    while left:
        ready = [t for t in left if all(o.path in done for o in waits[t.path])]
        if not ready:
            raise ValueInputError(
                "these entries wait for each other",
                expected="entries whose sources are there before them",
                got=", ".join(t.entry.name for t in left)[:200],
            )
        made.append(ready)
        done |= {target.path for target in ready}
        left = [target for target in left if target.path not in done]
    return made


def makers_of(target: Target, makers: Mapping[str, Target]) -> list[Target]:
    """The targets whose files a target reads."""
    return [makers[_same(str(path))] for path in target.files() if _same(str(path)) in makers]
