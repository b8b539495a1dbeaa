"""The keys of an entry: the options of its command, without their dashes, as command-line words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from gradviz import plugins
from gradviz.cli.arguments import WritingCommand
from gradviz.cli.options import FieldOption
from gradviz.errors import ValueInputError

COMMANDS: Final = "gradviz.cli.commands"
OF_THE_DECK: Final = {
    "output": "name and formats say where its files go",
    "force": "gradviz deck --force writes over every file",
    "json": "",
    "help": "",
}
"""Options that an entry does not have, and what stands in their place."""


def command_of(name: str) -> WritingCommand | None:
    """The command of this name, if entries may name it; no other is loaded."""
    if name not in plugins.names(COMMANDS):
        return None
    found = plugins.entry(COMMANDS, name).command
    return found if isinstance(found, WritingCommand) else None


def commands_of_entries() -> dict[str, WritingCommand]:
    """Every command that entries may name."""
    found = {name: command_of(name) for name in plugins.names(COMMANDS)}
    return {name: command for name, command in found.items() if command is not None}


def keys(command: click.Command) -> dict[str, click.Option]:
    """The options of a command by their keys: `--fold-repeats` is `fold-repeats`."""
    return {
        word.removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option)
        for word in (*option.opts, *option.secondary_opts)
        if word.startswith("--") and word.removeprefix("--") not in OF_THE_DECK
    }


def group(option: click.Option) -> str:
    """What an option of drawings changes (`gradviz.export.look`); empty for other options."""
    return option.field.of if isinstance(option, FieldOption) else ""


def words(command: click.Command, key: str, value: Any) -> list[str]:
    """The command-line words of a key, as `transparent = true`, `classes = ["cat", "dog"]` or
    `rename = {w0 = "w_0"}` says them.

    Raises ValueInputError for a value of another kind, and what the option itself refuses.
    """
    option = keys(command)[key]
    flag = f"--{key}"
    if option.is_flag:
        if not isinstance(value, bool):
            raise _kind(key, value, "true or false")
        others = option.opts if flag in option.secondary_opts else option.secondary_opts
        return [flag] if value else list(others[:1])
    texts = _texts(key, value)
    if not option.multiple:
        texts = [",".join(texts)]
    option.process_value(click.Context(command), tuple(texts) if option.multiple else texts[0])
    return [word for text in texts for word in (flag, text)]


def _texts(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}={spelt(one)}" for name, one in value.items()]
    if isinstance(value, list):
        return [spelt(one) for one in value]
    if isinstance(value, bool):
        raise _kind(key, value, "text in quotes, or a number")
    return [spelt(value)]


def spelt(value: Any) -> str:
    """A value as the command line has it: texts and numbers as they are, lists in brackets.

    Raises ValueInputError for anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(spelt, value))}]"
    raise ValueInputError(
        "this stands for no word of the command line",
        expected="text in quotes, a number, or a list of these",
        got=_told(value),
    )


def _kind(key: str, value: Any, expected: str) -> ValueInputError:
    return ValueInputError(f"{key} cannot have this value", expected=expected, got=_told(value))


def _told(value: Any) -> str:
    """A value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else f"{value!r:.60}"
