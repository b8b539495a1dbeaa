"""`deck.gv.toml`: what a deck shows, read with every slip reported at its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from gradviz import sources, toml
from gradviz.cli.arguments import WritingCommand, assignments, split_line
from gradviz.cli.deck.keys import OF_THE_DECK, command_of, commands_of_entries, keys, spelt, words
from gradviz.cli.failures import failure
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import LARGEST_SETTINGS, clean_line, is_reserved, read_text
from gradviz.sources import Allowed

OWN: Final = ("name", "source", "values", "formats", "themes", "file")
"""The keys of an entry that are not options of its command."""
LONGEST: Final = 200
"""Bytes of a name; systems hold 255 with what is added."""
OF_SOURCES: Final = ("against", "beside")
"""The options that name further sources."""
OF_ALL: Final = ("folder", "formats", "themes", "file")
"""The keys of the whole deck that are not options."""
PLACES: Final = ("name", "theme", "k")
"""What may stand in braces in the name of a file."""
TRUST: Final = "if you trust this deck and what it runs: gradviz deck --allow-code"
USUAL_FILE, USUAL_FORMATS = "{name}", ("svg",)
USUAL_FOLDER = "figures"


@dataclass(frozen=True)
class Entry:
    """One entry: a command line but for the place of its files.

    name      what it is called; different for every entry.
    command   the name of its command.
    sources   SOURCE, for some commands several.
    values    the NAME=VALUE words.
    options   the words of each option, by key; `common` are the keys that the whole deck gives.
    formats   the suffixes of its files, without a dot.
    themes    the themes in which it is drawn; none for that of its options.
    file      the name of its files without a suffix, in which {name}, {theme} and {k} stand.
    lines     the line of each key in the deck file, and under the empty text that of the entry.
    """

    name: str
    command: str
    sources: tuple[str, ...]
    values: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    common: Collection[str] = ()
    formats: tuple[str, ...] = USUAL_FORMATS
    themes: tuple[str, ...] = ()
    file: str = USUAL_FILE
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Slip:
    """What is wrong with an entry, and what that is called; empty where it has no name."""

    name: str
    error: GradvizError


@dataclass(frozen=True)
class Deck:
    """A deck file.

    path      the file; every path in it starts from its folder.
    folder    the folder of its pictures, from there.
    entries   what it shows, without the entries in which something is wrong.
    slips     what is wrong with those.
    """

    path: Path
    folder: PurePosixPath
    entries: tuple[Entry, ...]
    slips: tuple[Slip, ...]


def read(path: Path, *, code: bool = False) -> Deck:
    """The deck of a file; `code` whether its sources may run code.

    Raises FileError, and ParseError, UnknownNameError or ValueInputError for what is wrong with the
    whole of it.
    """
    return parse(read_text(path, LARGEST_SETTINGS, "TOML"), path, code=code)


def parse(text: str, path: Path = Path("deck.gv.toml"), *, code: bool = False) -> Deck:
    """The deck of a TOML text. Raises as `read`."""
    data = toml.parsed(text, path.name, 'theme = "dark"', parse_float=_as_written)
    try:
        return _Reader(text, path, Allowed(files=True, code=code)).deck(data)
    except GradvizError as error:
        error.what = f"{path.name}: {error.what}"
        raise


def _as_written(number: str) -> str:
    """A number with a point keeps its digits: the command line reads it."""
    return number.replace("_", "")


class _Reader:
    """Reads one deck file."""

    def __init__(self, text: str, path: Path, allowed: Allowed) -> None:
        self.text, self.path, self.allowed = text, path, allowed
        self.names: dict[str, int] = {}

    def deck(self, data: Mapping[str, Any]) -> Deck:
        """The whole deck. Raises GradvizError for a slip outside of its entries."""
        common = {key: value for key, value in data.items() if not _is_tables(value)}
        tables = [(key, value) for key, value in data.items() if _is_tables(value)]
        commands = {key: self._command(key) for key, _ in tables}
        self._check_common(common, commands)
        if not tables:
            raise ValueInputError(
                "a deck without entries shows nothing",
                expected="entries, such as [[render]]",
                hint="`gradviz init deck` writes a deck to begin with",
            )
        entries, slips = [], []
        for _, key, at, row in sorted(
            (self._line(f"{key}[{n}]"), key, f"{key}[{n}]", row)
            for key, rows in tables
            for n, row in enumerate(rows)
        ):
            try:
                entries.append(self._entry(commands[key], at, row, common))
            except GradvizError as error:
                error.what = f"{self.path.name}: {error.what}"
                name = row.get("name")
                slips.append(Slip(name if isinstance(name, str) else "", error))
        folder = self._text(common.get("folder", USUAL_FOLDER), "folder")
        return Deck(self.path, PurePosixPath(folder), tuple(entries), tuple(slips))

    def _command(self, name: str) -> WritingCommand:
        found = command_of(name)
        if found is None:
            known = commands_of_entries()
            raise UnknownNameError(
                f"there are no entries [[{name:.40}]]",
                where=self._at(f"{name}[0]"),
                expected=", ".join(f"[[{one}]]" for one in known),
                hint=did_you_mean(name, known),
            )
        return found

    def _check_common(
        self, common: Mapping[str, Any], commands: Mapping[str, WritingCommand]
    ) -> None:
        """Raise for a key of the whole deck that no entry could have, or a table that is alone."""
        known = {*OF_ALL, *(key for one in commands.values() for key in keys(one))}
        for key, value in common.items():
            if isinstance(value, dict) and (key in commands or command_of(key) is not None):
                raise ValueInputError(
                    "entries stand in double brackets",
                    where=self._at(f"{key}[0]"),
                    expected=f"[[{key}]]",
                    got=f"[{key}]",
                )
            if key in known or (not commands and key not in OWN):
                continue
            if key in OWN:
                raise ValueInputError(
                    f"{key} belongs to an entry",
                    where=self._at(key),
                    expected=f"{key} below a line such as [[render]]",
                )
            raise self._unknown(key, key, known, f"{', '.join(OF_ALL)}, or an option of an entry")

    def _entry(
        self, command: WritingCommand, at: str, row: Mapping[str, Any], common: Mapping[str, Any]
    ) -> Entry:
        """One entry. Raises GradvizError at the line of its slip."""
        assert command.name is not None
        name, options = self._name(row, at), keys(command)
        for key in row:
            if key not in options and key not in OWN:
                option = f"an option of gradviz {command.name} without its dashes"
                expected = f"{', '.join(OWN)}, or {option}"
                raise self._unknown(f"{at}.{key}", key, [*OWN, *options], expected)
        lines = {key: self._line(f"{at}.{key}") for key in row} | {"": self._line(at)}
        if "engine" in row or "engine" in common:
            self._check_engine(
                row.get("engine", common.get("engine")), self._key(at, "engine", row)
            )
        for key in (key for key in OF_SOURCES if key in row or key in common):
            self._check_words(row.get(key, common.get(key)), self._key(at, key, row))
        own = {key: value for key, value in row.items() if key in options}
        both = {key: value for key, value in common.items() if key in options} | own
        if "theme" in own and "themes" not in row:
            themes: tuple[str, ...] = ()
        else:
            themes = self._each("themes", row, common, at)
            both.pop("theme", None) if themes and "theme" not in own else None
        if themes and "theme" in both:
            raise ValueInputError(
                "theme and themes exclude each other",
                where=self._at(f"{at}.themes"),
                expected="one of them",
            )
        if themes and "theme" not in options:
            themes = ()
        return Entry(
            name,
            command.name,
            self._sources(row, at, several=command.several),
            self._values(row, at),
            {key: self._words(command, key, both[key], self._key(at, key, row)) for key in both},
            frozenset(both) - set(own),
            self._formats(command, row, common, at),
            themes,
            self._file(row, common, at),
            lines,
        )

    def _name(self, row: Mapping[str, Any], at: str) -> str:
        if "name" not in row:
            raise ValueInputError(
                "an entry has no name", where=self._at(at), expected='name = "circuit"'
            )
        name = self._text(row["name"], f"{at}.name")
        line = self._line(f"{at}.name")
        if name in self.names:
            raise ValueInputError(
                f"two entries are called {name!r:.60}",
                where=self._at(f"{at}.name"),
                expected="a name for each",
                got=f"the name of the entry in line {self.names[name]}",
            )
        self.names[name] = line
        return name

    def _sources(self, row: Mapping[str, Any], at: str, *, several: bool) -> tuple[str, ...]:
        given = row.get("source")
        listed = given if several and isinstance(given, list) else [given]
        texts = [text for text in listed if isinstance(text, str) and text.strip()]
        if not texts or len(texts) < len(listed):
            expected = 'source = "x*y + z"'
            what = "this is not a source" if "source" in row else "an entry has no source"
            raise ValueInputError(
                what,
                where=self._at(f"{at}.source"),
                expected=f"{expected}, or a list of sources" if several else expected,
                got=f"{given!r:.60}" if "source" in row else "",
            )
        for text in texts:
            self._check_source(text, f"{at}.source")
            if not _can_be_read_again(text):
                raise ValueInputError(
                    "standard input cannot be a source of a deck",
                    where=self._at(f"{at}.source"),
                    expected="an expression, a network or a file",
                )
        return tuple(texts)

    def _check_words(self, given: Any, at: str) -> None:
        """Check every word of what names further sources as one."""
        for text in given if isinstance(given, list) else [given]:
            for word in split_line(text) if isinstance(text, str) and text.strip() else ():
                self._check_source(word, at)

    def _check_source(self, text: str, at: str) -> None:
        """Raise ValueInputError for what would be a source that runs code, unless it may."""
        try:
            sources.kind_of(text, self.allowed)
        except ValueInputError as error:
            error.where = self._at(at)
            error.expected = "a deck whose sources run no code"
            error.hint = TRUST
            raise

    def _check_engine(self, given: Any, at: str) -> None:
        """Raise UnknownNameError for a program as layout engine, unless code may run."""
        from gradviz.layout.engines import NAMES

        if given not in NAMES and not self.allowed.code:
            raise UnknownNameError(
                "this is a program, which a deck does not run unasked",
                where=self._at(at),
                expected=", ".join(NAMES),
                hint=did_you_mean(str(given), NAMES) or TRUST,
            )

    def _values(self, row: Mapping[str, Any], at: str) -> tuple[str, ...]:
        """The NAME=VALUE words. Some commands take other words for sources: there are none."""
        given = row.get("values", {})
        try:
            if isinstance(given, dict):
                given = [f"{name}={spelt(value)}" for name, value in given.items()]
            if isinstance(given, list) and all(isinstance(word, str) for word in given):
                found = tuple(f"{name}={text}" for name, text in assignments(given).items())
                for word in found:
                    self._check_source(word, f"{at}.values")
                return found
        except GradvizError as error:
            error.where = self._at(f"{at}.values")
            raise
        raise ValueInputError(
            "values are given by name",
            where=self._at(f"{at}.values"),
            expected='values = {x = -3, W = [[1, 2]], image = "@digit.png"}',
            got=f"{given!r:.60}",
        )

    def _formats(
        self, command: WritingCommand, row: Mapping[str, Any], common: Mapping[str, Any], at: str
    ) -> tuple[str, ...]:
        if command.writes:
            given = self._each("formats", row, {}, at) or (command.writes,)
            if given != (command.writes,):
                raise ValueInputError(
                    f"gradviz {command.name} writes one format",
                    where=self._at(f"{at}.formats"),
                    expected=f'formats = ["{command.writes}"]',
                    got=", ".join(given),
                )
            return given
        from gradviz.export import formats

        found = self._each("formats", row, common, at) or USUAL_FORMATS
        for suffix in found:
            try:
                formats.of(Path(f"a.{suffix.removeprefix('.')}"))
            except UnknownNameError as error:
                error.where = self._at(self._key(at, "formats", row))
                raise
        return tuple(suffix.removeprefix(".").lower() for suffix in found)

    def _file(self, row: Mapping[str, Any], common: Mapping[str, Any], at: str) -> str:
        place = self._key(at, "file", row)
        given = self._text(row.get("file", common.get("file", USUAL_FILE)), place)
        for name in re.findall(r"\{([^{}:]*)", given):
            if name not in PLACES:
                raise ValueInputError(
                    f"nothing is called {{{name:.40}}} in the name of a file",
                    where=self._at(place),
                    expected=", ".join(f"{{{one}}}" for one in PLACES),
                    hint=did_you_mean(name, PLACES),
                )
        return given

    def _words(self, command: WritingCommand, key: str, value: Any, at: str) -> tuple[str, ...]:
        try:
            return tuple(words(command, key, value))
        except (GradvizError, click.ClickException) as error:
            said = failure(error)
            said.where = self._at(at)
            raise said from None

    def _each(
        self, key: str, row: Mapping[str, Any], common: Mapping[str, Any], at: str
    ) -> tuple[str, ...]:
        """The texts of a list, or one alone; those of the deck if the entry has none."""
        given = row.get(key, common.get(key, []))
        texts = [given] if isinstance(given, str) else given
        place = self._key(at, key, row)
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueInputError(
                f"{key} is a list of texts",
                where=self._at(place),
                expected={"formats": 'formats = ["svg", "pdf"]'}.get(
                    key, 'themes = ["light", "dark"]'
                ),
                got=f"{given!r:.60}",
            )
        if twice := [text for n, text in enumerate(texts) if text in texts[:n]]:
            raise ValueInputError(f"{key} has {twice[0]!r:.40} twice", where=self._at(place))
        return tuple(texts)

    def _text(self, given: Any, at: str) -> str:
        """A text that is part of a path. Raises ValueInputError for one that no file can have."""
        key = at.rpartition(".")[2]
        is_safe = isinstance(given, str) and given.strip() and clean_line(given) == given
        parts = PurePosixPath(given).parts if is_safe else ()
        if is_safe and key != "folder":
            is_safe = (
                given[0] != "/" and given[-1] != "/" and "\\" not in given and ".." not in parts
            )
        too_long = any(len(part.encode()) > LONGEST for part in parts)
        if not is_safe or too_long or any(is_reserved(part) for part in parts if part != ".."):
            raise ValueInputError(
                f"{key} is part of the path of a file",
                where=self._at(at),
                expected=f'{key} = "circuit"' if key != "folder" else 'folder = "figures"',
                got=f"{given!r:.60}",
            )
        return str(given)

    def _unknown(self, at: str, key: str, known: Iterable[str], expected: str) -> UnknownNameError:
        return UnknownNameError(
            f"there is no key {key!r:.60} here",
            where=self._at(at),
            expected=expected,
            hint=OF_THE_DECK.get(key) or did_you_mean(key, known),
        )

    def _key(self, at: str, key: str, row: Mapping[str, Any]) -> str:
        """Where a key stands: in the entry, or else in the deck."""
        return f"{at}.{key}" if key in row else key

    def _at(self, path: str) -> Any:
        return toml.place(self.text, f"$.{path}")

    def _line(self, path: str) -> int:
        found = self._at(path)
        return 1 if isinstance(found, str) else self.text.count("\n", 0, found[1].start) + 1


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _can_be_read_again(text: str) -> bool:
    """Whether a source that is read is one of files."""
    kind = sources.kind_of(text)
    return not kind.reads_files or bool(kind.files(text))
