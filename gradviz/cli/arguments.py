"""What the commands share: how SOURCE, NAME=VALUE and the options of a run are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click

from gradviz.cli import named
from gradviz.cli.options import AskingOption, either
from gradviz.cli.passes import pass_option
from gradviz.errors import UsageError, did_you_mean
from gradviz.files import compatible

F = TypeVar("F", bound=Callable[..., Any])
NAME = r"(?:[^\W\d]|[^\x00-\x7f])(?:\w|[^\x00-\x7f])*"
"""A name, whose marks (as in Devanagari) are no letters to a pattern; it is checked later."""
ASSIGNMENT = re.compile(rf"\s*({NAME})\s*=(?!=)(.*)", re.DOTALL)

TYPED = "gradviz.typed"
"""Where a context keeps SOURCE as it was typed."""


class SourceCommand(click.Command):
    """A command on `SOURCE [NAME=VALUE …]`, in which an expression may begin with a minus.

    several   whether any number of sources may stand before the values.
    trains    whether the command trains SOURCE; others do where they are given `--data`.

    Only a word that is exactly an option of the command is taken for one (`--steps=3-9` too); short
    options take their value as the next word. Every other word is SOURCE or NAME=VALUE, wherever it
    stands.
    """

    several = trains = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort the words into options and the rest, then let click read the options."""
        takes_value = {
            name: not option.is_flag and not option.count
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        asked, words, rest = [], [], list(args)
        while rest:
            word = rest.pop(0)
            name = word.partition("=")[0] if word.startswith("--") else word
            if word == "--":
                words.extend(rest)
                break
            if word in takes_value:
                asked.append(word)
                if takes_value[word]:
                    if not rest:
                        raise UsageError(f"{word} needs a value", expected=f"{word} VALUE")
                    asked.append(rest.pop(0))
            elif name in takes_value and takes_value[name] and "=" in word:
                asked.append(word)
            else:
                words.append(word)
        if not {"-h", "--help"} & set(asked):
            _check_words(words, list(takes_value), several=self.several)
            if words and not self.several:
                ctx.meta[TYPED] = words[0]
                trained = self.trains or any(w.partition("=")[0] == "--data" for w in asked)
                words = named.opened(words, trained=trained)
        return super().parse_args(ctx, [*asked, "--", *words])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; where a lone word is no name, the error says which one is near."""
        with named.suggesting(ctx.meta.get(TYPED, "")):
            return super().invoke(ctx)


class WritingCommand(SourceCommand):
    """One that writes what `-o` names: an entry of a deck may name it. It tells `wrote` its files.

    writes   the suffix of its files; empty where the suffix chooses the format of a picture.
    """

    writes = ""


def _check_words(words: list[str], options: list[str], *, several: bool) -> None:
    """Raise UsageError for words after SOURCE that are not NAME=VALUE."""
    for word in words[1:]:
        if ASSIGNMENT.match(word) or (several and not word.startswith("--")):
            continue
        looks_like_option = word.startswith("-")
        hint = did_you_mean(word.partition("=")[0], options) if looks_like_option else ""
        raise UsageError(
            f"unknown option {word!r}" if looks_like_option else f"{word!r} is not a value",
            expected="NAME=VALUE for every word after the source",
            got=word,
            hint=hint or 'put the whole expression in quotes: gradviz show "x*y + z" x=1 y=2 z=3',
        )


def _weights() -> str:
    from gradviz.sources import weights

    return f"A network's parameters: a {either(weights.every())} file."


def _backends() -> str:
    from gradviz.arrays import BACKENDS

    return f"{either(BACKENDS)}; numpy-fast rounds large 3×3 convolutions more."


def _dtypes() -> str:
    from gradviz.arrays import DTYPES

    return f"{either(DTYPES)}."


def source_arguments(function: F, *, required: bool = True) -> F:
    """Add SOURCE [NAME=VALUE …] and the options of a run (--weights, --wrt, --upstream, …)."""
    decorators = [
        click.argument("source", metavar="SOURCE", required=required),
        click.argument("values", metavar="[NAME=VALUE]...", nargs=-1),
        pass_option,
        click.option("--weights", cls=AskingOption, says=_weights, metavar="FILE"),
        click.option(
            "--wrt",
            multiple=True,
            metavar="NAMES",
            help="Differentiate with respect to these inputs only.",
        ),
        click.option(
            "--upstream",
            metavar="VALUE",
            help="The upstream gradient of the output; 1 for a scalar.",
        ),
        click.option(
            "--backend",
            cls=AskingOption,
            says=_backends,
            default="numpy",
            show_default=True,
            metavar="NAME",
        ),
        click.option(
            "--dtype",
            cls=AskingOption,
            says=_dtypes,
            default="float64",
            show_default=True,
            metavar="NAME",
        ),
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def assignments(words: Sequence[str]) -> dict[str, str]:
    """The values by name. Raises UsageError for a name that is given twice."""
    found: dict[str, str] = {}
    for word in words:
        match = ASSIGNMENT.match(word)
        if match is None:
            raise UsageError("this is not a value", expected="NAME=VALUE", got=word)
        name = compatible(match[1])
        if name in found:
            raise UsageError(f"{name} is given twice", expected="one value for each input")
        found[name] = match[2].strip()
    return found


OPTION: Final = re.compile(r"--[a-z][a-z-]+|-o")
"""An option in a typed line."""


def split_line(line: str) -> tuple[str, ...]:
    """A typed line as the words of a command line: SOURCE, which need not be quoted, and at the end
    NAME=VALUE words that have no space around their `=`, and options with their values.

    Spaces inside brackets and quotes are kept: `x*y + z x=[1, 2] y=3 z=2`.
    """
    words = _words(line.strip())
    first = len(words)
    while first > 1:
        if re.match(rf"{NAME}=(?!=)\S", words[first - 1]):
            first -= 1
        elif first > 2 and OPTION.fullmatch(words[first - 2]):
            first -= 2
        else:
            break
    source = " ".join(words[:first])
    if (
        len(source) > 1
        and source[0] == source[-1]
        and source[0] in "\"'"
        and source.count(source[0]) == 2
    ):
        source = source[1:-1]
    return source, *words[first:]


def typed_words(line: str) -> tuple[str, ...]:
    """The same of a line that is typed in the program, where a lone name opens what it names."""
    words = split_line(line)
    return tuple(named.opened(words, say=False)) if words else words


def _words(line: str) -> list[str]:
    """The words, split at spaces that are not inside brackets or quotes."""
    words, depth, quote, word = [], 0, "", ""
    for char in line:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        if char.isspace() and depth <= 0 and not quote:
            words.append(word)
            word = ""
        else:
            word += char
    return [w for w in [*words, word] if w]
