"""The table of named networks.

The files in `zoo/`, one per family, declare networks with `@network(…)`; all others call `get`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gradviz import plugins
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.expression import Expression

PREFIX = "net:"
"""The prefix of a network's text."""

_NETWORKS: dict[str, Network] = {}


class Each(tuple[int, ...]):
    """An option's whole numbers: one for each layer of its kind, in order, or one for all."""


Lacks = Callable[[Any, str], str]


@dataclass(frozen=True)
class Network:
    """A named network.

    summary  one line for lists.
    origin   where it is described.
    loss     the op of its loss, used when a label is given; empty if it has none.
    data     the data set that it learns where none is named; empty if there is none.
    build    makes its output; options by name, and an argument by position for `name:ARGUMENT`.
    lacks    `(argument, option)`: what the network would need for an option to change anything; ""
             for one that it uses. By default it uses them all.
    """

    name: str
    summary: str
    origin: str
    loss: str
    build: Callable[..., Expression]
    lacks: Lacks = lambda argument, option: ""
    data: str = ""

    @property
    def argument(self) -> str:
        """The argument after `name:`, or the empty string."""
        return next(
            (
                p.name
                for p in self._signature()
                if p.kind is p.POSITIONAL_ONLY and p.annotation in (str, "str")
            ),
            "",
        )

    @property
    def options(self) -> Mapping[str, Any]:
        """Its options with their default values."""
        return {p.name: p.default for p in self._signature() if p.kind is p.KEYWORD_ONLY}

    def _signature(self) -> list[inspect.Parameter]:
        return list(inspect.signature(self.build).parameters.values())

    def usage(self) -> str:
        """How it is written: `net:lenet5,classes=10`."""
        name = f"{self.name}:{self.argument.upper()}" if self.argument else self.name
        return PREFIX + ",".join([name, *(f"{k}={write(v)}" for k, v in self.options.items())])


def network(
    name: str,
    summary: str,
    origin: str,
    loss: str = "softmax_cross_entropy",
    lacks: Lacks = Network.lacks,
    data: str = "",
) -> Callable[[Callable[..., Expression]], Callable[..., Expression]]:
    """Register the decorated function in the table."""

    def enter(build: Callable[..., Expression]) -> Callable[..., Expression]:
        _NETWORKS[name] = Network(name, summary, origin, loss, build, lacks, data)
        return build

    return enter


def every() -> Mapping[str, Network]:
    """All networks by name."""
    plugins.modules("gradviz.networks.zoo")  # fills the table
    return _NETWORKS


def get(name: str) -> Network:
    """The network of this name.

    Raises UnknownNameError with the nearest known one, and the list.
    """
    known = every()
    if name not in known:
        raise UnknownNameError(
            f"there is no network {name!r:.60}",
            expected=(
                f"one of {', '.join(known)}, or a pattern such as [(conv-relu)*2-pool]*3-fc-softmax"
            ),
            hint=did_you_mean(name, known),
        )
    return known[name]


def write(value: Any) -> str:
    """An option's value as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Each):
        return "-".join(map(str, value))
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def read(name: str, text: Any, like: Any) -> Any:
    """The value of an option, from text or from Python, in the type of its default.

    Raises ValueInputError.
    """
    try:
        if isinstance(like, bool):
            return text if isinstance(text, bool) else TRUTHS[text]
        if isinstance(like, Each):
            return Each(map(int, text if isinstance(text, list | tuple) else str(text).split("-")))
        if isinstance(like, tuple):
            return tuple(map(int, text.split("x") if isinstance(text, str) else text))
        if isinstance(like, int) and int(text) != float(text):
            raise ValueError
        return type(like)(text)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ValueInputError(
            f"the option {name!r} cannot be read", expected=KINDS[type(like)], got=f"{text!r:.60}"
        ) from None


TRUTHS = {"yes": True, "true": True, "True": True, "no": False, "false": False, "False": False}
KINDS = {
    bool: "yes or no",
    tuple: "sizes such as 3x32x32",
    Each: "a whole number, or one for each of its layers, such as 6-16",
    int: "a whole number",
    float: "a number",
    str: "a word",
}
